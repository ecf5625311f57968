import { realpathSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { checkedNextNumber } from "./handle.ts";
import { isCount } from "./imported_job.ts";
import { storeError } from "./sqlite_error.ts";
import { causeOfFailure, makeFile } from "./sqlite_file.ts";
import {
  createTables,
  isEmpty,
  type Meta,
  newHandleBase,
  prepareConnection,
  readMeta,
  tryWriting,
} from "./sqlite_schema.ts";
import {
  addJobs,
  type JobRow,
  jobWithoutPayload,
  prepareStatements,
  removeJobs,
  type Statements,
  wholeJob,
} from "./sqlite_statements.ts";
import type { SyncTime } from "./sqlite_sync.ts";
import {
  type JobStore,
  type LoadedJob,
  type StoreBatch,
  type StoredMaxQueue,
  StoreError,
} from "./store.ts";
import { type FileSync, WalSync } from "./wal_sync.ts";

/**
 * How a {@linkcode SqliteStore} is opened.
 *
 * @example
 * ```ts
 * import { SqliteStore, type SqliteStoreOptions } from "@geartrain/server/store";
 * import { assert } from "@std/assert";
 *
 * const options: SqliteStoreOptions = { sync: "off", handlePrefix: "H:web1" };
 * const store = SqliteStore.open(Deno.makeTempFileSync({ suffix: ".db" }), options);
 * assert(store.handleBase.startsWith("H:web1:"));
 * store.close();
 * ```
 */
export interface SqliteStoreOptions {
  /**
   * When new jobs and limits are safe from a power cut: `"always"` before
   * {@linkcode SqliteStore.write} returns, a number of milliseconds later at most, or `"off"` when
   * the system likes. What changes and ends is safe 100 ms later with `"always"`. A crash of the
   * process loses nothing in any case, and the database stays whole.
   * @default {"always"}
   */
  readonly sync?: SyncTime;
  /**
   * What the handles of a new store begin with, before a colon and a random id.
   * @default {"H:geartrain"}
   */
  readonly handlePrefix?: string;
  /** All of what they begin with, for a new store that continues another one. */
  readonly handleBase?: string;
  /**
   * Is a file that is not there, or empty, an error?
   * @default {false}
   */
  readonly mustExist?: boolean;
  /** Told about a sync that was to be done later and failed. */
  readonly onError?: (error: StoreError) => void;
}

const DEFAULT_PREFIX = "H:geartrain";
/** When changes and ends are synced if what is new is synced at once, in milliseconds. */
const ENDED_SYNC = 100;
const EMPTY = new Uint8Array(0);

/**
 * Jobs in an SQLite database, which belongs to one process at a time.
 *
 * @example
 * ```ts
 * import { Server } from "@geartrain/server";
 * import { SqliteStore } from "@geartrain/server/store";
 * import { assertEquals } from "@std/assert";
 *
 * const path = Deno.makeTempFileSync({ suffix: ".db" });
 * {
 *   await using server = new Server({ store: SqliteStore.open(path) });
 *   server.enqueueJob({ function: "resize", payload: "cat.png" });
 * }
 * await using server = new Server({ store: SqliteStore.open(path) });
 * assertEquals(await server.loaded, 1);
 * ```
 */
export class SqliteStore implements JobStore {
  readonly name: string;
  readonly handleBase: string;
  readonly #database: DatabaseSync;
  readonly #syncsAlways: boolean;
  readonly #walSync: WalSync | null;
  readonly #statements: Statements;
  /** Does a commit return only when the disk has it? */
  #isFull = true;
  #nextNumber: number;
  /** What the database says by itself, without the numbers of the jobs in it. */
  #storedNumber: number;

  private constructor(
    name: string,
    path: string,
    database: DatabaseSync,
    { handleBase, storedNumber, lastNumber }: Meta,
    { sync = "always", onError = () => {} }: SqliteStoreOptions,
    fileSync?: FileSync,
  ) {
    this.name = name;
    this.#database = database;
    this.handleBase = handleBase;
    this.#storedNumber = checkedNextNumber(storedNumber);
    this.#nextNumber = checkedNextNumber(Math.max(storedNumber, lastNumber + 1));
    this.#statements = prepareStatements(database);
    this.#syncsAlways = sync === "always";
    this.#walSync = sync === "off" ? null : new WalSync(
      `${path}-wal`,
      sync === "always" ? ENDED_SYNC : sync,
      (error) => {
        onError(storeError(this.name, error));
        this.#checkpoint(onError);
      },
      fileSync,
    );
  }

  /**
   * After a sync that failed the system may count as written what is not, and a later sync says
   * nothing of it: what is in the log is written to the database, and that is synced.
   */
  #checkpoint(onError: (error: StoreError) => void): void {
    try {
      this.#database.exec("PRAGMA wal_checkpoint(FULL)");
    } catch (error) {
      onError(storeError(this.name, error));
    }
  }

  /**
   * Opens a store, and makes it if there is none; only its owner may read a new one.
   *
   * @param fileSync what syncs the log some time after a write; tests have their own.
   * @throws {StoreError} when it cannot be opened or written to, another process has it, it is
   * damaged, or it belongs to another program or a newer version.
   */
  static open(
    path: string,
    options: SqliteStoreOptions = {},
    fileSync?: FileSync,
  ): SqliteStore {
    const { handlePrefix = DEFAULT_PREFIX, mustExist = false } = options;
    let database: DatabaseSync | undefined;
    let realPath: string | undefined;
    try {
      const isNewFile = makeFile(path, mustExist);
      // SQLite puts the log beside the file that a link leads to, and knows names that are no files.
      realPath = realpathSync(path);
      database = new DatabaseSync(realPath);
      prepareConnection(database, isNewFile);
      if (isEmpty(database)) {
        if (mustExist) throw new StoreError("it is empty");
        createTables(database, options.handleBase ?? newHandleBase(handlePrefix));
      }
      tryWriting(database);
      return new SqliteStore(
        nameOf(path),
        realPath,
        database,
        readMeta(database),
        options,
        fileSync,
      );
    } catch (error) {
      closeQuietly(database);
      const cause = realPath === undefined ? error : causeOfFailure(realPath, error);
      throw storeError(nameOf(path), cause);
    }
  }

  /** @internal The database, for what a store has no words for. */
  get database(): DatabaseSync {
    return this.#database;
  }

  /** See {@linkcode JobStore}. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** See {@linkcode JobStore}. */
  maxQueues(): StoredMaxQueue[] {
    return this.#trying(() =>
      this.#statements.maxQueues.all().map((row) => {
        const limits = [row.high, row.normal, row.low];
        if (!(row.function instanceof Uint8Array) || !limits.every(isCount)) {
          throw new StoreError("it is damaged (the limit of a function cannot be read)");
        }
        return { func: row.function, limits: limits as [number, number, number] };
      })
    );
  }

  /** See {@linkcode JobStore}. */
  load(after: number, count: number, payloadBytes: number): LoadedJob[] {
    return this.#trying(() => {
      const { within, load, loadWithout } = this.#statements;
      const most = Math.min(payloadBytes, Number.MAX_SAFE_INTEGER);
      const { whole } = within.get(after, count, most) as { whole: number };
      // All rows at once take Deno half the time of one after the other.
      const jobs = (load.all(after, whole) as unknown as JobRow[]).map(wholeJob);
      const last = jobs.at(-1)?.number ?? after;
      const others = whole === count ? [] : loadWithout.all(last, count - whole);
      return inOrder(jobs.concat((others as unknown as JobRow[]).map(jobWithoutPayload)), after);
    });
  }

  /** See {@linkcode JobStore}. */
  payload(number: number): Uint8Array {
    return this.#trying(() => {
      const row = this.#statements.payload.get(number) as
        | { payload: Uint8Array | null }
        | undefined;
      if (row === undefined) throw new StoreError(`it has no job with number ${number}`);
      return row.payload ?? EMPTY;
    });
  }

  /** See {@linkcode JobStore}. */
  write(batch: StoreBatch): void {
    const { begin, commit } = this.#statements;
    // Nobody waits to hear that a job is taken out: at worst it runs once more after a power cut.
    const mustSync = this.#syncsAlways && batch.added.length + batch.maxQueues.length > 0;
    let next = 0;
    try {
      if (mustSync !== this.#isFull) this.#setFull(mustSync);
      begin.run();
      this.#writeJobs(batch);
      this.#writeMaxQueues(batch);
      next = this.#writeNextNumber(batch);
      commit.run();
    } catch (error) {
      this.#rollBack();
      throw storeError(this.name, error);
    }
    this.#nextNumber = Math.max(this.#nextNumber, next);
    if (!mustSync) this.#walSync?.written();
  }

  /** See {@linkcode JobStore}. */
  close(): void {
    this.#walSync?.close();
    closeQuietly(this.#database);
  }

  #setFull(isFull: boolean): void {
    this.#database.exec(`PRAGMA synchronous = ${isFull ? "FULL" : "NORMAL"}`);
    this.#isFull = isFull;
  }

  #writeJobs({ added, changed, removed }: StoreBatch): void {
    const { change } = this.#statements;
    addJobs(this.#statements, added);
    for (const { number, priority, attempts } of changed) change.run(priority, attempts, number);
    removeJobs(this.#statements, removed);
  }

  #writeMaxQueues({ maxQueues }: StoreBatch): void {
    const { limit, unlimit } = this.#statements;
    for (const { func, limits: [high, normal, low] } of maxQueues) {
      if (high === 0 && normal === 0 && low === 0) unlimit.run(func);
      else limit.run(func, high, normal, low);
    }
  }

  /** What is known of numbers while their jobs are there need not be written as well. */
  #writeNextNumber({ added, removed, nextNumber }: StoreBatch): number {
    const next = added.reduce((next, { number }) => Math.max(next, number + 1), nextNumber);
    const isTold = nextNumber > this.#storedNumber;
    if (isTold || removed.some((number) => number >= this.#storedNumber)) {
      this.#statements.next.run(Math.max(next, this.#nextNumber));
      this.#storedNumber = Math.max(next, this.#nextNumber);
    }
    return next;
  }

  #rollBack(): void {
    try {
      this.#statements.rollback.run();
    } catch {
      // SQLite has done so by itself, or has not begun.
    }
    this.#storedNumber = 0;
  }

  #trying<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw storeError(this.name, error);
    }
  }
}

/** In a damaged table rows may come again and again. */
function inOrder(jobs: LoadedJob[], after: number): LoadedJob[] {
  let last = after;
  for (const { number } of jobs) {
    if (number <= last) throw new StoreError(`it is damaged (job ${number} comes after ${last})`);
    last = number;
  }
  return jobs;
}

function nameOf(path: string): string {
  return `sqlite:${path}`;
}

function closeQuietly(database: DatabaseSync | undefined): void {
  try {
    database?.close();
  } catch {
    // It was not open any more.
  }
}
