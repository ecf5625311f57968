/** Of digests, in bytes: nobody finds two byte strings with the same one. */
export const DIGEST_LENGTH = 16;

/**
 * Hash of byte strings: HalfSipHash-1-3 (Aumasson and Bernstein), 32 bits. Names and uniques come
 * from strangers; with a secret key nobody can choose many that fall into one bucket.
 */
export class ByteHash {
  readonly #key0: number;
  readonly #key1: number;
  /** Those of which a digest is made; their keys are made from the key of this one. */
  #parts: ByteHash[] | null = null;

  /** @param key two secret 32-bit numbers. */
  constructor(key: readonly [number, number]) {
    this.#key0 = key[0] | 0;
    this.#key1 = key[1] | 0;
  }

  /** Writes a digest of `bytes[start..end)`, {@linkcode DIGEST_LENGTH} bytes, into a buffer. */
  digest(bytes: Uint8Array, start: number, end: number, into: Uint8Array, offset = 0): void {
    this.#parts ??= [0, 1, 2, 3].map((part) =>
      new ByteHash([this.of(Uint8Array.of(part, 0), 0, 2), this.of(Uint8Array.of(part, 1), 0, 2)])
    );
    for (const part of this.#parts) {
      for (let hash = part.of(bytes, start, end), byte = 0; byte < 4; byte++) {
        into[offset++] = hash >>> 8 * byte;
      }
    }
  }

  /** The hash of `bytes[start..end)` as a signed 32-bit number. */
  of(bytes: Uint8Array, start: number, end: number): number {
    let v0 = this.#key0;
    let v1 = this.#key1;
    let v2 = 0x6c796765 ^ this.#key0;
    let v3 = 0x74656462 ^ this.#key1;
    let position = start;
    let word = 0;
    // One round for each word; the last word holds the rest and the length.
    for (let last = false; !last; position += 4) {
      if (position + 4 <= end) {
        word = bytes[position] | (bytes[position + 1] << 8) | (bytes[position + 2] << 16) |
          (bytes[position + 3] << 24);
      } else {
        word = (end - start) << 24;
        if (position < end) word |= bytes[position];
        if (position + 1 < end) word |= bytes[position + 1] << 8;
        if (position + 2 < end) word |= bytes[position + 2] << 16;
        last = true;
      }
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    v2 ^= 0xff;
    for (let round = 0; round < 3; round++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    return v1 ^ v3;
  }
}
