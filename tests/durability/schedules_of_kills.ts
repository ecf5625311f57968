import { assert, assertEquals } from "@std/assert";
import { decodeName } from "../../protocol/mod.ts";
import { SCHEDULE_RECORDS } from "../../router/schedules.ts";
import { SqliteStore } from "../../store/sqlite/store.ts";

/** Each runs every second. */
const NAMES = ["a", "b", "c", "d"];
/** Nobody works for it, so that all jobs that there ever were can be counted. */
const FUNCTION = "scheduled";

/** Schedules of a server that is killed again and again, as the command line has them. */
export const SCHEDULES: readonly string[] = NAMES.map((name) =>
  `--schedule={"name":"${name}","every":1,"function":"${FUNCTION}",` +
  `"catch-up":"all","catch-up-most":1000}`
);

/** In a file, is there a job for each time of each schedule, from the first run to the last one? */
export function checkSchedules(path: string, leastRuns: number, message: string): void {
  const store = SqliteStore.open(path);
  const uniques = store.load(0, 1_000_000, 0)
    .filter(({ functionName }) => decodeName(functionName) === FUNCTION)
    .map(({ unique }) => decodeName(unique));
  const settled = new Map(
    store.records().filter(({ kind }) => kind === SCHEDULE_RECORDS.progress)
      .map(({ key, value }) => [decodeName(key), JSON.parse(decodeName(value)).settled as number]),
  );
  store.close();
  for (const name of NAMES) {
    const times = uniques.filter((unique) => unique.startsWith(`${name}@`))
      .map((unique) => Date.parse(unique.slice(2)) / 1000).sort((one, other) => one - other);
    const [first] = times;
    const last = Math.floor(settled.get(name)! / 1000);
    assert(times.length >= leastRuns, `${name} has only ${times.length} runs`);
    const expected = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    assertEquals(times, expected, `schedule ${name}, ${message}`);
  }
}
