/** What an {@linkcode IndexedHeap} holds: its place in the heap is noted in the item itself. */
export interface HeapItem {
  /** Position in the heap, or -1 outside; only the heap changes it. */
  heapIndex: number;
}

/**
 * A binary heap whose items know where they are, so that any of them can be taken out in O(log n)
 * without being searched.
 */
export class IndexedHeap<Item extends HeapItem> {
  readonly #items: Item[] = [];
  readonly #before: (a: Item, b: Item) => boolean;

  /** @param before is `a` to come out before `b`? */
  constructor(before: (a: Item, b: Item) => boolean) {
    this.#before = before;
  }

  /** How many items it holds. */
  get size(): number {
    return this.#items.length;
  }

  /** The first item, which stays. */
  peek(): Item | undefined {
    return this.#items[0];
  }

  /** All items, in no order. */
  values(): readonly Item[] {
    return this.#items;
  }

  /** Adds an item that is in no heap. */
  push(item: Item): void {
    item.heapIndex = this.#items.length;
    this.#items.push(item);
    this.#rise(item);
  }

  /** Takes out an item that is in this heap. */
  remove(item: Item): void {
    const index = item.heapIndex;
    const last = this.#items.pop()!;
    item.heapIndex = -1;
    if (last === item) return;
    last.heapIndex = index;
    this.#items[index] = last;
    this.#rise(last);
    this.#sink(last);
  }

  #rise(item: Item): void {
    const items = this.#items;
    let index = item.heapIndex;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = items[parentIndex];
      if (!this.#before(item, parent)) break;
      items[index] = parent;
      parent.heapIndex = index;
      index = parentIndex;
    }
    items[index] = item;
    item.heapIndex = index;
  }

  #sink(item: Item): void {
    const items = this.#items;
    let index = item.heapIndex;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= items.length) break;
      if (childIndex + 1 < items.length && this.#before(items[childIndex + 1], items[childIndex])) {
        childIndex++;
      }
      const child = items[childIndex];
      if (!this.#before(child, item)) break;
      items[index] = child;
      child.heapIndex = index;
      index = childIndex;
    }
    items[index] = item;
    item.heapIndex = index;
  }
}
