import { encodeName } from "./protocol/mod.ts";
import type { Policies } from "./policies/mod.ts";
import { messageOf } from "./router/log/log.ts";
import type { Clock, JobRequest, JobView, PeerView, Router } from "./router/mod.ts";
import { type AwaitedJob, AwaitingProgram, type AwaitOptions } from "./server/awaited_job.ts";
import { BackgroundSubmits } from "./server/background_submits.ts";
import { enqueueNow, ownJob } from "./server/enqueued_jobs.ts";
import type { StartedWorker } from "./server/connections.ts";
import type { ServerEventListener, ServerEvents } from "./server/events.ts";
import type { HttpPlace, HttpToken } from "./server/http_options.ts";
import {
  checkServerOptions,
  checkStopOptions,
  type ListeningSockOptions,
  maxQueueOf,
  type MaxQueueSetting,
  type ServerOptions,
} from "./server/options.ts";
import type { ScheduleRequest } from "./router/schedule_request.ts";
import { type ServerParts, serverParts } from "./server/parts.ts";
import { checkPolicies } from "./server/policies.ts";
import type { AdoptableConnection } from "./transport/adopt.ts";
import type { InprocessConn } from "./transport/memory.ts";
import { systemClock } from "./transport/event_loop.ts";
import type { Listener } from "./transport/transport.ts";
import { SERVER_VERSION } from "./version.ts";

const STOPPED = "The server has been stopped";

/** @internal The router of a server, for tests that look into it. */
export let routerOf: (server: Server) => Router;

/**
 * A Gearman job server: workers register the functions that they can do, clients ask for a function,
 * the server routes the call to a capable worker and brings the answer back.
 *
 * The methods are those of Perl's `Gearman::Server`, under the same names in camelCase.
 *
 * @example
 * ```ts
 * import { Server } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new Server({ wakeup: 3 });
 * server.on("jobSubmitted", ({ job }) => console.log("new job", job.handle));
 * const listener = await server.start(0, { localAddr: "127.0.0.1" });
 * assertEquals(listener.addr.hostname, "127.0.0.1");
 * ```
 */
export class Server implements AsyncDisposable {
  static {
    routerOf = (server) => server.#router;
  }
  readonly #router: Router;
  readonly #parts: ServerParts;
  readonly #submits: BackgroundSubmits;
  #loaded: Promise<number> = Promise.resolve(0);
  #isAwaited = false;

  /**
   * With `port`, the server listens at once, or on Node a moment later; a port that cannot be listened
   * on ends the program there.
   *
   * @param clock its time, which a test may move: see `ManualClock` of `@geartrain/server/testing`.
   * @throws {TypeError} for an option that does not exist.
   * @throws {RangeError} for a value out of range; nothing listens then.
   * @throws {ListenError} when the port cannot be listened on.
   */
  constructor(options: ServerOptions = {}, clock: Clock = systemClock) {
    checkServerOptions(options);
    const parts = serverParts(options, clock, SERVER_VERSION, (graceful) => {
      void this.stop({ graceful });
    });
    this.#router = parts.router;
    this.#parts = parts;
    this.#submits = new BackgroundSubmits(parts.router);
    if (options.port !== undefined) this.createListeningSock(options.port);
    parts.http?.begin();
    const { schedules = [] } = options;
    if (parts.durable === null && schedules.length === 0) return;
    this.#loaded = this.#load(schedules);
    this.#loaded.catch((error) => this.#isAwaited || parts.log.write("ERROR", messageOf(error)));
  }

  /** In a later round: the server listens before the first job is read. */
  async #load(schedules: readonly ScheduleRequest[]): Promise<number> {
    const { durable, schedules: keeper } = this.#parts;
    const [count] = await Promise.all([durable?.load() ?? 0, keeper.configure(schedules)]);
    return count;
  }

  /**
   * Resolves when the jobs of the store have been read, with their number, and schedules are there.
   * Until then the server listens and answers text commands that are not about jobs; the others and
   * packets wait, and {@linkcode jobs} and its like do not have all jobs yet. Rejects with a `StoreError`
   * if they cannot be read, with an `Error` for a schedule whose cron expression is wrong; if nobody has
   * asked for this by then, the log says so. Packets then wait for ever: the server should be stopped.
   */
  get loaded(): Promise<number> {
    this.#isAwaited = true;
    return this.#loaded;
  }

  /**
   * Opens one more listening socket: a TCP port (0 for any free one), or the path of a unix socket.
   * Several may be open at once. Node listens a moment later: await {@linkcode Listener.ready} of what
   * this returns where the program is to run there.
   *
   * @throws {ListenError} with `code` `EADDRINUSE`, `EACCES`, ... when it cannot listen there.
   * @throws {TypeError} for an option that does not exist.
   * @throws {RangeError} for a value out of range.
   * @throws {Error} when the server has been stopped.
   */
  createListeningSock(
    port: number | { readonly path: string },
    options: ListeningSockOptions = {},
  ): Listener {
    this.#checkNotStopped();
    return this.#parts.listeners.open(port, options);
  }

  /**
   * Listens on a port and resolves when it does: {@linkcode createListeningSock} for those who await.
   *
   * @throws {ListenError} when it cannot listen there.
   */
  async start(
    port: number | { readonly path: string } = 4730,
    options: ListeningSockOptions = {},
  ): Promise<Listener> {
    const listener = this.createListeningSock(port, options);
    await listener.ready;
    return listener;
  }

  /**
   * Resolves when HTTP is served at all places of the option `http`, with their listeners. Rejects with
   * a {@linkcode ListenError} when that is not possible, or, if nobody has asked for this by then, says
   * so in the log.
   */
  get http(): Promise<readonly Listener[]> {
    return this.#parts.http?.listeners ?? Promise.resolve([]);
  }

  /**
   * Serves HTTP at one more place; the server must have been made with the option `http`, which may be
   * an empty list. Resolves when it listens.
   *
   * @throws {ListenError} when it cannot listen there.
   * @throws {RangeError} for a value out of range, or a place beyond this machine without tokens.
   * @throws {TypeError} for a value of another type.
   * @throws {Error} when the server has been stopped, or made without that option.
   */
  async serveHttp(place: HttpPlace): Promise<Listener> {
    this.#checkNotStopped();
    if (this.#parts.http === null) throw new Error("The server was made without the option http");
    return await this.#parts.http.serve(place);
  }

  /**
   * Other tokens hold for HTTP from now on, in the place of those of the option `httpTokens`: whoever is
   * logged in by one that does not hold any more is logged out.
   *
   * @throws {RangeError} for a value out of range, or no tokens where HTTP can be reached from beyond
   * this machine.
   * @throws {TypeError} for a value of another type.
   */
  async setHttpTokens(tokens: readonly HttpToken[]): Promise<void> {
    await this.#parts.http?.setTokens(tokens);
  }

  /**
   * Other rules hold from now on, in the place of those of the option `policies`. What began under the
   * former ones goes on: a job that waits for a further run comes at the time that it was given.
   *
   * @throws {TypeError} for something that is not an object.
   * @throws {RangeError} when something in them is wrong; the former ones hold then.
   */
  setPolicies(policies: Policies): void {
    checkPolicies(policies);
    this.#parts.policy.use(policies);
    this.#router.operations.applyRules();
  }

  /**
   * These are the schedules from now on, in the place of those of the option `schedules`: one that is
   * there already goes on as it was, with what has changed. Resolves when they hold.
   *
   * @throws {Error} for a cron expression or a time zone that is wrong, in a promise that rejects, as
   * all that follows; nothing has changed then.
   * @throws {RangeError} for another value out of range.
   * @throws {TypeError} for a value of another type, or two schedules with one name.
   */
  async setSchedules(schedules: readonly ScheduleRequest[]): Promise<void> {
    await this.#parts.schedules.configure(schedules);
  }

  /** Where the server listens. */
  listeners(): Listener[] {
    return this.#parts.listeners.all();
  }

  /**
   * Stops: at once, or gracefully, which serves open connections, new submits too, until no job is
   * left. With a store it is until no job runs and no client waits for one: what is stored stays for
   * the next start, and new connections are taken until then, for background jobs. What was sent to a
   * peer still reaches it, unless it takes too long. Resolves when all connections are closed. A second
   * call makes a graceful stop an immediate one, and so does the option `stopTimeout`. Rejects with a
   * `TypeError` for an option that does not exist; the server goes on then.
   */
  async stop(options: { readonly graceful?: boolean } = {}): Promise<void> {
    checkStopOptions(options);
    await this.#parts.end.begin(options.graceful === true);
  }

  /** Stops at once. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Serves a connection that somebody else accepted.
   *
   * @throws {TypeError} when it is nothing that can be read from and written to.
   * @throws {Error} when the server has been stopped, or holds as many connections as it may; the
   * peer is told so then and the connection is closed.
   */
  newClient(connection: AdoptableConnection): PeerView {
    this.#checkTakesPeers();
    return this.#parts.connections.adopt(connection);
  }

  /**
   * Disconnects a client and forgets it.
   *
   * @returns the client, or undefined when it is not connected.
   */
  noteDisconnectedClient(client: PeerView): PeerView | undefined {
    if (!this.#parts.connections.has(client)) return undefined;
    client.link.destroy();
    return client;
  }

  /** The connected clients and workers, in the order they came. */
  clients(): PeerView[] {
    return [...this.#router.connections.values()];
  }

  /**
   * One end of a connection whose other end is this server, without a socket.
   *
   * @throws {Error} when the server has been stopped.
   */
  toInprocessServer(): InprocessConn {
    this.#checkTakesPeers();
    return this.#parts.connections.inprocess();
  }

  /**
   * Starts a worker program whose standard input and output are its connection to this server, with
   * `GEARMAN_WORKER_USE_STDIO=1` in its environment: Perl's `Gearman::Worker` understands it. The
   * program gets a SIGTERM when the server stops.
   *
   * @throws {Error} when there is no such program (`code` is `ENOENT`) or no process can be started,
   * the server has been stopped, or it holds as many connections as it may.
   */
  startWorker(program: string, ...args: string[]): StartedWorker {
    this.#checkNotStopped();
    return this.#parts.connections.startWorker(program, args);
  }

  #checkNotStopped(): void {
    if (this.#parts.end.hasBegun) throw new Error(STOPPED);
  }

  #checkTakesPeers(): void {
    if (!this.#parts.end.takesPeers) throw new Error(STOPPED);
  }

  /**
   * Puts a job in its queue, in the background, unless its function's max queue or a limit of all jobs
   * is reached. A live job with the same function and unique is joined. A waiting {@linkcode JobView}
   * moves to the end of the queue of the given priority, one that is not stored or not due yet when it
   * is; one that runs or has ended stays as it is. Stored jobs that have not been read yet are read
   * before, so that it does not overtake them: better await {@linkcode loaded}. It is not written yet
   * when this returns, and may still be refused: see {@linkcode enqueue}.
   *
   * @param highpri put it among the high priority jobs.
   * @returns the job, or undefined when there is no room for it.
   * @throws {RangeError} when a name is too long or contains a NUL, or the date is an invalid one.
   * @throws {TypeError} for a job of another server, a property that does not exist, or a value of
   * another type.
   * @throws {StoreError} when the stored jobs cannot be read.
   */
  enqueueJob(job: JobRequest | JobView, highpri = false): JobView | undefined {
    return enqueueNow(this.#router, this.#parts.durable, job, highpri);
  }

  /**
   * Submits a background job and resolves with its handle when it is safe: with a store or a shared
   * queue when it is written there, without when it is in its queue. A live job with the same function
   * and unique is joined, at whatever server of a shared queue it is. It rejects, and is never thrown,
   * with a `ServerError` when the job is refused or cannot be stored, with a `StoreError` when the
   * stored jobs cannot be read, with an `Error` when the server has been stopped, and with a
   * `RangeError` or `TypeError` for what {@linkcode enqueueJob} throws one.
   */
  enqueue(request: JobRequest): Promise<string> {
    return this.#submits.enqueue(request, this.#whenReady());
  }

  /** Null if jobs are taken now. */
  #whenReady(): Promise<void> | null {
    const isReady = this.#parts.end.takesPeers && !this.#router.isLoading;
    return isReady ? null : this.#loaded.then(() => this.#checkTakesPeers());
  }

  /**
   * Submits a job and waits for its result, as a client does without a socket; joins a live job with
   * the same function and unique. It rejects, and is never thrown: see {@linkcode ForegroundJob.bytes},
   * with a `ConnectionLostError` when the server is stopped, and with what {@linkcode enqueueJob}
   * throws.
   */
  submit(request: JobRequest, options: AwaitOptions = {}): AwaitedJob {
    const program = new AwaitingProgram(this.#router, request, options.maxUnread);
    program.begin(request, options, this.#whenReady());
    return program.job;
  }

  /** Sends NOOP to at most `wakeup` sleeping workers of a function, and later to more if jobs wait. */
  wakeUpSleepers(functionName: string): void {
    const name = encodeName(functionName);
    const func = this.#router.functions.find(name, 0, name.length);
    if (func !== undefined) this.#router.wakeUps.wakeMore(func);
  }

  /**
   * What PRE_SLEEP does: wakes the worker at once if there is work, else remembers that it sleeps.
   *
   * @throws {TypeError} for a client that is not connected to this server.
   */
  onClientSleep(client: PeerView): void {
    if (this.#parts.connections.has(client)) return this.#router.handout.sleep(client);
    throw new TypeError("The client is not connected to this server");
  }

  /** How many jobs wait or run. */
  jobsOutstanding(): number {
    return this.#router.jobs.size;
  }

  /** The jobs that wait or run, oldest first. */
  jobs(): JobView[] {
    return [...this.#router.jobs.values()];
  }

  /** The live job with this handle. */
  jobByHandle(handle: string): JobView | undefined {
    return this.#router.jobByHandle(handle);
  }

  /** {@linkcode jobByHandle} under the name in Perl's documentation. */
  jobsByHandle(handle: string): JobView | undefined {
    return this.jobByHandle(handle);
  }

  /**
   * Ends a job without a word to its listeners, as if it had completed; one that has ended already
   * is left alone.
   *
   * @throws {TypeError} for another server's job.
   */
  noteJobFinished(job: JobView): void {
    if (job.isFinished) return;
    this.#router.operations.complete(ownJob(this.#router, job));
  }

  /**
   * Limits the live jobs of a function, whether it exists yet or not; 0, `undefined` and `""` reset.
   *
   * @throws {RangeError} when a limit is not an integer >= 0.
   */
  setMaxQueue(functionName: string, max?: MaxQueueSetting | ""): void {
    const setting = max === undefined || max === "" ? 0 : max;
    this.#router.operations.limit(encodeName(functionName), maxQueueOf(setting), null);
  }

  /**
   * Calls `listener` for each event of a kind, in the middle of the server's work: it should be quick.
   * If it throws, that is logged and nothing else happens.
   *
   * @returns a function that ends it.
   * @throws {TypeError} when there is no such event.
   */
  on<Name extends keyof ServerEvents>(
    name: Name,
    listener: ServerEventListener<Name>,
  ): () => void {
    return this.#parts.events.add(name, listener);
  }
}
