import { IndexedHeap } from "../containers/indexed_heap.ts";
import type { Job } from "./job.ts";
import { JobQueue } from "./job_queue.ts";
import { PRIORITIES, type PriorityIndex } from "./job_state.ts";

/** How many jobs may still start by a rate: a bucket that fills evenly. */
export interface Bucket {
  starts: number;
  /** When it was filled last, in milliseconds of the clock. */
  filledAt: number;
}

/** The waiting jobs of a lane of one priority, among those lanes of which a job may start. */
class Spot {
  readonly lane: Lane;
  readonly queue = new JobQueue();
  heapIndex = -1;
  /** The smaller, the sooner. */
  order = 0;

  constructor(lane: Lane) {
    this.lane = lane;
  }
}

/** The jobs of one function that have something in common: their key, or the client that submitted them. */
export class Lane {
  /** What they have in common. */
  readonly name: string;
  /** How many of them wait. */
  waiting = 0;
  /** How many of them run. */
  running = 0;
  /** How many more of them may start. */
  room: number;
  /** By its rate; null if that does not hold anything up. */
  bucket: Bucket | null = null;
  /** How many of those that wait may start. */
  offered = 0;
  /** When one of them was taken last: lanes take turns by that. */
  turn = 0;
  /** By priority. */
  readonly spots: readonly [Spot, Spot, Spot] = [new Spot(this), new Spot(this), new Spot(this)];

  constructor(name: string, room: number) {
    this.name = name;
    this.room = room;
  }
}

/**
 * The waiting jobs of one function in lanes. Of each lane so many may start as it has room for; the others stay
 * where they are, and cost the other lanes nothing. Whose turn it is: the job that came first among those that
 * may start, or the lane from which none was taken for longest.
 */
export class Lanes {
  /** What the function has in the place of its queues, by priority. */
  readonly queues: readonly [LaneQueue, LaneQueue, LaneQueue] = [
    new LaneQueue(this, 0),
    new LaneQueue(this, 1),
    new LaneQueue(this, 2),
  ];
  /** How many jobs may start now. */
  room = 0;
  /** How often lanes were moved in their order, and jobs put and taken: for tests. */
  steps = 0;
  readonly nameOf: (job: Job) => string;
  readonly #takesTurns: boolean;
  readonly #lanes = new Map<string, Lane>();
  readonly #open = PRIORITIES.map(() => new IndexedHeap<Spot>((a, b) => a.order < b.order));
  /** The places of jobs that are not those of their numbers: they came to their queue later. */
  readonly #later = new Map<Job, number>();
  #lastPlace = 0;
  #turns = 0;
  /** How many jobs of a lane may start that none has started of. */
  mostRoom: number;

  /**
   * @param nameOf the lane of a job.
   * @param takesTurns do lanes take turns? Else jobs go in their order.
   * @param mostRoom how many jobs of a new lane may start.
   */
  constructor(nameOf: (job: Job) => string, takesTurns: boolean, mostRoom: number) {
    this.nameOf = nameOf;
    this.#takesTurns = takesTurns;
    this.mostRoom = mostRoom;
  }

  /** All lanes. */
  values(): Iterable<Lane> {
    return this.#lanes.values();
  }

  /** The lane of a job, if there is one. */
  find(job: Job): Lane | null {
    return this.#lanes.get(this.nameOf(job)) ?? null;
  }

  /** The lane of a job, made if there is none. */
  of(job: Job): Lane {
    const name = this.nameOf(job);
    let lane = this.#lanes.get(name);
    if (lane === undefined) this.#lanes.set(name, lane = new Lane(name, this.mostRoom));
    return lane;
  }

  /** How many lanes have a job of this priority that may start. */
  offered(priority: PriorityIndex): number {
    return this.#open[priority].size;
  }

  /** Puts a job at the end, or where it stood by its number. */
  put(job: Job, atEnd: boolean): void {
    const lane = this.of(job);
    const { queue } = lane.spots[job.priorityIndex];
    if (atEnd) this.#placeAtEnd(job, queue);
    else queue.requeue(job);
    // One that has had none has its turn behind all that wait already.
    if (lane.waiting++ === 0 && this.#takesTurns) lane.turn = ++this.#turns;
    this.changed(lane);
  }

  #placeAtEnd(job: Job, queue: JobQueue): void {
    this.#lastPlace = Math.max(this.#lastPlace, job.number);
    if (this.#lastPlace !== job.number) this.#later.set(job, this.#lastPlace);
    queue.push(job);
  }

  /** Takes out one that waits. */
  takeOut(job: Job): void {
    const lane = this.of(job);
    lane.spots[job.priorityIndex].queue.remove(job);
    this.#left(lane, job);
  }

  /** Takes the job that is next of a priority; null if none may start. */
  take(priority: PriorityIndex): Job | null {
    const lane = this.#open[priority].peek()?.lane;
    if (lane === undefined) return null;
    const job = lane.spots[priority].queue.shift()!;
    lane.turn = ++this.#turns;
    this.#left(lane, job);
    return job;
  }

  #left(lane: Lane, job: Job): void {
    if (this.#later.size > 0) this.#later.delete(job);
    lane.waiting--;
    this.changed(lane);
  }

  /** The room of a lane, or what waits there, is another one: it gets its place among the others. */
  changed(lane: Lane): void {
    const offered = Math.min(lane.room, lane.waiting);
    this.room += offered - lane.offered;
    lane.offered = offered;
    for (const priority of PRIORITIES) this.#place(lane.spots[priority], priority);
    const isIdle = lane.waiting + lane.running === 0 && lane.bucket === null;
    if (isIdle) this.#lanes.delete(lane.name);
  }

  #place(spot: Spot, priority: PriorityIndex): void {
    const { lane, queue } = spot;
    const open = this.#open[priority];
    const isOpen = lane.room > 0 && queue.length > 0;
    const order = isOpen ? this.#orderOf(lane, queue) : 0;
    const isIn = spot.heapIndex >= 0;
    if (isOpen === isIn && (!isIn || order === spot.order)) return;
    this.steps++;
    if (isIn) open.remove(spot);
    spot.order = order;
    if (isOpen) open.push(spot);
  }

  #orderOf(lane: Lane, queue: JobQueue): number {
    if (this.#takesTurns) return lane.turn;
    const first = queue.first!;
    return this.#later.get(first) ?? first.number;
  }

  /** All waiting jobs of a priority, lane by lane. */
  *jobs(priority: PriorityIndex): Generator<Job> {
    for (const lane of this.#lanes.values()) yield* lane.spots[priority].queue;
  }

  /** The same jobs in queues without lanes, in the order in which they came. */
  plainQueues(): readonly [JobQueue, JobQueue, JobQueue] {
    const queues = [new JobQueue(), new JobQueue(), new JobQueue()] as const;
    const placeOf = (job: Job) => this.#later.get(job) ?? job.number;
    for (const priority of PRIORITIES) {
      const jobs = [...this.jobs(priority)].map((job) => [placeOf(job), job] as const);
      for (const [, job] of jobs) this.queues[priority].remove(job);
      for (const [, job] of jobs.sort(([a], [b]) => a - b)) queues[priority].push(job);
    }
    return queues;
  }

  /** The number of the first job of a priority that may start; 0 if there is none. */
  nextNumber(priority: PriorityIndex): number {
    return this.#open[priority].peek()?.queue.nextNumber ?? 0;
  }
}

/** The waiting jobs of one function and one priority, in lanes. */
export class LaneQueue extends JobQueue {
  readonly #lanes: Lanes;
  readonly #priority: PriorityIndex;
  #count = 0;

  constructor(lanes: Lanes, priority: PriorityIndex) {
    super();
    this.#lanes = lanes;
    this.#priority = priority;
  }

  override get length(): number {
    return this.#count;
  }

  override get isOffered(): boolean {
    return this.#lanes.offered(this.#priority) > 0;
  }

  override get nextNumber(): number {
    return this.#lanes.nextNumber(this.#priority);
  }

  /** Those of its lane count. */
  override countBefore(job: Job, most: number): number {
    return this.#lanes.of(job).spots[this.#priority].queue.countBefore(job, most);
  }

  override push(job: Job): void {
    this.#count++;
    this.#lanes.put(job, true);
  }

  override requeue(job: Job): void {
    this.#count++;
    this.#lanes.put(job, false);
  }

  override shift(): Job | null {
    const job = this.#lanes.take(this.#priority);
    if (job !== null) this.#count--;
    return job;
  }

  override remove(job: Job): void {
    this.#count--;
    this.#lanes.takeOut(job);
  }

  override [Symbol.iterator](): Generator<Job> {
    return this.#lanes.jobs(this.#priority);
  }
}
