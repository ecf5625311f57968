import type { Codecs } from "./payload.ts";
import { JobSlots } from "./slots.ts";
import { parseServerAddress } from "./server_address.ts";
import { WorkedServer } from "./worked_server.ts";
import { completeWorkerOptions, type PlainWork, type WorkerOptions } from "./worker_options.ts";

/**
 * Does jobs for one or more Gearman servers, ours or any other, from its construction until it is
 * stopped. It connects to all of them, again whenever one is lost, and takes their jobs in turn.
 *
 * A job whose connection broke is given to another worker by its server; its signal aborts, and its
 * result is sent to nobody.
 *
 * @example
 * ```ts
 * import { Client, Server, Worker } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new Server();
 * await using _worker = new Worker({
 *   servers: [server],
 *   functions: { upper: (job) => job.text().toUpperCase() },
 * });
 * await using client = new Client({ servers: [server] });
 * assertEquals(await client.submit("upper", "gearman").text(), "GEARMAN");
 * ```
 */
export class Worker<Declared extends Codecs = PlainWork> implements AsyncDisposable {
  readonly #servers: readonly WorkedServer[];
  readonly #slots: JobSlots;
  readonly #running: Promise<void>[];
  readonly #finished = Promise.withResolvers<void>();
  #stopping: Promise<void> | null = null;

  /**
   * Begins to work.
   *
   * @throws {TypeError} without servers or functions, for what is not an address, or an option that
   * does not exist.
   * @throws {RangeError} for a value out of range.
   */
  constructor(options: WorkerOptions<Declared>) {
    const complete = completeWorkerOptions(options);
    this.#slots = new JobSlots(complete.concurrency, complete.maxJobs);
    this.#slots.onUsedUp = () => void this.stop();
    this.#servers = complete.servers.map((address) =>
      new WorkedServer(parseServerAddress(address), complete, this.#slots)
    );
    this.#running = this.#servers.map((server) => server.run());
  }

  /** Resolves when it has left: it was stopped, or has done its `maxJobs`. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** Takes no more jobs, finishes those that it has, and leaves. Resolves when it has left. */
  stop(): Promise<void> {
    this.#stopping ??= this.#leave();
    return this.#stopping;
  }

  /** As {@linkcode Worker.stop}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #leave(): Promise<void> {
    const finished = this.#slots.close();
    for (const server of this.#servers) server.retire();
    await finished;
    await Promise.all(this.#servers.map((server) => server.close()));
    await Promise.all(this.#running);
    this.#finished.resolve();
  }
}
