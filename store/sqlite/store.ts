/**
 * A store in an SQLite database. `open.ts` opens it, with the tables of `schema.ts` and, for older ones,
 * `upgrade.ts`; `reader.ts` and `writer.ts` read and write rows by the statements of `statements.ts`;
 * `room.ts` copes with a full disk, `files.ts` with files that somebody takes away, `wal_sync.ts` with
 * power cuts, `salvage.ts` and `report.ts` with damage.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { isTooLarge, storeError } from "./error.ts";
import { causeOfFailure } from "./file.ts";
import { DatabaseFiles, type FileLoss } from "./files.ts";
import type { PathLock } from "./lock.ts";
import { openDatabase, type OpenedDatabase } from "./open.ts";
import { type JobPage, TableReader } from "./reader.ts";
import { inRoom, roomFor, type RoomParts, type SqliteRoom } from "./room.ts";
import { type Meta, readMeta, renewHandleBase, SCHEMA_VERSION, tryWriting } from "./schema.ts";
import { prepareStatements } from "./statements.ts";
import { BatchWriter } from "./writer.ts";
import {
  type LoadedJob,
  type LocalStore,
  type OpenedStore,
  type StoreBatch,
  type StoredMaxQueue,
  type StoredRecord,
  StoreError,
} from "../store.ts";
import { type FileSync, type SyncTime, WalSync } from "./wal_sync.ts";

/** How a {@linkcode SqliteStore} is opened. */
export interface SqliteStoreOptions {
  /**
   * When new jobs, limits and records are safe from a power cut: `"always"` before the promise of
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
   * Does a file of an older version stay as it is? It can be read then, but not written to. Else it is
   * brought up to date, and a copy of the older one stays beside it.
   * @default {false}
   */
  readonly asItIs?: boolean;
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
/** So many numbers of damaged jobs are told in one line. */
const NUMBERS_SHOWN = 10;

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
export class SqliteStore implements LocalStore {
  readonly name: string;
  /** See {@linkcode OpenedStore}. */
  readonly handleBase: string;
  /** @internal What was found when it was opened. */
  readonly warnings: readonly string[];
  /** @internal The database, for what a store has no words for. */
  readonly database: DatabaseSync;
  readonly #syncsAlways: boolean;
  readonly #walSync: WalSync | null;
  readonly #room: SqliteRoom | null;
  readonly #lock: PathLock;
  /** @internal The version of its tables. */
  readonly format: number;
  readonly #files: DatabaseFiles;
  /** Why nothing is written any more. */
  #loss: StoreError | null = null;
  readonly #onError: (error: StoreError) => void;
  readonly #reader: TableReader;
  readonly #writer: BatchWriter;

  private constructor(
    name: string,
    { path, database, lock, format, warnings }: OpenedDatabase,
    meta: Meta,
    { sync = "always", onError = () => {} }: SqliteStoreOptions,
    room: SqliteRoom | null,
    fileSync?: FileSync,
  ) {
    this.name = name;
    this.#room = room;
    this.#lock = lock;
    this.format = format;
    this.warnings = warnings;
    this.#files = new DatabaseFiles(path);
    this.#onError = onError;
    this.database = database;
    this.handleBase = meta.handleBase;
    const statements = prepareStatements(database, format);
    this.#reader = new TableReader(statements);
    this.#writer = new BatchWriter(statements, meta);
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

  /** Bytes of its files, as they were a second ago at most while a server has it open. */
  get size(): number {
    return this.#files.size;
  }

  /**
   * After a sync that failed the system may count as written what is not, and a later sync says
   * nothing of it: what is in the log is written to the database, and that is synced.
   */
  #checkpoint(): void {
    try {
      this.database.exec("PRAGMA wal_checkpoint(FULL)");
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
    const { handlePrefix = DEFAULT_PREFIX, mustExist = false, handleBase, asItIs = false } =
      options;
    const name = `sqlite:${path}`;
    let opened: OpenedDatabase | undefined;
    let room: SqliteRoom | null = null;
    try {
      opened = openDatabase(path, { handlePrefix, mustExist, handleBase, asItIs });
      const { database } = opened;
      room = roomFor(name, opened.path, database, options, parts);
      inRoom(room, () => tryWriting(database));
      // Who only reads leaves it as it is, and who continues another one has its handles.
      if (!mustExist && handleBase === undefined) {
        inRoom(room, () => renewHandleBase(database, handlePrefix));
      }
      // From now on the log is synced beside the event loop, not within each commit.
      database.exec("PRAGMA synchronous = NORMAL");
      const store = new SqliteStore(name, opened, readMeta(database), options, room, fileSync);
      for (const warning of opened.warnings) {
        options.onError?.(storeError(name, new StoreError(warning)));
      }
      for (const notice of opened.notices) options.onNotice?.(`${name}: ${notice}`);
      return store;
    } catch (error) {
      closeDatabase(name, opened?.database, options.onError);
      room?.close();
      opened?.lock.release();
      const cause = opened === undefined ? error : causeOfFailure(opened.path, error);
      throw storeError(name, cause);
    }
  }

  /** Is it no file of an older version that stays as it is? */
  get #isCurrent(): boolean {
    return this.format === SCHEMA_VERSION;
  }

  /** See {@linkcode JobStore}. */
  open(): OpenedStore {
    const { handleBase, nextNumber } = this;
    return { handleBase, nextNumber, maxQueues: this.maxQueues(), records: this.records() };
  }

  /** See {@linkcode JobStore}. */
  get nextNumber(): number {
    return this.#writer.nextNumber;
  }

  /** See {@linkcode JobStore}. */
  maxQueues(): StoredMaxQueue[] {
    return this.#trying(() => this.#reader.maxQueues());
  }

  /** See {@linkcode LocalStore}. */
  records(): StoredRecord[] {
    return this.#trying(() => this.#reader.records());
  }

  /** See {@linkcode JobStore}. Damaged jobs are set aside, and `onError` is told of them. */
  load(after: number, count: number, payloadBytes: number): LoadedJob[] {
    for (;;) {
      let damaged: readonly (number | string)[];
      try {
        const page = this.read(after, count, payloadBytes);
        if (page.damaged.length === 0) return page.jobs;
        damaged = page.damaged;
      } catch (error) {
        // One of them cannot even be asked for.
        damaged = this.#isCurrent && isTooLarge(error) ? this.#reader.unreadable() : [];
        if (damaged.length === 0) throw error;
      }
      this.setAside(damaged);
    }
  }

  /** @internal What {@linkcode load} gives, but nothing is set aside. */
  read(after: number, count: number, payloadBytes: number): JobPage {
    return this.#trying(() => this.#reader.page(after, count, payloadBytes));
  }

  /** See {@linkcode JobStore}. Damaged jobs are set aside, and `onError` is told of them. */
  payloads(numbers: readonly number[]): Map<number, Uint8Array> {
    const found = new Map<number, Uint8Array>();
    const damaged: number[] = [];
    for (const number of numbers) {
      const payload = this.#trying(() => this.#reader.payload(number));
      if (payload === null) damaged.push(number);
      else if (payload !== undefined) found.set(number, payload);
    }
    if (damaged.length > 0) this.setAside(damaged);
    return found;
  }

  /** @internal They are kept for whoever wants to look at them, but no worker gets them. */
  setAside(numbers: readonly (number | string)[]): void {
    const some = numbers.slice(0, NUMBERS_SHOWN).join(", ");
    const others = numbers.length - NUMBERS_SHOWN;
    const rest = others > 0 ? ` and ${others} more` : "";
    const text = `${this.name}: it is damaged: not as stored, jobs ${some}${rest}`;
    if (!this.#isCurrent) throw new StoreError(text);
    this.#trying(() => inRoom(this.#room, () => this.#writer.setAside(numbers)));
    this.#onError(new StoreError(`${text}; they are set aside, and no worker gets them`));
  }

  /** @internal Numbers of damaged jobs that were set aside. */
  damaged(): string[] {
    return this.#trying(() => this.#reader.damaged());
  }

  /** See {@linkcode JobStore}. Its files may have been deleted, replaced or cut by somebody. */
  inspect(): void {
    if (this.#loss !== null || !this.database.isOpen) return;
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
        this.database.exec("PRAGMA wal_checkpoint(FULL)");
        return "; all that was in the log is in the database now";
      }
      if (fate === "replaced") this.#files.moveLog();
      return "";
    } catch (error) {
      return `; ${(error as Error).message}`;
    }
  }

  /** See {@linkcode JobStore}. With `sync: "always"`, new jobs, limits and records make it take its time. */
  write(batch: StoreBatch): void | Promise<void> {
    if (this.#loss !== null) throw this.#loss;
    if (batch.added.length + batch.replaced.length > 0) this.#room?.beforeAdding();
    try {
      inRoom(this.#room, () => this.#writer.commit(batch));
    } catch (error) {
      throw storeError(this.name, error, this.#room?.isLimited);
    }
    this.#room?.written();
    // Nobody waits to hear that a job is taken out: at worst it runs once more after a power cut.
    const { added, replaced, maxQueues, records } = batch;
    const mustSync = added.length + replaced.length + maxQueues.length + records.length > 0;
    if (this.#syncsAlways && mustSync) {
      return this.#walSync!.now().catch((error) => this.#takeBack(batch, error));
    }
    this.#walSync?.written();
  }

  /** The jobs of a batch that could not be synced are refused: they must not come back by themselves. */
  #takeBack({ added }: StoreBatch, error: Error): never {
    // No StoreFullError: less of it would be jobs with numbers that are to be taken out.
    const failure = new StoreError(storeError(this.name, error).message, { cause: error });
    this.#checkpoint();
    this.#writer.refuse(added.map(({ number }) => number));
    throw failure;
  }

  /** See {@linkcode JobStore}. */
  close(): void {
    this.#walSync?.close();
    if (!this.database.isOpen) return;
    this.#files.close(() => closeDatabase(this.name, this.database, this.#onError));
    this.#room?.close();
    this.#lock.release();
  }

  #trying<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw storeError(this.name, error);
    }
  }
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
