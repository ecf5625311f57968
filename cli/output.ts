import { Buffer } from "node:buffer";
import { writeStdout } from "../transport/standard_streams.ts";
import { plainText } from "../router/log/text.ts";
import { writeSync } from "node:fs";

/**
 * The standard output for bytes that come from a network: whoever awaits each write has no more
 * memory full of them than the reader can take.
 */
export class Output {
  readonly #onClosed: () => void;
  /** What is written next, and what is called between the writes. */
  #waiting: (Uint8Array | (() => void))[] = [];
  #next: Promise<void> | null = null;
  #last: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** @param onClosed called once when nobody reads any more: a reader such as `head` has had enough. */
  constructor(onClosed: () => void) {
    this.#onClosed = onClosed;
  }

  /**
   * Resolves when all bytes are written, or nobody reads any more; a function is called in their place,
   * between earlier and later writes.
   *
   * @throws when it cannot be written for another reason, such as a full disk.
   */
  write(item: Uint8Array | (() => void)): Promise<void> {
    this.#waiting.push(item);
    if (this.#next === null) this.#last = this.#next = this.#last.then(() => this.#writeAll());
    return this.#next;
  }

  async #writeAll(): Promise<void> {
    const items = this.#waiting;
    this.#waiting = [];
    this.#next = null;
    const chunks: Uint8Array[] = [];
    for (const item of items) {
      if (typeof item !== "function") chunks.push(item);
      else {
        await this.#write(chunks.splice(0));
        item();
      }
    }
    await this.#write(chunks);
  }

  /** Writes all chunks, with one call of the system if that takes all of them. */
  async #write(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#isClosed || chunks.length === 0) return;
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

/** A message of the program on one line of its own; it may hold names and texts of anybody. */
export function messageLine(text: string): string {
  return `geartrain: ${plainText(text.replaceAll("\n", " "))}\n`;
}

/** Makes what somebody sent harmless for a terminal; lines and tabs stay as they are. */
export function textForTerminal(text: string): string {
  return text.split(/([\n\t])/).map((part, index) => index % 2 === 1 ? part : plainText(part)).join(
    "",
  );
}

const STDOUT = 1;

/**
 * Writes to the standard output, all of it before the process may end.
 *
 * @returns false when nobody reads any more: a reader such as `head` has had enough.
 */
export function print(text: string): boolean {
  let bytes = Buffer.from(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(writeSync(STDOUT, bytes));
    return true;
  } catch {
    return false;
  }
}

/** Prints lines, each of which gets its end here. */
export function printLines(lines: readonly string[]): boolean {
  return print(lines.map((line) => `${line}\n`).join(""));
}
