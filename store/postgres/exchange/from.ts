import type { StoreHeader } from "../../exchange/ndjson.ts";
import type { StoredJob, StoredMaxQueue } from "../../store.ts";
import type { Connection, Rows } from "../driver.ts";
import { inSchema } from "../schema/migrations.ts";

const PAGE = 1000;
const PAGE_BYTES = 8 * 2 ** 20;
const DASH = Uint8Array.of(0x2d);
const NONE = new Uint8Array(0);

/** No number from this one on has been given to a job, or to a server that makes jobs. */
const NEXT = `select greatest(
  (select case when is_called then last_value * 2097152 else 0 end from @s.block),
  (select case when is_called then (last_value / 1048576 + 1) * 2097152 else 0 end from @s.submitted))`;

const LIMITS = `select name, max_high, max_normal, max_low from @s.func
  where max_high > 0 or max_normal > 0 or max_low > 0 order by name`;

/** The first is there whatever its size; the others as long as they are not too large together. */
const JOBS = `
  select id, name, key, reducer, payload, priority, due, losses, failures, dead, error, runs from (
    select j.id, f.name, coalesce(j.key, j.dead_key) as key, j.reducer, j.payload, j.priority,
      extract(epoch from j.due)::float8 * 1000 as due, j.losses, j.failures, j.dead, j.error, j.runs,
      sum(octet_length(j.payload)) over (order by j.id) as bytes, row_number() over (order by j.id) as nr
    from @s.job j join @s.func f on f.id = j.func
    where j.id > $1::bigint order by j.id limit ${PAGE}
  ) page where bytes is null or bytes <= ${PAGE_BYTES} or nr = 1 order by id`;

/** A queue as it is at one moment, whatever servers do with it meanwhile. */
export class ExportFromPostgres {
  readonly #connection: Connection;
  readonly #schema: string;

  private constructor(connection: Connection, schema: string) {
    this.#connection = connection;
    this.#schema = schema;
  }

  /** The moment is when this is called. */
  static async begin(connection: Connection, schema: string): Promise<ExportFromPostgres> {
    await connection.script("begin isolation level repeatable read read only");
    return new ExportFromPostgres(connection, schema);
  }

  /** What handles begin with, and the lowest number that no job can have had. */
  async header(): Promise<StoreHeader> {
    const [[handleBase]] = await this.#query("select handle_base from @s.meta");
    const [[next]] = await this.#query(NEXT);
    return { handleBase, nextNumber: Number(next) };
  }

  /** The limits of functions that have one. */
  async limits(): Promise<StoredMaxQueue[]> {
    return (await this.#query(LIMITS)).map(([functionName, high, normal, low]) => {
      return { functionName, limits: [Number(high), Number(normal), Number(low)] };
    });
  }

  /** All jobs, those too that servers have, and dead ones, in the order of their numbers. */
  async *jobs(): AsyncGenerator<StoredJob> {
    for (let after = -1;;) {
      const rows = await this.#query(JOBS, [after]);
      yield* rows.map(jobOf);
      if (rows.length === 0) return;
      after = Number(rows[rows.length - 1][0]);
    }
  }

  #query(text: string, parameters: number[] = []): Promise<Rows> {
    return this.#connection.query(inSchema(text, this.#schema), parameters);
  }
}

function jobOf(row: Rows[number]): StoredJob {
  const [id, functionName, key, reducer, payload, priority, due, losses, failures, ...rest] = row;
  const [dead, error, runs] = rest;
  return {
    number: Number(id),
    functionName,
    // A key that begins with a zero byte is made of the payload.
    unique: key === null ? NONE : key[0] === 0 ? DASH : key,
    reducer: reducer ?? NONE,
    payload: payload ?? NONE,
    priority,
    due: due === null ? 0 : Math.round(due),
    losses,
    failures,
    state: dead ? "dead" : "waiting",
    error: error ?? NONE,
    runs: runs ?? NONE,
  };
}
