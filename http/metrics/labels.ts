import type { FunctionFacts } from "../../router/facts.ts";

/** What all functions are called together that have no metrics of their own. */
export const OTHER = 'function="other"';

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Control characters, those that turn the direction of text, and what marks an escape. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffd]/gu;
const UNSAFE_BYTES = /[^\x20-\x7e]/g;
const MARK = "\ufffd";

/**
 * A name as a text that does no harm to whoever looks at it: other names than this one are never the
 * same text. Plain names stay as they are; U+FFFD and a number in braces stand for control characters,
 * and for bytes that are no UTF-8.
 */
export function safeName(name: Uint8Array): string {
  try {
    return decoder.decode(name).replace(UNSAFE, (text) => escaped("", text));
  } catch {
    const bytes = Array.from(name, (byte) => String.fromCharCode(byte)).join("");
    return bytes.replace(UNSAFE_BYTES, (text) => escaped("x", text));
  }
}

function escaped(kind: string, text: string): string {
  return `${MARK}{${kind}${text.codePointAt(0)!.toString(16)}}`;
}

/** A label as both formats write it. */
export function label(name: string, value: string): string {
  return `${name}="${value.replace(/["\\\n]/g, (text) => text === "\n" ? "\\n" : `\\${text}`)}"`;
}

/**
 * Which functions have metrics of their own: the first ones that there is room for, as long as they
 * are there. One that has none never gets any, or the counters of the others together would fall.
 */
export class FunctionLabels {
  #room: number;
  readonly #most: number;
  /** By what counts for a function: it is made with it and dropped with it. */
  readonly #labels = new WeakMap<object, string>();

  /** @param most so many functions. */
  constructor(most: number) {
    this.#most = most;
    this.#room = most;
  }

  /** That of a function: {@linkcode OTHER} if it has none of its own. */
  of({ counts, name }: FunctionFacts): string {
    const known = this.#labels.get(counts);
    if (known !== undefined) return known;
    const given = this.#room > 0 ? label("function", safeName(name)) : OTHER;
    if (given !== OTHER) this.#room--;
    this.#labels.set(counts, given);
    return given;
  }

  /** All functions were looked at, and so many had metrics of their own. */
  counted(own: number): void {
    this.#room = this.#most - own;
  }
}
