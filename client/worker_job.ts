import { encodeName } from "../protocol/mod.ts";
import { checkDelay } from "./errors.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface UpdateSink {
  /** The most bytes that an update may have. */
  readonly maxResult: number;
  /** Does the server take advice? geartrain alone does. */
  readonly takesAdvice: boolean;
  /** Sends a packet about the job; resolves when there is room for more. */
  send(
    name: "WORK_STATUS" | "WORK_DATA" | "WORK_WARNING",
    args: readonly string[],
    data: Uint8Array | null,
  ): Promise<void>;
}

export interface Assignment {
  readonly handle: string;
  readonly functionName: string;
  readonly unique: string;
  readonly uniqueBytes: Uint8Array;
  readonly payload: Uint8Array;
}

/**
 * A job that a worker does, as its function gets it.
 *
 * @example
 * ```ts
 * import { Client, Server, Worker, type WorkerJob } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * const reverse = (job: WorkerJob) => [...job.text()].reverse().join("");
 * await using server = new Server();
 * await using _worker = new Worker({ servers: [server], functions: { reverse } });
 * await using client = new Client({ servers: [server] });
 * assertEquals(await client.submit("reverse", "abc").text(), "cba");
 * ```
 */
export class WorkerJob<Input = Uint8Array> {
  /** Its handle, as the client knows it. */
  readonly handle: string;
  /** The function that is asked for. */
  readonly functionName: string;
  /**
   * Its unique, or `""`, as with Perl's server, which does not tell it. Bytes that are not UTF-8 are written as `%` with two hexadecimal digits, such
   * as `%FF`, as the listings of `geartrain admin` show them.
   */
  readonly unique: string;
  /** Its unique as it was submitted. */
  readonly uniqueBytes: Uint8Array;
  /** What the client sent. */
  readonly payload: Uint8Array;
  /** The same as the codec of the function decodes it; without a codec, the payload itself. */
  readonly input: Input;
  /**
   * Aborts when nobody waits for this job any more: its server is gone, which gives the job to another
   * worker, its time is over, or it was cancelled, which the reason says, a `JobCancelledError`. geartrain
   * alone tells workers that a job was cancelled.
   */
  readonly signal: AbortSignal;
  readonly #sink: UpdateSink;

  /** A job that a server assigned. Workers make these. */
  constructor(assignment: Assignment, input: Input, sink: UpdateSink, signal: AbortSignal) {
    this.handle = assignment.handle;
    this.functionName = assignment.functionName;
    this.unique = assignment.unique;
    this.uniqueBytes = assignment.uniqueBytes;
    this.payload = assignment.payload;
    this.input = input;
    this.signal = signal;
    this.#sink = sink;
  }

  /** The payload as text, from UTF-8. */
  text(): string {
    return decoder.decode(this.payload);
  }

  /**
   * The payload, from JSON.
   *
   * @throws {SyntaxError} when it is not JSON.
   */
  json<Value = unknown>(): Value {
    return JSON.parse(this.text());
  }

  /**
   * Tells the client how far it is: `numerator` of `denominator` parts.
   *
   * @throws {RangeError} when these are not finite numbers.
   */
  progress(numerator: number, denominator: number): void {
    if (!Number.isFinite(numerator) || !Number.isFinite(denominator)) {
      throw new RangeError("Progress is two numbers");
    }
    void this.#sink.send("WORK_STATUS", [this.handle, `${numerator}`, `${denominator}`], null);
  }

  /**
   * Sends the client a part of the result. To await it keeps what waits to be sent bounded.
   *
   * @throws {RangeError} when the chunk has more than `maxResult` bytes.
   */
  data(chunk: Uint8Array | string): Promise<void> {
    const bytes = resultBytes(chunk, this.#sink.maxResult);
    return this.#sink.send("WORK_DATA", [this.handle], bytes);
  }

  /** Sends the client a warning, which is data of another kind. Throws as `data` does. */
  warning(chunk: Uint8Array | string): Promise<void> {
    const bytes = resultBytes(chunk, this.#sink.maxResult);
    return this.#sink.send("WORK_WARNING", [this.handle], bytes);
  }

  /**
   * If this run fails, the next one is to come after so many milliseconds, in the place of the time that the
   * server's rule has; see `RetryLater`, which fails at once. The rule of the function must have
   * `advice = true`, or clients get this as a warning; another server than geartrain is told nothing.
   *
   * @throws {RangeError} when the time is not from 0 to 365 days.
   */
  retryAfter(milliseconds: number): void {
    checkDelay(milliseconds);
    this.#advise(`retry-after=${Math.round(milliseconds)}ms`);
  }

  /**
   * Fails this run, and no further one is to come, whatever the server's rule has: the job goes to the dead
   * ones, if the rule keeps those. The same holds for it as for {@linkcode retryAfter}.
   *
   * @throws {Error} with the reason, always: the function is to end by it.
   */
  dead(reason: string): never {
    this.#advise("dead");
    throw new Error(reason);
  }

  #advise(word: string): void {
    if (!this.#sink.takesAdvice) return;
    void this.#sink.send("WORK_WARNING", [this.handle], encoder.encode(`geartrain: ${word}`));
  }
}

/**
 * What a function returned, as bytes.
 *
 * @param limit the most that these may be.
 * @throws {TypeError} when it is nothing that can be sent.
 * @throws {RangeError} when it is too long.
 */
export function resultBytes(result: unknown, limit: number): Uint8Array {
  const bytes = typeof result === "string" ? encoder.encode(result) : result ?? new Uint8Array(0);
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError("A result is a Uint8Array, a string or nothing; or give a codec");
  }
  if (bytes.length <= limit) return bytes;
  throw new RangeError(
    `${bytes.length} bytes are more than a result may have (maxResult ${limit})`,
  );
}

/** An error as the payload of an exception. */
export function exceptionBytes(error: unknown, limit: number): Uint8Array {
  return encodeName(error instanceof Error ? error.message : String(error)).subarray(0, limit);
}
