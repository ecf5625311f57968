import type { ChangedRecords } from "../shared_queue.ts";
import type { RecordChange } from "../store.ts";
import { textOf } from "./jobs.ts";

/** The records of a queue; what is gone is remembered as that. */
export class QueuedRecords {
  readonly #records = new Map<string, RecordChange & { readonly change: number }>();
  #last = 0;

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
    const records = [...this.#records.values()].filter(({ change }) => change > since);
    return {
      until: this.#last,
      records: records.map(({ kind, key, value }) => {
        return { kind, key: key.slice(), value: value?.slice() ?? null };
      }),
    };
  }
}
