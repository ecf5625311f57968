import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type {
  Added,
  ClaimedJob,
  DeadSharedJob,
  Demand,
  GivenBack,
  NewSharedJob,
  QueueListener,
  QueueMember,
  SharedJobChange,
  SharedJobView,
  SharedQueue,
  Wish,
} from "../../../store/shared_queue.ts";

/** Shared queues of one kind. */
export interface SharedQueueKind {
  readonly name: string;
  /** An empty one. */
  create(): QueueUnderTest | Promise<QueueUnderTest>;
  /** How many histories are tried. */
  readonly runs: number;
}

/** A queue, and what a test may do to it. */
export interface QueueUnderTest {
  /** What one more server uses; it is not open yet. */
  member(): SharedQueue;
  /** What its clock shows, in milliseconds since the Unix epoch. */
  epoch(): number | Promise<number>;
  /** So many milliseconds pass for jobs that wait for their time. They are ready when it resolves. */
  advance(milliseconds: number): Promise<void>;
  /** A little time passes, in which the queue does what it does by itself. */
  pause(): Promise<void>;
  /** Another server finds that this member is dead. It resolves when that is done. */
  declareDead(member: SharedQueue): void | Promise<void>;
  /** Nothing comes through between this member and the queue any more. */
  cutOff(member: SharedQueue): void | Promise<void>;
  /** All comes through again. */
  heal(member: SharedQueue): void | Promise<void>;
  /** The next call of this member is carried out, and it is cut off before the answer arrives. */
  loseAnswer(member: SharedQueue): void | Promise<void>;
  /** Lets go of it for ever; those of its members that tests have left open are closed. */
  remove(): void | Promise<void>;
}

export const EMPTY: Uint8Array = new Uint8Array(0);
/** Long enough for any call, in milliseconds. */
export const LONG = 20_000;
const ALL = 1000;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const MOST_PAUSES = 1000;

/** Its bytes as UTF-8. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A job; what is not said is as plain as can be. */
export function newJob(number: number, parts: Partial<NewSharedJob> = {}): NewSharedJob {
  return {
    number,
    functionName: bytes("resize"),
    unique: EMPTY,
    reducer: EMPTY,
    payload: bytes(`payload ${number}`),
    priority: 1,
    due: 0,
    ttl: 0,
    attempts: 0,
    isOurs: false,
    ...parts,
  };
}

/** A job as a claim brings it; what is not said is as plain as that of {@linkcode newJob}. */
export function claimedJob(number: number, parts: Partial<ClaimedJob> = {}): ClaimedJob {
  const { due: _, isOurs: __, ttl: ___, ...job } = newJob(number);
  const trouble = { losses: 0, failures: 0, error: EMPTY, runs: EMPTY };
  return { ...job, ...trouble, timeLeft: null, age: 0, wait: 0, ...parts };
}

/** A change; what is not said is as it was at first. */
export function jobChange(number: number, parts: Partial<SharedJobChange> = {}): SharedJobChange {
  return { number, priority: 1, losses: 0, failures: 0, error: EMPTY, runs: EMPTY, ...parts };
}

/** A job that goes back as it was. */
export function givenBack(number: number, parts: Partial<GivenBack> = {}): GivenBack {
  return { ...jobChange(number), due: 0, isLast: false, ...parts };
}

/** What workers can do. */
export function demand(name: string, parts: Partial<Demand> = {}): Demand {
  return { functionName: bytes(name), workers: 1, running: 0, hungry: -1, ...parts };
}

/** A wish for all that there is. */
export function wish(parts: Partial<Wish> = {}): Wish {
  return { functionName: bytes("resize"), priority: 1, most: ALL, ...parts };
}

/** What a server says of itself that has no workers. */
export function selfOf(name: string): QueueMember {
  return { name, address: `${name}:4730`, version: "1.2.3", workers: 0 };
}

/** A member, and what it was told by itself. */
export class Member implements QueueListener {
  readonly queue: SharedQueue;
  readonly worksFor: string[] = [];
  readonly cancelled: number[] = [];
  /** Those that others want to be dead. */
  readonly buried: number[] = [];
  /** The dead jobs that it knows, by number. */
  readonly dead = new Map<number, DeadSharedJob>();
  losses = 0;
  changesOfFunctions = 0;
  readonly reachability: (Error | null)[] = [];
  /** The records that it knows, by kind and key. */
  readonly records = new Map<string, string>();
  /** It knows all up to this change. */
  until = 0;
  /** Does it not look at records? */
  isDeaf = false;
  /** Resolves when it has read what it was told of. */
  reading: Promise<void> = Promise.resolve();
  /** Called when it is told that another server cancels a job of its. */
  onCancel: (number: number) => void = () => {};

  constructor(queue: SharedQueue) {
    this.queue = queue;
  }

  work(functionNames: readonly Uint8Array[]): void {
    if (functionNames.length === 0) this.worksFor.push("");
    for (const name of functionNames) this.worksFor.push(new TextDecoder().decode(name));
  }

  cancel(number: number): void {
    this.cancelled.push(number);
    this.onCancel(number);
  }

  bury(number: number): void {
    this.buried.push(number);
  }

  lost(): void {
    this.losses++;
  }

  functionsChanged(): void {
    this.changesOfFunctions++;
  }

  recordsChanged(): void {
    // It may be cut off again.
    this.reading = this.reading.then(() => this.readRecords()).catch(() => {});
  }

  /** Takes in what has changed of records. */
  async readRecords(): Promise<void> {
    if (this.isDeaf) return;
    const { until, records, dead, notDead } = await this.queue.records(this.until);
    this.until = until;
    for (const job of dead) this.dead.set(job.number, job);
    for (const number of notDead) this.dead.delete(number);
    for (const { kind, key, value } of records) {
      const name = `${kind} ${new TextDecoder().decode(key)}`;
      if (value === null) this.records.delete(name);
      else this.records.set(name, new TextDecoder().decode(value));
    }
    this.queue.tookRecords(until);
  }

  reachable(error: Error | null): void {
    this.reachability.push(error);
  }

  report(_level: string, _message: string): void {}

  /** Was it told that there may be jobs of this function? */
  isToldOf(name: string): boolean {
    return this.worksFor.some((told) => told === name || told === "");
  }

  /** Adds jobs one after the other, and says what became of them. */
  add(...jobs: readonly NewSharedJob[]): Promise<readonly Added[]> {
    return this.queue.add(jobs, LONG);
  }

  /** Claims all jobs of `resize`, the urgent ones first. */
  async claim(name = "resize"): Promise<ClaimedJob[]> {
    const wishes = ([0, 1, 2] as const).map((priority) =>
      wish({ functionName: bytes(name), priority })
    );
    return await this.claimOf(wishes);
  }

  /** Claims what there is for these wishes. */
  async claimOf(wishes: readonly Wish[], most = ALL, payloadBytes = NO_LIMIT) {
    const { jobs } = await this.queue.claim(wishes, most, payloadBytes);
    return jobs.map(plainJob);
  }

  /** Claims all jobs of `resize`, and says their numbers. */
  async claimNumbers(name = "resize"): Promise<number[]> {
    return (await this.claim(name)).map(({ number }) => number);
  }

  /** All live jobs, by number. */
  async list(): Promise<SharedJobView[]> {
    return (await this.queue.list({}, 0, ALL)).map(plainView);
  }
}

/** A queue with some members. */
export class Bench {
  readonly under: QueueUnderTest;
  readonly #numbers: number[] = [];

  constructor(under: QueueUnderTest) {
    this.under = under;
  }

  /** A member that is open. */
  async open(name = "here", self: QueueMember = selfOf(name)): Promise<Member> {
    const member = new Member(this.under.member());
    await member.queue.open(self, member);
    return member;
  }

  /** Numbers that no job has had, in order. */
  async numbers(member: Member, count: number): Promise<number[]> {
    while (this.#numbers.length < count) {
      const block = await member.queue.takeNumbers();
      for (let index = 0; index < block.count; index++) this.#numbers.push(block.first + index);
    }
    return this.#numbers.splice(0, count);
  }

  /** Lets time pass until something holds. */
  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let pauses = 0; !(await holds()); pauses++) {
      assert(pauses < MOST_PAUSES, "it never came to hold");
      await this.under.pause();
    }
  }

  /** Lets time pass until a promise is settled. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    promise.then(() => isSettled = true, () => isSettled = true);
    await this.until(() => isSettled);
    return await promise;
  }

  /** Lets time pass until there are jobs for a member, and claims them. */
  async claimSoon(member: Member, count: number): Promise<ClaimedJob[]> {
    const jobs: ClaimedJob[] = [];
    await this.until(async () => {
      jobs.push(...await member.claim());
      return jobs.length >= count;
    });
    return jobs;
  }
}

/** Defines a test of a new queue. */
export function queueTest(
  kind: SharedQueueKind,
  name: string,
  body: (bench: Bench) => Promise<void>,
): void {
  test(name, () => withQueue(kind, body));
}

/** Does something with a new queue. */
export async function withQueue(
  kind: SharedQueueKind,
  body: (bench: Bench) => Promise<void>,
): Promise<void> {
  const under = await kind.create();
  try {
    await body(new Bench(under));
  } finally {
    await under.remove();
  }
}

/** The same without its age, and with plain bytes: a subclass such as Buffer equals no Uint8Array. */
export function plainJob(job: ClaimedJob): ClaimedJob {
  return {
    ...job,
    age: 0,
    wait: 0,
    functionName: Uint8Array.from(job.functionName),
    unique: Uint8Array.from(job.unique),
    reducer: Uint8Array.from(job.reducer),
    payload: Uint8Array.from(job.payload),
    error: Uint8Array.from(job.error),
    runs: Uint8Array.from(job.runs),
  };
}

/** The same with plain bytes. */
export function plainView(view: SharedJobView): SharedJobView {
  return {
    ...view,
    functionName: Uint8Array.from(view.functionName),
    unique: Uint8Array.from(view.unique),
    reducer: Uint8Array.from(view.reducer),
  };
}

/** The jobs that a claim brought have these numbers, in this order. */
export function assertNumbers(jobs: readonly { number: number }[], expected: readonly number[]) {
  assertEquals(jobs.map(({ number }) => number), expected);
}
