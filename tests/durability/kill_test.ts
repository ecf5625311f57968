import { existsSync, mkdtempSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { decodeName } from "../../protocol/mod.ts";
import { partsOf } from "../../store/handle.ts";
import { SqliteStore } from "../../store/sqlite/store.ts";
import type { LoadedJob } from "../../store/store.ts";
import { type Program, startServe } from "../support/program.ts";
import { untilListed } from "../support/server.ts";
import { randomNumbers } from "../support/random_numbers.ts";
import { Knowledge, liveHandles, submitAll, workAll } from "./load.ts";
import { RuledJobs, RULES } from "./ruled_jobs.ts";
import { checkSchedules, SCHEDULES } from "./schedules_of_kills.ts";
import { contentOf, FUNCTIONS } from "./submits.ts";

/** How often the server is killed; `GEARTRAIN_KILLS=5000` for a long run. */
const KILLS = Number(process.env.GEARTRAIN_KILLS ?? 200);
/** What is submitted, with which options, and when the server is killed; `GEARTRAIN_KILL_SEED`. */
const SEED = Number(process.env.GEARTRAIN_KILL_SEED ?? 1 + Math.floor(Math.random() * 1_000_000));
const KILLS_PER_TEST = 10;
const CLIENTS = 3;
const WORKERS = 2;
/** Most answers that peers get before the server is killed. */
const MOST_ANSWERS = 150;
/** One kill in so many comes while the server reads its jobs, and as many while it makes its file. */
const EARLY = 8;
/** Of so many, so many come while mostly jobs with rules are dealt with. */
const RULED = 4;
/** Most changes in its folder that a server makes before it is killed: its file and the log. */
const MOST_CHANGES = 8;

const PLAIN: ReadonlySet<string> = new Set(FUNCTIONS);

const random = randomNumbers(SEED);

describe("a server that is killed while clients submit and workers work", () => {
  const folder = mkdtempSync(join(tmpdir(), "geartrain-kill-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "queue.db");
  const serve = () => {
    const sync = ["always", "10ms", "off"][random(3)];
    const memoryLimit = ["1K", "256M"][random(2)];
    const jobsInMemory = [1, 20, 1_000_000][random(3)];
    return startServe([
      `--store=sqlite:${path}`,
      `--sync=${sync}`,
      `--memory-limit=${memoryLimit}`,
      `--jobs-in-memory=${jobsInMemory}`,
      ...RULES,
      ...SCHEDULES,
    ]);
  };

  const known = new Knowledge();
  const ruled = [new RuledJobs("1"), new RuledJobs("2")];

  // Bun lets a test take a minute, and a machine may be slow.
  for (let kill = 0; kill < KILLS; kill += KILLS_PER_TEST) {
    const last = Math.min(KILLS, kill + KILLS_PER_TEST);
    test(`has all that it promised and nothing that had ended: kills ${kill + 1} to ${last}`, async () => {
      for (let count = kill; count < last; count++) {
        const moment = random(EARLY);
        if (moment === 0) await killWhileReading(serve());
        else if (moment === 1) await killWhileMakingItsFile(folder);
        else if (moment <= RULED) await killWhileRulesHold(serve(), known, ruled);
        else await killUnderLoad(serve(), known, ruled);
        assertEquals(
          [...known.faults, ...ruled.flatMap(({ faults }) => faults)],
          [],
          `GEARTRAIN_KILL_SEED=${SEED}`,
        );
      }
    });
  }

  test("has done with dead jobs, results and pauses what there is to be done", () => {
    // How often each happens is left to chance.
    const [one, other] = ruled.map(({ counts }) => Object.values(counts));
    const sums = one.map((count, kind) => count + other[kind]);
    assert(Math.min(...sums) > 0, JSON.stringify(ruled.map(({ counts }) => counts)));
  });

  test("has run each time of a schedule exactly once", async () => {
    // This start makes up for what was missed until then.
    await using server = serve();
    await untilListed(await server.port(), "status", /./);
    server.kill("SIGKILL");
    await server.end;
    checkSchedules(path, KILLS / 20, `GEARTRAIN_KILL_SEED=${SEED}`);
  });

  test("has its jobs in the order of their submits, and runs them all", async () => {
    assert(known.ended.size > KILLS, `only ${known.ended.size} jobs have ended`);
    const stored = jobsIn(path);
    await using server = serve();
    const port = await server.port();
    known.check(await liveHandles(port));
    const expected = inOrder(stored);
    const found = new Map<string, string[]>([...expected.keys()].map((place) => [place, []]));
    const jobs = new Map(stored.map((job) => [job.number, job]));
    await workAll(port, known, random, (handle, content) => {
      const number = partsOf(handle)!.number;
      const job = jobs.get(number);
      if (job !== undefined) found.get(placeOf(job))!.push(textOf(number, content));
      jobs.delete(number);
    }, () => jobs.size === 0);
    assertEquals(found, expected, `GEARTRAIN_KILL_SEED=${SEED}`);
    assertEquals(known.faults, [], `GEARTRAIN_KILL_SEED=${SEED}`);
    assertEquals(await liveHandles(port), []);
  });
});

async function killUnderLoad(
  started: Program,
  known: Knowledge,
  ruled: readonly RuledJobs[],
): Promise<void> {
  await killMeanwhile(started, known, ruled, (port) => [
    ...Array.from({ length: CLIENTS }, () => submitAll(port, known, ownRandom())),
    ...Array.from({ length: WORKERS }, () => workAll(port, known, ownRandom())),
  ]);
}

/** The jobs with rules go on more quickly while others are not submitted. */
async function killWhileRulesHold(
  started: Program,
  known: Knowledge,
  ruled: readonly RuledJobs[],
): Promise<void> {
  await killMeanwhile(started, known, ruled, (port) => [workAll(port, known, ownRandom())]);
}

/** Kills it after some answers; what it began with is what it must have. */
async function killMeanwhile(
  started: Program,
  known: Knowledge,
  ruled: readonly RuledJobs[],
  play: (port: number) => Promise<void>[],
): Promise<void> {
  await using server = started;
  const port = await server.port();
  known.check(await liveHandles(port));
  await Promise.all(ruled.map((jobs) => jobs.check(port)));
  let isKilled = false;
  const peers = [
    ...play(port),
    ...ruled.map((jobs) => jobs.play(port, ownRandom(), () => known.answered())),
  ].map((peer) =>
    peer.catch(({ message }) => {
      if (!isKilled) known.faults.push(message);
    })
  );
  await Promise.race([known.answers(1 + random(MOST_ANSWERS)), ...peers]);
  isKilled = true;
  server.kill("SIGKILL");
  await server.end;
  await Promise.all(peers);
}

/** What a peer does depends on the seed only, not on the others. */
function ownRandom() {
  return randomNumbers(random(1_000_000));
}

async function killWhileReading(started: Program): Promise<void> {
  await using server = started;
  await server.line(/reading stored jobs/);
}

/** Whatever there is of a new file, the next server begins with it. */
async function killWhileMakingItsFile(parent: string): Promise<void> {
  const folder = mkdtempSync(join(parent, "new-"));
  const path = join(folder, "queue.db");
  const args = [`--store=sqlite:${path}`, ...RULES, ...SCHEDULES];
  {
    await using server = startServe(args);
    const { promise: changed, resolve } = Promise.withResolvers<void>();
    let changes = 1 + random(MOST_CHANGES);
    const watcher = watch(folder, () => {
      if (--changes === 0) resolve();
    });
    // Not all systems tell of as many.
    await Promise.race([changed, server.port()]);
    watcher.close();
    server.kill("SIGKILL");
    await server.end;
  }
  assert(existsSync(path));
  await using server = startServe(args);
  assertEquals(await liveHandles(await server.port()), []);
  rmSync(folder, { recursive: true });
}

function jobsIn(path: string): LoadedJob[] {
  const store = SqliteStore.open(path, { mustExist: true });
  try {
    const jobs = store.load(0, 1_000_000, Infinity);
    return jobs.filter((job) => PLAIN.has(decodeName(job.functionName)));
  } finally {
    store.close();
  }
}

/** The jobs of each function and priority, as they are to come. */
function inOrder(stored: readonly LoadedJob[]): Map<string, string[]> {
  const sorted = stored.toSorted((a, b) => a.due - b.due || a.number - b.number);
  const texts = Map.groupBy(sorted, placeOf);
  return new Map(
    [...texts].map(([place, jobs]) => [
      place,
      jobs.map(({ number, functionName, unique, reducer, payload }) => {
        const [f, u, r, p] = [functionName, unique, reducer, payload!].map(decodeName);
        return textOf(number, contentOf(f, u, r, p));
      }),
    ]),
  );
}

function placeOf({ functionName, priority }: LoadedJob): string {
  return `${decodeName(functionName)} ${priority}`;
}

function textOf(number: number, content: string): string {
  return `${number} ${content}`;
}
