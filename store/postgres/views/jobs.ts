import { isDash, plainKey, uniqueOf } from "../calls/keys.ts";
import type { Session } from "../connection/session.ts";
import type { Rows } from "../driver.ts";
import type { Functions } from "../functions.ts";
import type { SharedJobView } from "../../shared_queue.ts";

const EMPTY = new Uint8Array(0);
const TABLES = "join @s.func f on f.id = j.func left join @s.server s on s.id = j.owner " +
  "left join @s.progress p on p.id = j.id";
const COLUMNS = "j.id, f.id, f.name, j.key, j.reducer, j.priority, j.losses, j.failures, " +
  "coalesce(octet_length(j.payload), 0), j.owner is not null, " +
  "round(extract(epoch from j.due) * 1000)::text, " +
  "round(extract(epoch from clock_timestamp() - j.created) * 1000)::text, " +
  "p.running, p.numerator, p.denominator, s.name";

/** Reads jobs, `j`, in the columns that {@linkcode viewIn} knows. */
export const SELECT: string = `select ${COLUMNS} from @s.job j ${TABLES}`;

/** The live job with a number. */
export async function findJob(
  session: Session,
  functions: Functions,
  number: number,
): Promise<SharedJobView | null> {
  const [row] = await session.query(`${SELECT} where j.id = $1 and not j.dead`, [number]);
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

/** A job as a row of {@linkcode SELECT} has it. */
export function viewIn(row: Rows[number], functions: Functions): SharedJobView {
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
