import { Buffer } from "node:buffer";
import { clearTimeout, setTimeout } from "node:timers";
import { LARGEST_DATA } from "../../client/client_options.ts";
import { JobFailedError } from "../../client/errors.ts";
import { Worker } from "../../client/worker.ts";
import type { WorkerJob } from "../../client/worker_job.ts";
import { checkCommand, runCommand } from "../job_command/run_command.ts";
import { workUntilEnd } from "../job_command/process_group.ts";
import { asResult, type OutputMode, tooLarge } from "../job_command/output.ts";
import { linesOf, withoutNewline } from "../lines.ts";
import { Output } from "../output.ts";
import { complain, notConnected } from "./messages.ts";
import type { GearmanArguments, GearmanSettings } from "./options.ts";

const WHERE = "gearman_worker_work";

/**
 * `gearman -w`: does jobs by a command, or prints their payloads.
 *
 * @returns the exit status.
 * @throws {OptionError} when there is no such command.
 */
export async function gearmanWorker(
  { settings, words }: GearmanArguments,
  servers: readonly string[],
): Promise<number> {
  if (words.length > 0) checkCommand(words[0]);
  await new WorkerRun(settings, words, servers).end();
  return 0;
}

/** With each line, the tool sends the lines before it again, and those who listen to it expect that. */
function asGrowingLines(withNewline: boolean): OutputMode {
  return async (chunks, job) => {
    let all: Uint8Array = new Uint8Array(0);
    const tooLong = () => tooLarge("line", LARGEST_DATA);
    const options = { limit: LARGEST_DATA, withNewline: true, tooLong };
    for await (const { bytes } of linesOf(chunks, options)) {
      all = Buffer.concat([all, bytes!]);
      await job.data(withNewline ? all : withoutNewline(all));
    }
    return new Uint8Array(0);
  };
}

class WorkerRun {
  readonly #settings: GearmanSettings;
  readonly #words: readonly string[];
  readonly #worker: Worker;
  readonly #output: Output;
  readonly #mode: OutputMode;
  /** How many jobs, failures to connect and times without a job there were: -c counts them. */
  #count = 0;
  #isUnread = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(settings: GearmanSettings, words: readonly string[], servers: readonly string[]) {
    this.#settings = settings;
    this.#words = words;
    const { lines, bareLines } = settings;
    this.#mode = lines || bareLines ? asGrowingLines(!bareLines) : asResult(LARGEST_DATA);
    this.#output = new Output(() => {
      this.#isUnread = true;
      complain("write", "the reader of standard output is gone");
      void this.#worker.stop();
    });
    const run = (job: WorkerJob) => this.#run(job);
    this.#worker = new Worker({
      servers,
      functions: Object.fromEntries(settings.functions.map((name) => [name, run])),
      onServerError: (error, server) => {
        complain(WHERE, notConnected(server, error.message));
        this.#counted();
      },
    });
    this.#waitForJob();
  }

  async end(): Promise<void> {
    await workUntilEnd(this.#worker, (text) => complain(WHERE, text));
    clearTimeout(this.#timer);
  }

  async #run(job: WorkerJob): Promise<Uint8Array | void> {
    clearTimeout(this.#timer);
    this.#counted();
    try {
      if (this.#words.length > 0) {
        return await runCommand({ words: this.#words, output: this.#mode }, job);
      }
      await this.#output.write(job.payload);
      if (this.#isUnread) throw new JobFailedError("Nobody reads the standard output any more");
    } catch (error) {
      complain(WHERE, `(GEARMAN_WORK_FAIL) ${(error as Error).message}`);
      throw error;
    } finally {
      this.#waitForJob();
    }
  }

  /** Counts one more for -c; at the last one the worker ends, after the job that it does now. */
  #counted(): void {
    if (++this.#count === this.#settings.count) void this.#worker.stop();
  }

  #waitForJob(): void {
    const { timeout = -1 } = this.#settings;
    clearTimeout(this.#timer);
    if (timeout < 0) return;
    this.#timer = setTimeout(() => {
      complain(WHERE, `gearman_wait(GEARMAN_TIMEOUT) timeout reached -> no job for ${timeout} ms`);
      this.#counted();
      this.#waitForJob();
    }, timeout);
  }
}
