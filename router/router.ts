import {
  type DecoderLimits,
  DEFAULT_LIMITS,
  encodeName,
  LargeBuffers,
  PacketView,
  type ProtocolError,
} from "../protocol/mod.ts";
import { addAbility, removeAbility, removeAllAbilities } from "./abilities.ts";
import { ByteHash } from "./byte_hash.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { type Durability, JobStorage, type RestoredJob } from "./durability.ts";
import { type FunctionQueue, type MaxQueue, NO_MAX_QUEUE } from "./function_queue.ts";
import { FunctionTable } from "./function_table.ts";
import { GracefulStop } from "./graceful_stop.ts";
import type { RouterHooks } from "./hooks.ts";
import { type Job, JobPlace } from "./job.ts";
import { JobEnds } from "./job_ends.ts";
import { JobHandout } from "./job_handout.ts";
import { JobIntake } from "./job_intake.ts";
import { type JobOutcome, JobState } from "./job_state.ts";
import { JobTable } from "./job_table.ts";
import type { Link, PeerAddress } from "./link.ts";
import { type RouterOptions, routerOptions } from "./options.ts";
import { ParkedJobs } from "./parked_jobs.ts";
import { PayloadStore } from "./payload_store.ts";
import { Peers } from "./peers.ts";
import type { PriorityIndex } from "./priority.ts";
import { Relays } from "./relays.ts";
import { RouterLog } from "./router_log.ts";
import { RunningJobs } from "./running_jobs.ts";
import { SubmitTimes } from "./submit_times.ts";
import type { SpareConnection } from "./spare_connection.ts";
import { type JobRequest, type Submission, submissionOf } from "./submission.ts";
import { Timers } from "./timers.ts";
import { Turn } from "./turn.ts";
import { UniqueIndex } from "./unique_index.ts";
import { watchTurns } from "./receive_turns.ts";
import { WaitingJobs } from "./waiting_jobs.ts";
import { WakeUps } from "./wake_ups.ts";

/**
 * The heart of the server: takes jobs in, keeps them in order, hands them to workers and the answers
 * back. It knows connections, but no socket; time, but only through its clock.
 *
 * What peers send arrives through {@linkcode Connection}; the methods here are what packets, text
 * commands and embedding programs are translated into.
 *
 * @example
 * ```ts
 * import { ManualClock, Router } from "@geartrain/server/router";
 * import { assertEquals } from "@std/assert";
 *
 * const router = new Router(new ManualClock());
 * const job = router.enqueueJob({ function: "resize", payload: new Uint8Array([1]) });
 * assertEquals(router.jobByHandle(job!.handle), job);
 * ```
 */
export class Router {
  /** Its options, defaults filled in. */
  readonly options: RouterOptions;
  /** What peers may send. */
  readonly limits: DecoderLimits;
  /** Its time. */
  readonly clock: Clock;
  /** @internal All its timers. */
  readonly timers: Timers;
  /** @internal What is logged. */
  readonly log: RouterLog;
  /** Hooks of the embedding program. */
  readonly hooks: RouterHooks = {
    connectionOpened: null,
    connectionClosed: null,
    jobSubmitted: null,
    jobStarted: null,
    jobFinished: null,
  };
  /** @internal Keeps jobs beyond the life of the process, if anything does. */
  durability: Durability | null = null;
  /** @internal Are stored jobs still being read? Packets wait until they are. */
  isLoading = false;
  /** @internal How many functions workers can do, summed up over all workers. */
  abilities = 0;
  /** @internal How many clients wait for jobs that another one waits for, summed up over all jobs. */
  sharing = 0;
  /** @internal Has a stop begun, gracefully or not? */
  hasStopBegun = false;
  /** @internal Set when it is to stop as soon as nobody would miss it. */
  stop: GracefulStop | null = null;
  /** Called whenever the last connection is gone. */
  onNoConnections: (() => void) | null = null;

  /** The functions, by name. */
  readonly functions: FunctionTable;
  /** The live jobs, by handle. */
  readonly jobs: JobTable;
  /** @internal The live jobs that others can join, by function and key. */
  readonly uniques: UniqueIndex;
  /** @internal When jobs were submitted. */
  readonly submitTimes: SubmitTimes;
  /** @internal The stored jobs that are not in memory. */
  readonly parked: ParkedJobs;
  /** @internal What is sent to very many clients of a job. */
  readonly relays: Relays;
  /** @internal That of the peer whose packets are being dealt with. */
  readonly turn: Turn;
  /** @internal Who is woken for a job. */
  readonly wakeUps: WakeUps;
  /** @internal The one view that all decoders of this router use. */
  readonly view: PacketView = new PacketView();
  /** @internal The buffers of large packets and jobs. */
  readonly buffers: LargeBuffers;
  /** The open connections by id, in that order. */
  readonly connections: Map<number, Connection> = new Map();

  /** @internal The jobs that workers have. */
  readonly running: RunningJobs;
  readonly #waiting: WaitingJobs;
  readonly #intake: JobIntake;
  readonly #handout: JobHandout;
  readonly #ends: JobEnds;
  readonly #peers: Peers = new Peers(this);

  /**
   * An empty router.
   *
   * @throws {TypeError | RangeError} for an unknown option or a value out of range.
   */
  constructor(clock: Clock, options: Partial<RouterOptions> = {}) {
    this.options = routerOptions(options);
    this.limits = { ...DEFAULT_LIMITS, maxPacketSize: this.options.maxPacketSize };
    this.clock = clock;
    const { receiveLimit, maxPacketSize } = this.options;
    this.buffers = new LargeBuffers(receiveLimit, maxPacketSize);
    this.timers = new Timers(clock, () => this.isLoading);
    watchTurns(this.buffers.budget, this.timers);
    this.log = new RouterLog(this);
    this.submitTimes = new SubmitTimes(clock);
    this.turn = new Turn(clock);
    this.relays = new Relays(this.timers, () => this.stop?.check());
    const hash = new ByteHash(this.options.hashKey);
    const { jobHandlePrefix, bootId } = this.options;
    this.jobs = new JobTable(`${jobHandlePrefix}:${bootId}`, new PayloadStore(this.buffers));
    this.functions = new FunctionTable(hash, this.jobs, this.options.maxFunctions);
    this.uniques = new UniqueIndex(hash);
    this.wakeUps = new WakeUps(this.timers, this.log, this.turn, this.options);
    this.#waiting = new WaitingJobs(this);
    this.parked = new ParkedJobs(this, this.#waiting);
    this.jobs.parked = this.parked;
    this.#intake = new JobIntake(this, this.#waiting);
    this.running = new RunningJobs(this.timers, (job) => this.lose(job, null));
    this.#handout = new JobHandout(this, this.#waiting);
    this.#ends = new JobEnds(this, this.#waiting);
  }

  // --- connections -----------------------------------------------------------------------------

  /** Takes a new peer in; the transport feeds the returned connection. */
  connect(link: Link): Connection {
    return this.#peers.connect(link);
  }

  /** @internal Takes one in that may only ask, by all text commands or those of health checks. */
  connectSpare(link: Link, mayAskAll: boolean): SpareConnection {
    return this.#peers.connectSpare(link, mayAskAll);
  }

  /**
   * @internal The connections that are open now, one after the other. Others may come and go meanwhile:
   * each that stays comes once, and none that comes later.
   */
  *connectionsNow(): Generator<Connection> {
    for (const id of [...this.connections.keys()]) {
      const connection = this.connections.get(id);
      if (connection !== undefined) yield connection;
    }
  }

  /** @internal The peer will send no more: it still gets what it is owed, but it can do no work. */
  peerEnded(connection: Connection): void {
    this.#peers.ended(connection);
  }

  /** @internal The link is gone. */
  disconnected(connection: Connection, reason?: string, isCutOff?: boolean): void {
    this.#peers.disconnected(connection, reason, isCutOff);
  }

  /** @internal Where a connection was that has gone; null if that is too long ago. */
  addressOfGone(id: number): PeerAddress | null {
    return this.#peers.addressOfGone(id);
  }

  /** @internal Ends all that a peer had to do with jobs, as client and as worker; `reason` says why. */
  abandonPeer(connection: Connection, reason: string): void {
    this.#peers.abandon(connection, reason);
    this.stop?.check();
  }

  // --- functions -------------------------------------------------------------------------------

  /**
   * Forgets a function that nobody uses, and its limit.
   *
   * @returns false when it has workers or live jobs.
   */
  dropFunction(func: FunctionQueue): boolean {
    if (func.workers > 0 || func.live > 0) return false;
    this.wakeUps.forget(func);
    this.functions.remove(func);
    this.durability?.maxQueueSet(func.name, NO_MAX_QUEUE);
    return true;
  }

  /** Lets a worker do a function; `timeout` in milliseconds, 0 for none. */
  addAbility(worker: Connection, func: FunctionQueue, timeout: number): void {
    addAbility(worker, func, timeout);
    if (!worker.isSleeping) return;
    if (func.waiting > 0) this.wakeUps.wakeWorker(worker, func);
    else this.wakeUps.list(worker);
  }

  /** The worker does a function no more; jobs that it already has it may finish. */
  removeAbility(worker: Connection, func: FunctionQueue): void {
    this.turn.spend(worker.abilities.length >>> 7);
    removeAbility(worker, func);
    if (worker.wokenFor === func) this.wakeUps.replace(worker);
  }

  /** The worker does nothing any more; jobs that it already has it may finish. */
  removeAllAbilities(worker: Connection): void {
    this.turn.spend(worker.abilities.length);
    removeAllAbilities(worker);
    this.wakeUps.replace(worker);
  }

  // --- jobs come in ----------------------------------------------------------------------------

  /**
   * Takes a job in, or joins a live one with the same function and key; attaches `connection` and
   * tells it the handle.
   *
   * @returns null when it is refused: {@linkcode refusal} says why.
   */
  submit(submission: Submission, connection: Connection | null): Job | null {
    return this.#intake.submit(submission, connection);
  }

  /** @internal Why {@linkcode submit} has returned null. */
  get refusal(): ProtocolError {
    return this.#intake.refusal;
  }

  /** @internal What the job waited for is written: it takes its place. */
  stored(job: Job, due: number): void {
    this.#intake.stored(job, due);
    this.stop?.check();
  }

  /**
   * @internal The job cannot be stored, and nobody was told that it is: it lives on only for the
   * clients that wait for it. `cause` is for the log.
   */
  notStored(job: Job, due: number, cause: string): void {
    if (!job.isFinished) this.log.notStored(job, cause);
    this.#intake.notStored(job, due);
    // Nothing is being written any more: a stop may have waited for that.
    this.stop?.check();
  }

  /**
   * @internal Takes in a job that was stored before; they come in the order of their numbers.
   *
   * @param parks is it to take as little memory as possible?
   */
  restore(restored: RestoredJob, parks = false): Job | null {
    return this.#intake.restore(restored, parks);
  }

  /** @internal All stored jobs are here: what peers sent meanwhile is looked at now. */
  loaded(): void {
    this.isLoading = false;
    this.timers.fireHeld();
    for (const connection of this.connections.values()) {
      if (connection.isHolding) connection.link.flush();
    }
  }

  /** Limits the live jobs of a function, whether it exists yet or not; stored if jobs are. */
  setMaxQueue(name: Uint8Array, maxQueue: MaxQueue): void {
    this.functions.setMaxQueue(name, maxQueue);
    this.durability?.maxQueueSet(name, maxQueue);
  }

  /**
   * Moves a waiting job to the end of the queue of another priority. What it is worth is not
   * forgotten: a worker that loses it puts it back there. One that is being stored, or waits for its
   * time, takes its place in that queue when it is stored, or due.
   */
  reprioritize(given: Job, priority: PriorityIndex): void {
    const job = this.ownJob(given);
    if (job === undefined) return;
    const { state } = job;
    if (state === JobState.STORING) job.priorityIndex = priority;
    else if (state === JobState.QUEUED || state === JobState.SCHEDULED) {
      this.#waiting.reprioritize(job, priority);
    } else return;
    if (job.storage !== JobStorage.MEMORY) this.durability!.changed(job);
  }

  // --- jobs go out -----------------------------------------------------------------------------

  /** Is there a job that the worker could take now? Which function's, or null. */
  findWork(worker: Connection): FunctionQueue | null {
    return this.#waiting.find(worker);
  }

  /** The worker found nothing to do; there may be something by now, else it sleeps. */
  sleep(worker: Connection): void {
    const func = this.findWork(worker);
    if (func !== null) this.wakeUps.wakeWorker(worker, func);
    else this.wakeUps.sleep(worker);
  }

  /** Hands the next job to a worker, or null. */
  grab(worker: Connection): Job | null {
    return this.#handout.grab(worker);
  }

  // --- jobs end --------------------------------------------------------------------------------

  /** The job leaves the router, whatever state it is in. Listeners are told by the caller, before. */
  finish(job: Job, outcome: JobOutcome): void {
    this.#ends.finish(job, outcome);
  }

  /**
   * The worker will not finish this job.
   *
   * @param goneBecause why the worker is gone; null if it took too long.
   */
  lose(job: Job, goneBecause: string | null): void {
    this.#ends.lose(job, goneBecause);
  }

  /**
   * Ends a job on somebody's order: its listeners get WORK_FAIL, a worker's result comes too late.
   *
   * @param by who ordered it, for the log; null for the program.
   */
  cancel(job: Job, by: Connection | null = null): void {
    this.log.cancelled(job, by);
    this.cancelQuietly(job);
  }

  /** @internal The same for one of many: without a line in the log. */
  cancelQuietly(given: Job): void {
    const job = this.ownJob(given);
    if (job === undefined) return;
    this.tellFailed(job);
    this.finish(job, "cancelled");
  }

  /** @internal Sends WORK_FAIL to all listeners of a job that is finished next. */
  tellFailed(job: Job): void {
    const { jobs, relays } = this;
    if (relays.hasMany(job)) return relays.end(job, 0, (client) => jobs.sendFail(job, client));
    this.turn.spend(job.listenerCount);
    for (let listener = job.firstListener; listener; listener = listener.nextOfJob) {
      const { connection, joins } = listener;
      for (let join = 0; join < joins; join++) jobs.sendFail(job, connection);
    }
  }

  // --- the end ---------------------------------------------------------------------------------

  /** @internal Calls a function, perhaps more than once, when nobody would miss this router. */
  stopWhenIdle(done: () => void): void {
    this.parked.keepAll();
    this.stop = new GracefulStop(this, this.#peers.lastConnectionId, done);
    this.stop.check();
  }

  // --- for programs ----------------------------------------------------------------------------

  /** The live job with this handle. */
  jobByHandle(handle: string): Job | undefined {
    const bytes = encodeName(handle);
    return this.jobs.findAny(bytes, 0, bytes.length);
  }

  /**
   * @internal The live job that is meant by one that may be away; undefined if there is none, or it is
   * another router's.
   */
  ownJob(job: Job): Job | undefined {
    if (job.func.jobs !== this.jobs) return undefined;
    if (job.heapIndex === JobPlace.AWAY) return this.parked.visit(job.sequence) ?? undefined;
    return this.jobs.has(job) ? job : undefined;
  }

  /**
   * The newest live job with this unique, whatever its function; jobs whose payload is the key are
   * not found by it.
   */
  jobByUnique(bytes: Uint8Array, start: number, end: number): Job | null {
    if (start === end) return null;
    const job = this.uniques.newestWith(bytes, start, end);
    if (this.parked.size === 0) return job;
    const hash = this.uniques.hashOf(bytes, start, end);
    const number = this.parked.newestWith(hash, bytes, start, end);
    return number > (job?.sequence ?? 0) ? this.parked.visit(number) : job;
  }

  /**
   * Submits a background job for a program; joins a live one with the same function and unique.
   *
   * @returns null when the function's queue is full, or a limit of the router is reached.
   * @throws {RangeError} when a name is too long or contains a NUL, or the date is an invalid one.
   */
  enqueueJob(request: JobRequest): Job | null {
    return this.submit(submissionOf(request), null);
  }

  /** Lets go of the clock and of all peers. */
  close(): void {
    this.log.stopping(this.jobs.objects());
    for (const connection of [...this.connections.values()]) connection.link.destroy();
    this.timers.stop();
    this.submitTimes.stop();
  }
}
