import { byteString } from "../../protocol/mod.ts";
import { messageOf } from "../../router/log/log.ts";
import type { ChangedRecords } from "../../store/shared_queue.ts";
import type { RecordChange } from "../../store/store.ts";
import { Gathered, type Gathering } from "./gathered.ts";
import type { Shared } from "./shared.ts";

/** When the first reading is tried again, in milliseconds. */
const TRY_AGAIN = 100;

/** Records that are to be written. */
class Batch implements Gathering {
  readonly links: Set<object> = new Set();
  readonly records: Map<string, RecordChange> = new Map();

  get isEmpty(): boolean {
    return this.records.size === 0;
  }
}

/**
 * Small things that are no jobs, and that all servers have in common: what this one changes is written
 * for all, and what others change comes here. The order in which it is written decides.
 */
export class SharedRecords extends Gathered<Batch> {
  /** What this server acts by. */
  readonly #known = new Map<string, RecordChange>();
  /** What is being written. */
  #inFlight: ReadonlyMap<string, RecordChange> = new Map();
  /** All up to this change is known. */
  #until = 0;
  #isReading = false;
  /** Is it to be read again, as something has changed since? */
  #isStale = false;

  /** @param written called when records were written: output may leave. */
  constructor(shared: Shared, written: () => void) {
    super(shared, new Batch(), written);
  }

  /** A record is something else, or with null is gone. */
  set(kind: string, key: Uint8Array, value: Uint8Array | null): void {
    const name = nameOf(kind, key);
    const record = { kind, key: key.slice(), value: value?.slice() ?? null };
    this.#known.set(name, record);
    this.next.records.set(name, record);
    this.schedule();
  }

  protected take(): Batch {
    const batch = this.next;
    this.next = new Batch();
    this.#inFlight = batch.records;
    return batch;
  }

  protected async write({ records }: Batch): Promise<() => void> {
    try {
      await this.shared.queue.writeRecords([...records.values()]);
    } catch (error) {
      this.shared.options.report(messageOf(error));
    }
    return () => {
      this.#inFlight = new Map();
      // What others have written to the same ones meanwhile was passed over.
      void this.read();
    };
  }

  /** What was read before may not be there any more: all is read anew. */
  doubt(): void {
    this.#until = 0;
    void this.read();
  }

  /** Resolves when they have been read once, however long that takes. */
  async load(): Promise<void> {
    while (!await this.read() && !this.shared.isClosed) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.shared.router.clock.after(TRY_AGAIN, resolve);
      await promise;
    }
  }

  /** Takes in what others have written; false if the queue cannot be asked. */
  async read(): Promise<boolean> {
    if (this.#isReading) return this.#isStale = true;
    this.#isReading = true;
    this.#isStale = false;
    let isRead = true;
    try {
      const since = this.#until;
      const changes = await this.shared.queue.records(since);
      if (this.shared.isClosed) return false;
      // It may have been doubted meanwhile.
      if (this.#until === since) this.#takeIn(changes, since === 0);
      else this.#isStale = true;
    } catch {
      // The queue says by itself when it cannot be reached.
      isRead = false;
    } finally {
      this.#isReading = false;
    }
    return isRead && this.#isStale ? await this.read() : isRead;
  }

  #takeIn({ records, dead, notDead, until }: ChangedRecords, areAll: boolean): void {
    const { router } = this.shared;
    if (areAll) {
      const numbers = new Set(dead.map(({ number }) => number));
      for (const { job: { number } } of [...router.dead.all()]) {
        if (!numbers.has(number)) router.dead.leaveNumber(number);
      }
    }
    router.dead.takeShared(dead, notDead);
    const isOwn = (name: string) => this.next.records.has(name) || this.#inFlight.has(name);
    const names = new Set<string>();
    let hasOwn = false;
    for (const record of records) {
      const name = nameOf(record.kind, record.key);
      names.add(name);
      if (isOwn(name)) hasOwn = true;
      else this.#takeOne(name, record);
    }
    if (areAll) {
      for (const [name, record] of this.#known) {
        if (!names.has(name) && !isOwn(name)) this.#takeOne(name, { ...record, value: null });
      }
    }
    // What is being written here may be older than what was read: that is looked at again.
    if (!hasOwn) this.#until = until;
    if (until > 0) this.shared.queue.tookRecords(until);
  }

  #takeOne(name: string, record: RecordChange): void {
    const { kind, key, value } = record;
    const known = this.#known.get(name)?.value ?? null;
    if (value === null) this.#known.delete(name);
    else this.#known.set(name, { kind, key: key.slice(), value: value.slice() });
    if (isSame(known, value)) return;
    this.shared.router.records.changed(kind, key, value);
  }
}

function nameOf(kind: string, key: Uint8Array): string {
  return `${kind} ${byteString(key)}`;
}

function isSame(one: Uint8Array | null, other: Uint8Array | null): boolean {
  if (one === null || other === null) return one === other;
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
