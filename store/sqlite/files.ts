import { closeSync, ftruncateSync, readSync, renameSync, type Stats, statSync } from "node:fs";
import { copyTo, openItself } from "../file_itself.ts";
import { freeName } from "./file.ts";
import { LOG_SIZE_LIMIT } from "./schema.ts";
import { LOG_MAGIC } from "./wal_format.ts";

/** What has become of a file. */
export interface FileLoss {
  readonly file: "database" | "log";
  readonly fate: "deleted" | "replaced" | "cut";
  /** The same in words. */
  readonly text: string;
}

const NAMES = { database: "its file", log: "its log" } as const;
const FATES = {
  deleted: "was deleted or moved away",
  replaced: "was replaced by another one",
  cut: "was cut or overwritten",
} as const;

/**
 * The files of a database that a server has open: sees whether somebody takes them away, puts others
 * in their place, or cuts them. SQLite does not: it goes on with files that nobody will find again.
 */
export class DatabaseFiles {
  readonly #path: string;
  readonly #logPath: string;
  readonly #database: Stats;
  readonly #log: Stats;
  /** Of the log. Another one of the database would end its lock when it is closed. */
  readonly #descriptor: number;
  #databaseSize: number;
  #logSize: number;
  readonly #header = new Uint8Array(4);

  /** @param path of the database; its log is there as well. */
  constructor(path: string) {
    this.#path = path;
    this.#logPath = `${path}-wal`;
    this.#database = statSync(path);
    this.#log = statSync(this.#logPath);
    this.#databaseSize = this.#database.size;
    this.#logSize = this.#log.size;
    this.#descriptor = openItself(this.#logPath);
  }

  /** Bytes that they had at the last look. */
  get size(): number {
    return this.#databaseSize + this.#logSize;
  }

  /** Looks at them: what has happened, or null if all is well. */
  check(): FileLoss | null {
    const database = found(this.#path);
    if (!isSame(database, this.#database)) return lossOf("database", database);
    const log = found(this.#logPath);
    if (database.size < this.#databaseSize) return loss("database", "cut");
    this.#databaseSize = database.size;
    if (!isSame(log, this.#log)) return lossOf("log", log);
    // SQLite cuts it to this size itself.
    if (log.size < Math.min(this.#logSize, LOG_SIZE_LIMIT) || !this.#hasHeader()) {
      return loss("log", "cut");
    }
    this.#logSize = log.size;
    return null;
  }

  /** One that was emptied, and written to since, is as long as before but has nothing in front. */
  #hasHeader(): boolean {
    const header = this.#header;
    const length = readSync(this.#descriptor, header, 0, header.length, 0);
    return length === header.length && LOG_MAGIC.every((byte, index) => header[index] === byte);
  }

  /** The log belongs to a database that was replaced: SQLite must not take it for that of the other one. */
  moveLog(): void {
    if (!isSame(found(this.#logPath), this.#log)) return;
    renameSync(this.#logPath, freeName(`${this.#logPath}-replaced`));
  }

  /**
   * A log with holes would spoil the database when SQLite copies it there: it keeps a copy for whoever
   * wants to look into it, and is emptied, so that it cannot be read.
   */
  emptyLog(): void {
    copyTo(this.#descriptor, freeName(`${this.#logPath}-damaged`));
    ftruncateSync(this.#descriptor, 0);
  }

  /** Closes the database, which takes the log away: not one that somebody else has put there. */
  close(closeDatabase: () => void): void {
    closeSync(this.#descriptor);
    const log = found(this.#logPath);
    if (log === undefined || isSame(log, this.#log)) return closeDatabase();
    const aside = `${this.#logPath}-aside`;
    renameSync(this.#logPath, aside);
    try {
      closeDatabase();
    } finally {
      renameSync(aside, this.#logPath);
    }
  }
}

function found(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function isSame(file: Stats | undefined, before: Stats): file is Stats {
  return file !== undefined && file.ino === before.ino && file.dev === before.dev;
}

function lossOf(file: FileLoss["file"], now: Stats | undefined): FileLoss {
  return loss(file, now === undefined ? "deleted" : "replaced");
}

function loss(file: FileLoss["file"], fate: FileLoss["fate"]): FileLoss {
  return { file, fate, text: `${NAMES[file]} ${FATES[fate]}` };
}
