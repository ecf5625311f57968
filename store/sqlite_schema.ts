import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "./store.ts";

/** "gtrn": what tells a queue from the databases of other programs. */
const APPLICATION_ID = 0x6774726e;
/** Raised by each change that older servers cannot read. */
const VERSION = 1;
const HANDLE_ID_LENGTH = 9;

/** Empty names and payloads are NULL; names are BLOBs, as they may hold any bytes. */
const TABLES = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE function (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE);
CREATE TABLE job (
  number INTEGER PRIMARY KEY,
  function INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  due INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  uniq BLOB,
  reducer BLOB,
  payload BLOB
);
CREATE TABLE max_queue (
  function BLOB PRIMARY KEY,
  high INTEGER NOT NULL,
  normal INTEGER NOT NULL,
  low INTEGER NOT NULL
) WITHOUT ROWID;
`;

/**
 * Makes the tables in a new database, or checks that they are there.
 *
 * @throws {StoreError} for the database of another program or of a newer version.
 */
export function prepareSchema(database: DatabaseSync, name: string, handlePrefix: string): void {
  const application = pragma(database, "application_id");
  if (application === APPLICATION_ID) return checkVersion(database, name);
  const { count } = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get() as {
    count: number;
  };
  if (application !== 0 || count > 0) {
    throw new StoreError(`${name} is the database of another program`);
  }
  database.exec(TABLES);
  const set = database.prepare("INSERT INTO meta VALUES (?, ?)");
  set.run("handle_base", `${handlePrefix}:${newHandleId()}`);
  set.run("next_number", 1);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${VERSION}`);
}

function checkVersion(database: DatabaseSync, name: string): void {
  const version = pragma(database, "user_version");
  if (version <= VERSION) return;
  throw new StoreError(
    `${name} was written by a newer version of geartrain (format ${version}, this one knows ${VERSION})`,
  );
}

function pragma(database: DatabaseSync, name: string): number {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() as Record<string, number>)[0];
}

/** Letters and digits that no other store has. */
function newHandleId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(HANDLE_ID_LENGTH));
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join("");
}
