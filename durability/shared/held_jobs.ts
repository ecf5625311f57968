import { type Job, JobState } from "../../router/mod.ts";
import type { Shared } from "./shared.ts";

/** Jobs that clients wait for here, and that no worker gets before it is known whether others have them. */
export class HeldJobs {
  readonly #shared: Shared;
  readonly #giveBackIfIdle: (job: Job) => boolean;
  readonly #held = new Set<Job>();

  /** @param giveBackIfIdle gives a job back that can wait at any server; false if this one cannot. */
  constructor(shared: Shared, giveBackIfIdle: (job: Job) => boolean) {
    this.#shared = shared;
    this.#giveBackIfIdle = giveBackIfIdle;
  }

  /** How many there are. */
  get size(): number {
    return this.#held.size;
  }

  /** One is not this server's any more. */
  forget(job: Job): void {
    this.#held.delete(job);
  }

  /** What this server had may be others' by now: no worker gets any of it before it is known to be not. */
  doubt(): void {
    const { own, router } = this.#shared;
    for (const job of own) {
      if (this.#giveBackIfIdle(job) || job.state !== JobState.QUEUED) continue;
      this.#held.add(job);
      router.intake.hold(job);
    }
  }

  /** If it is known, they are this server's. */
  goOn(): void {
    const { reach, router } = this.#shared;
    if (this.#held.size === 0 || reach.isDoubtful) return;
    for (const job of this.#held) router.intake.goOn(job);
    this.#held.clear();
  }
}
