import { close, fdatasync, openSync } from "node:fs";

/**
 * When what is written to a database is safe from a power cut: before a write returns, so many
 * milliseconds later at most, or when the system likes.
 */
export type SyncTime = "always" | number | "off";

/** Syncs the data of a file, and says how that went. */
export type FileSync = (descriptor: number, done: (error?: Error | null) => void) => void;

/**
 * Syncs a write-ahead log to disk, at once or some time after writes, beside everything else that
 * happens: a slow disk holds up nobody who does not wait for it.
 */
export class WalSync {
  readonly #delay: number;
  readonly #onError: (error: Error) => void;
  readonly #fdatasync: FileSync;
  #timer: ReturnType<typeof setTimeout> | null = null;
  readonly #descriptor: number;
  #isSyncing = false;
  /** Syncs that were asked for at once and are under way. */
  #urgent = 0;
  /** Has the time for the next one come while one was under way? */
  #isDue = false;
  #isClosed = false;

  /**
   * Opens the log, while this process may still do so.
   *
   * @param path of the log, which exists.
   * @param delay the longest that a write waits for its sync to begin, in milliseconds.
   * @param sync what does it; tests have their own.
   */
  constructor(
    path: string,
    delay: number,
    onError: (error: Error) => void,
    sync: FileSync = fdatasync,
  ) {
    this.#fdatasync = sync;
    this.#descriptor = openSync(path, "r+");
    this.#delay = delay;
    this.#onError = onError;
  }

  /** Something was written. */
  written(): void {
    this.#timer ??= setTimeout(() => this.#sync(), this.#delay);
  }

  /**
   * Syncs what has been written.
   *
   * @throws {Error} when that fails.
   */
  now(): Promise<void> {
    this.#urgent++;
    return new Promise<void>((resolve, reject) => {
      this.#fdatasync(this.#descriptor, (error) => error ? reject(error) : resolve());
    }).finally(() => {
      this.#urgent--;
      this.#releaseWhenClosed();
    });
  }

  /** No more syncs; SQLite itself syncs what there is when the database is closed. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#releaseWhenClosed();
  }

  #sync(): void {
    this.#timer = null;
    this.#isDue = this.#isSyncing;
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    this.#fdatasync(this.#descriptor, (error) => this.#synced(error ?? null));
  }

  #synced(error: Error | null): void {
    this.#isSyncing = false;
    if (this.#isClosed) return this.#releaseWhenClosed();
    if (error !== null) this.#onError(error);
    // One that took longer than the delay is followed by the next at once.
    if (this.#isDue) return this.#sync();
    // What could not be synced is still to be.
    if (error !== null) this.written();
  }

  /** Another file may get the descriptor when it is released: no sync must be under way then. */
  #releaseWhenClosed(): void {
    if (this.#isClosed && !this.#isSyncing && this.#urgent === 0) close(this.#descriptor, () => {});
  }
}
