import type { RecordChange } from "../store.ts";
import type {
  Added,
  ChangedRecords,
  Claim,
  ClaimedJob,
  Demand,
  GivenBack,
  NewSharedJob,
  NumberBlock,
  OpenedSharedQueue,
  QueueCounts,
  QueueListener,
  QueueMember,
  SharedJobChange,
  SharedJobFilter,
  SharedJobView,
  SharedPriority,
  SharedQueue,
  SharedServerView,
  Wish,
} from "../shared_queue.ts";
import { addJobs } from "./calls/add_jobs.ts";
import { copyOf } from "./calls/adding.ts";
import { askToBury, buryCall, dropDeadJobs, kickJobs } from "./calls/burying.ts";
import { claimByUniqueCall, claimExpiredCall, claimNumberCall, joins } from "./calls/claiming.ts";
import { endCall } from "./calls/ending.ts";
import { claimJobs, claimUnnamed } from "./calls/looking.ts";
import { type Released, writeCall } from "./calls/writing.ts";
import { cancelJobs, reprioritizeJob } from "./calls/ordering.ts";
import { type QueueClock, SYSTEM_CLOCK } from "./clock.ts";
import { storeError } from "./connection/errors.ts";
import type { Target } from "./connection/session.ts";
import { parsePostgresUrl } from "./connection/url.ts";
import { Engine } from "./engine.ts";
import type { HealthFact } from "./health/facts.ts";
import { boundTo } from "./listening.ts";
import { readRecords, tookRecords, writeRecords } from "./records.ts";
import { prepareSchema } from "./start.ts";
import { readCounts } from "./views/counts.ts";
import { findByUnique, findJob, payloadOf } from "./views/jobs.ts";
import { listJobs } from "./views/list.ts";
import { readServers } from "./views/servers.ts";

/** How a queue in PostgreSQL is reached. */
export interface PostgresQueueOptions {
  /**
   * `postgres://user@host:port/database?schema=geartrain&sslmode=verify-full&sslrootcert=FILE`. There
   * may be several hosts with commas between them; `?host=/run/postgresql` is the folder of a unix
   * socket. All servers with the same database and schema are one cluster.
   */
  readonly url: string;
  /** Without, it comes from the URL, from `PGPASSWORD`, or from the file `.pgpass`. */
  readonly password?: string;
  /** Is the schema to be created, or brought to this server's version, at the start? True without. */
  readonly migrates?: boolean;
  /** That of this machine without. */
  readonly clock?: QueueClock;
}

/** Each block that is taken by servers has as many numbers; those between two are for `submit()`. */
const BLOCK = 2 ** 20;

/**
 * A queue of background jobs in PostgreSQL 13 or later that several servers share.
 *
 * @example
 * ```ts
 * import { PostgresQueue } from "@geartrain/server/postgres";
 * import { StoreError } from "@geartrain/server/store";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const queue = new PostgresQueue({ url: "postgres://queue:secret@db.example/jobs" });
 * assertEquals(queue.name, "postgres://queue@db.example/jobs");
 * assertThrows(() => new PostgresQueue({ url: "mysql://db.example" }), StoreError);
 * ```
 */
export class PostgresQueue implements SharedQueue {
  /** The URL without its password. */
  readonly name: string;
  readonly #target: Target;
  readonly #migrates: boolean;
  readonly #pending = new Set<Promise<unknown>>();
  readonly #closed = Promise.withResolvers<void>();
  #engine: Engine | null = null;
  #isClosed = false;

  /**
   * One that is not open.
   *
   * @throws {StoreError} when the URL cannot be read.
   */
  constructor({ url, password, migrates = true, clock = SYSTEM_CLOCK }: PostgresQueueOptions) {
    this.#target = { url: parsePostgresUrl(url), password, clock };
    this.#migrates = migrates;
    this.name = this.#target.url.name;
  }

  /** The health of the engine, as it was seen within the last seconds; nothing before it is open. */
  get health(): readonly HealthFact[] {
    return this.#engine?.health.facts ?? [];
  }

  /** See {@linkcode SharedQueue}. */
  async open(member: QueueMember, listener: QueueListener): Promise<OpenedSharedQueue> {
    return await this.#named(async () => {
      const failed = (error: Error | null) =>
        listener.reachable(error && storeError(this.name, error));
      await prepareSchema(this.#target, this.#migrates, failed, this.#closed.promise);
      const engine = new Engine(this.#target, member, { ...boundTo(listener), reachable: failed });
      this.#engine = engine;
      if (this.#isClosed) engine.close();
      const [[handleBase]] = await engine.control.repeat(
        "select handle_base from @s.meta",
        () => [],
      );
      await engine.whenReady();
      engine.start();
      return { handleBase };
    });
  }

  /** See {@linkcode SharedQueue}. */
  takeNumbers(): Promise<NumberBlock> {
    return this.#call(async ({ control }) => {
      const [[block]] = await control.repeat("select @s.take_block()", () => []);
      return { first: Number(block) * 2 * BLOCK, count: BLOCK };
    });
  }

  /** See {@linkcode SharedQueue}. */
  add(jobs: readonly NewSharedJob[], timeout: number): Promise<readonly Added[]> {
    const copy = copyOf(jobs);
    return this.#call((engine) => addJobs(engine, copy, timeout));
  }

  /** See {@linkcode SharedQueue}. */
  claim(wishes: readonly Wish[], most: number, payloadBytes: number): Promise<Claim> {
    return this.#call(async (engine) => {
      const claim = await claimJobs(engine, wishes, most, payloadBytes);
      engine.claimed += claim.jobs.length;
      return claim;
    });
  }

  /** See {@linkcode SharedQueue}. */
  claimByUnique(
    functionName: Uint8Array,
    unique: Uint8Array,
    payload: Uint8Array,
  ): Promise<ClaimedJob | null> {
    return this.#call(async (engine) => {
      const { claims, functions, membership } = engine;
      if (!joins(unique, payload)) return null;
      await functions.find([functionName]);
      const func = functions.id(functionName);
      if (func === undefined) return null;
      const life = await membership.current();
      const call = claimByUniqueCall(life, func, unique, payload, functions);
      const job = await claims.make(call);
      if (job !== null) engine.claimed++;
      return job;
    });
  }

  /** See {@linkcode SharedQueue}. */
  claimExpired(most: number): Promise<readonly ClaimedJob[]> {
    return this.#call((engine) => claimUnnamed(engine, (life) => claimExpiredCall(life, most)));
  }

  /** See {@linkcode SharedQueue}. */
  async claimNumber(number: number): Promise<ClaimedJob | null> {
    const claim = (engine: Engine) => claimUnnamed(engine, (life) => claimNumberCall(life, number));
    return (await this.#call(claim))[0] ?? null;
  }

  /** See {@linkcode SharedQueue}. */
  end(numbers: readonly number[]): Promise<readonly number[]> {
    const ended = [...numbers];
    return this.#call(async (engine) => {
      const { ends, membership, progress } = engine;
      const withProgress = progress.forget(ended);
      const life = membership.now;
      // That which had them is over.
      if (life === null) return ended;
      const others = await ends.make(endCall(life, ended, withProgress));
      if (!life.isOver) engine.claimed -= ended.length - others.length;
      return others;
    });
  }

  /** See {@linkcode SharedQueue}. */
  giveBack(jobs: readonly GivenBack[]): Promise<void> {
    return this.#write(jobs);
  }

  /** See {@linkcode SharedQueue}. */
  change(changes: readonly SharedJobChange[]): Promise<void> {
    return this.#write(changes);
  }

  /** See {@linkcode SharedQueue}. */
  bury(changes: readonly SharedJobChange[]): Promise<void> {
    const copies = changes.map(copyOfChange);
    return this.#call(async ({ claims, membership, progress }) => {
      const life = membership.now;
      if (life === null) return;
      progress.forget(copies.map(({ number }) => number));
      await claims.make(buryCall(life, copies));
    });
  }

  /** See {@linkcode SharedQueue}. */
  askToBury(number: number): Promise<void> {
    return this.#look((engine) => askToBury(engine, number));
  }

  /** See {@linkcode SharedQueue}. */
  kick(numbers: readonly number[], ttl: number): Promise<readonly number[]> {
    const wanted = [...numbers];
    return this.#look((engine) => kickJobs(engine, wanted, ttl));
  }

  /** See {@linkcode SharedQueue}. */
  dropDead(numbers: readonly number[]): Promise<readonly number[]> {
    const wanted = [...numbers];
    return this.#look((engine) => dropDeadJobs(engine, wanted));
  }

  #write(changes: readonly (SharedJobChange | GivenBack)[]): Promise<void> {
    const copies = changes.map(copyOfChange);
    return this.#call(async (engine) => {
      const { claims, membership, progress, promotion, clock } = engine;
      const life = membership.now;
      if (life === null) return;
      const given = copies.filter((change) => "due" in change);
      progress.forget(given.map(({ number }) => number));
      const released = await claims.make(writeCall(life, copies));
      if (!life.isOver) engine.claimed -= sum(released);
      for (const { due } of given) if (due > 0) promotion.expect(due - clock.epoch());
      engine.released(released, false);
    });
  }

  /** See {@linkcode SharedQueue}. */
  progress(number: number, isRunning: boolean, numerator: number, denominator: number): void {
    this.#engine?.progress.note(number, { isRunning, numerator, denominator });
  }

  /** See {@linkcode SharedQueue}. */
  demand(demands: readonly Demand[]): Promise<void> {
    return this.#call((engine) => engine.demands.write(demands));
  }

  /** See {@linkcode SharedQueue}. */
  setMaxQueue(
    functionName: Uint8Array,
    limits: readonly [high: number, normal: number, low: number],
  ): Promise<void> {
    return this.#call(async ({ control }) => {
      await control.query("select @s.set_max_queue($1, $2, $3, $4)", [functionName, ...limits]);
    });
  }

  /** See {@linkcode SharedQueue}. */
  dropFunction(functionName: Uint8Array): Promise<boolean> {
    return this.#call(async ({ control, functions }) => {
      const [[isDropped]] = await control.query("select @s.drop_func($1)", [functionName]);
      functions.forget();
      return isDropped;
    });
  }

  /** See {@linkcode SharedQueue}. */
  writeRecords(records: readonly RecordChange[]): Promise<void> {
    const copies = records.map(({ kind, key, value }) => {
      return { kind, key: key.slice(), value: value?.slice() ?? null };
    });
    return this.#call((engine) => writeRecords(engine, copies));
  }

  /** See {@linkcode SharedQueue}. */
  records(since: number): Promise<ChangedRecords> {
    return this.#call(({ control }) => readRecords(control, since));
  }

  /** See {@linkcode SharedQueue}. */
  tookRecords(until: number): void {
    const { control, membership } = this.#engine!;
    // What others miss is said again with the next one.
    if (membership.now !== null) tookRecords(control, membership.now, until).catch(() => {});
  }

  /** See {@linkcode SharedQueue}. */
  counts(): Promise<readonly QueueCounts[]> {
    return this.#look((engine) => readCounts(engine.views, engine.functions));
  }

  /** See {@linkcode SharedQueue}. */
  find(number: number): Promise<SharedJobView | null> {
    return this.#look((engine) => findJob(engine.views, engine.functions, number));
  }

  /** See {@linkcode SharedQueue}. */
  findByUnique(unique: Uint8Array): Promise<SharedJobView | null> {
    return this.#look((engine) => findByUnique(engine.views, engine.functions, unique));
  }

  /** See {@linkcode SharedQueue}. */
  payload(number: number): Promise<Uint8Array | null> {
    return this.#look((engine) => payloadOf(engine.views, number));
  }

  /** See {@linkcode SharedQueue}. */
  list(filter: SharedJobFilter, after: number, count: number): Promise<readonly SharedJobView[]> {
    return this.#look((engine) => listJobs(engine.views, engine.functions, filter, after, count));
  }

  /** See {@linkcode SharedQueue}. */
  cancel(numbers: readonly number[]): Promise<readonly number[]> {
    const wanted = [...numbers];
    return this.#look((engine) => cancelJobs(engine, wanted));
  }

  /** See {@linkcode SharedQueue}. */
  reprioritize(number: number, priority: SharedPriority): Promise<boolean> {
    return this.#look(async (engine) => {
      const released = await reprioritizeJob(engine.views, number, priority);
      engine.released(released, false);
      return released.length > 0;
    });
  }

  /** See {@linkcode SharedQueue}. */
  servers(): Promise<readonly SharedServerView[]> {
    return this.#look((engine) => {
      return readServers(engine.views, engine.membership.now?.id, engine);
    });
  }

  /** See {@linkcode SharedQueue}. */
  async close(timeout: number): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const engine = this.#engine;
    if (engine === null) return this.#closed.resolve();
    const late = Promise.withResolvers<void>();
    const stopTimer = engine.clock.after(timeout, late.resolve);
    await Promise.race([this.#leave(engine), late.promise]);
    stopTimer();
    engine.close();
    this.#closed.resolve();
  }

  async #leave(engine: Engine): Promise<void> {
    await Promise.allSettled(this.#pending);
    engine.stop();
    await engine.leave().catch(() => {});
  }

  /** A call that fails when the engine cannot be reached. */
  #look<T>(act: (engine: Engine) => Promise<T>): Promise<T> {
    return this.#call(async (engine) => {
      if (engine.unreachable !== null) throw engine.unreachable;
      return await act(engine);
    });
  }

  #call<T>(act: (engine: Engine) => Promise<T>): Promise<T> {
    const call = this.#named(async () => {
      const engine = this.#engine;
      if (this.#isClosed) throw new Error("it is closed");
      if (engine === null) throw new Error("it is not open");
      return await act(engine);
    });
    this.#pending.add(call);
    call.catch(() => {}).finally(() => this.#pending.delete(call));
    return call;
  }

  async #named<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw storeError(this.name, error);
    }
  }
}

function sum(released: readonly Released[]): number {
  return released.reduce((all, { count }) => all + count, 0);
}

function copyOfChange<Change extends SharedJobChange>(change: Change): Change {
  return { ...change, error: change.error.slice(), runs: change.runs.slice() };
}
