import { accessSync, closeSync, constants, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { storeError } from "./sqlite_error.ts";
import {
  createTables,
  isEmpty,
  newHandleBase,
  prepareConnection,
  tryWriting,
} from "./sqlite_schema.ts";
import {
  type JobStore,
  type LoadedJob,
  type StoreBatch,
  type StoredMaxQueue,
  StoreError,
} from "./store.ts";
import { WalSync } from "./wal_sync.ts";

/** How a store is used. */
export interface SqliteStoreOptions {
  /**
   * When what is written is on the disk itself: `always` before {@linkcode SqliteStore.write} returns,
   * a number of milliseconds after that, or `off` when the system pleases. A crash of the program
   * loses nothing in any case; a power cut can.
   */
  readonly sync: "always" | "off" | number;
  /** What the handles of a new store begin with, before a colon and a random id. */
  readonly handlePrefix: string;
  /** All of what they begin with, for a new store that continues another one. */
  readonly handleBase?: string;
  /** Is a file that is not there, or empty, an error? */
  readonly mustExist?: boolean;
  /** Told about syncs that fail, with a number of milliseconds. */
  readonly onError?: (error: StoreError) => void;
}

/** A row of the table of jobs, as it is loaded. */
interface JobRow {
  number: number;
  priority: 0 | 1 | 2;
  due: number;
  attempts: number;
  /** Lengths of the bytes of its function, unique, reducer and payload. */
  f: number;
  u: number;
  r: number;
  length: number;
  /** Those bytes one after the other, perhaps without the payload. */
  bytes: Uint8Array | null;
}

const EMPTY = new Uint8Array(0);
/** Only its owner may read what jobs carry. */
const FILE_MODE = 0o600;
const COLUMNS = "number, function, priority, due, attempts, unique_key, reducer";
const PAGE = `ifnull(length(payload), 0) AS length FROM job WHERE number > ?
  ORDER BY number LIMIT ?`;
const LENGTHS = `ifnull(length(function), 0) AS f, ifnull(length(unique_key), 0) AS u,
  ifnull(length(reducer), 0) AS r`;
const NAMES = "ifnull(function, x'') || ifnull(unique_key, x'') || ifnull(reducer, x'')";
// In one piece: Deno takes half the time for a row with one BLOB that it takes for one with three.
const LOADED = `SELECT number, priority, due, attempts, ${LENGTHS}, CAST(${NAMES}`;

/** Jobs in an SQLite database that one process at a time has for itself. */
export class SqliteStore implements JobStore {
  readonly name: string;
  readonly handleBase: string;
  readonly #database: DatabaseSync;
  readonly #walSync: WalSync | null;
  readonly #statements: Statements;
  #nextNumber: number;
  /** What the database says by itself, without the numbers of the jobs in it. */
  #storedNumber: number;

  private constructor(path: string, database: DatabaseSync, options: SqliteStoreOptions) {
    this.name = nameOf(path);
    this.#database = database;
    const meta = database.prepare(
      "SELECT handle_base AS base, next_number AS number FROM meta",
    ).get() as { base: string; number: number } | undefined;
    if (meta === undefined) throw new StoreError("it is damaged (meta is empty)");
    this.handleBase = meta.base;
    this.#storedNumber = meta.number;
    const { last } = database.prepare("SELECT max(number) AS last FROM job").get() as {
      last: number | null;
    };
    this.#nextNumber = Math.max(meta.number, (last ?? 0) + 1);
    this.#statements = prepareStatements(database);
    const { sync, onError } = options;
    this.#walSync = typeof sync !== "number" ? null : new WalSync(
      `${path}-wal`,
      sync,
      (error) => onError?.(storeError(this.name, error)),
    );
  }

  /**
   * Opens a store, and makes it if there is none.
   *
   * @throws {StoreError} when that is not possible, or another process has it.
   */
  static open(path: string, options: SqliteStoreOptions): SqliteStore {
    let database: DatabaseSync | undefined;
    try {
      makeFile(path, options.mustExist === true);
      database = new DatabaseSync(path);
      prepareConnection(database);
      if (isEmpty(database)) {
        if (options.mustExist) throw new StoreError("it is empty");
        createTables(database, options.handleBase ?? newHandleBase(options.handlePrefix));
      }
      tryWriting(database);
      if (options.sync !== "always") database.exec("PRAGMA synchronous = NORMAL");
      return new SqliteStore(path, database, options);
    } catch (error) {
      closeQuietly(database);
      throw storeError(nameOf(path), error);
    }
  }

  /** @internal The database, for what a store has no words for. */
  get database(): DatabaseSync {
    return this.#database;
  }

  get nextNumber(): number {
    return this.#nextNumber;
  }

  maxQueues(): StoredMaxQueue[] {
    return this.#trying(() =>
      this.#database.prepare("SELECT * FROM max_queue ORDER BY function").all().map((row) => ({
        func: row.function as Uint8Array,
        limits: [row.high, row.normal, row.low] as [number, number, number],
      }))
    );
  }

  load(after: number, count: number, payloadBytes: number): LoadedJob[] {
    return this.#trying(() => {
      const { lengths, load, loadWithout } = this.#statements;
      // All rows at once take Deno half the time of one after the other; so it is counted first.
      const rows = lengths.all(after, count) as unknown as JobRow[];
      const whole = withinBytes(rows, payloadBytes);
      const jobs = (load.all(after, whole) as unknown as JobRow[]).map(wholeJob);
      if (whole === rows.length) return jobs;
      const last = whole === 0 ? after : rows[whole - 1].number;
      const others = loadWithout.all(last, rows.length - whole) as unknown as JobRow[];
      return jobs.concat(others.map(jobWithoutPayload));
    });
  }

  payload(number: number): Uint8Array {
    return this.#trying(() => {
      const row = this.#statements.payload.get(number) as
        | { payload: Uint8Array | null }
        | undefined;
      if (row === undefined) throw new StoreError(`it has no job with number ${number}`);
      return row.payload ?? EMPTY;
    });
  }

  write(batch: StoreBatch): void {
    const { begin, commit } = this.#statements;
    let next = 0;
    try {
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
    this.#walSync?.written();
  }

  close(): void {
    this.#walSync?.close();
    closeQuietly(this.#database);
  }

  #writeJobs({ added, changed, removed }: StoreBatch): void {
    const { add, change, remove } = this.#statements;
    for (const job of added) {
      add.run(
        job.number,
        orNull(job.func),
        job.priority,
        job.due,
        job.attempts,
        orNull(job.unique),
        orNull(job.reducer),
        orNull(job.payload),
      );
    }
    for (const { number, priority, attempts } of changed) change.run(priority, attempts, number);
    for (const number of removed) remove.run(number);
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

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(database: DatabaseSync) {
  const prepare = (text: string): StatementSync => database.prepare(text);
  return {
    begin: prepare("BEGIN IMMEDIATE"),
    commit: prepare("COMMIT"),
    rollback: prepare("ROLLBACK"),
    add: prepare(`INSERT INTO job (${COLUMNS}, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`),
    change: prepare("UPDATE job SET priority = ?, attempts = ? WHERE number = ?"),
    remove: prepare("DELETE FROM job WHERE number = ?"),
    payload: prepare("SELECT payload FROM job WHERE number = ?"),
    lengths: prepare(`SELECT number, ${PAGE}`),
    load: prepare(`${LOADED} || ifnull(payload, x'') AS BLOB) AS bytes, ${PAGE}`),
    // Asked for its length only, SQLite does not read a payload that lies on pages of its own.
    loadWithout: prepare(`${LOADED} AS BLOB) AS bytes, ${PAGE}`),
    limit: prepare("INSERT OR REPLACE INTO max_queue VALUES (?, ?, ?, ?)"),
    unlimit: prepare("DELETE FROM max_queue WHERE function = ?"),
    next: prepare("UPDATE meta SET next_number = ?"),
  };
}

/** How many of the rows may have their payloads with them: up to the one that is too much. */
function withinBytes(rows: readonly JobRow[], bytes: number): number {
  let left = bytes;
  const tooMuch = rows.findIndex(({ length }) => (left -= length) < 0);
  return tooMuch < 0 ? rows.length : tooMuch + 1;
}

function wholeJob(row: JobRow): LoadedJob {
  const payload = (row.bytes ?? EMPTY).subarray(row.f + row.u + row.r);
  return loadedJob(row, payload);
}

function jobWithoutPayload(row: JobRow): LoadedJob {
  return loadedJob(row, null);
}

function loadedJob(row: JobRow, payload: Uint8Array | null): LoadedJob {
  const { number, priority, due, attempts, f, u, r, length: payloadLength } = row;
  const bytes = row.bytes ?? EMPTY;
  return {
    number,
    func: bytes.subarray(0, f),
    unique: u === 0 ? EMPTY : bytes.subarray(f, f + u),
    reducer: r === 0 ? EMPTY : bytes.subarray(f + u, f + u + r),
    payload,
    payloadLength,
    priority,
    due,
    attempts,
  };
}

function orNull(bytes: Uint8Array): Uint8Array | null {
  return bytes.length === 0 ? null : bytes;
}

function nameOf(path: string): string {
  return `sqlite:${path}`;
}

/** SQLite would let others read the file, and tells less about why there can be none. */
function makeFile(path: string, mustExist: boolean): void {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file?.isDirectory()) throw new StoreError("it is a folder");
  // Opening a file that is there and closing it would give up the locks that this process has on it.
  if (file !== undefined) {
    accessSync(path, constants.R_OK | constants.W_OK);
    // The log is made beside it.
    accessSync(dirname(path), constants.W_OK);
    return;
  }
  if (mustExist) throw new StoreError("there is no such file");
  if (statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new StoreError(`there is no folder ${dirname(path)}`);
  }
  closeSync(openSync(path, "wx", FILE_MODE));
}

function closeQuietly(database: DatabaseSync | undefined): void {
  try {
    database?.close();
  } catch {
    // It was not open any more.
  }
}
