/**
 * What the commands `geartrain store` and `geartrain import` do with a queue in PostgreSQL, beside what
 * programs can do. Each call connects, and ends its connection.
 *
 * @module
 */
import { exportedLinesOf, type StoreHeader } from "../exchange/ndjson.ts";
import type { ImportedJob } from "../exchange/imported_job.ts";
import type { StoreStats } from "../exchange/stats.ts";
import { SYSTEM_CLOCK } from "./clock.ts";
import { storeError } from "./connection/errors.ts";
import { connect, withConnection } from "./connection/once.ts";
import { parsePostgresUrl, type PostgresUrl } from "./connection/url.ts";
import type { Connection } from "./driver.ts";
import { ExportFromPostgres } from "./exchange/from.ts";
import { gearmandJobsIn } from "./exchange/gearmand.ts";
import { ImportIntoPostgres } from "./exchange/into.ts";
import { statsOf } from "./exchange/stats.ts";
import { migrateSchema } from "./schema/migrate.ts";
import { checkVersion } from "./schema/version.ts";

export { check, migrate } from "./mod.ts";

/** Where a queue is, and the password if it is given. */
export interface QueuePlace {
  readonly url: string;
  readonly password: string | undefined;
}

/** @throws {StoreError} when it cannot be read. */
export function stats(place: QueuePlace): Promise<StoreStats> {
  return checked(place, statsOf);
}

/**
 * All of a queue as lines of JSON, as it is at one moment.
 *
 * @param take takes a line; false: no more are wanted.
 * @throws {StoreError} when it cannot be read.
 */
export function exportLines(
  place: QueuePlace,
  take: (line: string) => Promise<boolean>,
): Promise<void> {
  return checked(place, async (connection, { schema }) => {
    const all = await ExportFromPostgres.begin(connection, schema);
    const lines = exportedLinesOf(await all.header(), await all.limits(), all.jobs());
    for await (const line of lines) if (!await take(line)) return;
  });
}

/**
 * Begins to add jobs to a queue, whose tables are made if there are none. Servers may be using it.
 *
 * @param header of what is imported, if it has one.
 * @throws {StoreError} when that is not possible.
 */
export async function importInto(
  place: QueuePlace,
  header: StoreHeader | null,
): Promise<ImportIntoPostgres> {
  const url = parsePostgresUrl(place.url);
  let connection;
  try {
    connection = await connect(url, place.password, SYSTEM_CLOCK);
    await migrateSchema(connection, url.schema);
    return await ImportIntoPostgres.begin(connection, url, header);
  } catch (error) {
    connection?.destroy();
    throw storeError(url.name, error);
  }
}

/**
 * The jobs in the table of a gearmand.
 *
 * @param table its name; gearmand's own without.
 * @param leftOut told in one line of each row that is no job here, and why.
 * @throws {StoreError} when there is no such table, or it cannot be read.
 */
export async function* gearmandJobs(
  place: QueuePlace,
  table: string | undefined,
  leftOut: (what: string) => void,
): AsyncGenerator<ImportedJob> {
  const url = parsePostgresUrl(place.url);
  let connection;
  try {
    connection = await connect(url, place.password, SYSTEM_CLOCK);
    yield* gearmandJobsIn(connection, url.name, leftOut, table);
  } catch (error) {
    throw storeError(url.name, error);
  } finally {
    connection?.destroy();
  }
}

/** Does something with a queue whose tables have this version. */
function checked<T>(
  place: QueuePlace,
  act: (connection: Connection, url: PostgresUrl) => Promise<T>,
): Promise<T> {
  return connected(place, async (connection, url) => {
    await checkVersion({ query: (text) => connection.query(text, []) }, url.schema);
    return await act(connection, url);
  });
}

async function connected<T>(
  { url, password }: QueuePlace,
  act: (connection: Connection, url: PostgresUrl) => Promise<T>,
): Promise<T> {
  const parsed = parsePostgresUrl(url);
  try {
    return await withConnection(
      parsed,
      password,
      (connection) => act(connection, parsed),
      SYSTEM_CLOCK,
    );
  } catch (error) {
    throw storeError(parsed.name, error);
  }
}
