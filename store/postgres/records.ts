import type { ChangedRecords, DeadSharedJob } from "../shared_queue.ts";
import type { RecordChange } from "../store.ts";
import type { Call } from "./calls/lane.ts";
import { uniqueOf } from "./calls/keys.ts";
import { pause } from "./clock.ts";
import type { Session } from "./connection/session.ts";
import type { Rows } from "./driver.ts";
import type { Engine } from "./engine.ts";
import type { Life } from "./members/life.ts";
import { arrayText, Bytes } from "./values.ts";

/** How long others have to take records in, and how often it is looked, in milliseconds. */
const WAIT = { time: 10_000, first: 2, longest: 100 };
const WRITE = "select @s.set_records($1, $2, $3, $4::text[], $5::int[], $6::int[], $7::int[])";
const BEHIND =
  "select exists (select from @s.server where died is null and id <> $1 and heard < $2)";
const READ =
  "select r.kind, r.key, r.value, r.change, j.id, f.name, j.dead_key, j.reducer, j.priority, " +
  "j.losses, j.failures, j.error, j.runs, coalesce(octet_length(j.payload), 0) from @s.record r " +
  "left join @s.job j on r.kind = 'dead' and r.value is not null " +
  "and j.id = ('x' || encode(r.key, 'hex'))::bit(64)::bigint and j.dead " +
  "left join @s.func f on f.id = j.func where r.change > $1 order by r.change";
const EMPTY = new Uint8Array(0);
const TOOK = "update @s.server set heard = $2 where id = $1 and heard < $2";

/** See `SharedQueue.writeRecords`. */
export async function writeRecords(
  engine: Engine,
  records: readonly RecordChange[],
): Promise<void> {
  const { ends, control, membership, clock } = engine;
  const change = await ends.make(writeCall(records));
  const until = clock.now() + WAIT.time;
  for (let wait = WAIT.first; clock.now() < until; wait = Math.min(2 * wait, WAIT.longest)) {
    const me = membership.now?.id ?? 0;
    const [[areBehind]] = await control.repeat(BEHIND, () => [me, change]);
    if (!areBehind) return;
    await pause(clock, wait);
  }
}

function writeCall(records: readonly RecordChange[]): Call<number> {
  const bytes = new Bytes();
  const parameters = [
    `{${records.map(({ kind }) => kind).join(",")}}`,
    arrayText(records.map(({ key, value }) => bytes.add(key, value ?? new Uint8Array(0)))),
    arrayText(records.map(({ key }) => key.length)),
    arrayText(records.map(({ value }) => value?.length ?? -1)),
  ];
  const all = bytes.all();
  return {
    life: null,
    repeats: true,
    statement: ({ id }, number) => [WRITE, [id, number, all, ...parameters]],
    read: ([[change]]) => Number(change),
  };
}

/** See `SharedQueue.records`. */
export async function readRecords(session: Session, since: number): Promise<ChangedRecords> {
  const rows = await session.query(READ, [since]);
  const [marks, records] = [rows.filter(isMark), rows.filter((row) => !isMark(row))];
  return {
    until: Number(rows.at(-1)?.[3] ?? since),
    records: records.map(([kind, key, value]) => ({ kind, key, value })),
    dead: marks.filter(([, , , , id]) => id !== null).map(deadJobIn),
    notDead: marks.filter(([, , , , id]) => id === null).map(([, key]) => numberIn(key)),
  };
}

/** Does it say that a job has died, or is not dead any more? */
function isMark([kind]: Rows[number]): boolean {
  return kind === "dead";
}

function numberIn(key: Uint8Array): number {
  return Number(new DataView(key.buffer, key.byteOffset).getBigInt64(0));
}

function deadJobIn(row: Rows[number]): DeadSharedJob {
  const [, , , , id, functionName, key, reducer, priority, losses, failures, error, ...rest] = row;
  const [runs, payloadLength] = rest;
  return {
    number: Number(id),
    functionName,
    unique: uniqueOf(key),
    reducer: reducer ?? EMPTY,
    priority,
    losses,
    failures,
    error: error ?? EMPTY,
    runs: runs ?? EMPTY,
    payloadLength,
  };
}

/** See `SharedQueue.tookRecords`. */
export async function tookRecords(session: Session, { id }: Life, until: number): Promise<void> {
  await session.query(TOOK, [id, until]);
}
