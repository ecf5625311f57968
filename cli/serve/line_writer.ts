import { Buffer } from "node:buffer";
import { writeSync } from "node:fs";
import { setImmediate } from "node:timers";

/** Text that waits for a reader who does not read, in bytes; what comes above is dropped. */
const MAX_PENDING = 1024 * 1024;
/** Waiting before the next try, in milliseconds. */
const RETRY = 20;

/**
 * Writes lines to a file descriptor: those of one round of the event loop with one system call. It
 * never throws: a full disk or a reader who is gone must not harm the server.
 */
export class LineWriter {
  readonly #descriptor: number;
  #lines: string[] = [];
  /** What the system did not take yet. */
  #rest: Buffer = Buffer.alloc(0);
  #isScheduled = false;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Adds a line, to be written soon. */
  add(line: string): void {
    this.#lines.push(line);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.flush());
  }

  /** Writes now what can be written. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#rest.length < MAX_PENDING && this.#lines.length > 0) {
      this.#rest = Buffer.concat([this.#rest, Buffer.from(this.#lines.join("\n") + "\n")]);
    }
    this.#lines = [];
    try {
      while (this.#rest.length > 0) {
        this.#rest = this.#rest.subarray(writeSync(this.#descriptor, this.#rest));
      }
    } catch (error) {
      if ((error as { code?: string }).code === "EAGAIN") this.#tryLater();
      else this.#rest = Buffer.alloc(0);
    }
  }

  #tryLater(): void {
    this.#isScheduled = true;
    setTimeout(() => this.flush(), RETRY).unref?.();
  }
}
