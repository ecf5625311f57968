import { DIGEST_LENGTH } from "./byte_hash.ts";
import { SequenceTable } from "./sequence_table.ts";

/** Jobs with neighbouring numbers share a chunk. */
const CHUNK_SIZE = 256;
const BYTES_PER_SLOT = 4 * 8 + 2 * 4 + 1;

/** The slots of one chunk, by the rest of their number; a number of 0 is that of no job. */
class Chunk {
  /** The number of its first slot. */
  readonly first: number;
  readonly previous: Float64Array;
  readonly next: Float64Array;
  readonly newer: Float64Array;
  readonly older: Float64Array;
  readonly func: Int32Array;
  readonly hash: Int32Array;
  /** 0 where there is no slot. */
  readonly flags: Uint8Array;
  /** Digests of keys; null if no job of the chunk has one. */
  digests: Uint8Array | null = null;
  size = 0;

  constructor(first: number) {
    this.first = first;
    const buffer = new ArrayBuffer(CHUNK_SIZE * BYTES_PER_SLOT);
    const numbers = (place: number) => new Float64Array(buffer, place * CHUNK_SIZE * 8, CHUNK_SIZE);
    this.previous = numbers(0);
    this.next = numbers(1);
    this.newer = numbers(2);
    this.older = numbers(3);
    this.func = new Int32Array(buffer, 32 * CHUNK_SIZE, CHUNK_SIZE);
    this.hash = new Int32Array(buffer, 36 * CHUNK_SIZE, CHUNK_SIZE);
    this.flags = new Uint8Array(buffer, 40 * CHUNK_SIZE, CHUNK_SIZE);
  }
}

/** One of the lists that a slot can be in: `QUEUE` of its queue, `HASH` of those with similar hashes. */
export const SlotLink = { QUEUE: 0, HASH: 1 } as const;

/** One of {@linkcode SlotLink}. */
export type SlotLinkIndex = typeof SlotLink[keyof typeof SlotLink];

/**
 * What is known of a job without an object for it, in 41 bytes: by its number, as numbers. Where a job
 * has a digest, it and its neighbours have 16 bytes more.
 */
export class SlotTable {
  readonly #chunks = new SequenceTable<Chunk>();
  /** How many slots there are. */
  size = 0;

  /** What is known of the job with this number; 0 if it has no slot. */
  flags(number: number): number {
    const chunk = this.#chunkOf(number);
    return chunk === undefined ? 0 : chunk.flags[number % CHUNK_SIZE];
  }

  /** Changes what is known of a job that has a slot; not 0. */
  setFlags(number: number, flags: number): void {
    this.#chunkOf(number)!.flags[number % CHUNK_SIZE] = flags;
  }

  /** Id of its function. */
  func(number: number): number {
    return this.#chunkOf(number)!.func[number % CHUNK_SIZE];
  }

  /** Hash of its key. */
  hash(number: number): number {
    return this.#chunkOf(number)!.hash[number % CHUNK_SIZE];
  }

  /** Sets the hash of its key. */
  setHash(number: number, hash: number): void {
    this.#chunkOf(number)!.hash[number % CHUNK_SIZE] = hash;
  }

  /** Room for the digest of its key: a view. */
  digest(number: number): Uint8Array {
    const chunk = this.#chunkOf(number)!;
    const start = number % CHUNK_SIZE * DIGEST_LENGTH;
    chunk.digests ??= new Uint8Array(CHUNK_SIZE * DIGEST_LENGTH);
    return chunk.digests.subarray(start, start + DIGEST_LENGTH);
  }

  /** Adds a slot for a number that has none; flags are not 0. */
  add(number: number, func: number, flags: number): void {
    const chunk = this.#chunkOf(number) ?? this.#addChunk(number);
    const index = number % CHUNK_SIZE;
    chunk.func[index] = func;
    chunk.flags[index] = flags;
    chunk.previous[index] =
      chunk.next[index] =
      chunk.newer[index] =
      chunk.older[index] =
        0;
    chunk.size++;
    this.size++;
  }

  /** Takes out a slot, which is in no list. */
  delete(number: number): void {
    const chunk = this.#chunkOf(number)!;
    chunk.flags[number % CHUNK_SIZE] = 0;
    this.size--;
    if (--chunk.size > 0) return;
    this.#chunks.remove(numberOfChunk(number));
  }

  /** The number before or behind a slot in a list. */
  neighbour(number: number, link: SlotLinkIndex, isBehind: boolean): number {
    return linksOf(this.#chunkOf(number)!, link, isBehind)[number % CHUNK_SIZE];
  }

  /** Sets the number before or behind a slot in a list. */
  setNeighbour(number: number, link: SlotLinkIndex, isBehind: boolean, other: number): void {
    linksOf(this.#chunkOf(number)!, link, isBehind)[number % CHUNK_SIZE] = other;
  }

  /** Numbers of all slots, in their order. */
  *numbers(): Generator<number> {
    for (const { first, flags } of this.#chunks.values()) {
      for (let index = 0; index < CHUNK_SIZE; index++) if (flags[index] !== 0) yield first + index;
    }
  }

  #addChunk(number: number): Chunk {
    const key = numberOfChunk(number);
    const chunk = new Chunk(key * CHUNK_SIZE);
    this.#chunks.add(key, chunk);
    return chunk;
  }

  #chunkOf(number: number): Chunk | undefined {
    return this.#chunks.get(numberOfChunk(number));
  }
}

/** Slots in a row, linked by their numbers. */
export class SlotList {
  /** The first one; 0 if there is none. */
  first = 0;
  /** The last one; 0 if there is none. */
  last = 0;
  readonly #slots: SlotTable;
  readonly #link: SlotLinkIndex;

  constructor(slots: SlotTable, link: SlotLinkIndex) {
    this.#slots = slots;
    this.#link = link;
  }

  /** Adds one at the end. */
  append(number: number): void {
    this.#join(this.last, number);
    this.#join(number, 0);
  }

  /** Adds one in front. */
  prepend(number: number): void {
    this.#join(number, this.first);
    this.#join(0, number);
  }

  /** Takes one out. */
  remove(number: number): void {
    const before = this.#slots.neighbour(number, this.#link, false);
    this.#join(before, this.#slots.neighbour(number, this.#link, true));
  }

  /** The one behind; 0 if there is none. */
  behind(number: number): number {
    return this.#slots.neighbour(number, this.#link, true);
  }

  #join(before: number, behind: number): void {
    if (before === 0) this.first = behind;
    else this.#slots.setNeighbour(before, this.#link, true, behind);
    if (behind === 0) this.last = before;
    else this.#slots.setNeighbour(behind, this.#link, false, before);
  }
}

function linksOf(chunk: Chunk, link: SlotLinkIndex, isBehind: boolean): Float64Array {
  if (link === SlotLink.QUEUE) return isBehind ? chunk.next : chunk.previous;
  return isBehind ? chunk.older : chunk.newer;
}

function numberOfChunk(number: number): number {
  return Math.floor(number / CHUNK_SIZE);
}
