/**
 * A queue of background jobs in PostgreSQL that several servers share.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "./clock.ts";
import { storeError } from "./connection/errors.ts";
import { withConnection } from "./connection/once.ts";
import { parsePostgresUrl } from "./connection/url.ts";
import { type HealthFact, readFacts } from "./health/facts.ts";
import { type Migrated, migrateSchema } from "./schema/migrate.ts";
import { checkVersion } from "./schema/version.ts";

export type { QueueClock } from "./clock.ts";
export type { HealthFact } from "./health/facts.ts";
export { PostgresQueue, type PostgresQueueOptions } from "./queue.ts";
export type { Migrated } from "./schema/migrate.ts";

/** What a queue in PostgreSQL is like. */
export interface PostgresReport {
  /** Its URL without its password. */
  readonly name: string;
  /** What the handles of its jobs begin with. */
  readonly handleBase: string;
  /** Jobs that wait, that wait for their time, and that belong to a server. */
  readonly jobs: { readonly waiting: number; readonly scheduled: number; readonly claimed: number };
  /** Servers that are not known to be dead. */
  readonly servers: number;
  /** By how many jobs the sums of counts are wrong; servers put them right. */
  readonly countsAreOffBy: number;
  /** The version of PostgreSQL. */
  readonly engine: string;
  /** How the engine is. */
  readonly health: readonly HealthFact[];
}

/**
 * Creates the schema of a queue, or brings it to this version. Two that do so at once do no harm.
 *
 * @example
 * ```ts
 * import { migrate } from "@geartrain/server/postgres";
 * import { StoreError } from "@geartrain/server/store";
 * import { assertRejects } from "@std/assert";
 *
 * // Nobody listens there.
 * await assertRejects(() => migrate("postgres://geartrain@127.0.0.1:1/jobs"), StoreError);
 * ```
 * @param password without, it comes from the URL, from `PGPASSWORD`, or from the file `.pgpass`.
 * @throws {StoreError} when it cannot be reached, or the schema is newer.
 */
export async function migrate(url: string, password?: string): Promise<Migrated> {
  const place = parsePostgresUrl(url);
  return await withConnection(
    place,
    password,
    (connection) => migrateSchema(connection, place.schema),
    SYSTEM_CLOCK,
  ).catch((error) => {
    throw storeError(place.name, error);
  });
}

/**
 * Looks at a queue: what is in it, and whether the engine is well.
 *
 * @example
 * ```ts
 * import { check } from "@geartrain/server/postgres";
 * import { StoreError } from "@geartrain/server/store";
 * import { assertRejects } from "@std/assert";
 *
 * // Nobody listens there.
 * await assertRejects(() => check("postgres://geartrain@127.0.0.1:1/jobs"), StoreError);
 * ```
 * @param password without, it comes from the URL, from `PGPASSWORD`, or from the file `.pgpass`.
 * @throws {StoreError} when it cannot be reached, or has not the schema of this version.
 */
export async function check(url: string, password?: string): Promise<PostgresReport> {
  const place = parsePostgresUrl(url);
  const { schema, name } = place;
  return await withConnection(place, password, async (connection) => {
    const asking = { query: (text: string) => connection.query(text, []) };
    await checkVersion(asking, schema);
    const text = REPORT.replaceAll("@s", schema);
    const [[handleBase, waiting, scheduled, claimed, servers, off, engine]] = await asking.query(
      text,
    );
    return {
      name,
      handleBase,
      jobs: { waiting: +waiting, scheduled: +scheduled, claimed: +claimed },
      servers: +servers,
      countsAreOffBy: +off,
      engine,
      health: await readFacts(asking, schema),
    };
  }, SYSTEM_CLOCK).catch((error) => {
    throw storeError(name, error);
  });
}

const REPORT = "with j as (" +
  "select count(*) filter (where owner is null and due is null) as waiting, " +
  "count(*) filter (where due is not null) as scheduled, " +
  "count(*) filter (where owner is not null) as claimed from @s.job where not dead), " +
  "c as (select coalesce(sum(waiting), 0) as waiting, coalesce(sum(scheduled), 0) as scheduled, " +
  "coalesce(sum(claimed), 0) as claimed from @s.count_delta) " +
  "select (select handle_base from @s.meta), j.waiting, j.scheduled, j.claimed, " +
  "(select count(*) from @s.server where died is null), " +
  "abs(j.waiting - c.waiting) + abs(j.scheduled - c.scheduled) + abs(j.claimed - c.claimed), " +
  "current_setting('server_version') from j, c";
