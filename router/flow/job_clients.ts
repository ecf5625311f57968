import { decodeName, encodeName } from "../../protocol/mod.ts";
import type { Cluster } from "../cluster.ts";
import { type Job, JobTrouble } from "../model/job.ts";
import type { Peer } from "../model/peer.ts";
import { bytesOf, numberIn, type Records } from "./records.ts";

/** Records of who submitted a stored job, by its number. */
const KIND = "client";

/** What {@linkcode JobClients} need. */
export interface JobClientsParts {
  readonly records: Records;
  readonly cluster: Cluster | null;
}

/** Who submitted the jobs of functions whose clients take turns: their client id, or their address. */
export class JobClients {
  readonly #parts: JobClientsParts;
  /** Those of stored jobs that are not here yet, by their numbers. */
  readonly #stored = new Map<number, string>();

  constructor(parts: JobClientsParts) {
    this.#parts = parts;
    parts.records.restore(KIND, (key, value) => {
      if (value !== null) this.#stored.set(numberIn(key), decodeName(value));
    });
  }

  /** A new job of such a function; `peer` is null for a program. */
  note(job: Job, peer: Peer | null): void {
    if (peer === null) return;
    const client = peer.clientIdText === "-" ? peer.peer.hostname : peer.clientIdText;
    (job.trouble ??= new JobTrouble()).client = client;
    if (!job.background || this.#parts.cluster !== null) return;
    this.#parts.records.set(KIND, bytesOf(job.number), encodeName(client));
  }

  /** Who submitted a job that is back from the store; `""` if that is not known. */
  restored(number: number): string {
    const client = this.#stored.get(number) ?? "";
    this.#stored.delete(number);
    return client;
  }

  /** All stored jobs are back: what is left was of others. */
  loaded(): void {
    for (const number of this.#stored.keys()) this.#parts.records.removeOfJob(KIND, number);
    this.#stored.clear();
  }

  /** A job that may be of such a function has ended. */
  forget({ number, background, trouble }: Job): void {
    if (background && trouble!.client !== "") this.#parts.records.removeOfJob(KIND, number);
  }
}
