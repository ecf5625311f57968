import { byteString } from "../../protocol/mod.ts";
import { equalsRange } from "../../protocol/buffer_pool.ts";
import type { ByteHash } from "../containers/byte_hash.ts";
import { ChainedTable } from "../containers/chained_table.ts";
import { SortedNames } from "../containers/sorted_names.ts";
import { FunctionCounts } from "../model/counts.ts";
import { FunctionQueue, type MaxQueue, NO_MAX_QUEUE } from "../model/function_queue.ts";
import type { JobTable } from "./job_table.ts";

/** Most limits that peers may set for functions that do not exist: each takes memory, and room in the store. */
const MOST_UNUSED_LIMITS = 10_000;

/** The limit of a function. */
export interface FunctionLimit {
  /** Name of the function. */
  readonly name: Uint8Array;
  /** How many of its jobs may live. */
  readonly maxQueue: MaxQueue;
}

/** All functions by name. Looked up by the bytes in a packet, without making a string. */
export class FunctionTable extends ChainedTable<FunctionQueue> {
  readonly #hash: ByteHash;
  /** The one that was asked for last: mostly it is the next one too, and needs no hash. */
  #last: FunctionQueue | null = null;
  readonly #jobs: JobTable;
  readonly #max: number;
  /** Gives a new function the rule that there is for it. */
  readonly #rule: (func: FunctionQueue) => void;
  readonly #byId: (FunctionQueue | undefined)[] = [];
  readonly #freeIds: number[] = [];
  /** Limits for functions that do not exist yet. */
  readonly #unused = new Map<string, FunctionLimit>();
  /** All limits: the unused ones, and those of functions that exist. */
  readonly #limits = new SortedNames<FunctionLimit>();
  readonly #byName = new SortedNames<FunctionQueue>();
  /** @internal Told of each function that is made, before anybody else knows it. */
  readonly onMade: ((func: FunctionQueue) => void)[] = [];
  /** @internal What those counted that were dropped. */
  readonly dropped: FunctionCounts = new FunctionCounts();

  /** @internal An empty table; peers and programs may make `max` functions. */
  constructor(
    hash: ByteHash,
    jobs: JobTable,
    max: number,
    rule: (func: FunctionQueue) => void = () => {},
  ) {
    super();
    this.#hash = hash;
    this.#jobs = jobs;
    this.#max = max;
    this.#rule = rule;
  }

  /** @internal May there be one more? Those of stored jobs are made in any case. */
  get hasRoom(): boolean {
    return this.size < this.#max;
  }

  /** The function called `bytes[start..end)`. */
  find(bytes: Uint8Array, start: number, end: number): FunctionQueue | undefined {
    return this.#findHashed(this.#hash.of(bytes, start, end), bytes, start, end) ?? undefined;
  }

  /** @internal The function with this id. */
  byId(id: number): FunctionQueue | undefined {
    return this.#byId[id];
  }

  /** The function called `bytes[start..end)`, made if there is none. */
  findOrAdd(bytes: Uint8Array, start: number, end: number): FunctionQueue {
    const last = this.#last;
    if (last !== null && equalsRange(last.name, bytes, start, end)) return last;
    const hash = this.#hash.of(bytes, start, end);
    return this.#last = this.#findHashed(hash, bytes, start, end) ??
      this.#make(hash, bytes.slice(start, end));
  }

  /** @internal Is there room for a limit set by a peer? There is for one of a function that exists. */
  hasRoomForLimit(name: Uint8Array): boolean {
    return this.#unused.size < MOST_UNUSED_LIMITS || this.knows(name);
  }

  /** Limits the live jobs of a function, whether it exists yet or not. */
  setMaxQueue(name: Uint8Array, maxQueue: MaxQueue): void {
    const func = this.find(name, 0, name.length);
    if (func !== undefined) return this.#limit(func, maxQueue);
    this.#takeUnused(name);
    if (!isLimited(maxQueue)) return;
    const limit = { name: name.slice(), maxQueue };
    this.#unused.set(byteString(name), limit);
    this.#limits.add(limit);
  }

  #limit(func: FunctionQueue, maxQueue: MaxQueue): void {
    if (isLimited(func.maxQueue)) this.#limits.remove(func);
    func.maxQueue = maxQueue;
    if (isLimited(maxQueue)) this.#limits.add(func);
  }

  /** The limit of a function that did not exist is not kept here any more. */
  #takeUnused(name: Uint8Array): FunctionLimit | undefined {
    const key = byteString(name);
    const limit = this.#unused.get(key);
    if (limit === undefined) return undefined;
    this.#unused.delete(key);
    this.#limits.remove(limit);
    return limit;
  }

  /** Is there such a function, or a limit for it? */
  knows(name: Uint8Array): boolean {
    return this.find(name, 0, name.length) !== undefined || this.#unused.has(byteString(name));
  }

  /**
   * @internal The limits by the names of their functions, also of those that do not exist. They may
   * change meanwhile, as {@linkcode values} may.
   */
  limits(): Iterable<FunctionLimit> {
    return this.#limits.values();
  }

  /** @internal Forgets a function. */
  override remove(func: FunctionQueue): void {
    super.remove(func);
    if (this.#last === func) this.#last = null;
    this.#byId[func.id] = undefined;
    this.#freeIds.push(func.id);
    this.dropped.add(func.counts);
    this.#byName.remove(func);
    this.#limit(func, NO_MAX_QUEUE);
  }

  /**
   * @internal The functions by name, one after the other. Others may come and go meanwhile: each that
   * lives all the time comes once.
   */
  values(): Iterable<FunctionQueue> {
    return this.#byName.values();
  }

  #findHashed(hash: number, bytes: Uint8Array, start: number, end: number): FunctionQueue | null {
    for (let func = this.first(hash); func !== null; func = func.nextInBucket) {
      if (func.hash === hash && equalsRange(func.name, bytes, start, end)) return func;
    }
    return null;
  }

  #make(hash: number, name: Uint8Array): FunctionQueue {
    const id = this.#freeIds.pop() ?? this.#byId.length;
    const func = new FunctionQueue(id, name, hash, this.#jobs);
    if (this.#unused.size > 0) this.#limit(func, this.#takeUnused(name)?.maxQueue ?? NO_MAX_QUEUE);
    this.#rule(func);
    this.#byId[id] = func;
    this.add(func);
    this.#byName.add(func);
    for (const tell of this.onMade) tell(func);
    return func;
  }

  protected hashOf({ hash }: FunctionQueue): number {
    return hash;
  }

  protected nextOf({ nextInBucket }: FunctionQueue): FunctionQueue | null {
    return nextInBucket;
  }

  protected setNext(func: FunctionQueue, next: FunctionQueue | null): void {
    func.nextInBucket = next;
  }
}

function isLimited(maxQueue: MaxQueue): boolean {
  return maxQueue.some((limit) => limit > 0);
}
