import type { Added, NewSharedJob } from "../../shared_queue.ts";
import type { Functions } from "../functions.ts";
import type { Life } from "../members/life.ts";
import { arrayText, Bytes, numbersIn } from "../values.ts";
import { keyOf } from "./keys.ts";
import type { Call } from "./lane.ts";

const TEXT = "select @s.add_jobs($1, $2, $3, $4::bigint[], $5::int[], $6::smallint[], " +
  "$7::float8[], $8::boolean[], $9::int[], $10::int[], $11::int[], $12::int[], $13::float8[], $14::int[])";

/** Jobs that are to be added, with their bytes copied. */
export interface JobsToAdd {
  readonly jobs: readonly Omit<NewSharedJob, "unique" | "reducer" | "payload">[];
  readonly bytes: Uint8Array;
  readonly starts: readonly number[];
  readonly keyLengths: readonly number[];
  readonly reducerLengths: readonly number[];
  readonly payloadLengths: readonly number[];
}

/** Copies the bytes of jobs. */
export function copyOf(jobs: readonly NewSharedJob[]): JobsToAdd {
  const bytes = new Bytes();
  const keys = jobs.map(({ unique, payload, number }) => keyOf(unique, payload, number));
  return {
    starts: jobs.map(({ reducer, payload }, index) => bytes.add(keys[index], reducer, payload)),
    jobs: jobs.map(({ number, functionName, priority, due, ttl, attempts, isOurs }) => {
      return { number, functionName: functionName.slice(), priority, due, ttl, attempts, isOurs };
    }),
    bytes: bytes.all(),
    keyLengths: keys.map(({ length }) => length),
    reducerLengths: jobs.map(({ reducer }) => reducer.length),
    payloadLengths: jobs.map(({ payload }) => payload.length),
  };
}

/** The call that adds jobs, whose functions have numbers already. */
export function addCall(toAdd: JobsToAdd, functions: Functions): Call<readonly Added[]> {
  const { jobs, bytes, starts, keyLengths, reducerLengths, payloadLengths } = toAdd;
  const numbers = arrayText(jobs.map(({ number }) => number));
  const rest = [
    arrayText(jobs.map(({ functionName }) => functions.id(functionName)!)),
    arrayText(jobs.map(({ priority }) => priority)),
    arrayText(jobs.map(({ due }) => due)),
    arrayText(jobs.map(({ isOurs }) => isOurs)),
    ...[starts, keyLengths, reducerLengths, payloadLengths].map(arrayText),
    arrayText(jobs.map(({ ttl }) => ttl)),
    arrayText(jobs.map(({ attempts }) => attempts)),
  ];
  return {
    life: null,
    repeats: "whileWanted",
    statement: ({ id }, number) => [TEXT, [id, number, bytes, numbers, ...rest]],
    undo: ({ id }, number) => ["select @s.undo_add($1, $2, $3::bigint[])", [id, number, numbers]],
    read: ([[pairs]], life) => added(jobs, numbersIn(pairs), life),
  };
}

function added(jobs: JobsToAdd["jobs"], pairs: readonly number[], life: Life): readonly Added[] {
  const joined = new Map<number, number>();
  for (let index = 0; index < pairs.length; index += 2) {
    joined.set(pairs[index], pairs[index + 1]);
  }
  return jobs.map(({ number, isOurs }) => {
    const other = joined.get(number);
    if (other !== undefined) return { joined: other };
    return isOurs && !life.isOver ? "ours" : "stored";
  });
}
