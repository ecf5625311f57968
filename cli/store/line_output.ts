import { Output } from "../output.ts";

/** Lines are written together up to about this many characters. */
const CHUNK = 64 * 1024;

/** Writes many lines to standard output, as long as somebody reads them. */
export class LineOutput {
  #isRead = true;
  #text = "";
  readonly #output = new Output(() => this.#isRead = false);
  readonly #encoder = new TextEncoder();

  /** @returns false when nobody reads them any more. */
  async line(line: string): Promise<boolean> {
    this.#text += `${line}\n`;
    if (this.#text.length >= CHUNK) await this.end();
    return this.#isRead;
  }

  /** Writes what has not been written yet. */
  async end(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    if (this.#isRead) await this.#output.write(this.#encoder.encode(text));
  }
}
