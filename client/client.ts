/**
 * The folder `client/` holds what programs use to talk to Gearman servers of any kind: the `Client`
 * submits jobs, the `Worker` does them, and the `Admin` of `client/admin/` asks and orders.
 * @module
 */
import { MAX_HANDLE_LENGTH } from "../protocol/handles.ts";
import { encodeName, MAX_UNIQUE_LENGTH } from "../protocol/mod.ts";
import { orderOf, parseServerAddress } from "./server_address.ts";
import {
  checkTime,
  type ClientOptions,
  type CompleteOptions,
  completeOptions,
  type PlainFunctions,
} from "./client_options.ts";
import {
  type Codec,
  codecOf,
  type Codecs,
  type InputOf,
  type NameWithoutInput,
  payloadBytes,
  type ResultOf,
} from "./payload.ts";
import {
  ConnectionLostError,
  type ErrorSubject,
  JobTimeoutError,
  NoServerError,
} from "./errors.ts";
import { ForegroundJob } from "./foreground_job.ts";
import { JobServer, type Request } from "./job_server.ts";
import {
  type JobStatus,
  type ReceivedPacket,
  statusOf,
  type UniqueStatus,
  uniqueStatusOf,
} from "./replies.ts";
import { PendingJob } from "./pending_job.ts";
import { Places } from "./slots.ts";
import {
  type AnySubmitOptions,
  type BackgroundOptions,
  checkNames,
  type ForegroundOptions,
  submissionOf,
} from "./submit_options.ts";
import { whenImpatient } from "./waiting.ts";

const NO_OPTIONS: AnySubmitOptions = {};

/**
 * Submits jobs to Gearman servers and brings the results.
 *
 * It connects when something is to be sent. All jobs of a server share one connection, any number at
 * a time. With several servers, a job with a unique goes to the server that its unique belongs to, so
 * that equal ones meet; all others take turns. A server that cannot be connected to is passed over.
 *
 * No submit is lost silently: it gets a handle, or it is rejected. One whose connection broke is not
 * submitted again, since the job may be done already.
 *
 * @example
 * ```ts
 * import { Client, Server } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new Server();
 * const { addr } = await server.start(0, { localAddr: "127.0.0.1" });
 * await using client = new Client({ servers: [`127.0.0.1:${addr.port}`] });
 * const handle = await client.submit("resize", "picture.png", { background: true });
 * assertEquals((await client.status(handle)).known, true);
 * ```
 */
export class Client<Declared extends Codecs = PlainFunctions> implements AsyncDisposable {
  readonly #options: CompleteOptions;
  readonly #servers: readonly JobServer[];
  readonly #places: Places;
  #turn = 0;
  #isClosed = false;

  /**
   * A client of these servers; nothing is connected yet.
   *
   * @throws {TypeError} for what is not an address, or an option that does not exist.
   * @throws {RangeError} for a value out of range.
   */
  constructor(options: ClientOptions<Declared>) {
    this.#options = completeOptions(options);
    const { onStray, maxPending } = this.#options;
    this.#places = new Places(maxPending);
    const settings = {
      ...this.#options,
      maxPacketSize: this.#options.maxResult,
      onStray: onStray === undefined
        ? () => {}
        : ({ name, args }: ReceivedPacket, server: string) => {
          // It is called later: an error that it throws must not end the connection.
          queueMicrotask(() => onStray({ name, handle: args[0] ?? "", server }));
        },
    };
    this.#servers = options.servers.map((address) =>
      new JobServer(parseServerAddress(address), settings)
    );
  }

  // --- jobs ------------------------------------------------------------------------------------

  /** Submits a background job with a codec of its own; see the next of these. */
  submit<Input>(
    functionName: string,
    payload: Input,
    options: BackgroundOptions & { readonly codec: Codec<Input, unknown> },
  ): Promise<string>;
  /**
   * Submits a job that goes on without this client, now or at a time.
   *
   * @returns its handle.
   * @throws {NoServerError} when no server can be connected to.
   * @throws {ServerError} when the server refuses, since its queue is full, say.
   * @throws {ConnectionLostError} when the connection breaks before the server has answered.
   */
  submit<Name extends keyof Declared & string>(
    functionName: Name,
    payload: InputOf<Declared, Name>,
    options: BackgroundOptions & { readonly codec?: undefined },
  ): Promise<string>;
  /** Submits a job with a codec of its own; see the last of these. */
  submit<Input, Result>(
    functionName: string,
    payload: Input,
    options: ForegroundOptions & { readonly codec: Codec<Input, Result> },
  ): ForegroundJob<Result>;
  /** Submits a job without a payload; see the next of these. */
  submit<Name extends NameWithoutInput<Declared>>(
    functionName: Name,
  ): ForegroundJob<ResultOf<Declared, Name>>;
  /** Submits a job and waits for its result: see {@linkcode ForegroundJob} for how it may end. */
  submit<Name extends keyof Declared & string>(
    functionName: Name,
    payload: InputOf<Declared, Name>,
    options?: ForegroundOptions & { readonly codec?: undefined },
  ): ForegroundJob<ResultOf<Declared, Name>>;
  submit(
    functionName: string,
    payload?: unknown,
    options: AnySubmitOptions = NO_OPTIONS,
  ): Promise<string> | ForegroundJob<unknown> {
    const { maxUnread, telemetry } = this.#options;
    const job = new PendingJob(functionName, maxUnread);
    const isBackground = options.background === true || options.at !== undefined;
    if (telemetry !== null) job.telemetry = telemetry.submit(functionName, !isBackground);
    if (isBackground) {
      this.#begin(job, payload, options, true);
      // A program that does not look at this promise is told of its rejection by the runtime.
      return job.whenCreated.then((handle) => handle) as Promise<string>;
    }
    this.#begin(job, payload, options, false);
    return new ForegroundJob(job, (bytes) => {
      const codec = this.#codecFor(functionName, options);
      return codec === undefined ? bytes : codec.result.decode(bytes);
    });
  }

  /** Sends the job as soon as not too many others are under way. */
  #begin(
    job: PendingJob,
    payload: unknown,
    options: AnySubmitOptions,
    isBackground: boolean,
  ): void {
    const { timeout, signal } = options;
    try {
      checkNames(options);
      signal?.throwIfAborted();
      if (timeout !== undefined) checkTime("timeout", timeout);
    } catch (error) {
      return job.fail(error as Error);
    }
    if (timeout !== undefined || signal !== undefined) {
      job.onOver = this.#whenImpatient({ timeout, signal }, job);
      if (payload instanceof ReadableStream) cancelWith(job, payload);
    }
    this.#places.take(() => void this.#send(job, payload, options, isBackground));
  }

  /** Sends the job, and gives its place back when it is over. */
  async #send(
    job: PendingJob,
    payload: unknown,
    options: AnySubmitOptions,
    isBackground: boolean,
  ): Promise<void> {
    if (job.isOver) return this.#places.giveBack();
    const { onOver } = job;
    const { jobTimeout } = this.#options;
    // The default timeout counts from now, one that the program has given from the submit.
    const callOff = isBackground || options.timeout !== undefined
      ? onOver
      : this.#whenImpatient({ timeout: jobTimeout }, job);
    job.onOver = () => {
      onOver();
      callOff();
      this.#places.giveBack();
    };
    try {
      const { server, request } = await this.#prepare(job, payload, options);
      if (job.isOver) return;
      job.telemetry?.sending(server.place, request.data.length);
      if (!isBackground) return server.submit(request, job);
      const { args: [handle] } = await server.ask(request, "JOB_CREATED", job.functionName);
      job.accepted(handle);
    } catch (error) {
      job.fail(error as Error);
    }
  }

  /** The codec of this submit, or the one that was declared. */
  #codecFor(
    functionName: string,
    { codec }: AnySubmitOptions,
  ): Codec<unknown, unknown> | undefined {
    return codec ?? codecOf(this.#options.codecs, functionName);
  }

  /** Gives a job up in time; returns what calls that off. */
  #whenImpatient(
    options: Pick<AnySubmitOptions, "timeout" | "signal">,
    job: PendingJob,
  ): () => void {
    const late = () => {
      return new JobTimeoutError(`The job takes longer than ${options.timeout} ms`, job.subject);
    };
    return whenImpatient(options, this.#options.clock, late, (reason) => job.fail(reason));
  }

  /** All that comes before the submit is sent: its bytes, and a server that is connected. */
  async #prepare(
    job: PendingJob,
    payload: unknown,
    options: AnySubmitOptions,
  ): Promise<{ server: JobServer; request: Request & { readonly data: Uint8Array } }> {
    const { functionName } = job;
    const subject = { functionName };
    const submission = submissionOf(functionName, options);
    const codec = this.#codecFor(functionName, options);
    const { maxPayload } = this.#options;
    const data = await payloadBytes(payload, codec, maxPayload, subject, job);
    const { unique = "" } = options;
    const order = unique === ""
      ? this.#inTurn()
      : orderOf(this.#servers, unique === "-" ? data : encodeName(unique));
    const server = await this.#firstConnected(order, subject);
    return { server, request: { ...submission, data } };
  }

  // --- questions -------------------------------------------------------------------------------

  /**
   * Asks all servers for a job.
   *
   * @param handle at most 63 bytes.
   * @returns what the one says that knows it; `known: false` when none does.
   * @throws {RangeError} when the handle is longer, or holds a NUL.
   * @throws {NoServerError} when none knows it, and one of them cannot be asked.
   */
  async status(handle: string): Promise<JobStatus> {
    const name = askedName("A handle", handle, MAX_HANDLE_LENGTH);
    return await this.#askAll("GET_STATUS", name, "STATUS_RES", statusOf);
  }

  /**
   * Asks all servers for the job with a unique. Servers look for it in all functions and take the
   * newest job. gearmand knows uniques of 63 bytes at most, and does not answer to one of 64.
   *
   * @param unique as it was submitted, at most 64 bytes.
   * @returns what the one says that knows it; `known: false` when none does.
   * @throws {RangeError} when the unique is longer, or holds a NUL.
   * @throws {NoServerError} when none knows it, and one of them cannot be asked.
   */
  async statusByUnique(unique: string): Promise<UniqueStatus> {
    const name = askedName("A unique", unique, MAX_UNIQUE_LENGTH);
    return await this.#askAll("GET_STATUS_UNIQUE", name, "STATUS_RES_UNIQUE", uniqueStatusOf);
  }

  /**
   * Sends bytes to a server, which sends them back: shows that it answers.
   *
   * @throws {NoServerError} when no server can be connected to.
   */
  async echo(data: Uint8Array | string): Promise<Uint8Array> {
    const { maxPayload } = this.#options;
    const bytes = await payloadBytes(data, undefined, maxPayload, {});
    const server = await this.#firstConnected(this.#inTurn(), {});
    const request: Request = { packet: "ECHO_REQ", args: [], data: bytes };
    return (await server.ask(request, "ECHO_RES")).data;
  }

  /** The first server that knows it, or one that does not when all have said so. */
  async #askAll<Status extends JobStatus>(
    packet: Request["packet"],
    name: Uint8Array,
    reply: Request["packet"],
    read: (packet: ReceivedPacket) => Status,
  ): Promise<Status> {
    const answers = this.#servers.map(async (server) => {
      await this.#firstConnected([server], {});
      return read(await server.ask({ packet, args: [name], data: null }, reply));
    });
    const known = answers.map(async (answer) => {
      const status = await answer;
      if (!status.known) throw new Error("not known there");
      return status;
    });
    try {
      return await Promise.any(known);
    } catch {
      const [first] = await Promise.all(answers);
      return first;
    }
  }

  // --- servers ---------------------------------------------------------------------------------

  /** The servers, each of which is the first in its turn. */
  #inTurn(): JobServer[] {
    const turn = this.#turn++ % this.#servers.length;
    return [...this.#servers.slice(turn), ...this.#servers.slice(0, turn)];
  }

  /** The first one that can be connected to; those that are left alone for a while come last. */
  async #firstConnected(order: readonly JobServer[], subject: ErrorSubject): Promise<JobServer> {
    const errors: Error[] = [];
    const servers = order.length === 1
      ? order
      : [...order.filter((s) => !s.isResting), ...order.filter((s) => s.isResting)];
    for (const server of servers) {
      if (this.#isClosed) break;
      try {
        await server.connect();
        return server;
      } catch (error) {
        errors.push(error as Error);
      }
    }
    if (this.#isClosed) throw new ConnectionLostError("The client is closed", subject);
    throw new NoServerError(errors, subject);
  }

  /** Closes all connections at once. What is not answered rejects with a ConnectionLostError. */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const server of this.#servers) server.close();
    return Promise.resolve();
  }

  /** Closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A handle or a unique as bytes. */
function askedName(what: string, text: string, longest: number): Uint8Array {
  const name = encodeName(text);
  if (name.length <= longest && !text.includes("\0")) return name;
  throw new RangeError(`${what} has at most ${longest} bytes and no NUL`);
}

/** Cancels a stream that nobody will read when its job is given up while it waits. */
function cancelWith(job: PendingJob, stream: ReadableStream): void {
  job.whenDone.catch((reason) => stream.locked ? undefined : stream.cancel(reason)).catch(() => {});
}
