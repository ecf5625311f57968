import type { JobUpdate } from "./job_updates.ts";
import type { PendingJob } from "./pending_job.ts";

/** The jobs of one connection that share a handle. */
interface Shared {
  readonly jobs: PendingJob[];
  /** How often the server sends each packet: once for each submit. */
  copies: number;
  /** Which of them comes next. */
  next: number;
  /** The job has ended; only copies of the end are to come. */
  isOver: boolean;
}

/**
 * The foreground jobs that wait for packets of a connection, by handle.
 *
 * Submits with the same unique get the same handle, and servers then send every packet once for each
 * of them, in one go. The first of these counts for all.
 */
export class JobListeners {
  readonly #byHandle = new Map<string, Shared>();
  /** How many handles are waited for. */
  get size(): number {
    return this.#byHandle.size;
  }

  /** The server has answered a submit with this handle. */
  add(handle: string, job: PendingJob): void {
    const shared = this.#byHandle.get(handle);
    if (shared === undefined || shared.isOver) {
      this.#byHandle.set(handle, { jobs: [job], copies: 1, next: 0, isOver: false });
    } else {
      shared.jobs.push(job);
      shared.copies++;
    }
  }

  /** Hands on an update; false when nobody ever waited for this handle. */
  update(handle: string, update: JobUpdate): boolean {
    const shared = this.#byHandle.get(handle);
    if (shared === undefined) return false;
    if (this.#isFirstCopy(shared)) { for (const job of shared.jobs) job.update(update); }
    return true;
  }

  /** The job has ended; false when nobody ever waited for this handle. */
  end(handle: string, tell: (job: PendingJob) => void): boolean {
    const shared = this.#byHandle.get(handle);
    if (shared === undefined) return false;
    const isFirst = this.#isFirstCopy(shared);
    shared.isOver = true;
    if (shared.next === 0) this.#byHandle.delete(handle);
    if (isFirst) { for (const job of shared.jobs) tell(job); }
    return true;
  }

  /** The connection is gone. */
  clear(tell: (job: PendingJob) => void): void {
    const all = [...this.#byHandle.values()];
    this.#byHandle.clear();
    for (const { jobs } of all) for (const job of jobs) tell(job);
  }

  #isFirstCopy(shared: Shared): boolean {
    const isFirst = shared.next === 0;
    shared.next = (shared.next + 1) % shared.copies;
    return isFirst;
  }
}
