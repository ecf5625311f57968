import type { DatabaseSync } from "node:sqlite";
import { type DiskReserve, FileReserve } from "./disk_reserve.ts";
import { isShortOfRoom, storeError } from "./error.ts";
import { StoreError } from "../store.ts";

/** The least time between two attempts to get room again, in milliseconds: they are much work. */
const RETRY_DELAY = 2000;
/** The most pages that SQLite lets a database have. */
const MOST_PAGES = 4294967294;

/** The log has 24 MiB, unless one batch is larger; all of that may have to find room. */
const DEFAULT_RESERVE = 32 * 1024 * 1024;

/** What a {@linkcode SqliteRoom} tells of. */
export interface RoomEvents {
  readonly onError: (error: StoreError) => void;
  readonly onNotice: (message: string) => void;
}

/** Parts of a {@linkcode SqliteRoom} of which tests have their own. */
export interface RoomParts {
  /** What is given up when the disk is full. */
  readonly reserve?: DiskReserve;
  /** Milliseconds since some time. */
  readonly now?: () => number;
}

/** The room of a store in a file; null for one that grows as long as it can. */
export function roomFor(
  name: string,
  path: string,
  database: DatabaseSync,
  options: Partial<RoomEvents> & { readonly reserve?: number },
  parts: RoomParts,
): SqliteRoom | null {
  const { reserve: size = DEFAULT_RESERVE, onError = () => {}, onNotice = () => {} } = options;
  if (size === 0) return null;
  const { reserve = new FileReserve(path, size), now } = parts;
  return new SqliteRoom(name, database, reserve, { onError, onNotice }, now);
}

/** Writes, once more if room could be made for it. */
export function inRoom(room: SqliteRoom | null, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (room === null || !room.madeRoom(error)) throw error;
    write();
  }
}

/**
 * Sees to it that what has ended can be taken out of a database on a full disk.
 *
 * The log of SQLite begins again only when all that is in it was copied to the database. If the
 * database cannot grow for that, the log grows until the disk is full, and then nothing can be written
 * any more, not even what would make room. So there is a reserve: when a write finds no room, that is
 * given up, the log is copied, and from then on the database does not grow until there is a reserve
 * again. The log needs no room for what it overwrites; what is taken out makes room within the
 * database, for new jobs as well.
 */
export class SqliteRoom {
  readonly #name: string;
  readonly #database: DatabaseSync;
  readonly #reserve: DiskReserve;
  readonly #now: () => number;
  readonly #events: RoomEvents;
  /** May the database not grow? */
  isLimited = false;
  /** Is there something in the log that was not copied to the database, for want of room? */
  #isStuck = false;
  /** Was something written since the log began again? */
  #hasWritten = true;
  #triedAt = -Infinity;

  /** Makes the reserve; a database without one does not grow. */
  constructor(
    name: string,
    database: DatabaseSync,
    reserve: DiskReserve,
    events: RoomEvents,
    now: () => number = () => performance.now(),
  ) {
    this.#name = name;
    this.#database = database;
    this.#reserve = reserve;
    this.#events = events;
    this.#now = now;
    const failure = this.#makeReserve();
    if (failure !== null) this.#limit(failure);
  }

  /** New jobs are about to be written: now and then it is seen whether they have room again. */
  beforeAdding(): void {
    if (!this.isLimited || !this.#mayTry()) return;
    if (this.#isStuck && !this.#restartLog()) return;
    if (this.#makeReserve() !== null) return;
    this.#database.exec(`PRAGMA max_page_count = ${MOST_PAGES}`);
    this.isLimited = false;
    this.#events.onNotice(`${this.#name}: there is room on the disk again, it may grow`);
  }

  /** A write has failed: is it worth another try? */
  madeRoom(error: unknown): boolean {
    if (!isShortOfRoom(error)) return false;
    if (!this.isLimited) {
      this.#mayTry();
      this.#giveUpReserve();
      this.#limit(storeError(this.#name, error));
      return !this.#isStuck;
    }
    // There is no room in the database, or there is none for the log, and it cannot get shorter.
    if (!this.#hasWritten) return false;
    if (this.#isStuck && !this.#mayTry()) return false;
    return this.#restartLog();
  }

  /** Something was written. */
  written(): void {
    this.#hasWritten = true;
  }

  /** The database is closed. */
  close(): void {
    this.#telling(() => this.#reserve.remove());
  }

  #mayTry(): boolean {
    const now = this.#now();
    if (now - this.#triedAt < RETRY_DELAY) return false;
    this.#triedAt = now;
    return true;
  }

  /** Null if there is one, or why there is none. */
  #makeReserve(): StoreError | null {
    try {
      this.#reserve.make();
      return null;
    } catch (error) {
      return storeError(this.#name, error);
    }
  }

  #giveUpReserve(): void {
    this.#telling(() => this.#reserve.giveUp());
  }

  #limit(cause: StoreError): void {
    const isCopied = this.#restartLog();
    this.isLimited = true;
    // It is set to the number of pages that there are, as there can be no fewer.
    this.#database.exec("PRAGMA max_page_count = 1");
    const mebibytes = Math.ceil(this.#reserve.size / (1024 * 1024));
    const rest = isCopied
      ? `it does not grow until there are ${mebibytes} MiB of room for a reserve; jobs are taken ` +
        "while they have room within it"
      : "what has ended cannot be taken out until there is room";
    this.#events.onError(new StoreError(`${cause.message}; ${rest}`, { cause }));
  }

  /** Copies the log to the database, so that it begins again. */
  #restartLog(): boolean {
    try {
      const row = this.#database.prepare("PRAGMA wal_checkpoint(RESTART)").get();
      this.#isStuck = row?.busy !== 0;
    } catch {
      // The write that needs it fails, or has failed, for the same reason, and says so.
      this.#isStuck = true;
    }
    this.#hasWritten = this.#isStuck;
    return !this.#isStuck;
  }

  #telling(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#events.onError(storeError(this.#name, error));
    }
  }
}
