import type { Added, NewSharedJob } from "../../../store/shared_queue.ts";
import type { Calls } from "./calls.ts";
import type { Engine } from "./engine.ts";
import type { Link } from "./link.ts";

/** How the jobs of a member travel to the queue. */
export class Adding {
  readonly #engine: Engine;
  readonly #link: Link;
  readonly #calls: Calls;

  constructor(engine: Engine, link: Link, calls: Calls) {
    this.#engine = engine;
    this.#link = link;
    this.#calls = calls;
  }

  /** See `SharedQueue.add`. */
  async addInTime(jobs: readonly NewSharedJob[], timeout: number): Promise<Added[]> {
    const { promise, resolve } = Promise.withResolvers<null>();
    const stopTimer = this.#engine.clock.after(timeout, () => resolve(null));
    const adding = this.#add(jobs, promise);
    const added = await Promise.race([adding, promise]).finally(stopTimer);
    // Nobody waits for it any more.
    adding.catch(() => {});
    if (added === null) throw this.#calls.error(`it did not answer within ${timeout} ms`);
    return added;
  }

  /** @param timeIsUp resolves when the jobs are not wanted any more. */
  async #add(jobs: readonly NewSharedJob[], timeIsUp: Promise<null>): Promise<Added[] | null> {
    let isLate = false;
    timeIsUp.then(() => isLate = true);
    while (!await this.#link.travel()) {
      await this.#link.whole();
      if (isLate) return null;
    }
    this.#calls.checkLife();
    const life = this.#calls.ownLife;
    for (const { functionName } of jobs) this.#engine.know(functionName);
    const now = this.#engine.clock.epoch();
    const added = this.#engine.act(life, () => this.#engine.jobs.add(life, jobs, now));
    await this.#calls.answered();
    if (isLate) {
      this.#takeOut(jobs.filter((_, index) => typeof added[index] === "string"));
      return null;
    }
    return added.map((result, index) =>
      result === "ours" && !this.#owns(jobs[index].number) ? "stored" : result
    );
  }

  #takeOut(jobs: readonly NewSharedJob[]): void {
    for (const { number } of jobs) {
      const job = this.#engine.jobs.get(number);
      if (job === undefined) continue;
      if (job.owner === null || job.owner === this.#calls.life) this.#engine.jobs.remove(job);
    }
  }

  #owns(number: number): boolean {
    return this.#engine.jobs.get(number)?.owner === this.#calls.life;
  }
}
