import { EMPTY } from "../../protocol/buffer_pool.ts";
import { byteString } from "../../protocol/mod.ts";
import type { Job, MaxQueue } from "../../router/mod.ts";
import { messageOf } from "../../router/log/log.ts";
import type { GivenBack, SharedJobChange } from "../../store/shared_queue.ts";
import { Gathered, type Gathering } from "./gathered.ts";
import type { Shared } from "./shared.ts";

/** When dead jobs that could not be dropped are dropped, in milliseconds. */
const TRY_AGAIN = 1000;
const NO_TROUBLE = { losses: 0, failures: 0, error: EMPTY, runs: EMPTY } as const;

/** What has become of jobs of this server, and limits that were set. */
class Batch implements Gathering {
  readonly links: Set<object> = new Set();
  ended: number[] = [];
  readonly cancelled: Set<number> = new Set();
  readonly changed: Map<number, SharedJobChange> = new Map();
  readonly givenBack: Map<number, GivenBack> = new Map();
  readonly buried: Map<number, SharedJobChange> = new Map();
  readonly undead: Set<number> = new Set();
  readonly limits: Map<string, readonly [name: Uint8Array, limits: MaxQueue]> = new Map();

  get isEmpty(): boolean {
    return this.ended.length === 0 && this.cancelled.size === 0 && this.changed.size === 0 &&
      this.givenBack.size === 0 && this.buried.size === 0 && this.undead.size === 0 &&
      this.limits.size === 0;
  }
}

/**
 * Writes behind the back of workers what has become of jobs: a worker's next job does not wait for the
 * end of its last one. What is not written when this process dies happens again elsewhere.
 */
export class WrittenBehind extends Gathered<Batch> {
  /** @param written called when a batch was written: output may leave. */
  constructor(shared: Shared, written: () => void) {
    super(shared, new Batch(), written);
  }

  /** How many ends are unwritten. */
  get ends(): number {
    return this.next.ended.length;
  }

  /** A job of this server has ended. */
  end(number: number): void {
    this.next.changed.delete(number);
    this.next.ended.push(number);
    this.schedule();
  }

  /** A job that belongs to nobody is to end. */
  cancel(number: number): void {
    this.next.cancelled.add(number);
    this.schedule();
  }

  /** A job of this server has another priority, or trouble. */
  change(job: Job): void {
    this.next.changed.set(job.number, changeOf(job));
    this.schedule();
  }

  /** A job waits for any server, from a time on if that is not 0. */
  giveBack(job: Job, due: number): void {
    this.next.changed.delete(job.number);
    const change = changeOf(job);
    this.next.givenBack.set(job.number, { ...change, due, isLast: change.losses > 1 });
    this.schedule();
  }

  /** A job of this server is dead. */
  bury(job: Job): void {
    this.next.changed.delete(job.number);
    this.next.buried.set(job.number, changeOf(job));
    this.schedule();
  }

  /** A dead job is gone for good. */
  dropDead(number: number): void {
    this.next.undead.add(number);
    this.schedule();
  }

  /** The limit of a function was set. */
  limit(name: Uint8Array, limits: MaxQueue): void {
    this.next.limits.set(byteString(name), [name.slice(), limits]);
    this.schedule();
  }

  /** Nothing belongs to this server any more: what is unwritten of it is void. */
  lost(): void {
    this.#forgetTimes(this.next.ended);
    this.next.ended = [];
    this.next.changed.clear();
    this.next.givenBack.clear();
    this.next.buried.clear();
  }

  protected take(): Batch {
    const batch = this.next;
    this.next = new Batch();
    return batch;
  }

  protected async write(batch: Batch): Promise<() => void> {
    const { queue, options } = this.shared;
    const { ended, cancelled, changed, givenBack, limits } = batch;
    const nothing: readonly number[] = [];
    const [failed, notDropped]: [number[], number[]] = [[], []];
    const written = await Promise.allSettled([
      ended.length > 0 ? queue.end(ended) : nothing,
      changed.size > 0 ? queue.change([...changed.values()]) : null,
      givenBack.size > 0 ? queue.giveBack([...givenBack.values()]) : null,
      this.#writeDead(batch, notDropped),
      cancelled.size > 0 ? this.#cancel([...cancelled], failed) : null,
      ...[...limits.values()].map(([name, limits]) => queue.setMaxQueue(name, limits)),
    ]);
    return () => {
      this.#forgetTimes(ended);
      for (const outcome of written) {
        if (outcome.status === "rejected") options.report(messageOf(outcome.reason));
      }
      const [ends] = written;
      if (ends.status === "fulfilled") this.#reportForeign(ends.value as readonly number[]);
      for (const number of failed) this.cancel(number);
      if (notDropped.length > 0) this.#dropLater(notDropped);
    };
  }

  /** What was ordered is tried until it is done. */
  #dropLater(numbers: readonly number[]): void {
    this.shared.router.clock.after(TRY_AGAIN, () => {
      if (!this.shared.isStopping) { for (const number of numbers) this.dropDead(number); }
    });
  }

  /** One may have died just now that is dropped. */
  async #writeDead({ buried, undead }: Batch, notDropped: number[]): Promise<void> {
    const { queue } = this.shared;
    if (buried.size > 0) await queue.bury([...buried.values()]);
    if (undead.size === 0) return;
    try {
      await queue.dropDead([...undead]);
    } catch (error) {
      if (!this.shared.isStopping) notDropped.push(...undead);
      throw error;
    }
  }

  /** Whoever was told of their ends has asked how long they took. */
  #forgetTimes(ended: readonly number[]): void {
    for (const number of ended) this.shared.router.submitTimes.gone(number);
  }

  /** One that was ordered is tried until it is done. */
  async #cancel(numbers: readonly number[], failed: number[]): Promise<void> {
    try {
      await this.shared.queue.cancel(numbers);
    } catch (error) {
      if (!this.shared.isStopping) failed.push(...numbers);
      throw error;
    }
  }

  #reportForeign({ length }: readonly number[]): void {
    if (length === 0) return;
    const jobs = length === 1 ? "1 job" : `${length} jobs`;
    const { queue, options } = this.shared;
    options.report(
      `${queue.name}: what workers did of ${jobs} does not count: other servers had been given them`,
      "WARNING",
    );
  }
}

function changeOf(job: Job): SharedJobChange {
  const { losses, failures, error, runs } = job.trouble ?? NO_TROUBLE;
  return { number: job.number, priority: job.priorityIndex, losses, failures, error, runs };
}
