import type { QueueHealth } from "../../shared_queue.ts";
import type { Rows } from "../driver.ts";
import { inSchema } from "../schema/migrations.ts";

/** Something about the health of the engine. */
export type HealthFact = QueueHealth;

/** From when on something is trouble. */
export interface HealthLimits {
  /** A transaction, or one that was prepared, is open for longer, in seconds. */
  readonly seconds: number;
  /** A replication slot holds back more transactions. */
  readonly transactions: number;
  /** There are more rows that are not used any more, and they are most of them. */
  readonly deadRows: number;
  /** The table of jobs is larger, and has few jobs for that. */
  readonly bloatBytes: number;
  /** More of the connections are in use. */
  readonly share: number;
}

const LIMITS: HealthLimits = {
  seconds: 60,
  transactions: 1_000_000,
  deadRows: 200_000,
  bloatBytes: 1_000_000_000,
  share: 0.8,
};

const FACTS = "select " +
  "(select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0) from pg_stat_activity " +
  "where backend_xmin is not null and datname = current_database() and pid <> pg_backend_pid() " +
  "and backend_type <> 'autovacuum worker' and query not ilike 'vacuum %'), " +
  "(select format('process %s of %s (%s)', pid, usename, application_name) from pg_stat_activity " +
  "where backend_xmin is not null and datname = current_database() and pid <> pg_backend_pid() " +
  "and backend_type <> 'autovacuum worker' and query not ilike 'vacuum %' order by xact_start limit 1), " +
  "(select coalesce(sum(n_dead_tup), 0) from pg_stat_user_tables where schemaname = '@s'), " +
  "(select coalesce(sum(n_live_tup), 0) from pg_stat_user_tables where schemaname = '@s'), " +
  "(select coalesce(sum(n_live_tup), 0) from pg_stat_user_tables " +
  "where schemaname = '@s' and relname = 'job'), pg_total_relation_size('@s.job'), " +
  "(select count(*) from pg_stat_activity), current_setting('max_connections')::int, " +
  "(select coalesce(max(extract(epoch from clock_timestamp() - prepared)), 0) from pg_prepared_xacts " +
  "where database = current_database()), " +
  "(select coalesce(max(age(xmin)), 0) from pg_replication_slots where xmin is not null), " +
  "current_setting('autovacuum') = 'on', current_setting('synchronous_commit')";

/** What asks for facts. */
interface Asking {
  query(text: string): Promise<Rows>;
}

/** The health of an engine, and of the tables of a schema. */
export async function readFacts(
  connection: Asking,
  schema: string,
  limits: HealthLimits = LIMITS,
): Promise<HealthFact[]> {
  const [row] = await connection.query(inSchema(FACTS, schema));
  const [open, who, dead, live, jobs, size, used, most, prepared, slots, ...settings] = row;
  const [hasAutovacuum, commit] = settings;
  const seconds = Math.round(Number(open));
  return [
    fact("oldest_transaction_seconds", "Age of the oldest transaction in the database", seconds, {
      if: seconds > limits.seconds,
      trouble: `a transaction is open for ${seconds} s (${who}), so that nothing can be cleaned up`,
    }),
    fact("prepared_transaction_seconds", "Age of the oldest prepared transaction", +prepared, {
      if: +prepared > limits.seconds,
      trouble: "a prepared transaction was left behind, so that nothing can be cleaned up",
    }),
    fact("slot_age_transactions", "Age of the oldest row that a replication slot keeps", +slots, {
      if: +slots > limits.transactions,
      trouble: "a replication slot that nobody reads keeps rows from being cleaned up",
    }),
    fact("dead_rows", "Rows of the tables that are not used any more", +dead, {
      if: +dead > limits.deadRows && +dead > +live,
      trouble: `${dead} rows are not used any more: the database does not get to cleaning up`,
    }),
    fact("job_table_bytes", "Size of the table of jobs with its indexes", +size, {
      if: +size > limits.bloatBytes && +size > 4000 * (+jobs + 1),
      trouble: `the table of jobs has ${size} bytes for ${jobs} rows; "VACUUM FULL" makes it small`,
    }),
    fact("connections", `Connections to the engine, of at most ${most}`, +used, {
      if: +used > limits.share * most,
      trouble: `${used} of ${most} connections are in use`,
    }),
    fact("autovacuum_is_on", "Does the database clean up by itself?", hasAutovacuum ? 1 : 0, {
      if: !hasAutovacuum,
      trouble: "autovacuum is off: it cleans up what the servers do not",
    }),
    fact("commit_is_synchronous", "Does a commit wait for the disk?", commit === "off" ? 0 : 1, {
      if: commit === "off",
      trouble: "synchronous_commit is off: a crash loses jobs that were answered",
    }),
  ];
}

function fact(
  name: string,
  text: string,
  value: number,
  check: { if: boolean; trouble: string },
): HealthFact {
  return { name, text, value, trouble: check.if ? check.trouble : null };
}
