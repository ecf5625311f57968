/** How values are written for PostgreSQL, and read. */

/** An array of numbers or truth values, as it stands in a statement. */
export function arrayText(values: Iterable<number | boolean>): string {
  return `{${Array.from(values).join(",")}}`;
}

/** An array of bytes, as it stands in a statement. */
export function bytesArrayText(values: readonly Uint8Array[]): string {
  return `{${values.map((bytes) => `"\\\\x${hexOf(bytes)}"`).join(",")}}`;
}

/** The numbers of an array in an answer. */
export function numbersIn(text: string): number[] {
  return text === "{}" ? [] : text.slice(1, -1).split(",").map(Number);
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A text with one character a byte, for maps. */
export function textOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The bytes of such a text. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Bytes of many values, one behind the other, and where each of them stands. */
export class Bytes {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** Adds values, and says where the first begins. */
  add(...values: readonly Uint8Array[]): number {
    const start = this.#length;
    for (const value of values) {
      this.#parts.push(value);
      this.#length += value.length;
    }
    return start;
  }

  /** All of them, copied. */
  all(): Uint8Array {
    const all = new Uint8Array(this.#length);
    let position = 0;
    for (const part of this.#parts) {
      all.set(part, position);
      position += part.length;
    }
    return all;
  }
}
