import { EMPTY } from "../../protocol/buffer_pool.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import { JobState, type JobStateIndex, type PriorityIndex } from "../model/job_state.ts";
import { SlotLink, type SlotTable } from "../containers/slot_table.ts";

/**
 * What is known of a job with a slot: whether it stands in a queue, waits for its time, or neither;
 * whether there is an object for it, whether others can join it by a key, and whether that is its
 * payload. Its priority counts as so many times `PRIORITY`.
 */
export const SlotFlag = {
  USED: 1,
  OBJECT: 2,
  QUEUED: 4,
  SCHEDULED: 8,
  KEYED: 16,
  PRIORITY: 32,
  BY_PAYLOAD: 128,
} as const;

/** What is known of a parked job. */
export interface ParkedFacts {
  readonly number: number;
  readonly func: FunctionQueue;
  readonly state: JobStateIndex;
}

/** Is it the slot of a job that is not in memory? */
export function isParked(flags: number): boolean {
  return flags !== 0 && (flags & SlotFlag.OBJECT) === 0;
}

/** The state of its job, if that is not in memory. */
export function stateOf(flags: number): JobStateIndex {
  if ((flags & SlotFlag.QUEUED) !== 0) return JobState.QUEUED;
  return (flags & SlotFlag.SCHEDULED) !== 0 ? JobState.SCHEDULED : JobState.KEPT;
}

/** The flags of a priority. */
export function flagOf(priority: PriorityIndex): number {
  return priority * SlotFlag.PRIORITY;
}

/** The priority in flags. */
export function priorityOf(flags: number): PriorityIndex {
  return Math.floor(flags / SlotFlag.PRIORITY) % 4 as PriorityIndex;
}

/** The table is in so many parts, each of which grows by itself: none of that takes long. */
const PARTS = 256;
const FIRST_SIZE = 16;

/** Slots by the hashes of their keys, chained within the slots: the newest in front. */
export class SlotKeys {
  readonly #slots: SlotTable;
  readonly #parts: { size: number; heads: Float64Array }[];

  constructor(slots: SlotTable) {
    this.#slots = slots;
    this.#parts = Array.from({ length: PARTS }, () => ({
      size: 0,
      heads: new Float64Array(FIRST_SIZE),
    }));
  }

  /**
   * Adds the slot of a job that has a key.
   *
   * @param digest that of its payload if that is the key, else empty.
   */
  add(number: number, hash: number, digest: Uint8Array): void {
    const isByPayload = digest.length > 0;
    const kind = SlotFlag.KEYED | (isByPayload ? SlotFlag.BY_PAYLOAD : 0);
    this.#slots.setFlags(number, this.#slots.flags(number) | kind);
    this.#slots.setHash(number, hash);
    if (isByPayload) this.#slots.digest(number).set(digest);
    const part = this.#partOf(number);
    if (part.size++ >= part.heads.length) this.#grow(part);
    this.#insert(part.heads, number);
  }

  /** The digest of the payload of a job, if that is its key; else empty. */
  digest(number: number): Uint8Array {
    const isByPayload = (this.#slots.flags(number) & SlotFlag.BY_PAYLOAD) !== 0;
    return isByPayload ? this.#slots.digest(number) : EMPTY;
  }

  /** Takes out one that was added. */
  remove(number: number): void {
    const slots = this.#slots;
    const part = this.#partOf(number);
    part.size--;
    const newer = slots.neighbour(number, SlotLink.HASH, false);
    const older = slots.neighbour(number, SlotLink.HASH, true);
    if (newer === 0) part.heads[indexIn(part.heads, slots.hash(number))] = older;
    else slots.setNeighbour(newer, SlotLink.HASH, true, older);
    if (older !== 0) slots.setNeighbour(older, SlotLink.HASH, false, newer);
  }

  /** The newest with this hash, from `number` on; 0 if there is none. */
  find(hash: number, number = this.#first(hash)): number {
    while (number !== 0 && this.#slots.hash(number) !== hash) number = this.#older(number);
    return number;
  }

  /** The next older one with the same hash; 0 if there is none. */
  nextOlder(number: number): number {
    return this.find(this.#slots.hash(number), this.#older(number));
  }

  #first(hash: number): number {
    const { heads } = this.#parts[hash & (PARTS - 1)];
    return heads[indexIn(heads, hash)];
  }

  #older(number: number): number {
    return this.#slots.neighbour(number, SlotLink.HASH, true);
  }

  #partOf(number: number) {
    return this.#parts[this.#slots.hash(number) & (PARTS - 1)];
  }

  #insert(heads: Float64Array, number: number): void {
    const index = indexIn(heads, this.#slots.hash(number));
    const older = heads[index];
    heads[index] = number;
    this.#slots.setNeighbour(number, SlotLink.HASH, false, 0);
    this.#slots.setNeighbour(number, SlotLink.HASH, true, older);
    if (older !== 0) this.#slots.setNeighbour(older, SlotLink.HASH, false, number);
  }

  #grow(part: { heads: Float64Array }): void {
    const heads = new Float64Array(part.heads.length * 2);
    for (const head of part.heads) {
      let last = head;
      for (let older = head; older !== 0; older = this.#older(older)) last = older;
      // From the last on, so that the newest are in front again.
      while (last !== 0) {
        const newer = this.#slots.neighbour(last, SlotLink.HASH, false);
        this.#insert(heads, last);
        last = newer;
      }
    }
    part.heads = heads;
  }
}

function indexIn({ length }: Float64Array, hash: number): number {
  return (hash >>> 8) & (length - 1);
}
