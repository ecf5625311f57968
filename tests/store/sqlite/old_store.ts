import { DatabaseSync } from "node:sqlite";
import type { StoredJob } from "../../../store/store.ts";

/** The tables as version 1 made them. */
const VERSION_1 = `
  PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;
  PRAGMA application_id = 0x67747175; PRAGMA user_version = 1;
  CREATE TABLE meta (handle_base TEXT NOT NULL, next_number INTEGER NOT NULL);
  CREATE TABLE job (
    number INTEGER PRIMARY KEY, function BLOB, priority INTEGER NOT NULL, due INTEGER NOT NULL,
    attempts INTEGER NOT NULL, unique_key BLOB, reducer BLOB, payload BLOB
  );
  CREATE TABLE max_queue (
    function BLOB NOT NULL PRIMARY KEY, high INTEGER NOT NULL, normal INTEGER NOT NULL,
    low INTEGER NOT NULL
  ) WITHOUT ROWID;
  INSERT INTO meta VALUES ('H:gear1:abcdefghi', 5000);
  INSERT INTO max_queue VALUES (x'66', 1, 2, 3);
`;

/**
 * Makes a file of version 1.
 *
 * @param statements what is done to it then.
 */
export function makeOldStore(path: string, jobs: readonly StoredJob[], statements = ""): void {
  const database = new DatabaseSync(path);
  database.exec(VERSION_1);
  const add = database.prepare("INSERT INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const orNull = (value: Uint8Array) => value.length === 0 ? null : value;
  database.exec("BEGIN");
  for (const job of jobs) {
    const { number, functionName, priority, due, losses, unique, reducer, payload } = job;
    add.run(
      ...[number, orNull(functionName), priority, due, losses],
      ...[orNull(unique), orNull(reducer), orNull(payload)],
    );
  }
  database.exec(`COMMIT; ${statements}`);
  database.close();
}
