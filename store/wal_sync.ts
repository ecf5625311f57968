import { close, fdatasync, openSync } from "node:fs";
import type { SyncTime } from "./sqlite_sync.ts";

/** When the end of jobs is synced if their beginning always is at once, in milliseconds. */
const ENDED_SYNC = 100;

/**
 * Makes what was written to the log of a database safe from a power cut, at most so many milliseconds
 * after it was. The system does it beside the event loop.
 */
export class WalSync {
  readonly #path: string;
  readonly #time: number;
  readonly #onError: (error: Error) => void;
  #file = -1;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSyncing = false;
  #isDirty = false;
  #isClosed = false;

  private constructor(path: string, time: number, onError: (error: Error) => void) {
    this.#path = path;
    this.#time = time;
    this.#onError = onError;
  }

  /** Null if that is the system's affair. */
  static of(path: string, sync: SyncTime, onError: (error: Error) => void): WalSync | null {
    if (sync === "off") return null;
    return new WalSync(`${path}-wal`, sync === "always" ? ENDED_SYNC : sync, onError);
  }

  /** Something was written. */
  wrote(): void {
    this.#isDirty = true;
    if (this.#timer !== undefined || this.#isSyncing) return;
    this.#timer = setTimeout(() => this.#sync(), this.#time);
  }

  #sync(): void {
    this.#timer = undefined;
    if (this.#isClosed) return;
    try {
      if (this.#file < 0) this.#file = openSync(this.#path, "r+");
    } catch (error) {
      return this.#onError(error as Error);
    }
    this.#isDirty = false;
    this.#isSyncing = true;
    fdatasync(this.#file, (error) => {
      this.#isSyncing = false;
      if (error) this.#onError(error);
      if (this.#isClosed) this.#closeFile();
      else if (this.#isDirty) this.wrote();
    });
  }

  /** Syncs no more: the database does it when it is closed. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    if (!this.#isSyncing) this.#closeFile();
  }

  #closeFile(): void {
    if (this.#file >= 0) close(this.#file, () => {});
    this.#file = -1;
  }
}
