import type { StoredRecord } from "../../store/store.ts";
import type { Cluster } from "../cluster.ts";
import type { Durability } from "../durability.ts";
import type { Job } from "../model/job.ts";

/** What {@linkcode Records} need. */
export interface RecordsParts {
  readonly durability: Durability | null;
  readonly cluster: Cluster | null;
}

/** Told of each record of a kind that was stored, or that another server has written; null: it is gone. */
export type TakeRecord = (key: Uint8Array, value: Uint8Array | null) => void;

/**
 * Small things that are no jobs and that a restart must not lose. Who has some of a kind writes them
 * here, and is told at the next start of those that were stored.
 */
export class Records {
  readonly #parts: RecordsParts;
  readonly #owners = new Map<string, TakeRecord>();
  /** Those that were stored, of kinds that nobody has asked for yet. */
  readonly #unclaimed = new Map<string, StoredRecord[]>();

  constructor(parts: RecordsParts) {
    this.#parts = parts;
  }

  /** Has the records of a kind given to whoever they are of: those that are there already, at once. */
  restore(kind: string, take: TakeRecord): void {
    this.#owners.set(kind, take);
    for (const { key, value } of this.#unclaimed.get(kind) ?? []) take(key, value);
    this.#unclaimed.delete(kind);
  }

  /**
   * Writes one, in the place of one with this kind and key.
   *
   * @param job was submitted just now: a store has both, or neither.
   */
  set(kind: string, key: Uint8Array, value: Uint8Array, job: Job | null = null): void {
    this.#parts.durability?.record(kind, key, value, job);
  }

  /** Takes one out. */
  remove(kind: string, key: Uint8Array): void {
    this.#parts.durability?.record(kind, key, null, null);
  }

  /** Writes what is to be known of a job. A queue that servers share has that with the job. */
  setOfJob(kind: string, number: number, value: number): void {
    if (this.#parts.cluster === null) this.set(kind, bytesOf(number), bytesOf(value));
  }

  /** The job has ended. */
  removeOfJob(kind: string, number: number): void {
    if (this.#parts.cluster === null) this.remove(kind, bytesOf(number));
  }

  /** Another server has written one; with null it is gone. */
  changed(kind: string, key: Uint8Array, value: Uint8Array | null): void {
    const take = this.#owners.get(kind);
    if (take !== undefined) take(key, value);
    else if (value !== null) this.stored({ kind, key, value });
  }

  /** One was stored. */
  stored(record: StoredRecord): void {
    const take = this.#owners.get(record.kind);
    if (take !== undefined) return take(record.key, record.value);
    const others = this.#unclaimed.get(record.kind);
    if (others === undefined) this.#unclaimed.set(record.kind, [record]);
    else others.push(record);
  }
}

/** A number as the key or value of a record. */
export function bytesOf(number: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, number);
  return bytes;
}

/** The number in the key or value of a record. */
export function numberIn(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);
}
