/**
 * This folder ties a router to a queue that it shares with other servers: what it takes in goes there,
 * and what its workers can do comes from there. Only the server may import it; it imports the router
 * and the contracts of the stores.
 *
 * @module
 */

import { type Job, JobState, JobStorage, type Peer, type Router } from "../../router/mod.ts";
import type { Durability } from "../../router/durability.ts";
import { messageOf } from "../../router/log/log.ts";
import { Timer } from "../../router/model/timer.ts";
import type { FunctionQueue, MaxQueue } from "../../router/mod.ts";
import type {
  ClaimedJob,
  QueueListener,
  QueueMember,
  SharedQueue,
} from "../../store/shared_queue.ts";
import { StoreError } from "../../store/store.ts";
import { Claims } from "./claims.ts";
import { ClusterSide } from "./cluster_side.ts";
import { ExpiredJobs } from "./expired_jobs.ts";
import { HeldJobs } from "./held_jobs.ts";
import { Numbers } from "./numbers.ts";
import { CountsOfQueue } from "./queue_counts.ts";
import { Shared, type SharedJobsOptions } from "./shared.ts";
import { ToldRunning } from "./told_running.ts";
import { Writer } from "./writer.ts";

/** Between two looks at whether jobs wait here in vain, in milliseconds. */
const TICK = 200;
/** Once in so many looks others are told what is new, and asked. */
const TICKS_IN_A_SECOND = 5;

/**
 * Keeps the background jobs of a router in a queue that several servers share. A job that is submitted
 * here is written there, with others of its round, before anybody is told; then it leaves the router,
 * unless a worker of this server is free for it. The router has only jobs that belong to this server.
 */
export class SharedJobs implements Durability {
  readonly #router: Router;
  readonly #queue: SharedQueue;
  readonly #shared: Shared;
  /** What is to be written, and what has been. */
  readonly writer: Writer;
  readonly #claims: Claims;
  readonly #counts: CountsOfQueue;
  readonly #numbers: Numbers;
  readonly #expired: ExpiredJobs;
  /** Jobs that wait for another run: they stay here, or go elsewhere. */
  readonly #troubled = new Map<Job, number | null>();
  readonly #held: HeldJobs;
  readonly #running: ToldRunning;
  readonly #tick = new Timer(() => this.#look());
  #ticks = 0;
  #closing: Promise<void> | null = null;
  #isSorting = false;

  /** Packets of peers wait until {@linkcode load} has come to its end. */
  constructor(router: Router, queue: SharedQueue, options: SharedJobsOptions) {
    this.#router = router;
    this.#queue = queue;
    const shared = this.#shared = new Shared(router, queue, options);
    this.writer = new Writer(shared, {
      takes: (job) => this.#claims.takes(job),
      taken: () => this.#claims.taken(),
      own: (job) => this.#own(job),
      shared: (job) => {
        this.#counts.left(job);
        this.#claims.has(job);
      },
    });
    this.#claims = new Claims(shared, this.writer.behind, {
      claimed: (job) => this.#claimed(job),
      abandoned: (func) => this.#giveBackOf(func),
    });
    this.#counts = new CountsOfQueue(shared, this.#claims);
    this.#expired = new ExpiredJobs(shared, (claimed) => this.#came(claimed));
    this.#numbers = new Numbers(shared);
    this.#running = new ToldRunning(shared);
    this.#held = new HeldJobs(shared, (job) => this.#giveBackIfIdle(job));
    router.isLoading = true;
    router.jobs.fetchPayload = ({ number }) => {
      throw new StoreError(`${queue.name}: the payload of job ${number} is not at this server`);
    };
    router.durability = this;
    router.cluster = new ClusterSide(shared, {
      submits: this.writer.submits,
      claims: this.#claims,
      counts: this.#counts,
      came: (claimed) => this.#came(claimed),
      doubtful: () => this.#held.doubt(),
      stopping: () => this.#stopping(),
    });
  }

  // --- start and end ---------------------------------------------------------------------------

  /** Joins the queue. Resolves with 0, as no job is here then, when packets are looked at. */
  async load(): Promise<number> {
    const { handleBase } = await this.#queue.open(this.#member(), this.#listener());
    if (this.#shared.isClosed) return 0;
    this.#router.jobs.useHandles(handleBase);
    await Promise.all([this.#numbers.fill(), this.#counts.read(), this.writer.records.load()]);
    if (this.#shared.isClosed) return 0;
    this.#router.timers.setDelay(this.#tick, TICK);
    this.#shared.reach.tick();
    this.#router.loaded();
    this.#claims.schedule();
    return 0;
  }

  #member(): QueueMember {
    const { options: { member } } = this.#shared;
    const claims = this.#claims;
    return {
      name: member.name,
      version: member.version,
      get address() {
        return member.address;
      },
      get workers() {
        return claims.workers;
      },
    };
  }

  /**
   * For a program that submits a job: is the queue there?
   *
   * @throws {StoreError} when it is not.
   */
  loadRest(): void {
    if (!this.#router.isLoading) return;
    throw new StoreError(`${this.#queue.name}: it is not open yet`);
  }

  /** Lets go of the queue, when all is written that has happened; what is left is given back. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    const { options: { timeout }, own, router } = this.#shared;
    this.#shared.isStopping = true;
    const until = router.clock.now() + timeout;
    router.timers.clearDelay(this.#tick);
    await this.writer.idle(timeout);
    this.#shared.isClosed = true;
    own.clear();
    try {
      await this.#queue.close(Math.max(0, until - router.clock.now()));
    } catch (error) {
      this.#shared.options.report(messageOf(error));
    }
  }

  // --- what the router says --------------------------------------------------------------------

  readonly isLost = false;

  get isWriting(): boolean {
    const { isStopping } = this.#shared;
    const { submits, behind } = this.writer;
    return submits.isWriting || this.#held.size > 0 || isStopping && behind.isWriting;
  }

  mustStore(job: Job): void {
    this.writer.submits.add(job);
  }

  /** A foreground job does not wait for the queue. */
  waitBehind(): boolean {
    return false;
  }

  mustFollow({ link }: Peer): void {
    this.writer.follow(link);
  }

  announced({ link }: Peer): void {
    this.writer.submits.follow(link);
  }

  /** Its end is written behind its back. */
  hasWorked(): void {}

  changed(job: Job, due: number | null): void {
    if (job.storage !== JobStorage.STORED || this.#shared.isClosed) return;
    this.#troubled.set(job, due);
    if (this.#isSorting) return;
    this.#isSorting = true;
    this.#shared.options.later(() => {
      this.#isSorting = false;
      this.#sortTroubled();
    });
  }

  ended(job: Job): void {
    if (!this.#forget(job)) return;
    this.writer.behind.end(job.number);
  }

  buried(job: Job): void {
    if (this.#forget(job)) this.writer.behind.bury(job);
  }

  revived(): void {}

  deadDropped(job: Job): void {
    this.writer.behind.dropDead(job.number);
  }

  replaced(): void {}

  record(kind: string, key: Uint8Array, value: Uint8Array | null): void {
    if (!this.#shared.isClosed) this.writer.records.set(kind, key, value);
  }

  maxQueueSet(name: Uint8Array, limits: MaxQueue): void {
    this.writer.behind.limit(name, limits);
  }

  // No job of a shared queue is in the store only.

  read(): "unreadable" {
    return "unreadable";
  }

  readAhead(): [] {
    return [];
  }

  page(): [] {
    return [];
  }

  parked(): void {}
  returned(): void {}
  payloadMayLeave(): void {}

  payloadOf(): "unreadable" {
    return "unreadable";
  }

  // --- what comes and goes ---------------------------------------------------------------------

  #came(claimed: ClaimedJob): Job {
    const job = this.#router.intake.claimed(claimed);
    this.#counts.came(job);
    this.#own(job);
    return job;
  }

  #claimed(claimed: ClaimedJob): void {
    const job = this.#came(claimed);
    if (this.#claims.wasCancelled(job.number)) this.#router.endings.drop(job, "cancelled");
    else if (this.#shared.isStopping || job.func.workers === 0) this.#giveBackIfIdle(job);
  }

  #own(job: Job): void {
    if (job.state === JobState.FINISHED) return this.writer.behind.end(job.number);
    this.#shared.own.add(job);
    if (this.#shared.isStopping) this.#giveBackIfIdle(job);
  }

  #forget(job: Job): boolean {
    this.#troubled.delete(job);
    this.#running.forget(job);
    this.#held.forget(job);
    return this.#shared.own.delete(job);
  }

  /** Those that wait for another run stay where they are, if a worker of this server may take them. */
  #sortTroubled(): void {
    for (const [job, due] of this.#troubled) {
      const isLeaving = due !== null || job.func.workers === 0 || this.#shared.isStopping;
      if (isLeaving && this.#giveBackIfIdle(job)) continue;
      this.writer.behind.change(job);
    }
    this.#troubled.clear();
  }

  #giveBackOf(func: FunctionQueue): void {
    for (const job of this.#shared.own) if (job.func === func) this.#giveBackIfIdle(job);
    const demand = this.#claims.of(func);
    if (demand !== undefined) void this.#claims.tell([demand]);
  }

  /** A job that no worker has, and no client waits for here, goes to whoever wants it. */
  #giveBackIfIdle(job: Job): boolean {
    const { state } = job;
    if (job.firstSubscriber !== null || state === JobState.RUNNING) return false;
    if (state === JobState.STORING || !this.#forget(job)) return false;
    this.writer.behind.giveBack(job, job.due ?? 0);
    this.#counts.left(job);
    this.#router.endings.leave(job);
    this.#router.submitTimes.gone(job.number);
    return true;
  }

  #stopping(): void {
    this.#shared.isStopping = true;
    this.#giveBackIdle();
  }

  /** All that no worker has goes back, if it still was this server's. */
  #giveBackIdle(): void {
    for (const job of this.#shared.own) this.#giveBackIfIdle(job);
  }

  #look(): void {
    this.#router.timers.setDelay(this.#tick, TICK);
    this.#shared.reach.tick();
    this.#held.goOn();
    if (!this.#shared.isStopping) this.#giveBackInVain();
    if (++this.#ticks % TICKS_IN_A_SECOND > 0) return;
    void this.#counts.read();
    if (this.#shared.isStopping) return;
    this.#claims.tellNews();
    this.#running.look();
    // A notice of what others have changed may not have arrived.
    void this.writer.records.read();
    void this.#expired.look();
  }

  #giveBackInVain(): void {
    for (const demand of this.#claims.demands()) {
      if (!demand.standsStill()) continue;
      this.#claims.doubt(demand.func);
      for (const job of this.#shared.own) {
        if (job.func === demand.func && job.state === JobState.QUEUED) this.#giveBackIfIdle(job);
      }
    }
  }

  // --- what the queue says ---------------------------------------------------------------------

  #listener(): QueueListener {
    const { reach, options } = this.#shared;
    return {
      work: (functionNames) => this.#claims.mayHave(functionNames),
      cancel: (number) => this.#cancel(number),
      bury: (number) => {
        const job = this.#router.jobs.get(number);
        if (job !== undefined) this.#router.deadOrders.bury(job, null, "another server");
      },
      lost: () => this.#lost(),
      functionsChanged: () => void this.#counts.read(),
      recordsChanged: () => void this.writer.records.read(),
      reachable: (error) => {
        reach.set(error);
        if (error !== null) return;
        this.#claims.mayHave([]);
        this.writer.records.doubt();
        void this.#counts.read();
      },
      report: (level, message) => options.report(`${this.#queue.name}: ${message}`, level),
    };
  }

  #cancel(number: number): void {
    const job = this.#router.jobs.get(number);
    if (job === undefined || !job.background) return this.#claims.cancel(number);
    this.#router.endings.drop(job, "cancelled");
  }

  /** Other servers have what this one had. What its workers still say of it comes too late. */
  #lost(): void {
    const { own, options } = this.#shared;
    const { size } = own;
    this.writer.behind.lost();
    for (const job of [...own]) {
      this.#forget(job);
      this.#disown(job);
      this.#router.submitTimes.gone(job.number);
    }
    this.#claims.renewed();
    this.writer.records.doubt();
    const jobs = size === 1 ? "1 job" : `${size} jobs`;
    options.report(`${this.#queue.name}: this server counted as dead; others have its ${jobs}`);
  }

  /** Clients that wait here for one that has not started are one with it again, if nobody else has it. */
  #disown(job: Job): void {
    const { intake } = this.#router;
    const { state, firstSubscriber } = job;
    if (firstSubscriber !== null && job.key !== null && !this.#shared.isStopping) {
      if (state === JobState.QUEUED) intake.hold(job);
      if (job.state === JobState.STORING) {
        job.background = false;
        return this.writer.submits.ask(job);
      }
    }
    intake.disown(job);
  }
}
