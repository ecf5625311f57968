import type { Durability } from "../durability.ts";
import type { Job } from "../model/job.ts";
import { JobStorage } from "../model/job_state.ts";
import type { Peer } from "../model/peer.ts";
import type { Recipient } from "../model/subscriber.ts";
import type { JobTable } from "./job_table.ts";
import type { Relays } from "./relays.ts";
import type { StandIns } from "./stand_ins.ts";

export interface GracefulStopParts {
  readonly durability: Durability | null;
  readonly jobs: JobTable;
  readonly standIns: StandIns;
  readonly relays: Relays;
  readonly connections: ReadonlyMap<number, Peer>;
  readonly programs: ReadonlySet<Recipient>;
}

/**
 * Watches for the moment when nobody would miss a router: no job is left. If jobs are stored, those
 * that are may be: they stay for the next start, and go to no worker any more unless a client waits
 * for them.
 */
export class GracefulStop {
  readonly #parts: GracefulStopParts;
  readonly #lastConnectionId: number;
  readonly #done: () => void;
  /** One that waited for a job, or ran one, at the last look: mostly it still does. */
  #busy: Peer | null = null;

  /**
   * @param lastConnectionId of the connections that are open.
   * @param done called, perhaps more than once, when the moment has come.
   */
  constructor(parts: GracefulStopParts, lastConnectionId: number, done: () => void) {
    this.#parts = parts;
    this.#lastConnectionId = lastConnectionId;
    this.#done = done;
  }

  /** Has it come since? If newcomers could wait for results, the moment might never come. */
  isLate({ id }: Peer): boolean {
    return id > this.#lastConnectionId;
  }

  /** Has the moment come? To be asked whenever a job has ended or a client has left. */
  check(): void {
    if (this.#isIdle()) this.#done();
  }

  #isIdle(): boolean {
    const { durability, jobs, standIns, connections, programs, relays } = this.#parts;
    if (relays.isEndingAny) return false;
    if (durability === null) return jobs.size === standIns.size;
    if (durability.isWriting) return false;
    if (this.#busy !== null && isBusy(this.#busy)) return false;
    this.#busy = null;
    for (const { firstSubscriber } of programs) if (firstSubscriber !== null) return false;
    for (const connection of connections.values()) {
      if (!isBusy(connection)) continue;
      this.#busy = connection;
      return false;
    }
    return true;
  }

  /** Does the job stay where it is, for the next start? */
  keeps(job: Job): boolean {
    return job.storage >= JobStorage.STORED && job.firstSubscriber === null;
  }
}

function isBusy({ isClosed, firstJob, firstSubscriber }: Peer): boolean {
  return !isClosed && (firstJob !== null || firstSubscriber !== null);
}
