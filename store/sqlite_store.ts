import { EMPTY } from "../protocol/empty.ts";
import type { DatabaseSync } from "node:sqlite";
import { checkedNextNumber } from "./handle.ts";
import { isCount } from "./imported_job.ts";
import { storeError } from "./sqlite_error.ts";
import { causeOfFailure } from "./sqlite_file.ts";
import { DatabaseFiles, type FileLoss } from "./sqlite_files.ts";
import type { PathLock } from "./sqlite_lock.ts";
import { openDatabase, type OpenedDatabase } from "./sqlite_open.ts";
import { inRoom, roomFor, type RoomParts, type SqliteRoom } from "./sqlite_room.ts";
import { type Meta, readMeta, renewHandleBase, tryWriting } from "./sqlite_schema.ts";
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
   * When new jobs and limits are safe from a power cut: `"always"` before the promise of
   * {@linkcode SqliteStore.write} resolves, a number of milliseconds later at most, or `"off"` when
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
  /**
   * Bytes of disk, in a file beside the database, that are kept for the moment when the disk is full:
   * they let it take out what has ended. Without them the database does not grow. 0 keeps none and
   * lets it grow as long as it can; that is for who only reads.
   * @default {33554432}
   */
  readonly reserve?: number;
  /**
   * Told about what no call is there to throw: a sync that was to be done later and failed, no room for
   * the reserve.
   */
  readonly onError?: (error: StoreError) => void;
  /** Told in one line that the store is well again. */
  readonly onNotice?: (message: string) => void;
}

const DEFAULT_PREFIX = "H:geartrain";
/** When changes and ends are synced if what is new is synced at once, in milliseconds. */
const ENDED_SYNC = 100;
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
  readonly #room: SqliteRoom | null;
  readonly #lock: PathLock;
  readonly #files: DatabaseFiles;
  /** Why nothing is written any more. */
  #loss: StoreError | null = null;
  readonly #onError: (error: StoreError) => void;
  readonly #statements: Statements;
  /** Numbers of jobs that were refused, as they could not be synced, and are still to be taken out. */
  #refused: number[] = [];
  #nextNumber: number;
  /** What the database says by itself, without the numbers of the jobs in it. */
  #storedNumber: number;

  private constructor(
    name: string,
    { path, database, lock }: OpenedDatabase,
    { handleBase, storedNumber, lastNumber }: Meta,
    { sync = "always", onError = () => {} }: SqliteStoreOptions,
    room: SqliteRoom | null,
    fileSync?: FileSync,
  ) {
    this.name = name;
    this.#room = room;
    this.#lock = lock;
    this.#files = new DatabaseFiles(path);
    this.#onError = onError;
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
        this.#checkpoint();
      },
      fileSync,
    );
  }

  /**
   * After a sync that failed the system may count as written what is not, and a later sync says
   * nothing of it: what is in the log is written to the database, and that is synced.
   */
  #checkpoint(): void {
    try {
      this.#database.exec("PRAGMA wal_checkpoint(FULL)");
    } catch (error) {
      this.#onError(storeError(this.name, error));
    }
  }

  /**
   * Opens a store, and makes it if there is none; only its owner may read a new one.
   *
   * @param fileSync what syncs the log some time after a write; tests have their own.
   * @param parts what keeps room on the disk; tests have their own.
   * @throws {StoreError} when it cannot be opened or written to, another process has it, it is
   * damaged, or it belongs to another program or a newer version.
   */
  static open(
    path: string,
    options: SqliteStoreOptions = {},
    fileSync?: FileSync,
    parts: RoomParts = {},
  ): SqliteStore {
    const { handlePrefix = DEFAULT_PREFIX, mustExist = false, handleBase } = options;
    const name = nameOf(path);
    let opened: OpenedDatabase | undefined;
    let room: SqliteRoom | null = null;
    try {
      opened = openDatabase(path, { handlePrefix, mustExist, handleBase });
      const { database } = opened;
      room = roomFor(name, opened.path, database, options, parts);
      inRoom(room, () => tryWriting(database));
      // Who only reads leaves it as it is, and who continues another one has its handles.
      if (!mustExist && handleBase === undefined) {
        inRoom(room, () => renewHandleBase(database, handlePrefix));
      }
      // From now on the log is synced beside the event loop, not within each commit.
      database.exec("PRAGMA synchronous = NORMAL");
      return new SqliteStore(name, opened, readMeta(database), options, room, fileSync);
    } catch (error) {
      closeDatabase(name, opened?.database, options.onError);
      room?.close();
      opened?.lock.release();
      const cause = opened === undefined ? error : causeOfFailure(opened.path, error);
      throw storeError(name, cause);
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

  /** See {@linkcode JobStore}. Its files may have been deleted, replaced or cut by somebody. */
  inspect(): void {
    if (this.#loss !== null || !this.#database.isOpen) return;
    const loss = this.#trying(() => this.#files.check());
    if (loss === null) return;
    const rest = this.#salvage(loss);
    const text = `${loss.text}; it takes no jobs until a restart${rest}`;
    this.#loss = storeError(this.name, new StoreError(text));
    throw this.#loss;
  }

  /** Saves what can be saved; says what that is. */
  #salvage({ file, fate }: FileLoss): string {
    try {
      if (file === "log" && fate === "cut") {
        this.#files.emptyLog();
        return "; what was in the log is lost, a copy of the rest is in the file named -wal-damaged";
      }
      if (file === "log") {
        this.#database.exec("PRAGMA wal_checkpoint(FULL)");
        return "; all that was in the log is in the database now";
      }
      if (fate === "replaced") this.#files.moveLog();
      return "";
    } catch (error) {
      return `; ${(error as Error).message}`;
    }
  }

  /** See {@linkcode JobStore}. With `sync: "always"`, new jobs and limits make it take its time. */
  write(batch: StoreBatch): void | Promise<void> {
    if (this.#loss !== null) throw this.#loss;
    if (batch.added.length > 0) this.#room?.beforeAdding();
    try {
      inRoom(this.#room, () => this.#commit(batch));
    } catch (error) {
      throw storeError(this.name, error, this.#room?.isLimited);
    }
    this.#room?.written();
    // Nobody waits to hear that a job is taken out: at worst it runs once more after a power cut.
    const mustSync = this.#syncsAlways && batch.added.length + batch.maxQueues.length > 0;
    if (mustSync) return this.#walSync!.now().catch((error) => this.#takeBack(batch, error));
    this.#walSync?.written();
  }

  /** Writes a batch to the log. A crash of the process loses nothing of it any more. */
  #commit(given: StoreBatch): void {
    const { begin, commit } = this.#statements;
    const batch = { ...given, removed: given.removed.concat(this.#refused) };
    let next = 0;
    try {
      begin.run();
      this.#writeJobs(batch);
      this.#writeMaxQueues(batch);
      next = this.#writeNextNumber(batch);
      commit.run();
    } catch (error) {
      this.#rollBack();
      throw error;
    }
    this.#refused = [];
    this.#nextNumber = Math.max(this.#nextNumber, next);
  }

  /** The jobs of a batch that could not be synced are refused: they must not come back by themselves. */
  #takeBack({ added }: StoreBatch, error: Error): never {
    // No StoreFullError: less of it would be jobs with numbers that are to be taken out.
    const failure = new StoreError(storeError(this.name, error).message, { cause: error });
    this.#refused.push(...added.map(({ number }) => number));
    this.#checkpoint();
    try {
      this.#commit({ added: [], changed: [], removed: [], maxQueues: [], nextNumber: 0 });
    } catch {
      // The next batch that can be written takes them out.
    }
    throw failure;
  }

  /** See {@linkcode JobStore}. */
  close(): void {
    this.#walSync?.close();
    if (!this.#database.isOpen) return;
    this.#files.close(() => closeDatabase(this.name, this.#database, this.#onError));
    this.#room?.close();
    this.#lock.release();
  }

  #writeJobs({ added, changed, removed }: StoreBatch): void {
    const { change } = this.#statements;
    // What they leave is room for the others, when there is no other.
    removeJobs(this.#statements, removed);
    addJobs(this.#statements, added);
    const isAdded = new Set(added.map(({ number }) => number));
    removeJobs(this.#statements, removed.filter((number) => isAdded.has(number)));
    for (const { number, priority, attempts } of changed) change.run(priority, attempts, number);
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

/** Whoever closes cannot do anything about an error; all is written by then that could be. */
function closeDatabase(
  name: string,
  database: DatabaseSync | undefined,
  onError: (error: StoreError) => void = () => {},
): void {
  try {
    if (database?.isOpen) database.close();
  } catch (error) {
    onError(storeError(name, error));
  }
}
