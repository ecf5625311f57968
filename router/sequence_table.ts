/** Items with neighbouring numbers share a chunk. */
const CHUNK_SIZE = 256;

/** The items of one chunk, by the rest of their number. */
interface Chunk<Item> {
  readonly items: (Item | undefined)[];
  size: number;
}

/**
 * Items by number, where numbers only grow and most items with neighbouring numbers come and go
 * together. Costs a pointer an item, where a Map costs several and copies all of them when it grows.
 */
export class SequenceTable<Item> {
  readonly #chunks = new Map<number, Chunk<Item>>();
  #size = 0;
  /** The chunk that was looked at last. */
  #last: Chunk<Item> | undefined;
  #lastNumber = -1;
  /** The chunk that was emptied last stays where it is: few items at a time come and go in it. */
  #empty: Chunk<Item> | undefined;
  #emptyNumber = -1;

  /** How many items it holds. */
  get size(): number {
    return this.#size;
  }

  /** The item with this number. */
  get(sequence: number): Item | undefined {
    const chunk = this.#chunkOf(sequence);
    return chunk === undefined ? undefined : chunk.items[sequence % CHUNK_SIZE];
  }

  /** Adds an item under a number that has none. */
  add(sequence: number, item: Item): void {
    let chunk = this.#chunkOf(sequence);
    if (chunk === undefined) chunk = this.#addChunk(numberOfChunk(sequence));
    else if (chunk.size === 0) this.#empty = undefined;
    chunk.items[sequence % CHUNK_SIZE] = item;
    chunk.size++;
    this.#size++;
  }

  /** Takes out the item with a number that has one. */
  remove(sequence: number): void {
    const chunk = this.#chunkOf(sequence)!;
    chunk.items[sequence % CHUNK_SIZE] = undefined;
    this.#size--;
    if (--chunk.size > 0) return;
    if (this.#empty !== undefined) this.#chunks.delete(this.#emptyNumber);
    this.#empty = chunk;
    this.#emptyNumber = numberOfChunk(sequence);
  }

  /** All items, by their numbers unless some were added out of order. */
  *values(): IterableIterator<Item> {
    for (const { items } of this.#chunks.values()) {
      for (const item of items) if (item !== undefined) yield item;
    }
  }

  /** The empty chunk serves for another number, if there is one. */
  #addChunk(number: number): Chunk<Item> {
    const chunk = this.#empty ?? { items: new Array(CHUNK_SIZE).fill(undefined), size: 0 };
    if (this.#empty !== undefined) this.#chunks.delete(this.#emptyNumber);
    this.#empty = undefined;
    this.#chunks.set(number, chunk);
    this.#last = chunk;
    this.#lastNumber = number;
    return chunk;
  }

  #chunkOf(sequence: number): Chunk<Item> | undefined {
    const number = numberOfChunk(sequence);
    if (number !== this.#lastNumber) {
      this.#lastNumber = number;
      this.#last = this.#chunks.get(number);
    }
    return this.#last;
  }
}

function numberOfChunk(sequence: number): number {
  return Math.floor(sequence / CHUNK_SIZE);
}
