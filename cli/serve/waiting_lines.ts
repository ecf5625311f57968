import { Buffer } from "node:buffer";

/** How much may wait for a reader who does not read, in characters; lines beyond it are dropped. */
const MOST_WAITING = 1024 * 1024;

/** Lines that are written together. */
export interface LineBatch {
  readonly bytes: Uint8Array;
  /** How many it has, and how many it says were dropped. */
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

  /** Takes them all. Those that were dropped came later. */
  take(): LineBatch {
    const lines = this.#lines;
    const count = lines.length + this.#dropped;
    if (this.#dropped > 0) lines.push(this.#droppedLine(this.#dropped));
    this.#lines = [];
    this.#size = 0;
    this.#dropped = 0;
    return { bytes: Buffer.from(lines.map((line) => `${line}\n`).join("")), count };
  }

  /** Some that were taken could not be written. */
  lost(count: number): void {
    this.#dropped += count;
  }
}
