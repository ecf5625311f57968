import { countFirst } from "./search.ts";

/** Items with neighbouring numbers share a chunk. */
const CHUNK_SIZE = 256;

/** The most numbers of chunks that may stand among the others after the chunk is gone, besides half of all. */
const MOST_STALE = 64;

/** The items of one chunk, by the rest of their number. */
interface Chunk<Item> {
  readonly items: (Item | undefined)[];
  /** Changes when the chunk is empty and used again. */
  number: number;
  size: number;
}

/**
 * Items by number, where numbers only grow and most items with neighbouring numbers come and go
 * together. Costs a pointer an item, where a Map costs several and copies all of them when it grows.
 */
export class SequenceTable<Item> {
  readonly #chunks = new Map<number, Chunk<Item>>();
  /** The numbers of the chunks in their order, and some of chunks that are gone. */
  #numbers: number[] = [];
  /** How many items it holds. */
  size = 0;
  /** The chunk that was looked at last. */
  #last: Chunk<Item> | undefined;
  #lastNumber = -1;
  /** The chunk that was emptied last stays where it is: few items at a time come and go in it. */
  #empty: Chunk<Item> | undefined;

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
    this.size++;
  }

  /** Takes out the item with a number that has one. */
  remove(sequence: number): void {
    const chunk = this.#chunkOf(sequence)!;
    chunk.items[sequence % CHUNK_SIZE] = undefined;
    this.size--;
    if (--chunk.size > 0) return;
    if (this.#empty !== undefined) this.#chunks.delete(this.#empty.number);
    this.#empty = chunk;
  }

  /**
   * The items with numbers above `after` and up to `last`, in the order of their numbers. Others may come and go
   * meanwhile, for as long as it takes: nothing that has gone is held on to.
   */
  *values(last = Infinity, after = -1): Generator<Item, undefined> {
    let number = this.#numberAfter(numberOfChunk(after + 1) - 1);
    while (number !== undefined && number * CHUNK_SIZE <= last) {
      const chunk = this.#chunks.get(number);
      const first = number * CHUNK_SIZE;
      for (let index = 0; index < CHUNK_SIZE && chunk?.number === number; index++) {
        const item = chunk.items[index];
        if (item !== undefined && first + index <= last && first + index > after) yield item;
      }
      number = this.#numberAfter(number);
    }
  }

  /** The number of the first chunk behind one. */
  #numberAfter(number: number): number | undefined {
    return this.#numbers[countUpTo(this.#numbers, number)];
  }

  /** The empty chunk serves for another number, if there is one. */
  #addChunk(number: number): Chunk<Item> {
    const chunk = this.#empty ?? { items: new Array(CHUNK_SIZE).fill(undefined), number, size: 0 };
    if (this.#empty !== undefined) this.#chunks.delete(chunk.number);
    this.#empty = undefined;
    chunk.number = number;
    this.#chunks.set(number, chunk);
    this.#addNumber(number);
    this.#last = chunk;
    this.#lastNumber = number;
    return chunk;
  }

  #addNumber(number: number): void {
    const place = countUpTo(this.#numbers, number);
    // It may be there from the last time.
    if (this.#numbers[place - 1] === number) return;
    if (place === this.#numbers.length) this.#numbers.push(number);
    else this.#numbers.splice(place, 0, number);
    if (this.#numbers.length > 2 * this.#chunks.size + MOST_STALE) {
      this.#numbers = this.#numbers.filter((known) => this.#chunks.has(known));
    }
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

/** How many of these numbers, which grow, are not above one. */
function countUpTo(numbers: readonly number[], most: number): number {
  if (numbers.length === 0 || numbers[numbers.length - 1] <= most) return numbers.length;
  return countFirst(numbers.length - 1, (index) => numbers[index] <= most);
}

function numberOfChunk(sequence: number): number {
  return Math.floor(sequence / CHUNK_SIZE);
}
