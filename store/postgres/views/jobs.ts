import { isDash, plainKey, uniqueOf } from "../calls/keys.ts";
import type { Session } from "../connection/session.ts";
import type { Parameter, Rows } from "../driver.ts";
import type { Functions } from "../functions.ts";
import type { SharedJobFilter, SharedJobView } from "../../shared_queue.ts";

const EMPTY = new Uint8Array(0);
const SELECT = "select j.id, f.id, f.name, j.key, j.reducer, j.priority, j.losses, j.failures, " +
  "coalesce(octet_length(j.payload), 0), j.owner is not null, " +
  "round(extract(epoch from j.due) * 1000)::text, " +
  "round(extract(epoch from clock_timestamp() - j.created) * 1000)::text, " +
  "p.running, p.numerator, p.denominator, s.name " +
  "from @s.job j join @s.func f on f.id = j.func left join @s.server s on s.id = j.owner " +
  "left join @s.progress p on p.id = j.id ";
const STATES = {
  waiting: "j.owner is null and j.due is null",
  scheduled: "j.due is not null",
  claimed: "j.owner is not null",
};

/** The live job with a number. */
export async function findJob(
  session: Session,
  functions: Functions,
  number: number,
): Promise<SharedJobView | null> {
  const [row] = await session.query(`${SELECT} where j.id = $1`, [number]);
  return row === undefined ? null : viewIn(row, functions);
}

/** The newest live job with a unique. */
export async function findByUnique(
  session: Session,
  functions: Functions,
  unique: Uint8Array,
): Promise<SharedJobView | null> {
  if (unique.length === 0 || isDash(unique)) return null;
  // By the index that begins with the function.
  const [row] = await session.query(
    `${SELECT} where j.key = $1 and j.func = any(array(select id from @s.func)) ` +
      "order by j.created desc, j.id desc limit 1",
    [plainKey(unique)],
  );
  return row === undefined ? null : viewIn(row, functions);
}

/** The payload of a live job. */
export async function payloadOf(session: Session, number: number): Promise<Uint8Array | null> {
  const [row] = await session.query("select payload from @s.job where id = $1", [number]);
  return row === undefined ? null : row[0] ?? EMPTY;
}

/** Live jobs that pass the filter, in the order of their numbers. */
export async function listJobs(
  session: Session,
  functions: Functions,
  { functionName, state, unique }: SharedJobFilter,
  after: number,
  count: number,
): Promise<readonly SharedJobView[]> {
  const parameters: Parameter[] = [after, count];
  const conditions = ["j.id > $1"];
  if (functionName !== undefined) {
    parameters.push(functionName);
    conditions.push(`j.func = (select id from @s.func where name = $${parameters.length})`);
  }
  if (state !== undefined) conditions.push(STATES[state]);
  if (unique !== undefined) conditions.push(uniqueCondition(unique, parameters));
  const text = `${SELECT} where ${conditions.join(" and ")} order by j.id limit $2`;
  return (await session.query(text, parameters)).map((row) => viewIn(row, functions));
}

function uniqueCondition(unique: Uint8Array, parameters: Parameter[]): string {
  if (unique.length === 0) return "j.key is null";
  if (isDash(unique)) return "get_byte(j.key, 0) = 0 and get_byte(j.key, 1) > 0";
  parameters.push(plainKey(unique));
  return `j.key = $${parameters.length}`;
}

function viewIn(row: Rows[number], functions: Functions): SharedJobView {
  const [number, func, functionName, key, reducer, priority, losses, failures, ...rest] = row;
  const [payloadLength, isClaimed, due, age, isRunning, numerator, denominator, server] = rest;
  functions.learn(func, functionName);
  return {
    number: Number(number),
    functionName,
    unique: uniqueOf(key),
    reducer: reducer ?? EMPTY,
    priority,
    losses,
    failures,
    payloadLength,
    state: isClaimed ? "claimed" : due === null ? "waiting" : "scheduled",
    due: Number(due ?? 0),
    age: Math.max(0, Number(age)),
    isRunning: isRunning ?? false,
    numerator: Number(numerator ?? 0),
    denominator: Number(denominator ?? 0),
    server,
  };
}
