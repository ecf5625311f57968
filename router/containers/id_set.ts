const BITS = 32;

/**
 * A set of small numbers (function ids) as bits, with a second layer that tells which words are not
 * empty. Which functions have work, and which functions a worker can do, are such sets; the first
 * number in both is found with a few steps even among ten thousands.
 */
export class IdSet {
  #words: Uint32Array = new Uint32Array(1);
  #summary: Uint32Array = new Uint32Array(1);

  /** Adds an id. */
  add(id: number): void {
    const word = id >>> 5;
    if (word >= this.#words.length) this.#grow(word);
    this.#words[word] |= 1 << (id & 31);
    this.#summary[word >>> 5] |= 1 << (word & 31);
  }

  /** Takes an id out. */
  delete(id: number): void {
    const word = id >>> 5;
    if (word >= this.#words.length) return;
    this.#words[word] &= ~(1 << (id & 31));
    if (this.#words[word] === 0) this.#summary[word >>> 5] &= ~(1 << (word & 31));
  }

  /**
   * The smallest id from `from` on that both sets hold, going on at 0 after the largest.
   *
   * @returns -1 when they have none in common.
   */
  firstInBoth(other: IdSet, from: number): number {
    const found = this.#firstFrom(other, from);
    return found < 0 && from > 0 ? this.#firstFrom(other, 0) : found;
  }

  #firstFrom(other: IdSet, from: number): number {
    const startWord = from >>> 5;
    if (startWord >= this.#words.length || startWord >= other.#words.length) return -1;
    const common = this.#words[startWord] & other.#words[startWord] & (-1 << (from & 31));
    if (common !== 0) return startWord * BITS + lowestBit(common);
    return this.#firstInWordsFrom(other, startWord + 1);
  }

  #firstInWordsFrom(other: IdSet, startWord: number): number {
    const summaries = Math.min(this.#summary.length, other.#summary.length);
    let mask = -1 << (startWord & 31);
    for (let group = startWord >>> 5; group < summaries; group++, mask = -1) {
      let candidates = this.#summary[group] & other.#summary[group] & mask;
      while (candidates !== 0) {
        const word = group * BITS + lowestBit(candidates);
        const common = this.#words[word] & other.#words[word];
        if (common !== 0) return word * BITS + lowestBit(common);
        candidates &= candidates - 1;
      }
    }
    return -1;
  }

  #grow(word: number): void {
    let length = this.#words.length;
    while (length <= word) length *= 2;
    const words = new Uint32Array(length);
    words.set(this.#words);
    this.#words = words;
    const summary = new Uint32Array(Math.ceil(length / BITS));
    summary.set(this.#summary);
    this.#summary = summary;
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
