import { Buffer } from "node:buffer";

/** The number of a payload takes so many bytes. */
export const NUMBER_SIZE = 8;
const HALF = 2 ** 32;

/** The payloads of a run, each with its number, so that the result of another job is noticed. */
export class Payloads {
  readonly #template: Buffer;

  /** @param size of each, in bytes; at least that of the number. */
  constructor(size: number) {
    this.#template = Buffer.from(Uint8Array.from({ length: size }, (_, index) => index % 251));
  }

  /** The payload with a number. */
  payload(number: number): Uint8Array {
    const bytes = Buffer.from(this.#template);
    bytes.writeUInt32BE(Math.floor(number / HALF), 0);
    bytes.writeUInt32BE(number % HALF, 4);
    return bytes;
  }

  /** The number of a payload; undefined for what is none. */
  numberOf(bytes: Uint8Array): number | undefined {
    if (bytes.length !== this.#template.length) return undefined;
    const { buffer, byteOffset, byteLength } = bytes;
    const payload = Buffer.from(buffer, byteOffset, byteLength);
    const isWhole = payload.compare(this.#template, NUMBER_SIZE, undefined, NUMBER_SIZE) === 0;
    return isWhole ? payload.readUInt32BE(0) * HALF + payload.readUInt32BE(4) : undefined;
  }
}
