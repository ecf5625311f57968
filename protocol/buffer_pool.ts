/** An array without bytes, which many share. */
export const EMPTY: Uint8Array = new Uint8Array(0);

/** Smallest buffer: a burst of small replies fits. */
const SMALLEST_BUFFER: number = 4096;
/** Largest buffer here; longer ones are in {@linkcode LargeBuffers}. */
export const LARGEST_BUFFER: number = 64 * 1024;
/** Buffers kept for whoever needs one next, in bytes of each size. */
const POOLED_PER_SIZE = 2 * 1024 * 1024;

/** Buffers that nobody uses now, by size. */
const pool = new Map<number, Uint8Array[]>();

/** A buffer of at least `length` bytes, at most {@linkcode LARGEST_BUFFER}. What it holds is old. */
export function takeBuffer(length: number): Uint8Array {
  const capacity = capacityFor(length);
  return pool.get(capacity)?.pop() ?? new Uint8Array(capacity);
}

/** Gives a buffer back that nobody looks at any more. A buffer of another origin is ignored. */
export function giveBuffer(buffer: Uint8Array): void {
  const { length } = buffer;
  if (length < SMALLEST_BUFFER || length > LARGEST_BUFFER || (length & (length - 1)) !== 0) return;
  const free = pool.get(length);
  if (free === undefined) pool.set(length, [buffer]);
  else if (free.length * length < POOLED_PER_SIZE) free.push(buffer);
}

/** The power of two from {@linkcode SMALLEST_BUFFER} on that holds `length` bytes. */
function capacityFor(length: number): number {
  let capacity = SMALLEST_BUFFER;
  while (capacity < length) capacity *= 2;
  return capacity;
}

/** Are two byte ranges of `length` equal? */
export function equalBytes(
  a: Uint8Array,
  aStart: number,
  b: Uint8Array,
  bStart: number,
  length: number,
): boolean {
  for (let index = 0; index < length; index++) {
    if (a[aStart + index] !== b[bStart + index]) return false;
  }
  return true;
}

/** Is `bytes[start..end)` the same as all bytes of `whole`? */
export function equalsRange(
  whole: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  return whole.length === end - start && equalBytes(whole, 0, bytes, start, whole.length);
}

/** Up to so many bytes are copied one by one: a call costs more. */
export const FEW_BYTES = 64;

/** Copies `source[start..end)` to `target`, from `offset` on. */
type Copy = (
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
) => void;

/** A better way of the runtime, if it has one. */
let copyWell: Copy | null = null;

/** From now on long runs of bytes are copied in another way, null for the usual one. Returns the former. */
export function copyLongBy(copy: Copy | null): Copy | null {
  const before = copyWell;
  copyWell = copy;
  return before;
}

/** Copies `source[start..end)`, more than {@linkcode FEW_BYTES}, to `target`, from `offset` on. */
export function copyLong(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
): void {
  if (copyWell === null) target.set(source.subarray(start, end), offset);
  else copyWell(source, start, end, target, offset);
}
