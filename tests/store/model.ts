import fc from "fast-check";
import type {
  JobChange,
  RecordChange,
  StoreBatch,
  StoredJob,
  StoredJobState,
} from "../../store/store.ts";

/** One step of the life of a store. */
export interface Step {
  readonly jobs: readonly Omit<StoredJob, "number">[];
  /** Which jobs change and which end: places among those that live, and some that do not. */
  readonly changes: readonly (Omit<JobChange, "number"> & { place: number })[];
  /** Which jobs are replaced: places among those that live, none of them twice. */
  readonly replaced: readonly { place: number; job: Omit<StoredJob, "number"> }[];
  readonly ends: readonly number[];
  readonly limits: readonly { functionName: Uint8Array; limits: [number, number, number] }[];
  readonly records: readonly RecordChange[];
  /** How many numbers were given to jobs that are not stored. */
  readonly skipped: number;
  readonly restarts: boolean;
}

/** Some steps. */
export function arbitraryHistory(): fc.Arbitrary<Step[]> {
  return fc.array(
    fc.record({
      jobs: fc.array(arbitraryJob(), { maxLength: 6 }),
      changes: fc.array(
        fc.record({
          place: fc.nat(9),
          priority: priority(),
          due: fc.option(fc.nat(2 ** 45)),
          ...trouble(),
        }),
        { maxLength: 3 },
      ),
      replaced: fc.uniqueArray(fc.record({ place: fc.nat(9), job: arbitraryJob() }), {
        selector: ({ place }) => place,
        maxLength: 2,
      }),
      ends: fc.array(fc.nat(9), { maxLength: 4 }),
      limits: fc.array(
        fc.record({ functionName: name(2), limits: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)) }),
        { maxLength: 2 },
      ),
      records: fc.array(
        fc.record({
          kind: fc.constantFrom("pause", "schedule"),
          key: name(1),
          value: fc.option(fc.uint8Array({ maxLength: 20 })),
        }),
        { maxLength: 3 },
      ),
      skipped: fc.nat(3),
      restarts: fc.boolean(),
    }),
    { maxLength: 8 },
  );
}

/** Any job. */
export function arbitraryJob(): fc.Arbitrary<Omit<StoredJob, "number">> {
  return fc.record({
    functionName: name(512),
    unique: name(64),
    reducer: name(64),
    payload: fc.uint8Array({ maxLength: 2000 }),
    priority: priority(),
    due: fc.nat(2 ** 45),
    ...trouble(),
  });
}

/** The jobs and limits that a store should have. */
export class StoreModel {
  nextNumber = 1;
  readonly #jobs = new Map<number, StoredJob>();
  readonly #limits = new Map<string, readonly number[]>();
  readonly #records = new Map<string, string>();

  /** The batch that a step means. */
  batchFor({ jobs, replaced, changes, ends, limits, records, skipped }: Step): StoreBatch {
    const first = this.nextNumber + skipped;
    const added = jobs.map((job, index) => ({ ...job, number: first + index }));
    const numbers = [...this.#jobs.keys(), ...added.map(({ number }) => number)];
    const numberAt = (place: number) => numbers[place] ?? this.nextNumber + 1000;
    const stored = [...this.#jobs.keys()];
    return {
      added,
      replaced: replaced.filter(({ place }) => place < stored.length)
        .map(({ place, job }) => ({ ...job, number: stored[place] })),
      changed: changes.map(({ place, ...change }) => ({ ...change, number: numberAt(place) })),
      removed: ends.map(numberAt),
      maxQueues: limits,
      records,
      nextNumber: skipped > 1 ? first : 0,
    };
  }

  /** Does it. */
  write(batch: StoreBatch): void {
    const { added, replaced, changed, removed, maxQueues, records, nextNumber } = batch;
    for (const job of [...added, ...replaced]) this.#jobs.set(job.number, job);
    for (const { number, ...change } of changed) {
      const job = this.#jobs.get(number);
      if (job === undefined) continue;
      this.#jobs.set(number, { ...job, ...change, due: change.due ?? job.due });
    }
    for (const number of removed) this.#jobs.delete(number);
    for (const { functionName, limits } of maxQueues) {
      if (limits.some((limit) => limit > 0)) this.#limits.set(`${functionName}`, limits);
      else this.#limits.delete(`${functionName}`);
    }
    for (const { kind, key, value } of records) {
      const id = `${kind} ${Uint8Array.from(key)}`;
      if (value === null) this.#records.delete(id);
      else this.#records.set(id, `${Uint8Array.from(value)}`);
    }
    const numbers = added.map(({ number }) => number + 1);
    this.nextNumber = Math.max(this.nextNumber, nextNumber, ...numbers);
  }

  /** Its jobs in the order of their numbers. */
  all(): StoredJob[] {
    return [...this.#jobs.values()].sort((a, b) => a.number - b.number);
  }

  /** Its limits, by the name of the function. */
  limits(): Record<string, readonly number[]> {
    return sorted(this.#limits);
  }

  /** Its records, by kind and key. */
  records(): Record<string, string> {
    return sorted(this.#records);
  }
}

function sorted<V>(map: ReadonlyMap<string, V>): Record<string, V> {
  return Object.fromEntries([...map].sort(([a], [b]) => a < b ? -1 : 1));
}

function name(maxLength: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength });
}

function priority(): fc.Arbitrary<0 | 1 | 2> {
  return fc.constantFrom(0, 1, 2);
}

/** Most jobs have none. */
function trouble() {
  return {
    losses: fc.oneof(fc.constant(0), fc.nat(100)),
    failures: fc.oneof(fc.constant(0), fc.nat(100)),
    state: fc.oneof(fc.constant<StoredJobState>("waiting"), fc.constant<StoredJobState>("dead")),
    error: fc.oneof(fc.constant(new Uint8Array()), fc.uint8Array({ maxLength: 50 })),
    runs: fc.oneof(fc.constant(new Uint8Array()), fc.uint8Array({ maxLength: 50 })),
  };
}
