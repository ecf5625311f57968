import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { byteString } from "../protocol/mod.ts";
import { storeError } from "./sqlite_errors.ts";
import { prepareSchema } from "./sqlite_schema.ts";
import type { SyncTime } from "./sqlite_sync.ts";
import {
  type JobStore,
  type LoadedJob,
  type StoreBatch,
  type StoredJob,
  type StoredMaxQueue,
  StoreError,
} from "./store.ts";
import { WalSync } from "./wal_sync.ts";

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
   * When what is written is safe from a power cut: `"always"` before a write returns, a number of
   * milliseconds later at most, or `"off"` when the system likes. A crash of the process loses
   * nothing in any case, and the database stays whole.
   * @default {"always"}
   */
  readonly sync?: SyncTime;
  /**
   * What the handles of a new store begin with.
   * @default {"H:geartrain"}
   */
  readonly handlePrefix?: string;
  /** Told when a sync that was to be done later failed. */
  readonly onError?: (error: Error) => void;
}

const EMPTY = new Uint8Array(0);

interface Row {
  number: number;
  function: number;
  priority: 0 | 1 | 2;
  due: number;
  attempts: number;
  uniq: Uint8Array | null;
  reducer: Uint8Array | null;
  length: number;
}

/**
 * Jobs in an SQLite database, which belongs to one server at a time.
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
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #sync: WalSync | null;
  readonly #statements: Statements;
  readonly #functionIds: Map<string, number> = new Map();
  readonly #functionNames: Map<number, Uint8Array> = new Map();
  /** The function of the job before: mostly it is that of the next one too. */
  #lastName: Uint8Array = EMPTY;
  #lastId = 0;
  readonly #syncs: boolean;
  /** Does a commit return only when the disk has it? */
  #isFull = false;
  #nextNumber: number;

  private constructor(path: string, database: DatabaseSync, options: SqliteStoreOptions) {
    const { sync = "always", handlePrefix = "H:geartrain", onError = () => {} } = options;
    this.#path = path;
    this.#database = database;
    this.name = nameOf(path);
    // Whoever holds the lock has the database to himself, and needs no shared memory for its index.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = 16384");
    database.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 4000");
    database.exec("PRAGMA synchronous = NORMAL");
    this.#syncs = sync === "always";
    database.exec("BEGIN EXCLUSIVE");
    prepareSchema(database, this.name, handlePrefix);
    database.exec("COMMIT");
    this.#statements = statementsFor(database);
    this.handleBase = this.#meta("handle_base") as string;
    this.#nextNumber = this.#meta("next_number") as number;
    for (const row of database.prepare("SELECT id, name FROM function").all()) {
      const { id, name } = row as { id: number; name: Uint8Array };
      this.#functionIds.set(byteString(name), id);
      this.#functionNames.set(id, name);
    }
    this.#sync = WalSync.of(path, sync, (error) => onError(storeError(error, this.name, path)));
  }

  /**
   * Opens a database, or makes a new one that only its owner may read.
   *
   * @throws {StoreError} when it cannot be opened or written to, is in use, is corrupt, or belongs to
   * another program or a newer version.
   */
  static open(path: string, options: SqliteStoreOptions = {}): SqliteStore {
    let database: DatabaseSync | undefined;
    try {
      closeSync(openSync(path, "a", 0o600));
      database = new DatabaseSync(path);
      return new SqliteStore(path, database, options);
    } catch (error) {
      database?.close();
      throw storeError(error, nameOf(path), path);
    }
  }

  /** @internal The connection, for tests. */
  get database(): DatabaseSync {
    return this.#database;
  }

  /** See {@linkcode JobStore}. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  #meta(name: string): unknown {
    const row = this.#database.prepare("SELECT value FROM meta WHERE name = ?").get(name);
    if (row === undefined) throw new StoreError(`${this.name}: it is corrupt (no ${name})`);
    return (row as { value: unknown }).value;
  }

  /** See {@linkcode JobStore}. */
  maxQueues(): StoredMaxQueue[] {
    return this.#do(() =>
      this.#database.prepare("SELECT * FROM max_queue").all().map((row) => {
        const { function: func, high, normal, low } = row as Record<string, number> & {
          function: never;
        };
        return { func, limits: [high, normal, low] };
      })
    );
  }

  /** See {@linkcode JobStore}. */
  load(after: number, count: number, payloadBytes: number): LoadedJob[] {
    return this.#do(() => {
      const rows = this.#statements.load.all(after, count) as unknown as Row[];
      const withPayload = countWithin(rows, payloadBytes);
      const last = withPayload === 0 ? after : rows[withPayload - 1].number;
      const payloads = withPayload === 0
        ? []
        : this.#statements.payloads.all(after, last) as { payload: Uint8Array | null }[];
      return rows.map((row, index) =>
        this.#loaded(row, index < withPayload ? payloads[index].payload ?? EMPTY : null)
      );
    });
  }

  #loaded(row: Row, payload: Uint8Array | null): LoadedJob {
    const func = this.#functionNames.get(row.function);
    if (func === undefined) {
      throw new StoreError(`${this.name}: it is corrupt (job ${row.number} has no function)`);
    }
    return {
      number: row.number,
      func,
      unique: row.uniq ?? EMPTY,
      reducer: row.reducer ?? EMPTY,
      payload: row.length === 0 ? EMPTY : payload,
      payloadLength: row.length,
      priority: row.priority,
      due: row.due,
      attempts: row.attempts,
    };
  }

  /** See {@linkcode JobStore}. */
  payload(number: number): Uint8Array {
    return this.#do(() => {
      const row = this.#statements.payload.get(number) as
        | { payload: Uint8Array | null }
        | undefined;
      if (row === undefined) throw new StoreError(`${this.name}: there is no job ${number}`);
      return row.payload ?? EMPTY;
    });
  }

  /** See {@linkcode JobStore}. */
  write(batch: StoreBatch): void {
    const newFunctions: string[] = [];
    const mustSync = this.#syncs && (batch.added.length > 0 || batch.maxQueues.length > 0);
    try {
      if (mustSync !== this.#isFull) this.#setFull(mustSync);
      this.#statements.begin.run();
      this.#writeAll(batch, newFunctions);
      this.#statements.commit.run();
    } catch (error) {
      this.#rollBack(newFunctions);
      throw storeError(error, this.name, this.#path);
    }
    this.#nextNumber = Math.max(this.#nextNumber, batch.nextNumber);
    if (!mustSync) this.#sync?.wrote();
  }

  /** Nobody waits to hear that a job is taken out: at worst it runs once more after a power cut. */
  #setFull(isFull: boolean): void {
    this.#database.exec(`PRAGMA synchronous = ${isFull ? "FULL" : "NORMAL"}`);
    this.#isFull = isFull;
  }

  #writeAll(batch: StoreBatch, newFunctions: string[]): void {
    const { remove, change, setMaxQueue, dropMaxQueue, setNextNumber } = this.#statements;
    for (const job of batch.added) this.#add(job, newFunctions);
    for (const { number, priority, attempts } of batch.changed) {
      change.run(priority, attempts, number);
    }
    for (const number of batch.removed) remove.run(number);
    for (const { func, limits } of batch.maxQueues) {
      if (limits.every((limit) => limit === 0)) dropMaxQueue.run(func);
      else setMaxQueue.run(func, ...limits);
    }
    if (batch.nextNumber > this.#nextNumber) setNextNumber.run(batch.nextNumber);
  }

  #add(job: StoredJob, newFunctions: string[]): void {
    const { number, func, unique, reducer, payload, priority, due, attempts } = job;
    const id = this.#functionId(func, newFunctions);
    if (unique.length + reducer.length + due + attempts === 0) {
      // Few values make it a third faster, and most jobs have no others.
      this.#statements.addPlain.run(number, id, priority, orNull(payload));
      return;
    }
    const { add } = this.#statements;
    add.run(
      number,
      id,
      priority,
      due,
      attempts,
      orNull(unique),
      orNull(reducer),
      orNull(payload),
    );
  }

  #functionId(name: Uint8Array, newFunctions: string[]): number {
    if (name === this.#lastName) return this.#lastId;
    this.#lastId = this.#findFunctionId(name, newFunctions);
    this.#lastName = name;
    return this.#lastId;
  }

  #findFunctionId(name: Uint8Array, newFunctions: string[]): number {
    const key = byteString(name);
    const known = this.#functionIds.get(key);
    if (known !== undefined) return known;
    const id = Number(this.#statements.addFunction.run(name).lastInsertRowid);
    this.#functionIds.set(key, id);
    this.#functionNames.set(id, name.slice());
    newFunctions.push(key);
    return id;
  }

  #rollBack(newFunctions: readonly string[]): void {
    this.#lastName = EMPTY;
    for (const key of newFunctions) {
      this.#functionNames.delete(this.#functionIds.get(key)!);
      this.#functionIds.delete(key);
    }
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // It had not begun, or SQLite has rolled back by itself.
    }
  }

  /** See {@linkcode JobStore}. */
  close(): void {
    this.#sync?.close();
    this.#do(() => this.#database.close());
  }

  #do<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      throw storeError(error, this.name, this.#path);
    }
  }
}

type Statements = Record<
  | "begin"
  | "commit"
  | "add"
  | "addPlain"
  | "addFunction"
  | "remove"
  | "change"
  | "load"
  | "payloads"
  | "payload"
  | "setMaxQueue"
  | "dropMaxQueue"
  | "setNextNumber",
  StatementSync
>;

function statementsFor(database: DatabaseSync): Statements {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    begin: prepare("BEGIN"),
    commit: prepare("COMMIT"),
    add: prepare("INSERT INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
    addPlain: prepare(
      "INSERT INTO job (number, function, priority, due, attempts, payload) VALUES (?, ?, ?, 0, 0, ?)",
    ),
    addFunction: prepare("INSERT INTO function (name) VALUES (?)"),
    remove: prepare("DELETE FROM job WHERE number = ?"),
    change: prepare("UPDATE job SET priority = ?, attempts = ? WHERE number = ?"),
    load: prepare(
      "SELECT number, function, priority, due, attempts, uniq, reducer, " +
        "coalesce(length(payload), 0) AS length FROM job WHERE number > ? ORDER BY number LIMIT ?",
    ),
    payloads: prepare(
      "SELECT payload FROM job WHERE number > ? AND number <= ? ORDER BY number",
    ),
    payload: prepare("SELECT payload FROM job WHERE number = ?"),
    setMaxQueue: prepare("INSERT OR REPLACE INTO max_queue VALUES (?, ?, ?, ?)"),
    dropMaxQueue: prepare("DELETE FROM max_queue WHERE function = ?"),
    setNextNumber: prepare("UPDATE meta SET value = ? WHERE name = 'next_number'"),
  };
}

/** How many of the first payloads are no longer than this together. */
function countWithin(rows: readonly Row[], bytes: number): number {
  let sum = 0;
  const index = rows.findIndex(({ length }) => (sum += length) > bytes);
  return index < 0 ? rows.length : index;
}

function orNull(bytes: Uint8Array): Uint8Array | null {
  return bytes.length === 0 ? null : bytes;
}

function nameOf(path: string): string {
  return `sqlite:${path}`;
}
