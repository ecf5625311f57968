import type { HeapItem } from "../containers/indexed_heap.ts";

/** Sets timers, and calls them off. */
export interface Delays {
  /** Sets a timer that is not set to fire `delay` milliseconds from now. */
  setDelay(timer: Timer, delay: number): void;
}

/** Something that happens at a time. Setting and calling off cost O(log n) in the set timers. */
export class Timer implements HeapItem {
  /** Where it stands in the heap; -1 while it is not set. */
  heapIndex: number = -1;
  /** When, in milliseconds of the clock it was set on. */
  due = 0;
  /** Timers that are due at the same time fire in the order in which they were set. */
  order = 0;
  /** Called when the time has come. */
  readonly fire: () => void;

  constructor(fire: () => void) {
    this.fire = fire;
  }

  /** Is it set? */
  get isSet(): boolean {
    return this.heapIndex >= 0;
  }
}
