import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { bunProgram, denoProgram, ROOT } from "../support/runtimes.ts";

const FILE = `${ROOT}tests/performance/allocating.ts`;
/** Nothing is collected, and code runs as it is written: an optimizer would leave objects out. */
const V8_FLAGS = "--no-opt,--no-maglev,--no-sparkplug,--min-semi-space-size=128," +
  "--max-semi-space-size=256";
const JSC_OPTIONS = { BUN_JSC_useGC: "0", BUN_JSC_useJIT: "0" };

type Part =
  | "job"
  | "place"
  | "listener"
  | "progress"
  | "fraction"
  | "entry"
  | "refill"
  | "walk"
  | "closure";
type Load = "echo" | "grab" | "background" | "status" | "foreground" | "woken";
/** Bytes of heap that each of them costs. */
interface Costs {
  readonly parts: Readonly<Record<Part, number>>;
  readonly loads: Readonly<Record<Load, number>>;
}

function measured(): Costs {
  const isBun = process.versions.bun !== undefined;
  const [program, args] = isBun
    ? [bunProgram(), [FILE]]
    : [denoProgram(), ["run", "--no-config", "--no-prompt", `--v8-flags=${V8_FLAGS}`, FILE]];
  const env = isBun ? { ...process.env, ...JSC_OPTIONS } : process.env;
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: "utf8" });
  assertEquals(status, 0, stderr);
  return JSON.parse(stdout);
}

/** What a load may allocate for each job or packet. */
type Allowed = Partial<Record<Part, number>>;

/** A place is one in the table of jobs; a fraction is a number that V8's interpreter keeps in a box. */
const FOREGROUND: Allowed = { job: 1, place: 1, listener: 1, fraction: 7 };

const LOADS: readonly [load: Load, what: string, allowed: Allowed][] = [
  ["echo", "an echo allocates nothing", {}],
  ["grab", "a grab for nothing allocates nothing", {}],
  ["background", "a background submit allocates a job and its place", {
    job: 1,
    place: 1,
    fraction: 4,
  }],
  ["status", "a status update allocates what is kept of it", { progress: 1, fraction: 1 }],
  [
    "foreground",
    "a job allocates itself, its place and its listener from submit to result",
    FOREGROUND,
  ],
  // A job alone leaves the table of jobs empty, and its worker the list of those that were woken.
  ["woken", "a job alone, for a worker that is woken and sleeps again, allocates lists besides", {
    ...FOREGROUND,
    place: 0,
    fraction: 10,
    entry: 1,
    refill: 1,
    walk: 2,
  }],
];

/** Bytes that are once allocated for many. The smallest object of either engine is larger. */
const ROOM = 10;

describe("Of the heap", () => {
  const { parts, loads } = measured();

  test("each object is seen", () => {
    assert(parts.closure > ROOM && parts.job > parts.listener && parts.listener > ROOM);
  });

  for (const [load, what, allowed] of LOADS) {
    test(what, () => {
      const most = Object.entries(allowed)
        .reduce((sum, [part, count]) => sum + count * parts[part as Part], 0);
      const more = loads[load] - most;
      assert(more < ROOM, `${more} bytes more for each than ${JSON.stringify(allowed)}`);
    });
  }
});
