/**
 * The folder `client/admin/` speaks the text protocol: `text_connection.ts` asks, `listings.ts` and
 * `facts.ts` read the answers of geartrain and of other servers, `orders.ts` changes things,
 * `pauses.ts` holds jobs back, `dead.ts` is about dead ones, and `turns.ts` keeps the connection.
 * @module
 */
import type { Kind } from "../../options/kinds.ts";
import { checkOptions, withDefaults } from "../../options/rows.ts";
import { time } from "../client_options.ts";
import { parseServerAddress, type ServerAddress } from "../server_address.ts";
import type { ScheduleRequest } from "../../router/schedule_request.ts";
import { ifRefused } from "./errors.ts";
import * as facts from "./facts.ts";
import * as orders from "./orders.ts";
import * as dead from "./dead.ts";
import * as holds from "./pauses.ts";
import { resultOf } from "./results.ts";
import * as schedules from "./schedules.ts";
import type { TextConnection } from "./text_connection.ts";
import { Turns } from "./turns.ts";
import { type ServerVersion, serverVersion } from "./names.ts";
import { why } from "./why.ts";

/** How a server is asked. */
export interface AdminOptions {
  /**
   * Milliseconds in which it must have answered in full, connecting included.
   * @default {5000}
   */
  readonly timeout?: number;
}

const OPTIONS = { timeout: { kind: time as Kind<number>, default: 5000 } };

/**
 * Asks a Gearman server what it has, and tells it what to do, by its text commands. It is any server:
 * of gearmand and Perl's server it knows less, which {@linkcode Told.untold} says.
 *
 * It connects when it is asked the first time, and again when the connection was lost. What is asked
 * at once is asked in turn. An answer of more than 64 MiB is not taken.
 *
 * All methods reject with a `ConnectError` when the server cannot be connected to, a
 * `NoAnswerError` when it does not answer in time, and a {@linkcode CommandRefusedError} when
 * it refuses.
 *
 * @example
 * ```ts
 * import { Admin, Server } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new Server();
 * server.enqueueJob({ function: "resize", payload: "cat.png" });
 * await using admin = new Admin(server); // or "jobs1:4730"
 * const [{ function: name, waiting }] = (await admin.status()).rows;
 * assertEquals([name, waiting], ["resize", 1]);
 * const { rows: [job] } = await admin.jobs({ function: "resize" });
 * assertEquals(await admin.cancel(job.handle!), true);
 * ```
 */
export class Admin implements AsyncDisposable {
  readonly #turns: Turns;

  /**
   * Nothing is connected yet.
   *
   * @throws {TypeError} for an address that is not one, or an option that does not exist.
   * @throws {RangeError} for a value out of range.
   */
  constructor(server: ServerAddress, options: AdminOptions = {}) {
    checkOptions(OPTIONS, options, "The options of an admin must be an object");
    const { timeout } = withDefaults<Required<AdminOptions>>(OPTIONS, options as never);
    this.#turns = new Turns(parseServerAddress(server), timeout);
  }

  /** The functions, with their jobs and workers. */
  status(): Promise<facts.Told<facts.FunctionFact>> {
    return this.ask((server) => facts.functionFacts(server));
  }

  /** The connections, with what each can do; that of this admin is one of them. */
  workers(): Promise<facts.Told<facts.ConnectionFact>> {
    return this.ask(facts.connectionFacts);
  }

  /**
   * The servers that share their background jobs with this one, and what each has of them. geartrain
   * alone can share them; a server that does not refuses with the code `NO_CLUSTER`.
   */
  servers(): Promise<facts.ServerFact[]> {
    return this.ask(facts.serverFacts);
  }

  /** The live jobs that are meant, oldest first. */
  jobs(selection: facts.JobSelection = {}): Promise<facts.Told<facts.JobFact>> {
    return this.ask((server) => facts.jobFacts(server, selection));
  }

  /** The live job with a handle; undefined when there is none. */
  job(handle: string): Promise<facts.JobFact | undefined> {
    return this.ask(async (server) => (await facts.jobFact(server, handle)).rows[0])
      .catch(ifRefused("UNKNOWN_JOB", undefined));
  }

  /**
   * What the worker of a background job sent as its result, as long as the server keeps it by the rule
   * `keep-result`; undefined while the job lives. The server refuses with the code `UNKNOWN_RESULT` when it
   * keeps none. geartrain alone keeps results; one of more than 48 MiB can only be had by HTTP.
   */
  result(handle: string): Promise<facts.ResultFact | undefined> {
    return this.ask((server) => resultOf(server, handle)).catch(ifRefused("NOT_ENDED", undefined));
  }

  /**
   * Why the jobs of a function, or the job with a handle, do not run, and what has become of a job that
   * has ended. geartrain alone tells it.
   */
  why(nameOrHandle: string): Promise<facts.Reason[]> {
    return this.ask((server) => why(server, nameOrHandle));
  }

  /** The limits of functions, of those that have one. */
  maxQueues(): Promise<facts.QueueLimit[]> {
    return this.ask(facts.limits);
  }

  /** The schedules, by name. geartrain alone has them, as all that is about schedules. */
  schedules(): Promise<facts.ScheduleFact[]> {
    return this.ask(schedules.scheduleFacts);
  }

  /**
   * Makes a schedule, or changes the one with its name. It is checked by the server, which refuses what
   * is wrong with the reason.
   *
   * @throws {TypeError} for a payload that is not a string: a text command has no bytes.
   */
  async setSchedule(schedule: ScheduleRequest): Promise<void> {
    if (typeof (schedule.payload ?? "") !== "string") {
      throw new TypeError("The payload of a schedule must be a string here");
    }
    await this.ask((server) => schedules.setSchedule(server, schedules.tableOf(schedule)));
  }

  /**
   * Runs a schedule now; its next run stays as it is.
   *
   * @returns the handle of the job.
   */
  runSchedule(name: string): Promise<string> {
    return this.ask((server) => schedules.runSchedule(server, name));
  }

  /** A schedule does not run any more, or with `false` it does again. */
  async pauseSchedule(name: string, isPaused: boolean = true): Promise<void> {
    const order = isPaused ? "pause" : "resume";
    await this.ask((server) => schedules.orderSchedule(server, order, name));
  }

  /** Forgets a schedule that is not one of the configuration. */
  async dropSchedule(name: string): Promise<void> {
    await this.ask((server) => schedules.orderSchedule(server, "drop", name));
  }

  /** Which server it is. */
  version(): Promise<ServerVersion> {
    return this.ask(serverVersion);
  }

  /** Its process id. */
  async pid(): Promise<number> {
    return Number(await this.ask((server) => orders.valueOf(server, "getpid")));
  }

  /** Its log level, in its own words. */
  logLevel(): Promise<string> {
    return this.ask((server) => orders.valueOf(server, "verbose"));
  }

  /**
   * Cancels a job: its clients are told that it failed.
   *
   * @returns false when there is no such job. gearmand says so of one that runs, too.
   */
  cancel(handle: string): Promise<boolean> {
    return this.ask((server) => orders.cancelJob(server, handle))
      .then(() => true, ifRefused("UNKNOWN_JOB", false));
  }

  /**
   * Cancels all jobs of a function, those with a unique, or those of a function with a unique; running
   * ones too. geartrain alone can do it.
   *
   * @returns how many.
   * @throws {TypeError} when neither is given.
   */
  cancelAll(which: { readonly function?: string; readonly unique?: string }): Promise<number> {
    if (which.function === undefined && which.unique === undefined) {
      return Promise.reject(new TypeError("Name a function or a unique"));
    }
    return this.ask((server) => orders.cancelJobs(server, which));
  }

  /**
   * Ends the jobs of a function that no worker runs. geartrain alone can do it.
   *
   * @returns how many.
   */
  purge(func: string): Promise<number> {
    return this.ask((server) => orders.purge(server, func));
  }

  /**
   * Limits the live jobs of a function, for all priorities or by priority; 0 is no limit.
   *
   * @throws {RangeError} when a limit is not an integer >= 0.
   */
  async setMaxQueue(
    func: string,
    limit: number | Partial<Omit<facts.QueueLimit, "function">>,
  ): Promise<void> {
    const { high = 0, normal = 0, low = 0 } = typeof limit === "number" ? {} : limit;
    const sizes = typeof limit === "number" ? [limit] : [high, normal, low];
    const wrong = sizes.find((size) => !Number.isSafeInteger(size) || size < 0);
    if (wrong !== undefined) throw new RangeError(`A limit must be an integer >= 0, not ${wrong}`);
    await this.ask((server) => orders.setMaxQueue(server, func, sizes));
  }

  /**
   * The dead jobs, or those of a function, in the order in which they died. They are not live. geartrain
   * alone has any.
   */
  dead(func?: string): Promise<facts.DeadJobFact[]> {
    return this.ask((server) => dead.deadJobs(server, func));
  }

  /**
   * Puts a live background job with the dead ones: no worker gets it until it is kicked.
   *
   * @returns false when there is no such live job.
   */
  bury(handle: string): Promise<boolean> {
    return this.ask((server) => dead.bury(server, handle)).then(
      () => true,
      ifRefused("UNKNOWN_JOB", false),
    );
  }

  /** Brings the dead jobs of a function back, at most so many; resolves with how many. */
  kick(func: string, most?: number): Promise<number> {
    return this.ask((server) => dead.kick(server, func, most));
  }

  /**
   * Brings a dead job back.
   *
   * @returns false when there is no such dead job.
   */
  kickJob(handle: string): Promise<boolean> {
    return this.ask((server) => dead.kickJob(server, handle)).then(
      () => true,
      ifRefused("UNKNOWN_JOB", false),
    );
  }

  /**
   * Drops the dead jobs of a function for good; resolves with how many.
   *
   * @param olderThan only those that died longer ago, in milliseconds.
   */
  dropDead(func: string, olderThan?: number): Promise<number> {
    return this.ask((server) => dead.dropDead(server, func, olderThan));
  }

  /** The functions that are paused, by name; they need not exist. */
  pauses(): Promise<facts.PauseFact[]> {
    return this.ask(holds.pauses);
  }

  /**
   * Pauses a function, whether it exists yet or not: its jobs are taken in and become due, but no worker
   * gets them. Said again, it holds from then on. geartrain alone can do it.
   *
   * @param how `duration` in milliseconds, until it is resumed without it; `reason` of at most 200
   * characters, which listings show.
   * @throws {RangeError} when the duration is not above 0.
   */
  async pause(
    func: string,
    how: { readonly duration?: number; readonly reason?: string } = {},
  ): Promise<void> {
    const { duration = Infinity } = how;
    if (!(duration > 0)) throw new RangeError(`A duration must be above 0, not ${duration}`);
    await this.ask((server) => holds.pause(server, func, how));
  }

  /**
   * Lets workers have the jobs of a function again.
   *
   * @returns false when it was not paused.
   */
  resume(func: string): Promise<boolean> {
    return this.ask((server) => holds.resume(server, func))
      .then(() => true, ifRefused("NOT_PAUSED", false));
  }

  /**
   * Lets workers have no more jobs, and not be woken, until {@linkcode unquiet}, or until they connect
   * anew; what they run they may finish. geartrain alone can do it.
   *
   * @param worker number of its connection, address or client id, which several may have.
   * @returns how many workers those are.
   */
  quiet(worker: string | number): Promise<number> {
    return this.ask((server) => holds.quiet(server, `${worker}`, true))
      .catch(ifRefused("UNKNOWN_WORKER", 0));
  }

  /** Lets workers have jobs again; see {@linkcode quiet}. */
  unquiet(worker: string | number): Promise<number> {
    return this.ask((server) => holds.quiet(server, `${worker}`, false))
      .catch(ifRefused("UNKNOWN_WORKER", 0));
  }

  /**
   * Lets a job that waits for its time wait for another one; it runs at once if that has come. geartrain
   * alone can do it.
   *
   * @param due the new time, or milliseconds since the Unix epoch.
   * @returns false when there is no such job, or it does not wait for its time.
   * @throws {RangeError} for an invalid date.
   */
  async moveJob(handle: string, due: Date | number): Promise<boolean> {
    const time = Number(due);
    if (!(time >= 0 && time < Infinity)) throw new RangeError("A due time must be a valid date");
    return await this.ask((server) => holds.moveJob(server, handle, time))
      .then(() => true, ifRefused("UNKNOWN_JOB", false, "NOT_SCHEDULED"));
  }

  /** Lets a job that waits for its time run now. Returns false as {@linkcode moveJob} does. */
  runJob(handle: string): Promise<boolean> {
    return this.ask((server) => holds.runJob(server, handle))
      .then(() => true, ifRefused("UNKNOWN_JOB", false, "NOT_SCHEDULED"));
  }

  /** Creates a function. */
  async create(func: string): Promise<void> {
    await this.ask((server) => orders.changeFunction(server, "create", func));
  }

  /** Drops a function that has neither jobs nor workers. */
  async drop(func: string): Promise<void> {
    await this.ask((server) => orders.changeFunction(server, "drop", func));
  }

  /**
   * Tells the server to take no new jobs, if it allows that, and to work off those it has; with `false`
   * it takes new ones again.
   */
  async drain(isOn: boolean = true): Promise<void> {
    await this.ask((server) => orders.drain(server, isOn));
  }

  /** Stops the server, if it allows that. */
  async shutdown({ graceful = false }: { readonly graceful?: boolean } = {}): Promise<void> {
    await this.ask((server) => orders.shutdown(server, graceful));
  }

  /** Hangs up. What is not answered rejects. */
  close(): Promise<void> {
    this.#turns.close();
    return Promise.resolve();
  }

  /** Closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal Asks when all that was asked before is answered. */
  ask<Answer>(question: (server: TextConnection) => Promise<Answer>): Promise<Answer> {
    return this.#turns.ask(question);
  }
}
