import { countFirst } from "./search.ts";

/** Something that has a name, which never changes. */
export interface Named {
  readonly name: Uint8Array;
}

/** A chunk that grows beyond this is cut in halves: what follows an item in its chunk moves with it. */
const MOST_IN_CHUNK = 512;

/**
 * Items in the order of their names, each name once. To add or remove one costs a binary search and a
 * move within its chunk, however many there are, so a listing of them never has to sort.
 */
export class SortedNames<Item extends Named> {
  /** Each has items, all of them before those of the next one. */
  readonly #chunks: Item[][] = [];
  /** Goes on whenever an item comes or goes: those behind it have other places then. */
  #version = 0;

  /** Adds an item whose name no other one has. */
  add(item: Item): void {
    this.#version++;
    const chunks = this.#chunks;
    if (chunks.length === 0) {
      chunks.push([item]);
      return;
    }
    const number = this.#chunkOf(item.name);
    const chunk = chunks[number];
    chunk.splice(countUpTo(chunk, item.name), 0, item);
    if (chunk.length > MOST_IN_CHUNK) {
      chunks.splice(number + 1, 0, chunk.splice(MOST_IN_CHUNK / 2));
    }
  }

  /** Takes out an item that is in it. */
  remove(item: Item): void {
    this.#version++;
    const number = this.#chunkOf(item.name);
    const chunk = this.#chunks[number];
    chunk.splice(countUpTo(chunk, item.name) - 1, 1);
    if (chunk.length === 0) this.#chunks.splice(number, 1);
  }

  /** The first item, or the first one behind a name. */
  #after(name: Uint8Array | null): Item | undefined {
    if (this.#chunks.length === 0) return undefined;
    if (name === null) return this.#chunks[0][0];
    const number = this.#chunkOf(name);
    const chunk = this.#chunks[number];
    const index = countUpTo(chunk, name);
    return index < chunk.length ? chunk[index] : this.#chunks[number + 1]?.[0];
  }

  /**
   * The items in their order. Others may come and go meanwhile: each that is there all the time comes
   * once, and no name twice.
   */
  *values(): Generator<Item, undefined> {
    let item = this.#after(null);
    while (item !== undefined) {
      const chunk = this.#chunks[this.#chunkOf(item.name)];
      const version = this.#version;
      for (let index = countUpTo(chunk, item.name) - 1; index < chunk.length; index++) {
        item = chunk[index];
        yield item;
        if (version !== this.#version) break;
      }
      item = this.#after(item.name);
    }
  }

  /** The number of the chunk that a name belongs to. */
  #chunkOf(name: Uint8Array): number {
    const chunks = this.#chunks;
    const isUpTo = (number: number) => compareBytes(chunks[number][0].name, name) <= 0;
    return Math.max(0, countFirst(chunks.length, isUpTo) - 1);
  }
}

/** How many of these items stand before a name, or have it. */
function countUpTo(items: readonly Named[], name: Uint8Array): number {
  return countFirst(items.length, (index) => compareBytes(items[index].name, name) <= 0);
}

/** The order of names: byte by byte, and a shorter one before those that it begins. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    if (a[index] !== b[index]) return a[index] - b[index];
  }
  return a.length - b.length;
}
