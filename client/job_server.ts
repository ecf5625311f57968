import type { PacketName } from "../protocol/mod.ts";
import type { Clock } from "../router/mod.ts";
import { Backoff, type BackoffOptions, pause } from "./waiting.ts";
import {
  ConnectionLostError,
  type ErrorSubject,
  JobExceptionError,
  JobFailedError,
  ServerError,
} from "./errors.ts";
import { withOptions, withoutOptions } from "./options_in_name.ts";
import { count, type ReceivedPacket, Replies } from "./replies.ts";
import { JobListeners, type PendingJob } from "./pending_job.ts";
import type { ServerPlace } from "./server_address.ts";
import { type ConnectionOwner, ServerConnection } from "./server_connection.ts";

export interface JobServerSettings {
  readonly connectTimeout: number;
  readonly replyTimeout: number;
  readonly maxPacketSize: number;
  readonly backoff?: BackoffOptions;
  readonly clock: Clock;
  /** Told of packets that nobody waits for. */
  readonly onStray: (packet: ReceivedPacket, server: string) => void;
}

/** A request, as it is sent. */
export interface Request {
  readonly packet: PacketName;
  readonly args: readonly (string | Uint8Array)[];
  readonly data: Uint8Array | null;
  /**
   * Options that are to stand behind the name of the function, its first argument; `""` if there are none, but
   * the name has a question mark of its own.
   */
  readonly options?: string;
}

/**
 * One server of a client: connected when it is needed, left alone for a while when that fails. Knows
 * which requests the server owes an answer and which jobs wait for results.
 */
export class JobServer implements ConnectionOwner {
  readonly name: string;
  /** Where it is. */
  readonly place: ServerPlace;
  readonly #settings: JobServerSettings;
  readonly #backoff: Backoff;
  readonly #replies: Replies;
  readonly #jobs = new JobListeners();
  readonly #closing = new AbortController();
  #connection: ServerConnection | null = null;
  /** Does it read options in names on this connection? A promise while it is asked, null before that. */
  #readsOptions: boolean | Promise<void> | null = null;
  #connecting: Promise<void> | null = null;
  #restUntil = -Infinity;
  /** Calls off the next look at the silence of the server. */
  #callOff: (() => void) | null = null;
  /** What the socket had taken at the last look. */
  #sentBefore = 0;

  constructor(place: ServerPlace, settings: JobServerSettings) {
    this.name = place.name;
    this.place = place;
    this.#settings = settings;
    this.#backoff = new Backoff(settings.backoff);
    this.#replies = new Replies(settings.clock);
  }

  /** Is it left alone because it could not be connected to? */
  get isResting(): boolean {
    return this.#settings.clock.now() < this.#restUntil;
  }

  /**
   * Connects unless it is connected. While it is left alone, this waits for the end of that.
   *
   * @throws what {@linkcode ServerConnection.open} throws.
   */
  connect(): Promise<void> {
    if (this.#connection !== null) return Promise.resolve();
    this.#connecting ??= this.#open().finally(() => this.#connecting = null);
    return this.#connecting;
  }

  /** Sends a request and resolves with the answer; an ERROR rejects. */
  ask(request: Request, reply: PacketName, functionName?: string): Promise<ReceivedPacket> {
    return new Promise((resolve, reject) => {
      this.#request(request, reply, (packet) => {
        if (packet.name === "ERROR") reject(this.#refusal(packet, functionName));
        else resolve(packet);
      }, (error) => reject(about(error, { functionName, server: this.name })));
    });
  }

  /** Submits a foreground job. */
  submit(request: Request, job: PendingJob): void {
    job.server = this.name;
    this.#request(request, "JOB_CREATED", (packet) => {
      if (packet.name === "ERROR") return job.fail(this.#refusal(packet, job.functionName));
      const [handle] = packet.args;
      this.#jobs.add(handle, job);
      job.created(handle);
    }, (error) => job.fail(about(error, job.subject)));
  }

  close(): void {
    const error = this.#lost("the client was closed");
    this.#closing.abort(error);
    this.#connection?.close(error);
  }

  // --- ConnectionOwner -------------------------------------------------------------------------

  packet(packet: ReceivedPacket): void {
    if (!this.#handOn(packet)) this.#settings.onStray(packet, this.name);
  }

  closed(error: Error): void {
    this.#connection = null;
    this.#readsOptions = null;
    this.#callOff?.();
    this.#callOff = null;
    this.#replies.clear(error);
    this.#jobs.clear((job) => job.fail(about(error, job.subject)));
  }

  // --- within ----------------------------------------------------------------------------------

  async #open(): Promise<void> {
    const { clock, connectTimeout: timeout, maxPacketSize } = this.#settings;
    const { signal } = this.#closing;
    try {
      await this.#rest(signal);
      const options = { timeout, maxPacketSize, clock, signal };
      const connection = await ServerConnection.open(this.place, this, options);
      // The connection may have ended between its first answer and now.
      if (connection.isClosed) throw this.#lost("it was closed");
      this.#connection = connection;
      this.#backoff.reset();
    } catch (error) {
      this.#restUntil = clock.now() + this.#backoff.next();
      throw error;
    }
  }

  /** Waits until the server has been left alone long enough. */
  async #rest(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { clock } = this.#settings;
    const delay = this.#restUntil - clock.now();
    if (delay > 0) await pause(delay, signal, clock);
    signal.throwIfAborted();
  }

  /**
   * Sends a request; its answer, or an ERROR, goes to `answer` before any later packet is looked at.
   * Without a connection it fails at once.
   */
  #request(
    request: Request,
    reply: PacketName,
    answer: (packet: ReceivedPacket) => void,
    fail: (error: Error) => void,
  ): void {
    if (this.#connection === null) return fail(this.#lost("there is none"));
    const { packet, args, data, options } = request;
    const reads = options === undefined ? false : this.#readsOptions;
    if (reads instanceof Promise || (reads === null && options !== "")) {
      (reads ?? this.#ask()).then(() => this.#request(request, reply, answer, fail));
      return;
    }
    if (!reads && options) return answer(withoutOptions(options));
    this.#replies.add({ reply, answer, fail });
    this.#connection.send(packet, reads ? withOptions(args, options!) : args, data, true);
    this.#watch();
  }

  /**
   * Asks whether it reads options in names. If it does, it takes what stands behind the last question mark of
   * any name for them, as long as this connection lasts. Does not reject.
   */
  #ask(): Promise<void> {
    return this.#readsOptions = new Promise((resolve) => {
      this.#request(READ_OPTIONS, "OPTION_RES", ({ name }) => {
        this.#readsOptions = name === "OPTION_RES";
        resolve();
      }, () => resolve());
    });
  }

  #handOn(packet: ReceivedPacket): boolean {
    const { name, data, args: [handle, numerator, denominator] } = packet;
    switch (name) {
      case "WORK_DATA":
        return this.#jobs.update(handle, { type: "data", data });
      case "WORK_WARNING":
        return this.#jobs.update(handle, { type: "warning", data });
      case "WORK_STATUS":
        return this.#jobs.update(handle, {
          type: "status",
          numerator: count(numerator),
          denominator: count(denominator),
        });
      case "WORK_COMPLETE":
        return this.#jobs.end(handle, (job) => job.complete(data));
      case "WORK_FAIL":
        return this.#jobs.end(
          handle,
          (job) => job.fail(new JobFailedError("The job failed", job.subject)),
        );
      case "WORK_EXCEPTION":
        return this.#jobs.end(handle, (job) => job.fail(new JobExceptionError(data, job.subject)));
      default:
        return this.#replies.answer(packet);
    }
  }

  /**
   * Looks at the server's silence from time to time. One that owes an answer and takes nothing more
   * is given up: what it answered later could no longer be told from other answers. One that owes
   * only results is asked for an echo, as it may have vanished without a word.
   */
  #watch(): void {
    if (this.#callOff !== null || this.#settings.replyTimeout === Infinity) return;
    const { replyTimeout, clock } = this.#settings;
    const delay = Math.max(1, replyTimeout - this.#replies.age);
    this.#callOff = clock.after(delay, () => {
      this.#callOff = null;
      this.#look();
    });
  }

  #look(): void {
    const connection = this.#connection;
    if (connection === null) return;
    const { sent } = connection.out;
    if (sent !== this.#sentBefore) this.#sentBefore = sent;
    else if (this.#replies.age >= this.#settings.replyTimeout) {
      return connection.close(
        this.#lost(`it does not answer for ${this.#settings.replyTimeout} ms`),
      );
    }
    if (this.#replies.size > 0) this.#watch();
    else if (this.#jobs.size > 0) this.ask(ECHO, "ECHO_RES").catch(() => {});
  }

  /** The error that an ERROR packet stands for. */
  #refusal({ args: [code, text] }: ReceivedPacket, functionName?: string): ServerError {
    return new ServerError(code, text, { server: this.name, functionName });
  }

  #lost(why: string): ConnectionLostError {
    return new ConnectionLostError(`The connection to ${this.name} is lost: ${why}`, {
      server: this.name,
    });
  }
}

const READ_OPTIONS: Request = { packet: "OPTION_REQ", args: ["options-in-name"], data: null };
const ECHO: Request = { packet: "ECHO_REQ", args: [], data: new Uint8Array(0) };

/** The loss of a connection, as the error of what was lost with it. */
function about(error: Error, subject: ErrorSubject): Error {
  return new ConnectionLostError(error.message, { ...subject, cause: error });
}
