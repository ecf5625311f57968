import { EMPTY } from "../../protocol/buffer_pool.ts";
import { isCount } from "../exchange/imported_job.ts";
import { bytesChecksum } from "./checksum.ts";
import {
  type JobRow,
  jobWithoutPayload,
  type PayloadRow,
  type Statements,
  wholeJob,
} from "./statements.ts";
import { type LoadedJob, type StoredMaxQueue, type StoredRecord, StoreError } from "../store.ts";

/** Some of the jobs of a store. */
export interface JobPage {
  readonly jobs: LoadedJob[];
  /** Numbers of those among them that are not as they were stored. */
  readonly damaged: number[];
}

/** Reads jobs and limits from the tables of a database, and checks that they are as they were stored. */
export class TableReader {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** See `JobStore.load`. */
  page(after: number, count: number, payloadBytes: number): JobPage {
    const { within, load, loadWithout } = this.#statements;
    const most = Math.min(payloadBytes, Number.MAX_SAFE_INTEGER);
    const { whole } = within.get(after, count, most) as { whole: number };
    // All rows at once take Deno half the time of one after the other.
    const rows = load.all(after, whole) as unknown as JobRow[];
    const last = rows.at(-1)?.number ?? after;
    const others = (whole === count ? [] : loadWithout.all(last, count - whole)) as unknown[];
    const found = rows.map(wholeJob).concat((others as JobRow[]).map(jobWithoutPayload));
    const numbers = numbersInOrder(rows.concat(others as JobRow[]), after);
    return {
      jobs: found.filter((job) => job !== null),
      damaged: numbers.filter((_, index) => found[index] === null),
    };
  }

  /** The payload of a job; null if it is damaged, undefined if there is no such job. */
  payload(number: number): Uint8Array | null | undefined {
    const row = this.#statements.payload.get(number) as unknown as PayloadRow | undefined;
    if (row === undefined) return undefined;
    const payload = row.payload ?? EMPTY;
    const isSound = payload instanceof Uint8Array &&
      (row.checksum === null || bytesChecksum(payload) === row.payloadSum);
    return isSound ? payload : null;
  }

  /** Numbers of damaged jobs that were set aside. */
  damaged(): string[] {
    return this.#statements.damaged.all().map(({ number }) => number as string);
  }

  /** Numbers of rows that no version of this program has written. */
  unreadable(): string[] {
    return this.#statements.unreadable.all().map(({ number }) => number as string);
  }

  /** See `JobStore.maxQueues`. */
  maxQueues(): StoredMaxQueue[] {
    return this.#statements.maxQueues.all().map((row) => {
      const limits = [row.high, row.normal, row.low];
      if (!(row.function instanceof Uint8Array) || !limits.every(isCount)) {
        throw new StoreError("it is damaged (the limit of a function cannot be read)");
      }
      return { functionName: row.function, limits: limits as [number, number, number] };
    });
  }

  /** See `LocalStore.records`. */
  records(): StoredRecord[] {
    return this.#statements.records.all().map((row) => {
      const record = recordIn(row);
      if (record === null) throw new StoreError("it is damaged (a record cannot be read)");
      return record;
    });
  }
}

/** The record in a row; null if no version of this program has written it. */
export function recordIn({ kind, key, value }: Record<string, unknown>): StoredRecord | null {
  // What some bindings give for empty bytes.
  const [bytes, given] = [key ?? EMPTY, value ?? EMPTY];
  if (typeof kind !== "string") return null;
  if (!(bytes instanceof Uint8Array) || !(given instanceof Uint8Array)) return null;
  return { kind, key: bytes, value: given };
}

/** In a damaged table rows may come again and again. */
function numbersInOrder(rows: readonly JobRow[], after: number): number[] {
  let last = after;
  return rows.map(({ number }) => {
    if (number <= last) throw new StoreError(`it is damaged (job ${number} comes after ${last})`);
    return last = number;
  });
}
