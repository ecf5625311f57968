/** Values of less than so many microseconds are counted exactly; larger ones to one part in 128. */
const EXACT = 256;
const PARTS = EXACT / 2;
/** Enough for more than a week in microseconds. */
const DOUBLINGS = 33;

/**
 * How often times occurred, in a bounded memory: buckets that are as wide as one part in 128 of what
 * they hold, as those of HdrHistogram.
 */
export class Histogram {
  readonly #counts = new Float64Array(EXACT + DOUBLINGS * PARTS);
  #total = 0;
  #max = 0;

  /** Counts a time, in milliseconds. */
  add(milliseconds: number): void {
    const value = Math.max(0, Math.round(milliseconds * 1000));
    this.#counts[Math.min(bucketOf(value), this.#counts.length - 1)]++;
    this.#total++;
    this.#max = Math.max(this.#max, milliseconds);
  }

  /** The longest, in milliseconds; 0 when there is none. */
  get max(): number {
    return this.#max;
  }

  /** The time, in milliseconds, that so many of 100 do not exceed; 0 when there is none. */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.ceil(this.#total * percent / 100));
    let seen = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      seen += this.#counts[bucket];
      if (seen >= wanted) return Math.min(this.#max, highestOf(bucket) / 1000);
    }
    return this.#max;
  }
}

function bucketOf(value: number): number {
  if (value < EXACT) return value;
  const doublings = Math.floor(Math.log2(value)) - Math.log2(PARTS);
  return doublings * PARTS + Math.floor(value / 2 ** doublings);
}

/** The largest value of a bucket. */
function highestOf(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const doublings = Math.floor(bucket / PARTS) - 1;
  return (bucket - doublings * PARTS + 1) * 2 ** doublings - 1;
}
