const STAR = 0x2a;

/** Bytes that are wanted: exactly these, but that any may stand for each `*`. */
export class Pattern {
  readonly #first: Uint8Array;
  /** What must come in between, in this order. */
  readonly #parts: readonly Needle[];
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
    this.#parts = parts.map((part) => new Needle(part));
  }

  /** Are these bytes what is wanted? It takes about as many steps as both are long. */
  fits(bytes: Uint8Array): boolean {
    const first = this.#first;
    const last = this.#last;
    if (last === null) return bytes.length === first.length && isAt(bytes, first, 0);
    const end = bytes.length - last.length;
    if (end < first.length || !isAt(bytes, first, 0) || !isAt(bytes, last, end)) return false;
    let place = first.length;
    for (const part of this.#parts) {
      const found = part.indexIn(bytes, place);
      if (found < 0) return false;
      place = found + part.length;
    }
    return place <= end;
  }
}

/**
 * Bytes that are looked for in others. It takes about as many steps as those are long, whatever is in
 * both (Knuth, Morris, Pratt): others wait meanwhile.
 */
export class Needle {
  readonly #bytes: Uint8Array;
  /** For each beginning of it: how long the longest shorter beginning is with which that one ends. */
  readonly #borders: Uint32Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#borders = new Uint32Array(bytes.length);
    let border = 0;
    for (let index = 1; index < bytes.length; index++) {
      while (border > 0 && bytes[index] !== bytes[border]) border = this.#borders[border - 1];
      if (bytes[index] === bytes[border]) border++;
      this.#borders[index] = border;
    }
  }

  /** How many bytes it has. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Where it is in others, from a place on; -1 if it is not. */
  indexIn(bytes: Uint8Array, from: number): number {
    const wanted = this.#bytes;
    if (wanted.length === 0) return from;
    let same = 0;
    for (let at = from; at < bytes.length; at++) {
      while (same > 0 && bytes[at] !== wanted[same]) same = this.#borders[same - 1];
      if (same === 0) {
        at = bytes.indexOf(wanted[0], at);
        if (at < 0) return -1;
      }
      if (bytes[at] === wanted[same]) same++;
      if (same === wanted.length) return at - same + 1;
    }
    return -1;
  }
}

function isAt(bytes: Uint8Array, wanted: Uint8Array, at: number): boolean {
  for (let index = 0; index < wanted.length; index++) {
    if (bytes[at + index] !== wanted[index]) return false;
  }
  return true;
}
