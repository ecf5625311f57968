import { EMPTY } from "../../../protocol/buffer_pool.ts";
import { gearmandJob, LATEST_SECONDS, shown } from "../../exchange/gearmand_row.ts";
import type { ImportedJob } from "../../exchange/imported_job.ts";
import { StoreError } from "../../store.ts";
import type { Connection } from "../driver.ts";

/** What gearmand calls its table unless it is told otherwise. */
const DEFAULT_TABLE = "queue";
const COLUMNS = ["unique_key", "function_name", "priority", "data"];
const PAGE = 100;

/**
 * The jobs in the table of a gearmand with `--queue-type=postgres`, in the order of their rows.
 *
 * @param leftOut told in one line of each row that is no job here, and why.
 * @param table its `--libpq-table`.
 * @throws {StoreError} when there is no such table; and errors of PostgreSQL.
 */
export async function* gearmandJobsIn(
  connection: Connection,
  name: string,
  leftOut: (what: string) => void,
  table: string = DEFAULT_TABLE,
): AsyncGenerator<ImportedJob> {
  const due = await whenToRun(connection, table);
  await connection.script(`begin isolation level repeatable read read only;
    declare rows no scroll cursor for
    select convert_to(unique_key, 'UTF8'), convert_to(function_name, 'UTF8'), priority, data, ${due},
      ctid::text
    from ${quoted(table)} order by ctid`);
  for (;;) {
    const rows = await connection.query(`fetch ${PAGE} from rows`, []);
    for (const [unique, func, priority, data, due, row] of rows) {
      const job = gearmandJob({
        unique: unique ?? EMPTY,
        func: func ?? EMPTY,
        priority: priority ?? 1,
        data: data ?? EMPTY,
        due: Number(due ?? 0),
      });
      if (typeof job !== "string") yield job;
      else leftOut(`${name}: row ${row}: ${job}; function ${shown(func)}, unique ${shown(unique)}`);
    }
    if (rows.length === 0) return;
  }
}

/** Older versions know no jobs for later. */
async function whenToRun(connection: Connection, table: string): Promise<string> {
  const rows = await connection.query(
    "select attname from pg_attribute where attrelid = to_regclass($1) and attnum > 0",
    [quoted(table)],
  );
  const columns = rows.map(([name]) => name);
  if (columns.length === 0) throw new StoreError(`it has no table ${table}`);
  const missing = COLUMNS.find((name) => !columns.includes(name));
  if (missing !== undefined) throw new StoreError(`its table ${table} has no column ${missing}`);
  return columns.includes("when_to_run")
    ? `least(greatest(when_to_run, 0), ${LATEST_SECONDS})`
    : "0";
}

/** A name, perhaps with that of its schema before a dot. */
function quoted(name: string): string {
  return name.split(".").map((part) => `"${part.replaceAll('"', '""')}"`).join(".");
}
