import { randomInt } from "node:crypto";
import { BOOT_ID_LENGTH } from "../../../protocol/handles.ts";
import { checkedHandleBase } from "../../handle.ts";
import type { Connection } from "../driver.ts";
import { inSchema, MIGRATIONS, VERSION } from "./migrations.ts";
import { schemaVersion } from "./version.ts";

/** What a migration has done. */
export interface Migrated {
  /** The version before; 0 if there was none. */
  readonly from: number;
  /** The version that the schema has now. */
  readonly to: number;
}

/** Longest name of a schema in handles, in characters: with it, they have at most 63. */
const MAX_NAME = 34;

/**
 * Creates the schema, or brings it to this server's version, in one transaction. Of several that do so
 * at once one does it, and the others wait for it and find it done.
 *
 * @throws {StoreError} when the schema is newer.
 */
export async function migrateSchema(connection: Connection, schema: string): Promise<Migrated> {
  const before = await schemaVersion({ query: (text) => connection.query(text, []) }, schema);
  if (before === VERSION) return { from: before, to: VERSION };
  await connection.script("begin");
  try {
    await connection.script("set local statement_timeout = 0; set local enable_seqscan = on");
    const lock = "select pg_advisory_xact_lock(hashtext('geartrain migration @s'))";
    await connection.query(inSchema(lock, schema), []);
    // In a transaction that has failed nothing can be asked: is there a table, first.
    const [[hasTables]] = await connection.query("select to_regclass($1) is not null", [
      `${schema}.meta`,
    ]);
    const asking = { query: (text: string) => connection.query(text, []) };
    const from = hasTables ? await schemaVersion(asking, schema) : 0;
    if (from === 0) await createSchema(connection, schema);
    for (const migration of MIGRATIONS.slice(from)) {
      await connection.script(inSchema(migration, schema));
    }
    if (from === 0) {
      const insert = inSchema("insert into @s.meta(version, handle_base) values (0, $1)", schema);
      await connection.query(insert, [newHandleBase(schema)]);
    }
    await connection.query(inSchema("update @s.meta set version = $1", schema), [VERSION]);
    await connection.script("commit");
    return { from, to: VERSION };
  } catch (error) {
    await connection.script("rollback").catch(() => {});
    throw error;
  }
}

/** An administrator may have made the schema for a role that may make none. */
async function createSchema(connection: Connection, schema: string): Promise<void> {
  const [[exists]] = await connection.query("select to_regnamespace($1) is not null", [schema]);
  if (!exists) await connection.script(`create schema ${schema}`);
}

function newHandleBase(schema: string): string {
  const id = String(randomInt(10 ** BOOT_ID_LENGTH)).padStart(BOOT_ID_LENGTH, "0");
  return checkedHandleBase(`H:${schema.slice(0, MAX_NAME)}:${id}`);
}
