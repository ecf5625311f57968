import type { Claim, ClaimedJob, Wish } from "../../shared_queue.ts";
import type { Rows } from "../driver.ts";
import type { Functions } from "../functions.ts";
import type { Life } from "../members/life.ts";
import { arrayText } from "../values.ts";
import { isDash, keyOf, uniqueOf } from "./keys.ts";
import type { Call } from "./lane.ts";
import type { Places } from "./places.ts";

const EMPTY = new Uint8Array(0);
const COLUMNS = "id, pos, func, priority, losses, failures, key, reducer, payload, error, " +
  "age, wait, rewound, runs, attempts, expires";
const CLAIM = `select ${COLUMNS} from @s.claim($1, $2, $3::int[], $4::smallint[], $5::bigint[], ` +
  "$6::bigint[], $7::int[], $8::int[], $9, $10)";
const CLAIM_EXPIRED = `select ${COLUMNS} from @s.claim_expired($1, $2, $3)`;
const CLAIM_NUMBER = `select ${COLUMNS} from @s.claim_number($1, $2, $3)`;
const CLAIM_KEY = `select ${COLUMNS} from @s.claim_key($1, $2, $3, $4)`;

/** Jobs that are wanted of one queue. */
export interface Wanted {
  readonly func: number;
  readonly priority: Wish["priority"];
  readonly most: number;
  /** Which of the wishes it is. */
  readonly index: number;
}

/** A job of a queue, by the index of the wish, and its place there. */
export interface Taken {
  readonly index: number;
  readonly place: number;
  readonly job: ClaimedJob;
}

/** What came of one look at the queues. */
export interface Looked {
  /** In the order of the wishes and places. */
  readonly taken: readonly Taken[];
  /** Of which wishes there may be more. */
  readonly more: readonly number[];
  /** Which queues had too few jobs, and how many are wanted of them still. */
  readonly short: readonly Wanted[];
}

/** What two looks at the queues have brought together. */
export function claimOf(looks: readonly Looked[]): Claim {
  const taken = looks.flatMap((look) => look.taken);
  taken.sort((a, b) => a.index - b.index || a.place - b.place);
  const more = new Set(looks.flatMap((look) => look.more));
  return { jobs: taken.map(({ job }) => job), more: [...more].sort((a, b) => a - b) };
}

/** The wishes for functions that the queue knows. */
export function wantedOf(wishes: readonly Wish[], functions: Functions): Wanted[] {
  return wishes.flatMap(({ functionName, priority, most }, index) => {
    const func = functions.id(functionName);
    return func === undefined || most <= 0 ? [] : [{ func, priority, most, index }];
  });
}

/** The call that claims jobs, from the lowest places on or from the beginning. */
export function claimCall(
  life: Life,
  wanted: readonly Wanted[],
  most: number,
  payloadBytes: number,
  functions: Functions,
  places: Places,
  fromBeginning: boolean,
): Call<Looked> {
  const lows = wanted.map((queue) => fromBeginning ? 0 : places.low(queue));
  const queues = [
    arrayText(wanted.map(({ func }) => func)),
    arrayText(wanted.map(({ priority }) => priority)),
    arrayText(lows),
    `{${wanted.map(({ func }) => places.rewound(func)).join(",")}}`,
    arrayText(wanted.map((queue) => queue.most)),
    arrayText(kinsOf(wanted)),
  ];
  return {
    life,
    repeats: false,
    statement: ({ id }, number) => [CLAIM, [id, number, ...queues, most, payloadBytes]],
    undo: undoClaim,
    read: (rows) => sorted(rows, wanted, most, payloadBytes, functions, places),
  };
}

/** For each queue the number of its function among those that are asked for, from 1 on. */
function kinsOf(wanted: readonly Wanted[]): number[] {
  const numbers = new Map<number, number>();
  return wanted.map(({ func }) => {
    const number = numbers.get(func) ?? numbers.size + 1;
    numbers.set(func, number);
    return number;
  });
}

/** The call that claims the job with a unique. */
export function claimByUniqueCall(
  life: Life,
  func: number,
  unique: Uint8Array,
  payload: Uint8Array,
  functions: Functions,
): Call<ClaimedJob | null> {
  const key = keyOf(unique, payload, 0);
  return {
    life,
    repeats: false,
    statement: ({ id }, number) => [CLAIM_KEY, [id, number, func, key]],
    undo: undoClaim,
    read: ([row]) => row === undefined ? null : jobIn(row, functions),
  };
}

/** A claimed job whose function may have no name here yet. */
export interface ClaimedUnnamed {
  readonly func: number;
  jobOf(functions: Functions): ClaimedJob;
}

/** The call that claims jobs that have waited for too long. */
export function claimExpiredCall(life: Life, most: number): Call<readonly ClaimedUnnamed[]> {
  return claimOfAny(life, CLAIM_EXPIRED, most);
}

/** The call that claims the job with a number. */
export function claimNumberCall(life: Life, number: number): Call<readonly ClaimedUnnamed[]> {
  return claimOfAny(life, CLAIM_NUMBER, number);
}

function claimOfAny(life: Life, text: string, what: number): Call<readonly ClaimedUnnamed[]> {
  return {
    life,
    repeats: false,
    statement: ({ id }, number) => [text, [id, number, what]],
    undo: undoClaim,
    read: (rows) =>
      rows.map((row) => ({ func: row[2], jobOf: (functions) => jobIn(row, functions) })),
  };
}

/** Does a job with this unique join others? */
export function joins(unique: Uint8Array, payload: Uint8Array): boolean {
  return unique.length > 0 && !(isDash(unique) && payload.length === 0);
}

function undoClaim({ id }: Life, number: number): [string, number[]] {
  return ["select @s.undo_claim($1, $2)", [id, number]];
}

/** Puts jobs into the order of the wishes and of their places, and remembers how far they went. */
function sorted(
  rows: Rows,
  wanted: readonly Wanted[],
  most: number,
  payloadBytes: number,
  functions: Functions,
  places: Places,
): Looked {
  const byQueue = Map.groupBy(rows, ([, , func, priority]) => `${func} ${priority}`);
  const taken: Taken[] = [];
  const more: number[] = [];
  const short: Wanted[] = [];
  const used = new Map<number, number>();
  let bytes = 0;
  for (const queue of wanted) {
    if (taken.length >= most || bytes > payloadBytes) {
      more.push(queue.index);
      continue;
    }
    const name = `${queue.func} ${queue.priority}`;
    const found = (byQueue.get(name) ?? []).toSorted((a, b) => a[1] - b[1]);
    byQueue.delete(name);
    const before = used.get(queue.func) ?? 0;
    const limit = Math.max(0, Math.min(most - taken.length, queue.most - before));
    used.set(queue.func, before + found.length);
    for (const row of found) {
      taken.push({ index: queue.index, place: Number(row[1]), job: jobIn(row, functions) });
    }
    for (const [, , , , , , , , payload] of found) bytes += payload?.length ?? 0;
    const isEmpty = found.length < limit && bytes <= payloadBytes;
    if (!isEmpty) more.push(queue.index);
    else short.push({ ...queue, most: queue.most - before - found.length });
    const last = found.at(-1);
    places.taken(queue, Number(last?.[1] ?? 0), last?.[12] ?? null, isEmpty);
  }
  return { taken, more, short };
}

function jobIn(row: Rows[number], functions: Functions): ClaimedJob {
  const [number, , func, priority, losses, failures, key, reducer, payload, error, ...rest] = row;
  const [age, wait, , runs, attempts, timeLeft] = rest;
  return {
    number: Number(number),
    functionName: functions.name(func)!,
    unique: uniqueOf(key),
    reducer: reducer ?? EMPTY,
    payload: payload ?? EMPTY,
    priority,
    losses,
    failures,
    error: error ?? EMPTY,
    runs: runs ?? EMPTY,
    attempts,
    timeLeft,
    // The clock may have been set back.
    age: Math.max(0, age),
    wait: Math.max(0, wait),
  };
}
