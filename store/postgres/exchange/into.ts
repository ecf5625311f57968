import { checkedNextNumber, MOST_NUMBERS, partsOf } from "../../handle.ts";
import type { ImportedJob } from "../../exchange/imported_job.ts";
import type { StoreHeader } from "../../exchange/ndjson.ts";
import { type StoredMaxQueue, StoreError } from "../../store.ts";
import type { Connection, Parameter, Rows } from "../driver.ts";
import { inSchema } from "../schema/migrations.ts";
import { arrayText, joined } from "./arrays.ts";

const MAX_BATCH = 1000;
const MAX_BATCH_BYTES = 8 * 2 ** 20;
/** Numbers of a block, and how far the beginnings of two blocks are apart: between them are others. */
const BLOCK = 2 ** 20;
const STEP = 2 * BLOCK;

/** May the schema have other handles from now on? Not if a job of it was ever named to somebody. */
const ADOPT = `update @s.meta set handle_base = $1
  where not exists (select from @s.server) and not exists (select from @s.job)
    and not (select is_called from @s.submitted) and not (select is_called from @s.block)`;

/** All numbers below are in use, or were. */
const RAISE = `select setval('@s.block', greatest((select last_value from @s.block), $1::bigint)),
  setval('@s.submitted', greatest((select last_value from @s.submitted), $1::bigint * ${BLOCK}))`;

/** What is there already, by its number or its unique, is left as it is, and has no row in the answer. */
const INSERT = `
  with t as materialized (
    select u.*, nextval('@s.place') as pos,
      case when kl = 0 then null when kl = 1 and substring($1::bytea from st + 1 for 1) = '-'::bytea
        then '\\x00'::bytea || case when pl > 0
          then sha256(substring($1::bytea from st + kl + rl + 1 for pl)) else int8send(n) end
        else substring($1::bytea from st + 1 for kl) end as k
    from unnest($2::bigint[], $3::int[], $4::smallint[], $5::float8[], $6::int[], $7::int[],
        $8::boolean[], $9::int[], $10::int[], $11::int[], $12::int[], $13::int[], $14::int[])
      as u(n, f, p, d, lo, fa, de, st, kl, rl, pl, el, ul)
  ), i as (
    insert into @s.job(id, pos, due, func, losses, failures, priority, dead, key, dead_key, reducer, payload, error, runs)
    select n, t.pos,
      case when d > 0 and to_timestamp(d / 1000) > clock_timestamp() then to_timestamp(d / 1000) end,
      f, lo, fa, p, de, case when not de then k end, case when de then k end,
      case when rl > 0 then substring($1::bytea from st + kl + 1 for rl) end,
      case when pl > 0 then substring($1::bytea from st + kl + rl + 1 for pl) end,
      case when el > 0 then substring($1::bytea from st + kl + rl + pl + 1 for el) end,
      case when ul > 0 then substring($1::bytea from st + kl + rl + pl + el + 1 for ul) end
    from t order by n
    on conflict do nothing
    returning id, func, priority, due, dead
  ), c as (
    insert into @s.count_delta
    select func, priority, count(*) filter (where due is null), count(*) filter (where due is not null), 0
    from i where not dead group by 1, 2
  )
  select array_agg(id), @s.mark_dead(array_agg(id) filter (where dead), true) from i`;

const LIMIT =
  `update @s.func set max_high = $2::bigint, max_normal = $3::bigint, max_low = $4::bigint
  where id = $1::int`;

/** Adds jobs to a queue that servers may be using, some at a time. */
export class ImportIntoPostgres {
  /** How many jobs are stored. */
  count = 0;
  /** How many were there already: with their handle, or as a live job with their unique. */
  present = 0;
  readonly #connection: Connection;
  readonly #schema: string;
  readonly #name: string;
  /** What the handles of its jobs begin with. */
  readonly handleBase: string;
  /** Handles with a number below this one are kept. */
  readonly #kept: number;
  readonly #functions = new Map<string, number>();
  #next = 0;
  #end = 0;
  #added: (ImportedJob & { readonly number: number })[] = [];
  #bytes = 0;

  private constructor(
    connection: Connection,
    schema: string,
    name: string,
    handleBase: string,
    kept: number,
  ) {
    this.#connection = connection;
    this.#schema = schema;
    this.#name = name;
    this.handleBase = handleBase;
    this.#kept = kept;
  }

  /**
   * Begins.
   *
   * @param header of what is imported: a queue that never had a job makes handles as that did, and its
   * jobs keep theirs.
   * @throws errors of PostgreSQL.
   */
  static async begin(
    connection: Connection,
    { schema, name }: { readonly schema: string; readonly name: string },
    header: StoreHeader | null,
  ): Promise<ImportIntoPostgres> {
    const query = (text: string, parameters: Parameter[] = []): Promise<Rows> =>
      connection.query(inSchema(text, schema), parameters);
    if (header !== null) {
      await query(ADOPT, [header.handleBase]);
    }
    const [[handleBase]] = await query("select handle_base from @s.meta");
    const isSame = header?.handleBase === handleBase;
    const kept = isSame ? checkedNextNumber(header!.nextNumber) : 0;
    if (kept > 0) await query(RAISE, [Math.ceil(kept / STEP)]);
    return new ImportIntoPostgres(connection, schema, name, handleBase, kept);
  }

  /** Adds one that is checked. */
  async add(job: ImportedJob): Promise<void> {
    const number = this.#keptNumber(job.handle) ?? await this.#newNumber();
    this.#added.push({ ...job, number });
    this.#bytes += job.payload.length;
    if (this.#added.length >= MAX_BATCH || this.#bytes >= MAX_BATCH_BYTES) await this.end();
  }

  /** Sets the limits of a function. */
  async limit({ functionName, limits }: StoredMaxQueue): Promise<void> {
    await this.#query(LIMIT, [await this.#functionOf(functionName), ...limits]);
  }

  /** Stores what is not stored yet. */
  async end(): Promise<void> {
    const jobs = this.#added;
    if (jobs.length === 0) return;
    const functions: number[] = [];
    for (const { functionName } of jobs) functions.push(await this.#functionOf(functionName));
    const [[stored]] = await this.#query(INSERT, columnsOf(jobs, functions));
    const count = stored === null ? 0 : (stored as string).split(",").length;
    this.#added = [];
    this.#bytes = 0;
    this.count += count;
    this.present += jobs.length - count;
    await this.#wake(jobs, functions);
  }

  /** Servers that wait for jobs like these are told. */
  async #wake(jobs: readonly ImportedJob[], functions: readonly number[]): Promise<void> {
    const priorities = jobs.map(({ priority }) => priority);
    await this.#query("select @s.wake(0, $1::int[], $2::int[])", [
      arrayText(functions),
      arrayText(priorities),
    ]);
  }

  /** Ends; what was not stored by {@linkcode end} is not. */
  close(): void {
    this.#connection.destroy();
  }

  #keptNumber(handle: string | undefined): number | undefined {
    const parts = handle === undefined ? null : partsOf(handle);
    const isKept = parts?.base === this.handleBase && parts.number < this.#kept;
    return isKept ? parts.number : undefined;
  }

  async #newNumber(): Promise<number> {
    if (this.#next === this.#end) {
      const [[block]] = await this.#query("select @s.take_block()");
      this.#next = (Number(block) - 1) * STEP;
      this.#end = this.#next + BLOCK;
      if (this.#end > MOST_NUMBERS) throw new StoreError(`${this.#name} has no numbers left`);
    }
    return this.#next++;
  }

  async #functionOf(name: Uint8Array): Promise<number> {
    const key = String.fromCharCode(...name);
    const known = this.#functions.get(key);
    if (known !== undefined) return known;
    const [[id]] = await this.#query("select @s.func_id($1::bytea)", [name]);
    this.#functions.set(key, id);
    return id;
  }

  #query(text: string, parameters: Parameter[] = []): Promise<Rows> {
    return this.#connection.query(inSchema(text, this.#schema), parameters);
  }
}

function columnsOf(
  jobs: readonly (ImportedJob & { readonly number: number })[],
  functions: readonly number[],
): Parameter[] {
  const parts = jobs.flatMap(({ unique, reducer, payload, error, runs }) => [
    unique,
    reducer,
    payload,
    error,
    runs,
  ]);
  const starts: number[] = [];
  let start = 0;
  for (const { unique, reducer, payload, error, runs } of jobs) {
    starts.push(start);
    start += unique.length + reducer.length + payload.length + error.length + runs.length;
  }
  const column = (of: (job: typeof jobs[number]) => number | boolean) => arrayText(jobs.map(of));
  return [
    joined(parts),
    column(({ number }) => number),
    arrayText(functions),
    column(({ priority }) => priority),
    column(({ due }) => due),
    column(({ losses }) => losses),
    column(({ failures }) => failures),
    column(({ state }) => state === "dead"),
    arrayText(starts),
    column(({ unique }) => unique.length),
    column(({ reducer }) => reducer.length),
    column(({ payload }) => payload.length),
    column(({ error }) => error.length),
    column(({ runs }) => runs.length),
  ];
}
