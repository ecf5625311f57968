/**
 * A shop that gives a server something to do: workers that take as long as theirs do, and clients that
 * submit now more, now less.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { Client, Worker, type WorkerJob } from "../../../mod.ts";

/** A function of the shop. */
interface Task {
  readonly jobsPerSecond: number;
  /** How long a job runs, in milliseconds. */
  readonly least: number;
  readonly most: number;
  /** The client ids of its workers. */
  readonly workers: readonly string[];
  readonly priority?: "high" | "low";
  /** How it fails, if a job in 25 does. */
  readonly error?: string;
}

const TASKS: Readonly<Record<string, Task>> = {
  "resize": { jobsPerSecond: 9, least: 60, most: 300, workers: ["images-1", "images-2"] },
  "thumbnail": { jobsPerSecond: 6, least: 20, most: 90, workers: ["images-3"] },
  "mail.send": {
    ...{ jobsPerSecond: 5, least: 80, most: 700, workers: ["mailer-1", "mailer-2"] },
    error: "No answer from smtp.example.com within 500 ms\n  while sending to 3 recipients",
  },
  "index.product": {
    ...{ jobsPerSecond: 2, least: 150, most: 700, workers: ["search-1"] },
    priority: "low",
  },
  "mail.digest": { jobsPerSecond: 0, least: 80, most: 700, workers: ["mailer-3"] },
  "invoice.pdf": { jobsPerSecond: 0.4, least: 900, most: 3000, workers: ["office-1"] },
};
const TICK = 250;
/** How long it takes from much to little and back, in milliseconds. */
const WAVE = 100_000;

/** Submits and works until it is closed. */
export class Shop implements AsyncDisposable {
  readonly #client: Client;
  readonly #workers = new Map<string, Worker[]>();
  readonly #stopped = new AbortController();
  readonly #submitting: Promise<void>;
  #number = 4000;

  constructor(port: number) {
    const servers = [`127.0.0.1:${port}`];
    this.#client = new Client({ servers });
    for (const [name, task] of Object.entries(TASKS)) {
      const work = (job: WorkerJob) => perform(task, job, this.#stopped.signal);
      this.#workers.set(
        name,
        task.workers.map((clientId) =>
          new Worker({ servers, clientId, functions: { [name]: work } })
        ),
      );
    }
    this.#submitting = this.#submitAll();
  }

  /** Submits many jobs at once. */
  async flood(name: string, count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#submit(name)));
  }

  /** Ends the workers of a function, as a deployment that went wrong does. */
  async leave(name: string): Promise<void> {
    await Promise.all(this.#workers.get(name)!.map((worker) => worker[Symbol.asyncDispose]()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#submitting;
    await Promise.all([...this.#workers.keys()].map((name) => this.leave(name)));
    await this.#client[Symbol.asyncDispose]();
  }

  async #submitAll(): Promise<void> {
    const tomorrow = new Date(Date.now() + 86_400_000);
    await Promise.all(
      ["north", "south", "west"].map((unique) =>
        this.#client.submit("mail.digest", "{}", { at: tomorrow, unique })
      ),
    );
    while (!this.#stopped.signal.aborted) {
      const much = 1 + 0.5 * Math.sin(2 * Math.PI * Date.now() / WAVE);
      for (const [name, { jobsPerSecond }] of Object.entries(TASKS)) {
        const count = jobsPerSecond * much * TICK / 1000;
        const isOneMore = Math.random() < count % 1;
        for (let job = isOneMore ? -1 : 0; job < Math.floor(count); job++) void this.#submit(name);
      }
      await pause(TICK);
    }
  }

  /** A job that the server refuses is one of the things to be seen. */
  async #submit(name: string): Promise<void> {
    const order = ++this.#number;
    const { priority = "normal" } = TASKS[name];
    const payload = JSON.stringify({ order, customer: "Ada", language: "en" });
    const options = { background: true, unique: `order-${order}`, priority } as const;
    await this.#client.submit(name, payload, options).catch(() => {});
  }
}

/** Takes its time, tells how far it is, and may fail. */
async function perform(
  { least, most, error }: Task,
  job: WorkerJob,
  stopped: AbortSignal,
): Promise<string> {
  const time = least + (most - least) * Math.random() ** 2;
  const steps = time > 1000 ? 10 : 1;
  for (let step = 1; step <= steps && !stopped.aborted; step++) {
    await pause(time / steps);
    if (steps > 1) job.progress(step, steps);
  }
  if (error !== undefined && Math.random() < 0.04) throw new Error(error);
  return "";
}
