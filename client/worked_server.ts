import { Backoff, pause } from "./waiting.ts";
import {
  ConnectionLostError,
  JobCancelledError,
  JobExceptionError,
  JobFailedError,
  JobTimeoutError,
  RetryLater,
} from "./errors.ts";
import type { JobSlots, SlotTaker } from "./slots.ts";
import type { ReceivedPacket } from "./replies.ts";
import type { ServerPlace } from "./server_address.ts";
import { type ConnectionOwner, ServerConnection } from "./server_connection.ts";
import {
  type Assignment,
  exceptionBytes,
  resultBytes,
  type UpdateSink,
  WorkerJob,
} from "./worker_job.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import type { CompleteFunction, CompleteWorkerOptions } from "./worker_options.ts";

/** Results that have been sent are known to have arrived when the server echoes this. */
const FAREWELL = new TextEncoder().encode("bye");

/** How many bytes a packet needs beside the payload: for handle, function and unique. */
const ROOM_FOR_NAMES = 1024;

/** How many bytes may be unsent before a function that sends data has to wait. */
const UNSENT_LIMIT = 1024 * 1024;

/**
 * One server of a worker: connected as long as the worker works, asked for jobs while there is room,
 * asleep when it has none.
 */
export class WorkedServer implements ConnectionOwner, SlotTaker {
  readonly #place: ServerPlace;
  readonly #options: CompleteWorkerOptions;
  readonly #slots: JobSlots;
  readonly #backoff: Backoff;
  readonly #closing = new AbortController();
  #connection: ServerConnection | null = null;
  /** Aborts the jobs of the present connection. */
  #lost = new AbortController();
  #connectionEnded: (() => void) | null = null;
  /** Calls off the timer of a grab that is not answered; null when there is none. */
  #grab: (() => void) | null = null;
  /** How it is asked for jobs; Perl's server knows no uniques. */
  #asksWith: "GRAB_JOB_UNIQ" | "GRAB_JOB" = "GRAB_JOB_UNIQ";
  /** Has the server said that it knows what geartrain alone knows? */
  #takesAdvice = false;
  #farewell: (() => void) | null = null;
  /** Aborts each of the jobs of the present connection, by their handles. */
  readonly #aborts = new Map<string, AbortController>();
  /** How many jobs have a function that has not returned. */
  #running = 0;
  #isRetiring = false;

  constructor(place: ServerPlace, options: CompleteWorkerOptions, slots: JobSlots) {
    this.#place = place;
    this.#options = options;
    this.#slots = slots;
    this.#backoff = new Backoff(options.backoff);
  }

  /** Connects, and again whenever the connection is lost, until the worker is closed. */
  async run(): Promise<void> {
    const { signal } = this.#closing;
    const { connectTimeout: timeout, clock, maxPayload, onServerError } = this.#options;
    const options = {
      timeout,
      clock,
      signal,
      maxPacketSize: maxPayload + ROOM_FOR_NAMES,
      maxPacketOption: "maxPayload",
    };
    while (!signal.aborted) {
      try {
        const connection = await ServerConnection.open(this.#place, this, options);
        // Between the first answer and now the connection may have ended, or the worker been stopped.
        if (signal.aborted) connection.close();
        else if (!connection.isClosed) await this.#serve(connection);
      } catch (error) {
        if (!signal.aborted) onServerError(error as Error, this.#place.name);
      }
      if (!signal.aborted) await pause(this.#backoff.next(), signal, clock);
    }
  }

  /** Ends the connection. Whoever wants jobs to be finished waits for them before. */
  async close(): Promise<void> {
    if (this.#connection !== null) await this.#sayFarewell(this.#connection);
    this.#closing.abort(new ConnectionLostError("The worker was stopped"));
    this.#connection?.close();
  }

  /** Tells the server, as soon as no job runs, that this worker can do nothing any more. */
  retire(): void {
    this.#isRetiring = true;
    this.#forgetWhenIdle();
  }

  /** The C server would take a job that still runs for unfinished, and give it to another worker. */
  #forgetWhenIdle(): void {
    if (!this.#isRetiring || this.#running > 0 || this.#grab !== null) return;
    this.#connection?.send("RESET_ABILITIES");
  }

  // --- SlotTaker -------------------------------------------------------------------------------

  takeSlot(): void {
    const { clock, replyTimeout } = this.#options;
    const { name } = this.#place;
    this.#grab = clock.after(replyTimeout, () => {
      const text = `${name} does not answer for ${replyTimeout} ms`;
      this.#connection?.close(new ConnectionLostError(text, { server: name }));
    });
    this.#connection!.send(this.#asksWith);
  }

  // --- ConnectionOwner -------------------------------------------------------------------------

  packet(packet: ReceivedPacket): void {
    // A packet right behind the first answer: the server does not know yet what this worker can do.
    if (this.#connection === null) return;
    switch (packet.name) {
      case "NOOP":
        // While a grab is under way a NOOP changes nothing: the answer to the grab decides.
        if (this.#grab === null) this.#slots.want(this);
        return;
      case "NO_JOB":
        if (!this.#answersGrab()) return;
        this.#connection!.send("PRE_SLEEP");
        this.#forgetWhenIdle();
        return this.#slots.giveBackUnused();
      case "JOB_ASSIGN":
      case "JOB_ASSIGN_UNIQ":
        if (packet.name === "JOB_ASSIGN" && this.#asksWith !== "GRAB_JOB") return;
        if (!this.#answersGrab()) return;
        void this.#work(packet, this.#connection!);
        return this.#slots.want(this);
      case "WORK_FAIL":
        return this.#cancel(packet);
      case "OPTION_RES":
        this.#takesAdvice = true;
        return;
      case "ECHO_RES":
        return this.#farewell?.();
      case "ERROR":
        // Any other is about the end of a job that the server had given up before.
        if (this.#asksWith === "GRAB_JOB" || this.#grab === null) return;
        if (!isUnknownPacket(packet)) return;
        this.#asksWith = "GRAB_JOB";
        return this.#connection!.send(this.#asksWith);
    }
  }

  closed(error: Error): void {
    const { signal } = this.#closing;
    this.#connection = null;
    this.#slots.leave(this);
    if (this.#endGrab()) this.#slots.giveBackUnused();
    this.#lost.abort(error);
    this.#farewell?.();
    if (!signal.aborted) this.#options.onServerError(error, this.#place.name);
    this.#connectionEnded?.();
  }

  // --- within ----------------------------------------------------------------------------------

  #serve(connection: ServerConnection): Promise<void> {
    const { clientId, functions, onConnected } = this.#options;
    this.#connection = connection;
    this.#asksWith = "GRAB_JOB_UNIQ";
    this.#takesAdvice = false;
    this.#lost = new AbortController();
    // The hook is called later: an error that it throws must not end the connection.
    queueMicrotask(() => onConnected(this.#place.name));
    if (clientId !== undefined) connection.send("SET_CLIENT_ID", [clientId]);
    // Another server than geartrain answers with an ERROR, and that is all.
    connection.send("OPTION_REQ", ["cancel-notice"]);
    for (const name of functions.keys()) connection.send("CAN_DO", [name]);
    return new Promise((resolve) => {
      this.#connectionEnded = resolve;
      this.#slots.want(this);
    });
  }

  /**
   * A packet that answers a grab came; false when none was awaited. Only now the server is one that
   * can be worked for: another might give again and again what this worker cannot take.
   */
  #answersGrab(): boolean {
    const isAwaited = this.#endGrab();
    if (isAwaited) this.#backoff.reset();
    return isAwaited;
  }

  /** Ends the grab that is under way; false when there was none. */
  #endGrab(): boolean {
    if (this.#grab === null) return false;
    this.#grab();
    this.#grab = null;
    return true;
  }

  /** Does a job, and tells the server that assigned it, and no other, how it ended. */
  async #work(packet: ReceivedPacket, connection: ServerConnection): Promise<void> {
    const { args: [handle, functionName, unique = ""], data: payload } = packet;
    const { uniqueBytes = new Uint8Array(0) } = packet;
    const assignment = { handle, functionName, unique, uniqueBytes, payload };
    const abort = new AbortController();
    const { signal: lost } = this.#lost;
    const onLost = () => abort.abort(lost.reason);
    this.#aborts.set(handle, abort);
    let isOver = false;
    // After its end, and without its server, a job tells nobody anything.
    const { maxResult } = this.#options;
    const sink: UpdateSink = {
      maxResult,
      takesAdvice: this.#takesAdvice,
      send(name, args, data) {
        if (isOver || abort.signal.aborted) return Promise.resolve();
        connection.send(name, args, data);
        return connection.roomToSend(UNSENT_LIMIT);
      },
    };
    lost.addEventListener("abort", onLost);
    this.#running++;
    try {
      const result = this.#options.telemetry === null
        ? await this.#call(assignment, sink, abort)
        : await this.#observed(this.#options.telemetry, assignment, sink, abort);
      if (!isCancelled(abort)) connection.send("WORK_COMPLETE", [handle], result);
    } catch (error) {
      if (isCancelled(abort)) return;
      const isOnlyFailure = error instanceof JobFailedError &&
        !(error instanceof JobExceptionError);
      if (!isOnlyFailure) {
        connection.send("WORK_EXCEPTION", [handle], exceptionBytes(error, maxResult));
      }
      connection.send("WORK_FAIL", [handle]);
      if (!lost.aborted) this.#tellFailed(error, assignment);
    } finally {
      isOver = true;
      if (this.#aborts.get(handle) === abort) this.#aborts.delete(handle);
      lost.removeEventListener("abort", onLost);
      this.#running--;
      this.#forgetWhenIdle();
      this.#slots.giveBack();
    }
  }

  /** The server has cancelled a job that runs here. */
  #cancel({ args: [handle] }: ReceivedPacket): void {
    this.#aborts.get(handle)?.abort(
      new JobCancelledError("The job was cancelled", { server: this.#place.name, handle }),
    );
  }

  /** Tells the hook later: an error that it throws must not end the connection. */
  #tellFailed(thrown: unknown, assignment: Assignment): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
    const job = { ...assignment, server: this.#place.name };
    queueMicrotask(() => this.#options.onJobFailed(error, job));
  }

  /** The same as {@linkcode #call}, with a span. */
  #observed(
    telemetry: Telemetry,
    assignment: Assignment,
    sink: UpdateSink,
    abort: AbortController,
  ): Promise<Uint8Array> {
    const { clientId } = this.#options;
    const job = { ...assignment, place: this.#place, clientId };
    return telemetry.process(job, () => this.#call(assignment, sink, abort));
  }

  async #call(
    assignment: Assignment,
    sink: UpdateSink,
    abort: AbortController,
  ): Promise<Uint8Array> {
    const { functionName, payload } = assignment;
    const called = this.#options.functions.get(functionName);
    if (called === undefined) throw new Error(`This worker cannot do ${functionName}`);
    const { codec } = called;
    const input = codec === undefined ? payload : codec.payload.decode(payload);
    const job = new WorkerJob(assignment, input, sink, abort.signal);
    const result = await this.#run(called, job, abort).catch((error) => {
      if (error instanceof RetryLater) job.retryAfter(error.delay);
      throw error;
    });
    const { maxResult } = this.#options;
    return resultBytes(codec === undefined ? result : codec.result.encode(result), maxResult);
  }

  /** Resolves with what the function returns, unless its time is over before. */
  async #run(
    { run, timeout }: CompleteFunction,
    job: WorkerJob<unknown>,
    abort: AbortController,
  ): Promise<unknown> {
    if (timeout === Infinity) return await run(job);
    const late = Promise.withResolvers<never>();
    const callOff = this.#options.clock.after(timeout, () => {
      const { functionName, handle } = job;
      const error = new JobTimeoutError(`The job takes longer than ${timeout} ms`, {
        functionName,
        handle,
      });
      abort.abort(error);
      late.reject(error);
    });
    try {
      return await Promise.race([run(job), late.promise]);
    } finally {
      callOff();
    }
  }

  /** Resolves when the server has taken what was sent, which closing early could lose. */
  #sayFarewell(connection: ServerConnection): Promise<void> {
    const { clock, replyTimeout } = this.#options;
    return new Promise((resolve) => {
      const done = () => {
        callOff();
        this.#farewell = null;
        resolve();
      };
      const callOff = clock.after(replyTimeout, done);
      this.#farewell = done;
      connection.send("ECHO_REQ", [], FAREWELL);
    });
  }
}

function isCancelled({ signal }: AbortController): boolean {
  return signal.reason instanceof JobCancelledError;
}

/** Has Perl's server got a packet that it does not know? It looks for a method with the name of it. */
function isUnknownPacket({ args: [, text] }: ReceivedPacket): boolean {
  return text.includes('"CMD_"');
}
