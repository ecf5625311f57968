/** The upper bounds of all buckets but the last, which has none, in seconds. */
export const BOUNDS: readonly number[] = [
  ...[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600],
];

const BOUNDS_IN_MILLISECONDS = BOUNDS.map((bound) => bound * 1000);

/** How many buckets there are. */
export const BUCKETS: number = BOUNDS.length + 1;

/** How many durations were how long, since it began. */
export class Histogram {
  /** How many fell into each bucket; a bucket has what is above the bound before it, up to its own. */
  readonly buckets: Float64Array = new Float64Array(BUCKETS);
  /** All of them together, in milliseconds. */
  milliseconds = 0;
  /** How many they are. */
  count = 0;

  /** All of them together, in seconds. */
  get sum(): number {
    return this.milliseconds / 1000;
  }

  /** @internal Adds one of so many whole milliseconds, and returns the index of its bucket. */
  add(milliseconds: number): number {
    let bucket = 0;
    while (bucket < BOUNDS.length && milliseconds > BOUNDS_IN_MILLISECONDS[bucket]) bucket++;
    this.buckets[bucket]++;
    this.milliseconds += milliseconds;
    this.count++;
    return bucket;
  }
}

/**
 * The duration that a part of those in the buckets does not exceed, in seconds: those of a bucket
 * count as spread evenly, those of the last one as 3600. Null if there are none.
 */
export function quantile(buckets: ArrayLike<number>, part: number): number | null {
  const counts = Array.from(buckets);
  const count = counts.reduce((sum, some) => sum + some, 0);
  if (count === 0) return null;
  let left = part * count;
  for (const [index, bound] of BOUNDS.entries()) {
    const here = counts[index];
    const from = index === 0 ? 0 : BOUNDS[index - 1];
    if (here > 0 && left <= here) return from + (bound - from) * left / here;
    left -= here;
  }
  return BOUNDS[BOUNDS.length - 1];
}
