import { partsOf } from "../../../store/handle.ts";
import type { EngineEvent, History, JobRow, Run, SqlSubmit, Submit } from "./history.ts";

/** A time in which a job belonged to a server. */
export interface Ownership {
  readonly owner: number;
  readonly from: number;
  /** When that was over, or null. */
  until: number | null;
  /** How: it was removed, given back by its server, or taken away from a dead one. */
  end: "removed" | "given back" | "taken away" | null;
  /** What was before, and after. */
  readonly lossesAtStart: number;
  lossesAtEnd: number;
}

/** What the database has seen of a job. */
export interface JobLife {
  readonly number: number;
  /** As it was added. */
  readonly row: JobRow;
  readonly added: number;
  removed: number | null;
  /** Who had it when it was removed. */
  removedBy: number | null;
  readonly ownerships: Ownership[];
}

/** How much the times of events may differ that were seen by different programs, in milliseconds. */
export const SLACK = 1000;

/** A history, with what follows from it. */
export class Facts {
  readonly history: History;
  readonly lives = new Map<number, JobLife>();
  readonly #servers = new Map<number, { readonly server: string; readonly born: number }>();
  readonly #deaths = new Map<number, string>();
  readonly #submits = new Map<string, Submit | SqlSubmit>();
  readonly #runs = new Map<number, Run[]>();

  constructor(history: History) {
    this.history = history;
    for (const event of history.engine) this.#learn(event);
    for (const submit of [...history.submits, ...history.sqlSubmits]) {
      this.#submits.set(submit.payload, submit);
    }
    for (const run of history.runs) {
      const number = numberOf(run.handle);
      this.#runs.set(number, [...this.#runs.get(number) ?? [], run]);
    }
  }

  #learn(event: EngineEvent): void {
    if (event.what === "born") {
      this.#servers.set(event.owner, { server: event.server, born: event.at });
    } else if (event.what === "died") this.#deaths.set(event.owner, event.transaction);
    else this.#learnOfJob(event);
  }

  #learnOfJob(event: Extract<EngineEvent, { job: JobRow }>): void {
    const { at, what, job } = event;
    if (what === "added" && !this.lives.has(job.number)) {
      const { number } = job;
      const life = { number, row: job, added: at, removed: null, removedBy: null, ownerships: [] };
      this.lives.set(number, life);
    }
    const life = this.lives.get(job.number);
    if (life === undefined || life.removed !== null) return;
    const last = life.ownerships.at(-1);
    const current = last?.until === null ? last : undefined;
    if (what === "removed") {
      life.removed = at;
      life.removedBy = job.owner;
      if (current !== undefined) this.#close(current, event, "removed");
    } else if (job.owner !== (current?.owner ?? null)) {
      if (current !== undefined) {
        const isDeath = this.#deaths.get(current.owner) === event.transaction;
        this.#close(current, event, isDeath ? "taken away" : "given back");
      }
      if (job.owner !== null) life.ownerships.push(ownership(job, at));
    }
  }

  #close(
    ownership: Ownership,
    { at, job }: Extract<EngineEvent, { job: JobRow }>,
    end: Ownership["end"],
  ): void {
    Object.assign(ownership, { until: at, end, lossesAtEnd: job.losses });
  }

  /** Which server an owner is a life of. */
  serverOf(owner: number): string {
    return this.#servers.get(owner)?.server ?? `owner ${owner}`;
  }

  /** When the life began that is an owner. */
  birthOf(owner: number): number {
    return this.#servers.get(owner)?.born ?? 0;
  }

  /** Was a server frozen or cut off at a time, or is it so only since a moment that it is not? */
  mayNotKnow(server: string, at: number): boolean {
    return this.history.faults.some((fault) =>
      fault.server === server && fault.at <= at && (fault.until ?? Infinity) >= at - SLACK
    );
  }

  /** Did its server stop gracefully while it had a job, or soon after? */
  wasStopped({ owner, until }: Ownership): boolean {
    return this.history.gracefulStops.some(({ server, started, at }) =>
      server === this.serverOf(owner) && started <= this.birthOf(owner) && until !== null &&
      at >= until - SLACK
    );
  }

  /** Had the database or this server a fault in a time, or shortly before? */
  hadFault(server: string, from: number, until: number): boolean {
    return this.history.faults.some((fault) =>
      (fault.server === null || fault.server === server) && fault.at < until &&
      (fault.until ?? Infinity) > from
    );
  }

  isDead(owner: number): boolean {
    return this.#deaths.has(owner);
  }

  /** The life of the job with a handle. */
  lifeOf(handle: string): JobLife | undefined {
    return this.lives.get(numberOf(handle));
  }

  /** Who submitted a payload. */
  submitOf(payload: string): Submit | SqlSubmit | undefined {
    return this.#submits.get(payload);
  }

  /** The runs of a job, by their times. */
  runsOf(number: number): readonly Run[] {
    return this.#runs.get(number) ?? [];
  }

  /** When a job belonged to a server in which a run began. */
  ownershipOf(run: Run): Ownership | undefined {
    const own =
      this.lifeOf(run.handle)?.ownerships.filter(({ owner }) =>
        this.serverOf(owner) === run.server
      ) ?? [];
    return own.findLast(({ from, until }) =>
      from <= run.at + SLACK && (until === null || until >= run.at - SLACK)
    );
  }
}

/** The number in a handle, -1 if it is none. */
export function numberOf(handle: string): number {
  return partsOf(handle)?.number ?? -1;
}

function ownership({ owner, losses }: JobRow, from: number): Ownership {
  return {
    owner: owner!,
    from,
    until: null,
    end: null,
    lossesAtStart: losses,
    lossesAtEnd: losses,
  };
}
