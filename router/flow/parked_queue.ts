import { type Job, JobPlace } from "../model/job.ts";
import type { ParkedTail } from "../model/job_queue.ts";
import { SlotFlag } from "./slots.ts";
import { SlotLink, SlotList, type SlotTable } from "../containers/slot_table.ts";

/** What becomes of the slots of a queue. */
export interface ParkedQueueEvents {
  /** A job that has an object comes in: it gets a slot. */
  addObject(job: Job): void;
  /** A job that has an object leaves: its slot goes. */
  removeObject(number: number): void;
  /** The job of a slot that has an object. */
  objectOf(number: number): Job;
  /**
   * Reads the job of a slot without an object; null if that fails. The slot has left the queue by itself
   * then.
   */
  takeParked(number: number): Job | null;
}

/** The part of a queue that is parked, behind all others: first come first served. */
export class ParkedQueue implements ParkedTail {
  /** How many stand in it. */
  length = 0;
  readonly #list: SlotList;
  readonly #slots: SlotTable;
  readonly #events: ParkedQueueEvents;

  constructor(slots: SlotTable, events: ParkedQueueEvents) {
    this.#slots = slots;
    this.#list = new SlotList(slots, SlotLink.QUEUE);
    this.#events = events;
  }

  /** The number of the first one. */
  get first(): number {
    return this.#list.first;
  }

  /** How many stand before the one with this number; `most` if that many do or more. */
  countBefore(wanted: number, most: number): number {
    let before = 0;
    let number = this.#list.first;
    for (; number !== wanted && before < most; number = this.#list.behind(number)) before++;
    return before;
  }

  /** Adds the number of a parked job at the end. */
  append(number: number): void {
    this.#list.append(number);
    this.length++;
  }

  /** Adds the number of a parked job in front. */
  prepend(number: number): void {
    this.#list.prepend(number);
    this.length++;
  }

  /** Adds a job that has an object at the end. */
  push(job: Job): void {
    this.#events.addObject(job);
    this.append(job.number);
    this.hold(job);
  }

  /** Adds a job that has an object in front. */
  prependObject(job: Job): void {
    this.#events.addObject(job);
    this.prepend(job.number);
    this.hold(job);
  }

  /** A parked one here has an object from now on. */
  hold(job: Job): void {
    job.heapIndex = JobPlace.PARKED;
  }

  /** Is it one that has an object here? */
  holds(job: Job): boolean {
    return job.heapIndex === JobPlace.PARKED;
  }

  /** Takes out a job that has an object. */
  remove(job: Job): void {
    job.heapIndex = -1;
    this.removeNumber(job.number);
    this.#events.removeObject(job.number);
  }

  /** Takes out one by its number; its slot stays. */
  removeNumber(number: number): void {
    this.#list.remove(number);
    this.length--;
  }

  /** The jobs of this queue that have objects. */
  *objects(): Generator<Job> {
    for (let { first: number } = this.#list; number !== 0; number = this.#list.behind(number)) {
      const isObject = (this.#slots.flags(number) & SlotFlag.OBJECT) !== 0;
      if (isObject) yield this.#events.objectOf(number);
    }
  }

  /** Takes the first; null if it cannot be read, and is not here any more. */
  shift(): Job | null {
    const { first } = this.#list;
    if ((this.#slots.flags(first) & SlotFlag.OBJECT) === 0) return this.#events.takeParked(first);
    const job = this.#events.objectOf(first);
    this.remove(job);
    return job;
  }
}
