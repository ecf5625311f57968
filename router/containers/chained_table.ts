/**
 * This folder has the containers of the router: heaps, hash tables and sorted names, which know nothing
 * of jobs. Every room of the router may import them; they import nothing but each other.
 *
 * @module
 */

const FIRST_SIZE = 64;
/** Buckets moved for each change while the table grows: a million items cause no pause. */
const MOVED_PER_CHANGE = 8;

/**
 * A hash table whose items are the links of its chains: one costs a pointer or two in it, there may
 * be as many as memory holds (a Map of V8 ends at 16 million), and it grows without a pause.
 */
export abstract class ChainedTable<Item extends object> {
  #buckets: (Item | null)[] = emptyBuckets(FIRST_SIZE);
  /** The smaller table that is being emptied, and its first bucket that is not yet. */
  #old: (Item | null)[] | null = null;
  #oldFrom = 0;
  /** How many items it holds. */
  size = 0;

  /** A signed 32-bit number that stays the same as long as the item is in the table. */
  protected abstract hashOf(item: Item): number;
  /** The item behind this one in its chain, as it was set last. */
  protected abstract nextOf(item: Item): Item | null;
  protected abstract setNext(item: Item, next: Item | null): void;

  /** The first of the chain that has all items with this hash, and others. */
  first(hash: number): Item | null {
    const buckets = this.#tableOf(hash);
    return buckets[indexIn(buckets, hash)];
  }

  /** Adds an item. */
  add(item: Item): void {
    if (this.#old !== null) this.#move();
    else if (this.size >= this.#buckets.length) this.#grow();
    this.#insert(item);
    this.size++;
  }

  /** Takes out an item that was added. */
  remove(item: Item): void {
    if (this.#old !== null) this.#move();
    this.#put(item, this.nextOf(item));
    this.size--;
    if (this.size === 0) this.#empty();
  }

  /** Puts one with the same hash in the place of an item that was added. */
  replace(item: Item, by: Item): void {
    this.setNext(by, this.nextOf(item));
    this.#put(item, by);
  }

  /** What is before the item in its chain has this behind it from now on. */
  #put(item: Item, next: Item | null): void {
    const hash = this.hashOf(item);
    const buckets = this.#tableOf(hash);
    const index = indexIn(buckets, hash);
    let other = buckets[index]!;
    if (other === item) {
      buckets[index] = next;
      return;
    }
    for (let behind = this.nextOf(other); behind !== item; behind = this.nextOf(other)) {
      other = behind!;
    }
    this.setNext(other, next);
  }

  /** The table in which an item with this hash is, or goes, at the moment. */
  #tableOf(hash: number): (Item | null)[] {
    const old = this.#old;
    return old !== null && indexIn(old, hash) >= this.#oldFrom ? old : this.#buckets;
  }

  #insert(item: Item): void {
    const hash = this.hashOf(item);
    const buckets = this.#tableOf(hash);
    const index = indexIn(buckets, hash);
    this.setNext(item, buckets[index]);
    buckets[index] = item;
  }

  #grow(): void {
    this.#old = this.#buckets;
    this.#oldFrom = 0;
    this.#buckets = emptyBuckets(this.#buckets.length * 2);
  }

  /** Gives the memory of a large table back once the backlog is gone. */
  #empty(): void {
    this.#old = null;
    if (this.#buckets.length > FIRST_SIZE) this.#buckets = emptyBuckets(FIRST_SIZE);
  }

  #move(): void {
    const old = this.#old!;
    const until = Math.min(old.length, this.#oldFrom + MOVED_PER_CHANGE);
    while (this.#oldFrom < until) {
      let item = old[this.#oldFrom];
      old[this.#oldFrom++] = null;
      while (item !== null) {
        const next = this.nextOf(item);
        this.#insert(item);
        item = next;
      }
    }
    if (this.#oldFrom === old.length) this.#old = null;
  }
}

function emptyBuckets<Item>(size: number): (Item | null)[] {
  return new Array<Item | null>(size).fill(null);
}

function indexIn(buckets: readonly unknown[], hash: number): number {
  return (hash ^ (hash >>> 15)) & (buckets.length - 1);
}
