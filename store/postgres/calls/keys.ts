import { createHash } from "node:crypto";

const EMPTY = new Uint8Array(0);
const DASH = 0x2d;

/** What stands behind a zero byte: a unique that begins with one itself, a digest, or a number. */
const KIND = { unique: 0, digest: 1, number: 2 };

/**
 * What stands for a unique in the table: no two live jobs of a function have the same. What begins with
 * a zero byte stands for something else: for `-` the digest of the payload, or the number of the job if
 * that is empty, as such a job joins none. Empty: no unique.
 */
export function keyOf(unique: Uint8Array, payload: Uint8Array, number: number): Uint8Array {
  if (!isDash(unique)) return plainKey(unique);
  if (payload.length === 0) return marked(KIND.number, bytesOf(number));
  return marked(KIND.digest, createHash("sha256").update(payload).digest());
}

/** What stands for a unique that is not `-`. */
export function plainKey(unique: Uint8Array): Uint8Array {
  return unique[0] === 0 ? marked(KIND.unique, unique) : unique;
}

/** The unique for which a key stands. */
export function uniqueOf(key: Uint8Array | null): Uint8Array {
  if (key === null) return EMPTY;
  if (key[0] !== 0) return key;
  return key[1] === KIND.unique ? key.subarray(2) : Uint8Array.of(DASH);
}

function marked(kind: number, bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(2 + bytes.length);
  all[1] = kind;
  all.set(bytes, 2);
  return all;
}

/** Is the payload the key? */
export function isDash(unique: Uint8Array): boolean {
  return unique.length === 1 && unique[0] === DASH;
}

function bytesOf(number: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}
