import { Buffer } from "node:buffer";
import { writeStdout } from "../transport/stdout.ts";

/**
 * The standard output for bytes that come from a network: whoever awaits each write has no more
 * memory full of them than the reader can take.
 */
export class Output {
  readonly #onClosed: () => void;
  /** What the next write takes, all at once. */
  #waiting: Uint8Array[] = [];
  #next: Promise<void> | null = null;
  #last: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** @param onClosed called once when nobody reads any more: a reader such as `head` has had enough. */
  constructor(onClosed: () => void) {
    this.#onClosed = onClosed;
  }

  /**
   * Resolves when all of it is written, or nobody reads any more.
   *
   * @throws when it cannot be written for another reason, such as a full disk.
   */
  write(bytes: Uint8Array): Promise<void> {
    this.#waiting.push(bytes);
    if (this.#next === null) this.#last = this.#next = this.#last.then(() => this.#write());
    return this.#next;
  }

  async #write(): Promise<void> {
    const chunks = this.#waiting;
    this.#waiting = [];
    this.#next = null;
    if (this.#isClosed) return;
    try {
      await writeStdout(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (code !== "EPIPE") throw new Error(`the output cannot be written: ${message}`);
      this.#isClosed = true;
      this.#onClosed();
    }
  }
}
