import { Buffer } from "node:buffer";
import process from "node:process";
import { clearTimeout, setTimeout } from "node:timers";
import { Client } from "../../client/client.ts";
import { LARGEST_DATA } from "../../client/client_options.ts";
import { JobFailedError, JobTimeoutError, PayloadTooLargeError } from "../../client/errors.ts";
import type { ForegroundJob } from "../../client/foreground_job.ts";
import type { JobUpdate } from "../../client/pending_job.ts";
import { linesOf, wholeOf } from "../lines.ts";
import { textForTerminal } from "../output.ts";
import { complain, errorText, Stdio } from "./messages.ts";
import type { GearmanArguments, GearmanSettings } from "./options.ts";

/**
 * `gearman` without -w: submits jobs, one payload after the other, each for all functions at a time.
 *
 * @returns the exit status: 1 when a job failed. What else goes wrong leaves it at 0.
 */
export async function gearmanClient(
  { settings, words }: GearmanArguments,
  servers: readonly string[],
): Promise<number> {
  await using client = new Client({ servers });
  const run = new ClientRun(client, settings, servers);
  for await (const payload of payloads(settings, words)) await run.submit(payload);
  await run.end();
  return run.hasFailed ? 1 : 0;
}

/** The payloads to submit. The tool does not take empty words and lines. */
async function* payloads(
  { lines, bareLines, withoutInput }: GearmanSettings,
  words: readonly string[],
): AsyncGenerator<Uint8Array> {
  if (words.length > 0) {
    for (const word of words) {
      if (word !== "") yield Buffer.from(word);
      else complainOfNothing();
    }
  } else if (withoutInput) {
    yield new Uint8Array(0);
  } else if (lines || bareLines) {
    const options = { limit: LARGEST_DATA, withNewline: !bareLines };
    for await (const { bytes } of linesOf(process.stdin, options)) {
      if (bytes === null) complainOfSize();
      else if (bytes.length > 0) yield bytes;
      else complainOfNothing();
    }
  } else {
    const { bytes } = await wholeOf(process.stdin, LARGEST_DATA);
    if (bytes === null) complainOfSize();
    else yield bytes;
  }
}

function complainOfNothing(): void {
  complain("gearman_client_add_task", "add_task(GEARMAN_INVALID_ARGUMENT) invalid workload");
}

/** A payload that is too large is not kept: it may have no end. */
function complainOfSize(): void {
  complain("gearman_client_run_tasks", new PayloadTooLargeError(LARGEST_DATA).message);
}

class ClientRun {
  hasFailed = false;
  readonly #client: Client;
  readonly #settings: GearmanSettings;
  readonly #servers: readonly string[];
  readonly #stdio: Stdio;
  /** Gives up the jobs of the present payload. */
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client, settings: GearmanSettings, servers: readonly string[]) {
    this.#client = client;
    this.#servers = servers;
    this.#settings = settings;
    // Jobs are submitted also when nobody reads any more what comes of them.
    this.#stdio = new Stdio(() => {});
  }

  /** Submits a payload for each function; resolves when all these jobs are over. */
  async submit(payload: Uint8Array): Promise<void> {
    this.#abort = new AbortController();
    this.#somethingCame();
    const jobs = this.#settings.functions.map((name) => this.#job(name, payload));
    const ends = await Promise.allSettled(jobs);
    clearTimeout(this.#timer);
    // A reason that ended several of them is told once.
    const reasons = ends.map((end) =>
      end.status === "rejected" ? errorText(end.reason, this.#servers) : null
    );
    for (const reason of new Set(reasons)) {
      if (reason !== null) complain("gearman_client_run_tasks", reason);
    }
  }

  end(): Promise<void> {
    return this.#stdio.flush();
  }

  async #job(name: string, payload: Uint8Array): Promise<void> {
    const { background, priority, unique } = this.#settings;
    const options = { priority, unique, signal: this.#abort.signal };
    if (background) {
      const handle = await this.#client.submit(name, payload, { ...options, background: true });
      return await this.#created(handle);
    }
    const job = this.#client.submit(name, payload, options);
    try {
      await this.#created(await job.handle);
      await this.#follow(name, job);
    } catch (error) {
      if (!(error instanceof JobFailedError)) throw error;
      this.hasFailed = true;
      process.stderr.write(`${this.#prefix(name)}Job failed\n`);
    }
  }

  async #follow(name: string, job: ForegroundJob): Promise<void> {
    for await (const update of job) {
      this.#somethingCame();
      await this.#show(name, update);
    }
    await this.#data(name, await job.bytes());
  }

  async #show(name: string, update: JobUpdate): Promise<void> {
    const prefix = this.#prefix(name);
    if (update.type === "data") return await this.#data(name, update.data);
    if (update.type === "status") {
      const { numerator, denominator } = update;
      const percent = denominator === 0 ? 0 : Math.floor(numerator * 100 / denominator);
      return await this.#stdio.text(`${prefix}${percent}% Complete\n`);
    }
    const warning = Buffer.concat([Buffer.from(prefix), update.data]);
    process.stderr.write(process.stderr.isTTY ? textForTerminal(warning.toString()) : warning);
  }

  async #data(name: string, bytes: Uint8Array): Promise<void> {
    if (this.#settings.prefix) {
      await this.#stdio.text(this.#prefix(name));
      await this.#stdio.flush();
    }
    await this.#stdio.data(bytes);
  }

  async #created(handle: string): Promise<void> {
    this.#somethingCame();
    if (this.#settings.verbose) await this.#stdio.text(`Task created: ${handle}\n`);
  }

  #prefix(name: string): string {
    return this.#settings.prefix ? `${name}: ` : "";
  }

  /** Starts the time anew in which something must come. */
  #somethingCame(): void {
    const { timeout = -1 } = this.#settings;
    clearTimeout(this.#timer);
    if (timeout < 0) return;
    this.#timer = setTimeout(() => {
      this.#abort.abort(new JobTimeoutError(`nothing came for ${timeout} ms`));
    }, timeout);
  }
}
