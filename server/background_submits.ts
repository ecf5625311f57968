import { ERRORS } from "../protocol/mod.ts";
import type { Announcer } from "../router/durability.ts";
import { ServerError } from "../client/errors.ts";
import {
  Job,
  type JobRequest,
  JobStorage,
  type Refusal,
  type Router,
  type Submission,
  submissionOf,
} from "../router/mod.ts";

/**
 * Submits background jobs, and tells whoever did when each is where it is to be: in memory, or in the
 * store if there is one.
 */
export class BackgroundSubmits implements Announcer {
  readonly #router: Router;
  /** Those that are being written. */
  readonly #waiting = new Map<Job, ((outcome: string | Refusal) => void)[]>();

  constructor(router: Router) {
    this.#router = router;
  }

  /**
   * Resolves with the handle of a job that a program asks for when it is safe.
   *
   * @param ready resolves when jobs are taken.
   * @throws {ServerError} when it is refused.
   * @throws {RangeError} when a name is too long or contains a NUL, or the date is an invalid one.
   * @throws {TypeError} for a property that does not exist, or a value of another type.
   */
  async enqueue(request: JobRequest, ready: Promise<void> | null): Promise<string> {
    const submission = submissionOf(request);
    if (ready !== null) await ready;
    const outcome = await this.submit(submission);
    if (typeof outcome === "string") return outcome;
    throw new ServerError(outcome.code, outcome.text, { functionName: request.function });
  }

  /** Resolves with the handle of a job when it is safe, or says why it is refused. */
  submit(submission: Submission): Promise<string | Refusal> {
    const job = this.#router.take(submission, null);
    if (!(job instanceof Job)) return Promise.resolve(job);
    if (job.storage !== JobStorage.WRITING) return Promise.resolve(job.handle);
    this.#router.announcers.add(this);
    return new Promise((resolve) => {
      const told = this.#waiting.get(job);
      if (told === undefined) this.#waiting.set(job, [resolve]);
      else told.push(resolve);
    });
  }

  /** See {@linkcode Announcer}. */
  settle(refused: ReadonlySet<Job>, joined: ReadonlyMap<Job, number>): boolean {
    for (const [job, told] of this.#waiting) {
      const isRefused = refused.has(job);
      const number = joined.get(job);
      if (job.storage === JobStorage.WRITING && !isRefused && number === undefined) continue;
      this.#waiting.delete(job);
      const handle = number === undefined ? job.handle : this.#router.jobs.handleOf({ number });
      for (const tell of told) tell(isRefused ? ERRORS.notStored : handle);
    }
    return this.#waiting.size > 0;
  }
}
