import { EMPTY } from "../protocol/buffer_pool.ts";
import {
  type DecoderLimits,
  DEFAULT_LIMITS,
  encodeName,
  LargeBuffers,
  PacketView,
} from "../protocol/mod.ts";
import type { Clock } from "./clock.ts";
import type { Cluster } from "./cluster.ts";
import { ByteHash } from "./containers/byte_hash.ts";
import { Everywhere } from "./everywhere.ts";
import type { Announcer, Durability } from "./durability.ts";
import { Counts } from "./counts.ts";
import { Abilities } from "./flow/abilities.ts";
import { DeadJobs } from "./flow/dead_jobs.ts";
import { Dedupe } from "./flow/dedupe.ts";
import { DeadOrders } from "./dead_orders.ts";
import { Endings } from "./flow/endings.ts";
import { Expiry } from "./flow/expiry.ts";
import { FunctionTable } from "./flow/function_table.ts";
import { GracefulStop } from "./flow/graceful_stop.ts";
import { Handout } from "./flow/handout.ts";
import { Intake } from "./flow/intake.ts";
import { IdleFunctions } from "./flow/idle_functions.ts";
import { JobClients } from "./flow/job_clients.ts";
import { JobTable } from "./flow/job_table.ts";
import { KeptResults } from "./flow/kept_results.ts";
import { ParkedJobs } from "./flow/parked_jobs.ts";
import { Pauses } from "./flow/pauses.ts";
import { PayloadMemory } from "./flow/payload_memory.ts";
import { Peers } from "./flow/peers.ts";
import { Records } from "./flow/records.ts";
import { Relays } from "./flow/relays.ts";
import { Turn, watchTurns } from "./flow/turn.ts";
import { RunningJobs } from "./flow/running.ts";
import { type JobRequest, submissionOf } from "./flow/job_request.ts";
import { NamedOptions } from "./flow/named_options.ts";
import { NumberTimes } from "./flow/number_times.ts";
import { SubmitTimes } from "./flow/submit_times.ts";
import { StandIns } from "./flow/stand_ins.ts";
import { StartLimits } from "./flow/start_limits.ts";
import { Timers } from "./flow/timers.ts";
import { UniqueIndex } from "./flow/unique_index.ts";
import { WaitingJobs } from "./flow/waiting.ts";
import { WakeUps } from "./flow/wake_ups.ts";
import { History } from "./history/mod.ts";
import { Moments } from "./history/moments.ts";
import { RouterHooks } from "./hooks.ts";
import { RouterLog } from "./log/router_log.ts";
import { Job } from "./model/job.ts";
import type { Peer } from "./model/peer.ts";
import type { Submission } from "./model/submission.ts";
import type { Recipient, RelayedBody } from "./model/subscriber.ts";
import { Facts } from "./facts.ts";
import { Operations } from "./operations.ts";
import { type RouterOptions, routerOptions } from "./options.ts";
import type { ScheduleSource } from "./schedules.ts";
import { GearmanPolicy, type Policy, type Refusal } from "./policy.ts";

/**
 * The heart of the server: takes jobs in, keeps them in order, hands them to workers and the answers
 * back. It knows connections, but no socket; time, but only through its clock.
 *
 * It holds the parts that take jobs in, keep, hand out and end them; connections call those. Its
 * methods are for text commands, for the durability, and for programs.
 */
export class Router {
  /** Its options, with the defaults filled in. */
  readonly options: RouterOptions;
  /** What peers may send. */
  readonly limits: DecoderLimits;
  /** The clock by which it lives. */
  readonly clock: Clock;
  /** @internal All its timers. */
  readonly timers: Timers;
  /** @internal What is logged. */
  readonly log: RouterLog;
  /** Hooks of the embedding program. */
  readonly hooks: RouterHooks = new RouterHooks();
  /** @internal What is decided about jobs apart from how the router works. */
  readonly policy: Policy;
  /** @internal Keeps jobs beyond the life of the process, if anything does. */
  durability: Durability | null = null;
  /** @internal What it shares with other servers; null if nothing. */
  cluster: Cluster | null = null;
  /** @internal Where its schedules are; null if it can have none. */
  schedules: ScheduleSource | null = null;
  /** @internal Who has told peers of jobs that are being written. */
  readonly announcers: Set<Announcer> = new Set();
  /** @internal Are stored jobs still being read? Packets wait until they are. */
  isLoading = false;
  /** @internal Has a stop begun, gracefully or not? */
  hasStopBegun = false;
  /** @internal Set when it is to stop as soon as nobody would miss it. */
  stop: GracefulStop | null = null;
  /** Called whenever the last connection is gone. */
  onNoConnections: (() => void) | null = null;

  /** The functions, by name. */
  readonly functions: FunctionTable;
  /** What has happened since it began. */
  readonly counts: Counts;
  /** The live jobs, by handle. */
  readonly jobs: JobTable;
  /** @internal The live jobs that others can join, by function and key. */
  readonly uniques: UniqueIndex;
  /** @internal When jobs were submitted, by their numbers. */
  readonly submitTimes: SubmitTimes;
  /** @internal When bytes came in, by how many had come with them. */
  readonly arrivals: NumberTimes;
  /** @internal The stored jobs that are not in memory. */
  readonly parked: ParkedJobs;
  /** @internal What is no job, and is there after a restart all the same. */
  readonly records: Records;
  /** @internal What is sent to very many recipients of a job. */
  readonly relays: Relays;
  /** @internal The turn of the peer whose packets are being dealt with. */
  readonly turn: Turn;
  /** @internal The one view that all decoders of this router use. */
  readonly view: PacketView = new PacketView();
  /** @internal The one body of results that is being relayed. */
  readonly relayed: RelayedBody = {
    bytes: EMPTY,
    start: 0,
    end: 0,
    stable: false,
    lacksNul: false,
  };
  /** @internal The buffers of large packets and jobs. */
  readonly buffers: LargeBuffers;
  /** @internal Programs that wait for jobs; those that have stopped waiting may be among them. */
  readonly programs: Set<Recipient> = new Set();
  /** The open connections by id, in that order. */
  readonly connections: Map<number, Peer> = new Map();

  /** @internal How jobs come in. */
  readonly intake: Intake;
  /** @internal The jobs that no worker has yet. */
  readonly waiting: WaitingJobs;
  /** @internal Functions that have neither jobs nor workers. */
  readonly idle: IdleFunctions;
  /** @internal Which functions are paused. */
  readonly pauses: Pauses;
  /** @internal How jobs go out to workers. */
  readonly handout: Handout;
  /** @internal How many jobs of functions may run and start. */
  readonly starts: StartLimits;
  /** @internal The jobs that workers have. */
  readonly running: RunningJobs;
  /** @internal What clients say of jobs in the names of functions. */
  readonly namedOptions: NamedOptions;
  /** @internal Who submitted jobs, where clients take turns. */
  readonly clients: JobClients;
  /** @internal How jobs end that have waited for too long. */
  readonly expiry: Expiry;
  /** @internal The jobs that no worker gets, and that do not live. */
  readonly dead: DeadJobs;
  /** @internal What stands for those where workers deal with them. */
  readonly standIns: StandIns;
  /** What can be ordered about those. */
  readonly deadOrders: DeadOrders;
  /** @internal The results of background jobs, where a rule says that they are kept. */
  readonly results: KeptResults;
  /** @internal What becomes of submits whose unique another job holds, or has held. */
  readonly dedupe: Dedupe;
  /** @internal How jobs end. */
  readonly endings: Endings;
  /** @internal Who is woken for a job. */
  readonly wakeUps: WakeUps;
  /** @internal What workers can do. */
  readonly abilities: Abilities;
  /** @internal How peers come and go. */
  readonly peers: Peers;
  /** @internal What it has at a moment, for whoever shows it. */
  readonly facts: Facts;
  /** What an operator or a program can order. */
  readonly operations: Operations;
  /** Jobs here and, if servers share jobs, at all of them. */
  readonly everywhere: Everywhere;
  /** What has happened; null unless it has the option `history`. */
  readonly history: History | null;

  /**
   * A router without connections and jobs.
   *
   * @throws {TypeError | RangeError} for an unknown option or a value out of range.
   */
  constructor(clock: Clock, options: Partial<RouterOptions> = {}, policy?: Policy) {
    this.options = routerOptions(options);
    this.policy = policy ?? new GearmanPolicy(this.options.jobRetries);
    this.limits = { ...DEFAULT_LIMITS, maxPacketSize: this.options.maxPacketSize };
    this.clock = clock;
    const { receiveLimit, maxPacketSize } = this.options;
    this.buffers = new LargeBuffers(receiveLimit, maxPacketSize);
    this.timers = new Timers(clock, () => this.isLoading);
    watchTurns(this.buffers.budget, this.timers);
    this.log = new RouterLog(this);
    this.turn = new Turn(clock);
    const moments = this.options.history ? new Moments(clock, this.turn) : null;
    this.submitTimes = new SubmitTimes(clock, moments);
    this.arrivals = new NumberTimes(clock);
    this.records = new Records(this);
    this.relays = new Relays(this.timers, () => this.stop?.check());
    const hash = new ByteHash(this.options.hashKey);
    const { jobHandlePrefix, bootId } = this.options;
    this.jobs = new JobTable(`${jobHandlePrefix}:${bootId}`, new PayloadMemory(this.buffers, hash));
    this.functions = new FunctionTable(
      hash,
      this.jobs,
      this.options.maxFunctions,
      (func) => this.starts.rule(func, this.policy.ruleOf(func.name)),
    );
    this.counts = new Counts(this.connections);
    this.uniques = new UniqueIndex(hash);
    this.wakeUps = new WakeUps(this.timers, this.log, this.turn, this.options);
    this.idle = new IdleFunctions(this);
    this.abilities = new Abilities(this.wakeUps, this.turn, this.options.maxAbilities, this);
    this.waiting = new WaitingJobs(this);
    this.pauses = new Pauses(this, this.waiting);
    this.parked = new ParkedJobs(this, this.waiting);
    this.jobs.parked = this.parked;
    this.starts = new StartLimits(this);
    this.running = new RunningJobs(
      clock,
      this.timers,
      this.starts,
      (job, limit) => this.endings.outOfTime(job, limit),
    );
    this.expiry = new Expiry(this);
    this.standIns = new StandIns(this);
    this.dead = new DeadJobs(this);
    this.results = new KeptResults(this);
    this.namedOptions = new NamedOptions(this);
    this.clients = new JobClients(this);
    this.dedupe = new Dedupe(this, this.waiting);
    this.endings = new Endings(this, this.waiting);
    this.handout = new Handout(this, this.waiting);
    this.intake = new Intake(this, this.waiting);
    this.peers = new Peers(this);
    this.facts = new Facts(this);
    this.operations = new Operations(this);
    this.deadOrders = new DeadOrders(this);
    this.everywhere = new Everywhere(this);
    this.history = moments === null ? null : new History(this, moments);
  }

  // --- begin and end ---------------------------------------------------------------------------

  /**
   * @internal All stored jobs are here, so {@linkcode isLoading} ends: what peers sent meanwhile is looked
   * at now.
   */
  loaded(): void {
    this.isLoading = false;
    this.expiry.loaded();
    this.dead.loaded();
    this.results.loaded();
    this.namedOptions.loaded();
    this.clients.loaded();
    this.timers.fireHeld();
    for (const peer of this.connections.values()) peer.mayResume();
  }

  /** @internal Calls a function, perhaps more than once, when nobody would miss this router. */
  stopWhenIdle(done: () => void): void {
    this.parked.keepAll();
    this.stop = new GracefulStop(this, this.peers.lastId, done);
    this.cluster?.stopping();
    this.stop.check();
  }

  /** Lets go of the clock and of all peers. */
  close(): void {
    this.log.stopping(this.jobs.objects());
    for (const { link } of [...this.connections.values()]) link.destroy();
    this.timers.stop();
    this.submitTimes.stop();
    this.arrivals.stop();
  }

  // --- for programs ----------------------------------------------------------------------------

  /** The live job with this handle. */
  jobByHandle(handle: string): Job | undefined {
    const bytes = encodeName(handle);
    return this.jobs.findAny(bytes, 0, bytes.length);
  }

  /**
   * Submits a job for a program; joins a live one with the same function and unique.
   *
   * @param recipient waits for it. Without one it is a background job: it runs, whoever else waits.
   * @throws {RangeError} when a name is too long or contains a NUL, or the date is an invalid one.
   */
  submit(request: JobRequest, recipient: Recipient | null): Job | Refusal {
    return this.take(submissionOf(request), recipient);
  }

  /** @internal The same for what was checked already. */
  take(submission: Submission, recipient: Recipient | null): Job | Refusal {
    submission.background = recipient === null;
    const job = this.intake.submit(submission, null, recipient);
    if (!(job instanceof Job)) this.counts.refuse(job);
    return job;
  }

  /** Submits a background job for a program; null when it is refused. */
  enqueueJob(request: JobRequest): Job | null {
    const job = this.submit(request, null);
    return job instanceof Job ? job : null;
  }
}
