import type { SharedJobChange } from "../../shared_queue.ts";
import type { Engine } from "../engine.ts";
import type { Life } from "../members/life.ts";
import { arrayText, Bytes, numbersIn } from "../values.ts";
import type { Call } from "./lane.ts";

const BURY = "select @s.bury_jobs($1, $2, $3, $4::bigint[], $5::int[], $6::int[], $7::int[], " +
  "$8::int[], $9::int[])";
const KICK = "select out_id, out_func, out_priority from @s.kick($1::bigint[], $2)";
const DROP = "select @s.drop_dead($1::bigint[])";
const OWNER = "select owner from @s.job where id = $1 and owner is not null";
const TELL = "select pg_notify(@s.channel($1), $2)";

/** The call that makes jobs of a server dead. */
export function buryCall(life: Life, changes: readonly SharedJobChange[]): Call<void> {
  const bytes = new Bytes();
  const parameters = [
    arrayText(changes.map(({ number }) => number)),
    arrayText(changes.map(({ losses }) => losses)),
    arrayText(changes.map(({ failures }) => failures)),
    arrayText(changes.map(({ error, runs }) => bytes.add(error, runs))),
    arrayText(changes.map(({ error }) => error.length)),
    arrayText(changes.map(({ runs }) => runs.length)),
  ];
  const all = bytes.all();
  return {
    life,
    repeats: true,
    statement: ({ id }, number) => [BURY, [id, number, all, ...parameters]],
    read: () => {},
    afterDeath: () => {},
  };
}

/** See `SharedQueue.kick`. */
export async function kickJobs(
  engine: Engine,
  numbers: readonly number[],
  ttl: number,
): Promise<readonly number[]> {
  const rows = await engine.views.query(KICK, [arrayText(numbers), ttl]);
  engine.released(
    rows.map(([, func, priority]) => ({ func, priority, count: 1, ready: 1 })),
    true,
  );
  return rows.map(([number]) => Number(number));
}

/** See `SharedQueue.dropDead`. */
export async function dropDeadJobs(
  { views }: Engine,
  numbers: readonly number[],
): Promise<readonly number[]> {
  const [[gone]] = await views.query(DROP, [arrayText(numbers)]);
  return numbersIn(gone);
}

/** See `SharedQueue.askToBury`. */
export async function askToBury(engine: Engine, number: number): Promise<void> {
  const [row] = await engine.views.query(OWNER, [number]);
  if (row === undefined) return;
  if (row[0] === engine.membership.now?.id) engine.listener.bury(number);
  else await engine.views.query(TELL, [row[0], `bury ${number}`]);
}
