import { writeSync } from "node:fs";
import { setImmediate } from "node:timers";
import { Buffer } from "node:buffer";

/** How long to wait before the next try, in milliseconds. */
const RETRY = 20;

/** Takes lines, and has those of one round of the event loop written together at its end. */
export abstract class LineSink {
  protected readonly waiting: WaitingLines;
  protected isScheduled = false;

  /** @param droppedLine see {@linkcode WaitingLines}. */
  constructor(droppedLine: (count: number) => string) {
    this.waiting = new WaitingLines(droppedLine);
  }

  /** Adds a line, to be written soon. */
  add(line: string): void {
    this.waiting.add(line);
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => this.flush());
  }

  /** Writes now what can be written. */
  abstract flush(): void;
  /** Resolves when what is left is written, which may be never. */
  abstract close(): Promise<void>;
}

/**
 * Writes lines to a file descriptor whose writes do not wait for anybody. It never throws: a full disk
 * or a reader who is gone must not harm the server.
 */
export class LineWriter extends LineSink {
  #descriptor: number;
  readonly #mostAtOnce: number;
  #batch: LineBatch | null = null;
  /** How many bytes of the batch are written. */
  #position = 0;

  /**
   * @param droppedLine see {@linkcode WaitingLines}.
   * @param mostAtOnce bytes that the system takes all or none of; only for what may take some of more.
   */
  constructor(descriptor: number, droppedLine: (count: number) => string, mostAtOnce = Infinity) {
    super(droppedLine);
    this.#descriptor = descriptor;
    this.#mostAtOnce = mostAtOnce;
  }

  flush(): void {
    this.isScheduled = false;
    // A part of the last batch is left when the reader has not read on.
    while (this.#batch !== null || this.waiting.areThere) {
      this.#batch ??= this.waiting.take();
      if (!this.#write(this.#batch)) return;
      this.#batch = null;
      this.#position = 0;
    }
  }

  /** Writes the next lines to another file. */
  moveTo(descriptor: number): void {
    this.flush();
    this.#descriptor = descriptor;
  }

  close(): Promise<void> {
    this.flush();
    return Promise.resolve();
  }

  #write({ bytes, count }: LineBatch): boolean {
    try {
      while (this.#position < bytes.length) {
        const length = Math.min(this.#mostAtOnce, bytes.length - this.#position);
        this.#position += writeSync(this.#descriptor, bytes, this.#position, length);
      }
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === "EAGAIN") this.#tryLater();
      else this.#lose(count);
      return false;
    }
  }

  #lose(count: number): void {
    this.#batch = null;
    this.#position = 0;
    this.waiting.lost(count);
  }

  #tryLater(): void {
    this.isScheduled = true;
    setTimeout(() => this.flush(), RETRY).unref?.();
  }
}

/** Writes lines to what may make it wait, such as a pipe; the server goes on meanwhile. Never throws. */
export class StreamWriter extends LineSink {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  #writing: Promise<void> | null = null;

  /**
   * @param write resolves when all of it is written.
   * @param droppedLine see {@linkcode WaitingLines}.
   */
  constructor(
    write: (bytes: Uint8Array) => Promise<void>,
    droppedLine: (count: number) => string,
  ) {
    super(droppedLine);
    this.#write = write;
  }

  flush(): void {
    this.isScheduled = false;
    if (this.waiting.areThere) this.#writing ??= this.#writeAll();
  }

  async close(): Promise<void> {
    this.flush();
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    let isBroken = false;
    while (this.waiting.areThere && !isBroken) {
      const { bytes, count } = this.waiting.take();
      await this.#write(bytes).catch(() => {
        isBroken = true;
        this.waiting.lost(count);
      });
    }
    this.#writing = null;
  }
}

/** How much may wait for a reader who does not read, in characters; lines beyond it are dropped. */
const MOST_WAITING = 1024 * 1024;

/** Lines that are written together. */
interface LineBatch {
  readonly bytes: Uint8Array;
  /** How many lines it has, with those that it says were dropped. */
  readonly count: number;
}

/** Lines that wait to be written. They are bounded: those that find no room are dropped and counted. */
export class WaitingLines {
  readonly #droppedLine: (count: number) => string;
  #lines: string[] = [];
  #size = 0;
  #dropped = 0;

  /** @param droppedLine a line that says how many were dropped since the one before it. */
  constructor(droppedLine: (count: number) => string) {
    this.#droppedLine = droppedLine;
  }

  /** Is there anything to be written? */
  get areThere(): boolean {
    return this.#lines.length > 0 || this.#dropped > 0;
  }

  /** Adds a line, without its end, or drops it. */
  add(line: string): void {
    if (this.#size >= MOST_WAITING) {
      this.#dropped++;
      return;
    }
    this.#lines.push(line);
    this.#size += line.length;
  }

  /** Takes all lines. Those that were dropped came after these. */
  take(): LineBatch {
    const lines = this.#lines;
    const count = lines.length + this.#dropped;
    if (this.#dropped > 0) lines.push(this.#droppedLine(this.#dropped));
    this.#lines = [];
    this.#size = 0;
    this.#dropped = 0;
    return { bytes: Buffer.from(lines.map((line) => `${line}\n`).join("")), count };
  }

  /** Counts lines that were taken but could not be written. */
  lost(count: number): void {
    this.#dropped += count;
  }
}
