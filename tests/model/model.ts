/**
 * The rules of the router once more, as plainly as they can be said: every question is answered by
 * looking through a list of all jobs. What the router must send is noted in `expected` of each peer;
 * NOOPs are not, as the rules leave open who gets them (see wake_up_rules.ts).
 */

import { end, endFailed, lose } from "./model_endings.ts";
import { resume } from "./model_orders.ts";
import { FEW_ABILITIES, nextFunctions, nextJob, waiting } from "./model_queues.ts";
import {
  isNeeded,
  isSameWork,
  type Limits,
  type ModelDead,
  type ModelJob,
  type ModelPeer,
  type ModelResult,
  type ModelRule,
  type Rules,
  type Submission,
} from "./model_state.ts";

/** Among the functions that a worker may have been woken for. */
const PERHAPS_NOTHING = "?";
const NO_LIMITS: Limits = [0, 0, 0];

export class Model {
  now = 0;
  readonly peers: ModelPeer[] = [];
  /** Live jobs, oldest first. */
  jobs: ModelJob[] = [];
  /** Dead ones, in the order in which they died. */
  dead: ModelDead[] = [];
  /** The results that are kept, by handle. */
  readonly results = new Map<string, ModelResult>();
  readonly functions = new Map<string, Limits>();
  /** The last first job of a worker that was one of the function, counted in such jobs. */
  readonly firstJobs = new Map<string, number>();
  /** When the pauses of functions end, on the wall; Infinity if they do not by themselves. */
  readonly pauses = new Map<string, number>();
  readonly #limitsToBe = new Map<string, Limits>();
  #arrivals = 0;
  #firsts = 0;
  #scheduled = 0;
  #jobs = 0;
  #started = 0;

  /** What has happened how often; what never has is missing. */
  readonly counts: Record<string, number> = {};

  /** For the wake-ups of this step: functions in which a job has begun to wait. */
  wakes: string[] = [];
  /** Functions in which somebody may have to be woken, but the rules do not say. */
  mayWake: string[] = [];
  /** Peers that must get a NOOP in this step, whatever `wakeup` is. */
  mustWake: ModelPeer[] = [];

  constructor(readonly rules: Rules, readonly wallStart: number) {}

  get wall(): number {
    return this.wallStart + this.now;
  }

  beginStep(): void {
    this.wakes = [];
    this.mayWake = [];
    this.mustWake = [];
    for (const peer of this.peers) peer.expected = [];
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  expect(peer: ModelPeer, type: string, ...args: string[]): void {
    peer.expected.push(`${type} ${args.join("|")}`);
  }

  // --- connections ---

  connect(port: number): ModelPeer {
    const peer: ModelPeer = {
      port,
      isOpen: true,
      isHalfClosed: false,
      wantsExceptions: this.rules.exceptions,
      wantsCancelNotices: false,
      isQuiet: false,
      abilities: [],
      turn: "first",
      isSleeping: false,
      wokenFor: [],
      countsFor: [],
      hasEverWorked: false,
      hasWorkedSinceSleep: false,
      firstFor: [],
      exceptions: [],
      expected: [],
    };
    this.peers.push(peer);
    return peer;
  }

  vanish(peer: ModelPeer): void {
    peer.isOpen = false;
    for (const job of this.jobs) job.listeners = job.listeners.filter((other) => other !== peer);
    for (const job of this.jobs) {
      if (job.state !== "running" && !isNeeded(job)) end(this, job, "abandoned");
    }
    this.#endWork(peer);
  }

  halfClose(peer: ModelPeer): void {
    this.#endWork(peer);
    peer.isHalfClosed = true;
    this.closeIfNothingIsOwed(peer);
  }

  #endWork(peer: ModelPeer): void {
    peer.isSleeping = false;
    this.#forgetAbilities(peer);
    // The one that began last is lost first.
    const own = this.jobs.filter((job) => job.worker === peer);
    for (const job of own.sort((one, other) => other.startedAs - one.startedAs)) lose(this, job);
    this.replace(peer, ...peer.wokenFor);
  }

  /** It was woken and will not fetch the jobs of these functions: somebody else must be. */
  replace(peer: ModelPeer, ...functions: string[]): void {
    const isCertain = peer.wokenFor.length === 1;
    for (const func of functions) {
      if (!peer.wokenFor.includes(func)) continue;
      const rest = peer.wokenFor.filter((other) => other !== func);
      peer.wokenFor = isCertain ? rest : [...rest, PERHAPS_NOTHING];
      if (waiting(this, func).length > 0) (isCertain ? this.wakes : this.mayWake).push(func);
    }
  }

  closeIfNothingIsOwed(peer: ModelPeer): void {
    if (!peer.isHalfClosed) return;
    if (!this.jobs.some((job) => job.listeners.includes(peer))) peer.isOpen = false;
  }

  // --- abilities ---

  canDo(peer: ModelPeer, func: string, timeout: number): void {
    this.create(func);
    const known = peer.abilities.find((ability) => ability.func === func);
    if (known !== undefined) known.timeout = timeout;
    else peer.abilities.push({ func, timeout });
    if (peer.abilities.length > FEW_ABILITIES && peer.turn !== "first") peer.turn = null;
    if (peer.isSleeping && !peer.isQuiet && waiting(this, func).length > 0) {
      this.mustWake.push(peer);
      peer.wokenFor = [func];
    }
  }

  cantDo(peer: ModelPeer, func: string): void {
    const index = peer.abilities.findIndex((ability) => ability.func === func);
    if (index < 0) return;
    peer.abilities.splice(index, 1);
    peer.firstFor = peer.firstFor.filter((other) => other !== func);
    if (peer.abilities.length === FEW_ABILITIES) peer.turn = "first";
    if (typeof peer.turn === "number" && index < peer.turn) peer.turn--;
    this.replace(peer, func);
  }

  resetAbilities(peer: ModelPeer): void {
    this.#forgetAbilities(peer);
    this.replace(peer, ...peer.wokenFor);
  }

  #forgetAbilities(peer: ModelPeer): void {
    peer.abilities = [];
    peer.firstFor = [];
  }

  // --- jobs come in ---

  /** @param newHandle what the router called the job if it is a new one. */
  submit(peer: ModelPeer, submission: Submission, newHandle: string): void {
    const { func, background } = submission;
    this.create(func);
    const existing = this.jobs.find((job) => isSameWork(job, submission));
    if (existing === undefined && this.isFull(submission)) {
      this.count("refused");
      return this.expect(peer, "ERROR", "QUEUE_ERROR", "Job queue is full");
    }
    if (existing !== undefined) this.count("coalesced");
    const job = existing ?? this.#add(submission, newHandle);
    if (background) job.background = true;
    else job.listeners.push(peer);
    this.expect(peer, "JOB_CREATED", job.handle);
  }

  isFull({ func, priority }: Submission): boolean {
    const limit = this.functions.get(func)![priority];
    return limit > 0 && this.jobs.filter((job) => job.func === func).length >= limit;
  }

  #add(submission: Submission, handle: string): ModelJob {
    const job: ModelJob = {
      ...submission,
      handle,
      number: ++this.#jobs,
      state: "scheduled",
      listeners: [],
      worker: null,
      lateWorker: null,
      timesOutAt: Infinity,
      losses: 0,
      failures: 0,
      isReturned: false,
      hasSpoken: false,
      expiresAt: Infinity,
      scheduledAs: 0,
      startedAs: 0,
      status: "0|0",
      arrival: 0,
    };
    this.jobs.push(job);
    this.count(`submitted ${modeOf(submission)} ${submission.priority}`);
    this.schedule(job, submission.due);
    return job;
  }

  ruleOf({ func }: { readonly func: string }): ModelRule {
    return this.rules.policies?.[func] ?? {};
  }

  /** It stands at the end of its queue. */
  enqueue(job: ModelJob): void {
    job.state = "waiting";
    job.arrival = ++this.#arrivals;
    if (!this.pauses.has(job.func)) this.wakes.push(job.func);
  }

  /** It waits for its time, and its ttl begins then. */
  schedule(job: ModelJob, due: number): void {
    this.waitUntil(job, due);
    job.expiresAt = Math.max(due, this.wall) + 1000 * (this.ruleOf(job).ttl ?? Infinity);
    if (due <= this.wall) this.enqueue(job);
  }

  waitUntil(job: ModelJob, due: number): void {
    job.state = "scheduled";
    job.due = due;
    job.scheduledAs = ++this.#scheduled;
  }

  // --- jobs go out ---

  /** @param served the function of which the router gave a job. */
  grab(worker: ModelPeer, kind: string, served: string): void {
    worker.isSleeping = false;
    worker.wokenFor = [];
    const functions = nextFunctions(this, worker);
    if (functions.length === 0) return this.expect(worker, "NO_JOB");
    const func = functions.includes(served) ? served : functions[0];
    const job = nextJob(this, func);
    const { handle, unique, reducer, payload } = job;
    if (kind === "GRAB_JOB") this.expect(worker, "JOB_ASSIGN", handle, func, payload);
    else if (kind === "GRAB_JOB_UNIQ" || reducer === "") {
      this.expect(worker, "JOB_ASSIGN_UNIQ", handle, func, unique, payload);
    } else this.expect(worker, "JOB_ASSIGN_ALL", handle, func, unique, reducer, payload);

    const index = worker.abilities.findIndex((ability) => ability.func === func);
    if (worker.turn === "first") this.firstJobs.set(func, ++this.#firsts);
    if (worker.abilities.length <= FEW_ABILITIES) worker.turn = index + 1;
    else worker.turn = null;
    const { runTimeout = 0 } = this.ruleOf(job);
    const timeouts = [worker.abilities[index].timeout, 1000 * runTimeout];
    const timeout = Math.min(...timeouts.filter((one) => one > 0), Infinity);
    this.count("started");
    job.state = "running";
    job.worker = worker;
    job.lateWorker = null;
    job.startedAs = ++this.#started;
    job.timesOutAt = this.now + timeout;
  }

  preSleep(worker: ModelPeer): void {
    const functions = nextFunctions(this, worker);
    if (functions.length > 0) {
      this.mustWake.push(worker);
      worker.wokenFor = functions;
      return;
    }
    // A quiet one stands in no order: when it is not any more, it is behind the others.
    if (worker.isQuiet) worker.firstFor = [];
    else if (worker.hasWorkedSinceSleep) worker.firstFor = worker.abilities.map(({ func }) => func);
    else if (!worker.isSleeping) worker.firstFor = [];
    worker.isSleeping = true;
    worker.wokenFor = [];
    worker.hasWorkedSinceSleep = false;
  }

  // --- time ---

  /** When the next job times out or comes due, or a pause ends, in milliseconds of `now`. */
  nextEvent(): number {
    const due = this.jobs.filter((job) => job.state === "scheduled")
      .map((job) => job.due - this.wallStart);
    const expiry = this.jobs.filter((job) => job.expiresAt > this.wall || job.state !== "running")
      .map((job) => job.expiresAt - this.wallStart);
    const resumes = [...this.pauses.values()].map((end) => end - this.wallStart);
    return Math.min(...due, ...resumes, ...expiry, ...this.jobs.map((job) => job.timesOutAt));
  }

  /** Moves on to a time that is not after {@linkcode nextEvent}. */
  advanceTo(now: number): void {
    this.now = now;
    for (const job of this.jobs) {
      if (job.timesOutAt > now) continue;
      job.lateWorker = job.worker;
      lose(this, job, "timeout");
    }
    for (const [func, end] of this.pauses) if (end <= this.wall) resume(this, func);
    // Due at the same time: in the order in which they began to wait for it.
    const due = this.jobs.filter((job) => job.state === "scheduled" && job.due <= this.wall);
    for (const job of due.sort((a, b) => a.scheduledAs - b.scheduledAs)) {
      // It may be gone before a worker is woken for it.
      if (job.expiresAt <= this.wall) this.mayWake.push(job.func);
      else this.enqueue(job);
    }
    for (const job of this.jobs) {
      if (job.state !== "running" && job.expiresAt <= this.wall) endFailed(this, job, "expired");
    }
  }

  // --- functions ---

  create(func: string): string {
    if (!this.functions.has(func)) {
      this.functions.set(func, this.#limitsToBe.get(func) ?? NO_LIMITS);
      this.#limitsToBe.delete(func);
    }
    return "OK\r\n";
  }

  /** The limits of a function go with it, and its pause. */
  drop(func: string): string {
    if (!this.functions.has(func)) return "ERR function not found\r\n";
    if (this.workers(func) > 0 || this.jobs.some((job) => job.func === func)) {
      return "ERR there are still connected workers or executing clients\r\n";
    }
    if (this.dead.some((job) => job.func === func)) {
      return "ERR there are still dead jobs\r\n";
    }
    this.functions.delete(func);
    this.pauses.delete(func);
    this.firstJobs.delete(func);
    return "OK\r\n";
  }

  maxQueue(func: string, limits: Limits): string {
    if (this.functions.has(func)) this.functions.set(func, limits);
    else this.#limitsToBe.set(func, limits);
    return "OK\n";
  }

  workers(func: string): number {
    return this.peers.filter((peer) =>
      peer.isOpen && peer.abilities.some((ability) => ability.func === func)
    ).length;
  }
}

function modeOf({ reducer, due, background }: Submission): string {
  if (reducer !== "") return "reduce";
  if (due > 0) return "epoch";
  return background ? "background" : "foreground";
}
