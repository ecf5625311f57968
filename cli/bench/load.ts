import { createHistogram } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "../../client/client.ts";
import {
  ConnectionLostError,
  GearmanError,
  JobTimeoutError,
  NoServerError,
} from "../../client/errors.ts";
import { Worker } from "../../client/worker.ts";
import { Buffer } from "node:buffer";

/** How large a load is. Times are in milliseconds, sizes in bytes. */
export interface LoadOptions {
  readonly servers: readonly string[];
  readonly functionName: string;
  readonly clients: number;
  readonly workers: number;
  readonly inFlight: number;
  readonly size: number;
  readonly jobs: number;
  readonly duration: number;
  readonly isBackground: boolean;
  readonly timeout: number;
}

const MIB = 1024 * 1024;

/** Clients that submit jobs, workers that do them, and what came of it. */
export class Load {
  /** Jobs that are done as they should be. */
  done = 0;
  /** Jobs that failed or were refused. */
  failed = 0;
  /** Jobs of which nothing was heard. */
  lost = 0;
  /** Results that are not those of the job, and jobs that a worker got twice. */
  wrong = 0;
  /** From the first submit until the last job was done, in milliseconds. */
  elapsed = 0;
  firstError: Error | null = null;
  readonly latency: Histogram = new Histogram();
  readonly #options: LoadOptions;
  readonly #payloads: Payloads;
  readonly #clients: readonly Client[];
  /** Background jobs that no worker has got yet. */
  readonly #expected = new Set<number>();
  #onExpectedDone: () => void = () => {};
  #next = 1;
  readonly #stopping = new AbortController();
  #start = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#payloads = new Payloads(options.size);
    const { servers, clients, size } = options;
    const maxPayload = Math.max(size, 64 * MIB);
    this.#clients = Array.from({ length: clients }, () => new Client({ servers, maxPayload }));
  }

  /**
   * Runs it, and leaves no jobs behind unless some are lost.
   *
   * @throws {NoServerError} when no server can be connected to.
   */
  async run(): Promise<void> {
    const workers: Worker[] = [];
    try {
      await Promise.all(this.#clients.map((client) => client.echo("")));
      for (let count = 0; count < this.#options.workers; count++) workers.push(this.#worker());
      if (await this.#hasWorkers()) await this.#measure();
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all(this.#clients.map((client) => client.close()));
    }
  }

  /** Submits no more; what has been submitted is done. */
  stop(): void {
    this.#stopping.abort();
  }

  async #measure(): Promise<void> {
    this.#start = performance.now();
    const one = this.#options.isBackground
      ? (client: Client) => this.#background(client)
      : (client: Client) => this.#foreground(client);
    await Promise.all(
      this.#clients.flatMap((client) =>
        Array.from({ length: this.#options.inFlight }, async () => {
          while (this.#hasMore()) await one(client);
        })
      ),
    );
    await this.#expectedDone();
    this.lost += this.#expected.size;
  }

  #hasMore(): boolean {
    const { jobs, duration } = this.#options;
    return !this.#stopping.signal.aborted && this.#next <= jobs &&
      performance.now() - this.#start < duration;
  }

  #worker(): Worker {
    const { servers, functionName, isBackground } = this.#options;
    return new Worker({
      servers,
      functions: {
        [functionName]: ({ payload }) => {
          if (!isBackground) return payload;
          this.#arrived(this.#payloads.numberOf(payload));
        },
      },
      onServerError: (error) => this.firstError ??= error,
    });
  }

  /** One job goes first and is not counted: when it is back, there is a worker. */
  async #hasWorkers(): Promise<boolean> {
    const { functionName, timeout } = this.#options;
    const { signal } = this.#stopping;
    this.#expected.add(0);
    try {
      await this.#clients[0].submit(functionName, this.#payloads.payload(0), { timeout, signal });
      this.done = this.elapsed = 0;
      return true;
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
      return false;
    } finally {
      this.#expected.delete(0);
    }
  }

  async #foreground(client: Client): Promise<void> {
    const { functionName, timeout } = this.#options;
    const number = this.#next++;
    const payload = this.#payloads.payload(number);
    const begin = performance.now();
    try {
      const result = await client.submit(functionName, payload, { timeout }).bytes();
      this.latency.add(performance.now() - begin);
      if (this.#payloads.numberOf(result) === number) this.#isDone();
      else this.wrong++;
    } catch (error) {
      this.#failed(error);
    }
  }

  async #background(client: Client): Promise<void> {
    const { functionName, timeout } = this.#options;
    const number = this.#next++;
    const payload = this.#payloads.payload(number);
    const begin = performance.now();
    this.#expected.add(number);
    try {
      await client.submit(functionName, payload, { background: true, timeout });
      this.latency.add(performance.now() - begin);
    } catch (error) {
      // Without an answer the server may have the job all the same: it is still expected.
      if (isLoss(error)) {
        this.firstError ??= error as Error;
      } else {
        this.#expected.delete(number);
        this.#failed(error);
      }
    }
  }

  /** A worker has got a background job. */
  #arrived(number: number | undefined): void {
    if (number !== undefined && this.#expected.delete(number)) this.#isDone();
    else this.wrong++;
    if (this.#expected.size === 0) this.#onExpectedDone();
  }

  #isDone(): void {
    this.done++;
    this.elapsed = performance.now() - this.#start;
  }

  /** Resolves when workers have got all jobs, or none for a while. */
  async #expectedDone(): Promise<void> {
    const isDone = new Promise<void>((resolve) => this.#onExpectedDone = resolve);
    for (let before = -1; this.#expected.size > 0 && before !== this.done;) {
      before = this.done;
      const enough = new AbortController();
      const waiting = pause(this.#options.timeout, undefined, { signal: enough.signal });
      waiting.catch(() => {});
      await Promise.race([isDone, waiting]);
      enough.abort();
    }
  }

  #failed(error: unknown): void {
    if (error instanceof NoServerError || !(error instanceof GearmanError)) throw error;
    this.firstError ??= error;
    if (isLoss(error)) this.lost++;
    else this.failed++;
  }
}

/** Does nobody know what became of the job? */
function isLoss(error: unknown): boolean {
  return error instanceof ConnectionLostError || error instanceof JobTimeoutError;
}

/** How many bytes the number of a payload takes. */
export const NUMBER_SIZE = 8;
const HALF = 2 ** 32;

/** The payloads of a run, each with its number, so that the result of another job is noticed. */
export class Payloads {
  readonly #template: Buffer;

  /** @param size of each, in bytes; at least that of the number. */
  constructor(size: number) {
    this.#template = Buffer.from(Uint8Array.from({ length: size }, (_, index) => index % 251));
  }

  payload(number: number): Uint8Array {
    const bytes = Buffer.from(this.#template);
    bytes.writeUInt32BE(Math.floor(number / HALF), 0);
    bytes.writeUInt32BE(number % HALF, 4);
    return bytes;
  }

  /** The number of a payload; undefined when it is not one of this run. */
  numberOf(bytes: Uint8Array): number | undefined {
    if (bytes.length !== this.#template.length) return undefined;
    const { buffer, byteOffset, byteLength } = bytes;
    const payload = Buffer.from(buffer, byteOffset, byteLength);
    const isWhole = payload.compare(this.#template, NUMBER_SIZE, undefined, NUMBER_SIZE) === 0;
    return isWhole ? payload.readUInt32BE(0) * HALF + payload.readUInt32BE(4) : undefined;
  }
}

/** How often times occurred, each to a thousandth of it, in a bounded memory. */
export class Histogram {
  readonly #microseconds = createHistogram();
  /** The longest, in milliseconds; 0 when there is none. */
  max = 0;

  /** Counts a time, in milliseconds. */
  add(milliseconds: number): void {
    const rounded = Math.round(milliseconds * 1000);
    this.#microseconds.record(Math.min(Math.max(1, rounded), Number.MAX_SAFE_INTEGER));
    this.max = Math.max(this.max, milliseconds);
  }

  /** The time, in milliseconds, that so many of 100 do not exceed; 0 when there is none. */
  percentile(percent: number): number {
    return Math.min(this.max, this.#microseconds.percentile(percent) / 1000);
  }
}
