import type { Rows } from "../driver.ts";
import { sqlState } from "../connection/errors.ts";
import { StoreError } from "../../store.ts";
import { inSchema, VERSION } from "./migrations.ts";

/** Runs statements. */
export interface Asking {
  query(text: string): Promise<Rows>;
}

/**
 * The version of a schema; 0 if there is none.
 *
 * @throws {StoreError} when a newer server made it.
 */
export async function schemaVersion(connection: Asking, schema: string): Promise<number> {
  const [[version]] = await connection.query(inSchema("select version from @s.meta", schema))
    .catch((error) => {
      // The schema, or the table, is not there.
      if (/^(3F000|42P01)$/.test(sqlState(error))) return [[0]];
      throw error;
    });
  if (version <= VERSION) return version;
  throw new StoreError(
    `the schema "${schema}" has version ${version}; this geartrain knows versions up to ${VERSION}, ` +
      "so a newer one is needed",
  );
}

/**
 * Checks that a schema has this server's version.
 *
 * @throws {StoreError} when it has not.
 */
export async function checkVersion(connection: Asking, schema: string): Promise<void> {
  const version = await schemaVersion(connection, schema);
  if (version === VERSION) return;
  const state = version === 0 ? "has no tables of geartrain" : `has version ${version}`;
  throw new StoreError(
    `the schema "${schema}" ${state}; "geartrain store migrate" brings it to version ${VERSION}`,
  );
}
