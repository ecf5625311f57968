const STAR = 0x2a;

/** Bytes that are wanted: exactly these, but that any may stand for each `*`. */
export class Pattern {
  readonly #first: Uint8Array;
  /** What must come in between, in this order. */
  readonly #parts: readonly Uint8Array[];
  /** Null if there is no `*`. */
  readonly #last: Uint8Array | null;

  constructor(wanted: Uint8Array) {
    const parts: Uint8Array[] = [];
    let start = 0;
    for (let end = wanted.indexOf(STAR); end >= 0; end = wanted.indexOf(STAR, start)) {
      parts.push(wanted.subarray(start, end));
      start = end + 1;
    }
    const rest = wanted.subarray(start);
    this.#first = parts.shift() ?? rest;
    this.#last = start === 0 ? null : rest;
    this.#parts = parts;
  }

  /** Are these bytes what is wanted? It takes no more steps than both are long, multiplied. */
  fits(bytes: Uint8Array): boolean {
    const first = this.#first;
    const last = this.#last;
    if (last === null) return bytes.length === first.length && isAt(bytes, first, 0);
    const end = bytes.length - last.length;
    if (end < first.length || !isAt(bytes, first, 0) || !isAt(bytes, last, end)) return false;
    let place = first.length;
    for (const part of this.#parts) {
      const found = indexOf(bytes, part, place);
      if (found < 0) return false;
      place = found + part.length;
    }
    return place <= end;
  }
}

/** Where some bytes are in others, from a place on; -1 if they are not. */
export function indexOf(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  if (wanted.length === 0) return from;
  const last = bytes.length - wanted.length;
  let at = bytes.indexOf(wanted[0], from);
  while (at >= 0 && at <= last && !isAt(bytes, wanted, at)) at = bytes.indexOf(wanted[0], at + 1);
  return at > last ? -1 : at;
}

function isAt(bytes: Uint8Array, wanted: Uint8Array, at: number): boolean {
  for (let index = 0; index < wanted.length; index++) {
    if (bytes[at + index] !== wanted[index]) return false;
  }
  return true;
}
