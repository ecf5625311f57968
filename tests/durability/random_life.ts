import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeName, encodeName } from "../../protocol/mod.ts";
import { type Job, PRIORITIES } from "../../router/mod.ts";
import type { StoredJob } from "../../store/store.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { type DurableRouter, durableRouter } from "./journal/durable_router.ts";
import type { TestStore } from "./journal/test_store.ts";
import type { FakePeer } from "../support/fake_peer.ts";

/** One thing that happens; the numbers say to whom and what it is about. */
export interface Step {
  readonly kind: typeof KINDS[number];
  readonly slot: number;
  readonly number: number;
  readonly func: string;
  readonly unique: string;
}

const SUBMITS = [
  ["SUBMIT_JOB_BG", true],
  ["SUBMIT_JOB_HIGH_BG", true],
  ["SUBMIT_JOB_LOW_BG", true],
  ["SUBMIT_JOB", false],
  ["SUBMIT_JOB_HIGH", false],
] as const;

const KINDS = [
  ...["submit", "submit", "submit", "submit", "epoch", "reduce", "grab", "grab", "grab"] as const,
  ...["complete", "complete", "fail", "exception", "cancel", "cancelAny", "reprioritize"] as const,
  ...["vanish", "create", "limit", "drop", "time", "read", "crash", "stop"] as const,
  ...["slow", "written", "break", "mend"] as const,
] as const;

/** Any history. */
export const arbitraryLife: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    slot: fc.nat(2),
    number: fc.nat(100),
    func: fc.constantFrom("a", "a", "b", "c"),
    unique: fc.constantFrom("", "", "u", "v", "-"),
  }),
  { maxLength: 60, size: "max" },
);

/** What routers are told in a life. */
export interface LifeSettings {
  readonly memoryLimit: number;
  readonly jobLimit?: number;
  readonly jobRetries: number;
}

/** What a peer is to answer for. */
interface Answer {
  readonly isBackground: boolean;
}

interface Slot {
  readonly peer: FakePeer;
  /** What it has submitted and got no answer for. */
  readonly answers: Answer[];
  /** Jobs it runs. */
  readonly jobs: string[];
}

/** A router with a store that lives through a history, and all that its peers know of it. */
export class Life {
  readonly #settings: LifeSettings;
  #now: DurableRouter;
  #slots: (Slot | undefined)[] = [];
  /** Handles of background jobs that peers were promised and that have not ended. */
  readonly #promised = new Set<string>();
  /** When jobs were to run, by their payloads. */
  readonly #due = new Map<string, number>();
  readonly #handles: string[] = [];
  #payloads = 0;

  private constructor(settings: LifeSettings, router: DurableRouter) {
    this.#settings = settings;
    this.#now = router;
    this.#watch();
  }

  static async begin(settings: LifeSettings): Promise<Life> {
    return new Life(settings, await durableRouter(settings));
  }

  /** Does it; what must hold at any time holds after it. */
  async step(step: Step): Promise<void> {
    await this.#do(step);
    // A store elsewhere answers, and what waits for the end of the round happens.
    await new Promise(setImmediate);
    this.#readAll();
    assertInvariants(this.#now.router);
  }

  /** The store works at last: it has the background jobs of the router, each as it is. */
  async settle(): Promise<void> {
    const { store, clock, durable } = this.#now;
    store.failing.clear();
    store.hasRoom = () => true;
    store.isSlow = false;
    for (let rounds = 0; rounds < 5; rounds++) {
      while (store.pending.length > 0) store.pending.shift()!();
      await new Promise(setImmediate);
      clock.advance(1000);
      durable.writer.settle();
    }
    this.#readAll();
    assertInvariants(this.#now.router);
    this.#assertSame();
    this.#assertSameLimits();
  }

  async #do({ kind, slot, number, func, unique }: Step): Promise<void> {
    const { store, router, clock } = this.#now;
    const { peer, answers, jobs } = this.#slot(slot);
    const isKey = unique === "-" && kind !== "epoch";
    const payload = isKey ? "same" : `payload ${++this.#payloads}`;
    switch (kind) {
      case "submit": {
        const [type, isBackground] = SUBMITS[number % SUBMITS.length];
        peer.send(type, func, unique, payload);
        return void answers.push({ isBackground });
      }
      case "epoch": {
        const due = Math.floor(clock.epoch() / 1000) + number % 5;
        // One whose time has come is stored as one without.
        this.#due.set(payload, due * 1000 <= clock.epoch() ? 0 : due * 1000);
        peer.send("SUBMIT_JOB_EPOCH", func, unique, `${due}`, payload);
        return void answers.push({ isBackground: true });
      }
      case "reduce": {
        const isBackground = number % 2 === 0;
        const type = isBackground ? "SUBMIT_REDUCE_JOB_BACKGROUND" : "SUBMIT_REDUCE_JOB";
        peer.send(type, func, unique, "sum", "", payload);
        return void answers.push({ isBackground });
      }
      case "grab":
        // Some have too little time: what they say of their jobs then comes late.
        if (number % 3 === 0) peer.send("CAN_DO_TIMEOUT", func, "1000");
        else peer.canDo(func);
        return void peer.send("GRAB_JOB");
      case "complete":
      case "fail":
      case "exception":
        return this.#end(peer, jobs, kind);
      case "cancelAny": {
        const job = [...router.jobs.values()][number % Math.max(1, router.jobs.size)];
        if (job) router.operations.cancel(job, null);
        return;
      }
      case "cancel":
        return this.#tell(`cancel job ${this.#handles[number % this.#handles.length] ?? "-"}`);
      case "reprioritize": {
        const job = [...router.jobs.values()][number % Math.max(1, router.jobs.size)];
        if (job) router.operations.reprioritize(job, PRIORITIES[number % 3]);
        return;
      }
      case "vanish":
        peer.vanish();
        return void (this.#slots[slot] = undefined);
      case "create":
        return this.#tell(`create function ${func}`);
      case "limit":
        return this.#tell(`maxqueue ${func} ${number % 6}`);
      case "drop":
        return this.#tell(`drop function ${func}`);
      case "time":
        return clock.advance(number * 30);
      case "read":
        return;
      case "crash":
        return await this.#begin(store.copy());
      case "stop":
        return await this.#stop();
      case "slow":
        return void (store.isSlow = !store.isSlow);
      case "written":
        return store.pending.shift()?.();
      case "break":
        if (number % 3 === 0) return void (store.hasRoom = (job) => job.number % 3 !== 0);
        return void (store.failing = new Set(number % 3 === 1 ? ["write"] : ["write", "payloads"]));
      case "mend":
        store.hasRoom = () => true;
        return store.failing.clear();
    }
  }

  /** A text command; nobody reads the answer. */
  #tell(line: string): void {
    const admin = this.#newPeer();
    admin.raw(`${line}\n`);
    admin.vanish();
  }

  #end(peer: FakePeer, jobs: string[], kind: "complete" | "fail" | "exception"): void {
    const handle = jobs.shift();
    if (handle === undefined) return;
    if (kind === "complete") peer.send("WORK_COMPLETE", handle, "result");
    else if (kind === "fail") peer.send("WORK_FAIL", handle);
    else peer.send("WORK_EXCEPTION", handle, "why").send("WORK_FAIL", handle);
  }

  async #stop(): Promise<void> {
    const { store, durable, router } = this.#now;
    const closed = durable.close();
    for (let writes = 0; store.pending.length > 0 || writes < 3; writes++) {
      store.pending.shift()?.();
      await new Promise(setImmediate);
    }
    await closed;
    router.close();
    await this.#begin(store.copy());
  }

  /** A new router, from what the store has; nobody is connected. */
  async #begin(store: TestStore): Promise<void> {
    const epoch = this.#now.clock.epoch();
    this.#slots = [];
    this.#now = await durableRouter({ ...this.#settings, store, epoch });
    this.#watch();
    for (const handle of this.#promised) {
      assert(this.#now.router.jobByHandle(handle), `${handle} was promised and is lost`);
    }
    this.#assertSame();
    this.#assertOrder();
    assertInvariants(this.#now.router);
  }

  #watch(): void {
    this.#now.router.hooks.jobFinished.add(({ handle }) => this.#promised.delete(handle));
  }

  #slot(index: number): Slot {
    return this.#slots[index] ??= { peer: this.#newPeer(), answers: [], jobs: [] };
  }

  #newPeer(): FakePeer {
    const peer = this.#now.peer();
    peer.beforeReading = () => {};
    return peer;
  }

  /** Output leaves only when what it promises is written. */
  #readAll(): void {
    if (!this.#now.durable.writer.settle()) return;
    for (const slot of this.#slots) if (slot !== undefined) this.#read(slot);
  }

  #read({ peer, answers, jobs }: Slot): void {
    for (const { type, args } of peer.packets()) {
      if (type === "JOB_ASSIGN") jobs.push(args[0]);
      if (type === "ERROR" && args[0] === "QUEUE_ERROR") answers.shift();
      if (type !== "JOB_CREATED") continue;
      const [handle] = args;
      this.#handles.push(handle);
      const { isBackground } = answers.shift()!;
      if (isBackground && this.#now.router.jobByHandle(handle)) this.#promised.add(handle);
    }
  }

  #assertSame(): void {
    const { router, store } = this.#now;
    const live = [...router.jobs.values()].filter(({ background }) => background);
    const expected = live.sort((a, b) => a.number - b.number).map((job) => this.#stored(job));
    assertEquals([...store.jobs.values()].map(textOf), expected);
  }

  #assertSameLimits(): void {
    const { router, store } = this.#now;
    const stored = new Map(
      store.maxQueues().map(({ functionName, limits }) => [decodeName(functionName), limits]),
    );
    for (const name of ["a", "b", "c"]) {
      const { maxQueue } = router.functions.findOrAdd(encodeName(name), 0, name.length);
      assertEquals(stored.get(name) ?? [0, 0, 0], maxQueue, `limits of ${name}`);
    }
  }

  /**
   * Jobs that were stored are in the order of their submits, and behind them by their due times; those
   * that one worker lost are before all others, those that several lost behind them.
   */
  #assertOrder(): void {
    for (const func of this.#now.router.functions.values()) {
      for (const queue of func.queues) {
        const jobs = [...queue].map((job) => [...this.#rankOf(job), job.number]);
        const inOrder = jobs.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
        assertEquals(jobs, inOrder);
      }
    }
  }

  #rankOf(job: Job): [losses: number, due: number] {
    if (job.losses > 0) return [job.losses === 1 ? -1 : 1, 0];
    return [0, this.#dueOf(job)];
  }

  #dueOf(job: Job): number {
    return this.#due.get(decodeName(job.payload)) ?? 0;
  }

  #stored(job: Job): string[] {
    const payload = decodeName(job.payload);
    // One that was lost stands where it stood: its time is over.
    const due = job.losses > 0 && job.due === null ? 0 : this.#dueOf(job);
    const { number, func, unique, reducer, priorityIndex, losses } = job;
    return [number, decodeName(func.name), unique, reducer, payload, priorityIndex, due, losses]
      .map(String);
  }
}

function textOf(job: StoredJob): string[] {
  const { number, functionName, unique, reducer, payload, priority, due, losses } = job;
  const names = [functionName, unique, reducer, payload].map(decodeName);
  return [number, ...names, priority, due, losses].map(String);
}
