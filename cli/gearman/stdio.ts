import { Buffer } from "node:buffer";
import process from "node:process";
import { Output } from "../output.ts";

/** So much text waits until it is written, where no terminal reads it. */
const BUFFER_SIZE = 4096;

/**
 * The standard output as a program in C has it, for one that writes data past its buffer: on a pipe,
 * text comes behind data that was written later.
 */
export class Stdio {
  readonly #output: Output;
  #text: Buffer = Buffer.alloc(0);

  /** @param onClosed called once when nobody reads any more. */
  constructor(onClosed: () => void) {
    this.#output = new Output(onClosed);
  }

  /** Text, by way of the buffer. */
  async text(text: string): Promise<void> {
    this.#text = Buffer.concat([this.#text, Buffer.from(text)]);
    if (process.stdout.isTTY) return await this.flush();
    const full = this.#text.length - this.#text.length % BUFFER_SIZE;
    if (full > 0) await this.#write(full);
  }

  /** Data, past the buffer. */
  data(bytes: Uint8Array): Promise<void> {
    return bytes.length === 0 ? Promise.resolve() : this.#output.write(bytes);
  }

  /** Everything that waits in the buffer. */
  async flush(): Promise<void> {
    if (this.#text.length > 0) await this.#write(this.#text.length);
  }

  #write(length: number): Promise<void> {
    const ready = this.#text.subarray(0, length);
    this.#text = this.#text.subarray(length);
    return this.#output.write(ready);
  }
}
