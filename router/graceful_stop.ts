import type { Connection } from "./connection.ts";
import { JobStorage } from "./durability.ts";
import type { Job } from "./job.ts";
import type { Router } from "./router.ts";

/**
 * Watches for the moment when nobody would miss a router: no job is left. If jobs are stored, those
 * that are may be: they stay for the next start, and go to no worker any more unless a client waits
 * for them.
 */
export class GracefulStop {
  readonly #router: Router;
  readonly #lastConnectionId: number;
  readonly #done: () => void;
  /** One that waited for a job, or ran one, at the last look: mostly it still does. */
  #busy: Connection | null = null;

  /**
   * @param lastConnectionId of the connections that are open.
   * @param done called, perhaps more than once, when the moment has come.
   */
  constructor(router: Router, lastConnectionId: number, done: () => void) {
    this.#router = router;
    this.#lastConnectionId = lastConnectionId;
    this.#done = done;
  }

  /** Has it come since? If newcomers could wait for results, the moment might never come. */
  isLate({ id }: Connection): boolean {
    return id > this.#lastConnectionId;
  }

  /** Has the moment come? To be asked whenever a job has ended or a client has left. */
  check(): void {
    if (this.#isIdle()) this.#done();
  }

  #isIdle(): boolean {
    const { durability, jobs, connections, relays } = this.#router;
    if (relays.isEndingAny) return false;
    if (durability === null) return jobs.size === 0;
    if (durability.isWriting) return false;
    if (this.#busy !== null && isBusy(this.#busy)) return false;
    this.#busy = null;
    for (const connection of connections.values()) {
      if (!isBusy(connection)) continue;
      this.#busy = connection;
      return false;
    }
    return true;
  }

  /** Does the job stay where it is, for the next start? */
  keeps(job: Job): boolean {
    return job.storage >= JobStorage.STORED && job.firstListener === null;
  }
}

function isBusy({ isClosed, firstJob, firstListener }: Connection): boolean {
  return !isClosed && (firstJob !== null || firstListener !== null);
}
