import { setImmediate } from "node:timers";

/** Bytes that may be on the way before a writer waits. */
const CAPACITY = 1024 * 1024;

/** One direction of a connection within the process: bytes go in at one end and come out at the other. */
export class Pipe {
  #chunks: Uint8Array[] = [];
  #size = 0;
  #isEnded = false;
  #isBroken = false;
  #waiting: (() => void)[] = [];

  /**
   * Takes what is there into `buffer`, waiting for something.
   *
   * @returns how many bytes, or null when nothing more will come.
   * @throws {Error} when the reading end is closed.
   */
  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#size === 0) {
      if (this.#isBroken) throw new Error("The connection is closed");
      if (this.#isEnded) return null;
      await this.#change();
    }
    const count = this.#take(buffer);
    this.#wake();
    return count;
  }

  /**
   * Puts in as much of `bytes` as there is room for, waiting for some.
   *
   * @returns how many bytes.
   * @throws {Error} when an end is closed.
   */
  async write(bytes: Uint8Array): Promise<number> {
    while (this.#size >= CAPACITY && !this.#isBroken) await this.#change();
    if (this.#isBroken || this.#isEnded) throw new Error("Broken pipe");
    const count = Math.min(bytes.length, CAPACITY - this.#size);
    if (count === 0) return 0;
    // The writer may use its buffer again.
    this.#chunks.push(bytes.slice(0, count));
    this.#size += count;
    this.#wake();
    return count;
  }

  /** The writer is done; what is on the way still arrives. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /** The reader is gone. */
  break(): void {
    this.#isBroken = true;
    this.#chunks = [];
    this.#size = 0;
    this.#wake();
  }

  #take(buffer: Uint8Array): number {
    let count = 0;
    while (count < buffer.length && this.#chunks.length > 0) {
      const [chunk] = this.#chunks;
      const length = Math.min(chunk.length, buffer.length - count);
      buffer.set(chunk.subarray(0, length), count);
      count += length;
      if (length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(length);
    }
    this.#size -= count;
    return count;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * In the next round of the event loop: two ends that wake each other at once would leave no time
   * for sockets and timers.
   */
  #wake(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    setImmediate(() => {
      for (const resolve of waiting) resolve();
    });
  }
}
