import type { ChangedRecords, DeadSharedJob } from "../../../store/shared_queue.ts";
import type { RecordChange } from "../../../store/store.ts";
import { type QueuedJob, textOf } from "./jobs.ts";

/** The kind of what says that a job has died, or is not dead any more. */
const DEAD = "dead";

/** The records of a queue; what is gone is remembered as that. */
export class QueuedRecords {
  readonly #records = new Map<string, RecordChange & { readonly change: number }>();
  readonly #deadJob: (number: number) => QueuedJob | undefined;
  #last = 0;

  /** @param dead the dead job with a number. */
  constructor(dead: (number: number) => QueuedJob | undefined) {
    this.#deadJob = dead;
  }

  /** These jobs have died, or are not dead any more. */
  mark(numbers: readonly number[]): void {
    const value = new Uint8Array(0);
    this.write(numbers.map((number) => {
      return { kind: DEAD, key: new TextEncoder().encode(`${number}`), value };
    }));
  }

  /** Writes some; the number of the change. */
  write(records: readonly RecordChange[]): number {
    this.#last++;
    for (const record of records) {
      const key = `${record.kind} ${textOf(record.key)}`;
      // Those that were written last come last.
      this.#records.delete(key);
      this.#records.set(key, { ...record, change: this.#last });
    }
    return this.#last;
  }

  /** Those that were written after a change. */
  since(since: number): ChangedRecords {
    const all = [...this.#records.values()].filter(({ change }) => change > since);
    const [marks, records] = [all.filter(isMark), all.filter((record) => !isMark(record))];
    const numbers = marks.map(({ key }) => Number(textOf(key)));
    const dead = numbers.flatMap((number) => this.#deadJob(number) ?? []);
    return {
      until: this.#last,
      dead: dead.map(deadJob),
      notDead: numbers.filter((number) => this.#deadJob(number) === undefined),
      records: records.map(({ kind, key, value }) => {
        return { kind, key: key.slice(), value: value?.slice() ?? null };
      }),
    };
  }
}

function isMark({ kind }: RecordChange): boolean {
  return kind === DEAD;
}

function deadJob(job: QueuedJob): DeadSharedJob {
  const { number, priority, losses, failures, payload } = job;
  return {
    number,
    priority,
    losses,
    failures,
    functionName: job.functionName.slice(),
    unique: job.unique.slice(),
    reducer: job.reducer.slice(),
    error: job.error.slice(),
    runs: job.runs.slice(),
    payloadLength: payload.length,
  };
}
