import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { soundParts } from "../../store/sqlite/salvage.ts";
import { SqliteStore } from "../../store/sqlite/store.ts";
import { type StoredJob, StoreError } from "../../store/store.ts";
import { damageOfLog } from "../../store/sqlite/wal_format.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { allOf, batch, bytes, storedJob } from "../store/contract.ts";
import { durableRouterOn } from "./journal/durable_router.ts";
import { readWal } from "./wal_file.ts";

const folder = fs.mkdtempSync(join(tmpdir(), "geartrain-damage-"));
after(() => fs.rmSync(folder, { recursive: true, force: true }));
const SEED = Number(process.env.GEARTRAIN_DAMAGE_SEED ?? 20261130);
const ROUNDS = Number(process.env.GEARTRAIN_DAMAGE_ROUNDS ?? 150);
let files = 0;

function newPath(): string {
  return join(folder, `queue${++files}.db`);
}

/** Numbers from 0 to below 1 that are the same for each seed. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Jobs of all kinds; payloads tell whose they are. */
function someJobs(): StoredJob[] {
  return Array.from({ length: 300 }, (_, index) => {
    const number = index + 1;
    return storedJob(number, {
      functionName: bytes(`function-${number % 7}`),
      unique: bytes(number % 3 === 0 ? `unique-${number}` : ""),
      reducer: bytes(number % 11 === 0 ? "sum" : ""),
      payload: bytes(`payload of ${number} `.repeat(number % 50 === 0 ? 3000 : 5)),
      priority: number % 3 as 0 | 1 | 2,
      due: number % 5 === 0 ? 1_900_000_000_000 + number : 0,
      losses: number % 4,
      failures: number % 3,
      error: bytes("x".repeat(number % 5)),
      runs: bytes("r".repeat(number % 6)),
    });
  });
}

function open(path: string): { store: SqliteStore; told: string[] } {
  const told: string[] = [];
  const onError = ({ message }: StoreError) => told.push(message);
  return { store: SqliteStore.open(path, { sync: "off", reserve: 0, onError }), told };
}

/** Some bits, a run of bytes, or a sector are not what they were. */
function spoil(file: Uint8Array, chance: () => number): void {
  const at = Math.floor(chance() * file.length);
  const kind = chance();
  if (kind < 0.4) file[at] ^= 1 << Math.floor(chance() * 8);
  else if (kind < 0.7) {
    for (let i = at; i < Math.min(file.length, at + 16); i++) file[i] = chance() * 256;
  } else file.copyWithin(at & ~511, Math.floor(chance() * file.length) & ~511, (at & ~511) + 512);
}

describe("random damage in the file of a store", () => {
  test(`never makes a job another one: ${ROUNDS} rounds from seed ${SEED}`, () => {
    const path = newPath();
    const { store } = open(path);
    const jobs = someJobs();
    store.write(batch({ added: jobs }));
    store.close();
    const sound = fs.readFileSync(path);
    const asStored = new Map(jobs.map((job) => [job.number, job]));
    const chance = random(SEED);
    const found = { refused: 0, setAside: 0, unchanged: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const damaged = Uint8Array.from(sound);
      spoil(damaged, chance);
      fs.writeFileSync(path, damaged);
      found[fate(path, asStored, round)]++;
    }
    assert(found.refused > 0 && found.setAside > 0, JSON.stringify(found));
  });

  /** What a start, or an export if there can be none, makes of the file. */
  function fate(path: string, asStored: Map<number, StoredJob>, round: number) {
    let opened: ReturnType<typeof open> | undefined;
    const check = (job: StoredJob) => {
      const { number } = job;
      assertEquals(plain(job), asStored.get(number), `job ${number} in round ${round}`);
    };
    try {
      opened = open(path);
      allOf(opened.store).forEach(check);
      return opened.told.length > 0 ? "setAside" : "unchanged";
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (opened !== undefined) [...soundParts(opened.store, () => {}).jobs].forEach(check);
      return "refused";
    } finally {
      opened?.store.close();
    }
  }

  function plain(job: StoredJob): StoredJob {
    const {
      number,
      functionName,
      unique,
      reducer,
      payload,
      priority,
      due,
      losses,
      failures,
      state,
    } = job;
    return {
      ...{ number, functionName: Uint8Array.from(functionName), unique: Uint8Array.from(unique) },
      ...{ reducer: Uint8Array.from(reducer), payload: Uint8Array.from(payload) },
      ...{ priority, due, losses, failures, state, error: Uint8Array.from(job.error) },
      runs: Uint8Array.from(job.runs),
    };
  }
});

describe("a job that is damaged while a server runs", () => {
  test("goes to no worker: its client is told that it failed, and the log why", async () => {
    const { store } = open(newPath());
    const { peer, router, reports } = await durableRouterOn(store, { memoryLimit: 0 });
    const client = peer(), worker = peer().canDo("f");
    const background = client.submit("SUBMIT_JOB_BG", "f", "same", "first");
    assertEquals(client.submit("SUBMIT_JOB", "f", "same", "first"), background);
    client.submit("SUBMIT_JOB_BG", "f", "", "second");
    store.database.exec("UPDATE job SET payload = x'6669727375' WHERE payload = x'6669727374'");
    assertEquals(worker.grab()![2], "second");
    assertEquals(client.packets(), [{ type: "WORK_FAIL", args: [background] }]);
    assertEquals(reports.map((text) => text.slice(text.indexOf("job"))), [
      "job 1 is not as it was stored",
    ]);
    assertEquals([router.jobs.size, store.damaged()], [1, ["1"]]);
    assertEquals([...router.functions.values()][0].counts.ended.damaged, 1);
    assertInvariants(router);
    store.close();
  });

  test("and whose payload is its key ends for whoever joined it: to compare them its payload is not read", async () => {
    const { store } = open(newPath());
    const { peer, router, reports } = await durableRouterOn(store, { memoryLimit: 0 });
    const client = peer(), worker = peer().canDo("f");
    client.submit("SUBMIT_JOB_BG", "f", "-", "first");
    store.database.exec("UPDATE job SET payload = x'6669727375'");
    const joined = client.submit("SUBMIT_JOB", "f", "-", "first");
    assertEquals(worker.grab(), null);
    assertEquals(client.packets(), [{ type: "WORK_FAIL", args: [joined] }]);
    assertEquals([router.jobs.size, reports.length], [0, 1]);
    assertInvariants(router);
    store.close();
  });
});

/** A log with this many transactions of a job each, as a server that was killed leaves it. */
function killedStore(commits: number): { path: string; log: Uint8Array } {
  const { store } = open(newPath());
  for (let number = 1; number <= commits; number++) {
    store.write(batch({ added: [storedJob(number)] }));
  }
  const path = newPath();
  const from = store.name.slice("sqlite:".length);
  for (const end of ["", "-wal"]) fs.copyFileSync(from + end, path + end);
  store.close();
  return { path, log: fs.readFileSync(`${path}-wal`) };
}

function damageOf(log: string): string | null {
  const file = fs.openSync(log, "r");
  try {
    return damageOfLog(file);
  } finally {
    fs.closeSync(file);
  }
}

describe("a log that is read at a start", () => {
  test("is whole when it ends where a server was killed, within a frame too", () => {
    const { path, log } = killedStore(10);
    assertEquals(damageOf(`${path}-wal`), null);
    const { frames } = readWal(log);
    for (const { end } of frames) {
      for (const cut of [end, end - 1, end - 4000, end - 8210]) {
        fs.writeFileSync(`${path}-wal`, log.subarray(0, cut));
        assertEquals(damageOf(`${path}-wal`), null, `cut at ${cut}`);
      }
    }
    // A write that a power cut has left half done is the end as well.
    const { end } = frames.at(-1)!;
    fs.writeFileSync(`${path}-wal`, Uint8Array.from(log).fill(0, end - 4000, end));
    const { store, told } = open(path);
    assertEquals([store.load(0, 100, 0).length, told], [9, []]);
    store.close();
  });

  test("is damaged when whole transactions are behind what cannot be read, which is told", () => {
    const { path, log } = killedStore(10);
    const { frames } = readWal(log);
    const commits = frames.filter(({ isCommit }) => isCommit);
    const at = commits[5].end - 100;
    const spoilt = Uint8Array.from(log);
    spoilt[at] ^= 1;
    fs.writeFileSync(`${path}-wal`, spoilt);
    const { store, told } = open(path);
    assertEquals(told.length, 1);
    const behind = commits.length - 6;
    assertMatch(
      told[0],
      new RegExp(`its log is damaged: from byte .* are lost: ${behind}; a copy`),
    );
    assertEquals(store.warnings.length, 1);
    assert(fs.readFileSync(`${path}-wal-damaged`).equals(spoilt), "a copy is there");
    const numbers = store.load(0, 100, 0).map(({ number }) => number);
    assert(numbers.length > 0 && numbers.length < 10);
    assertEquals(numbers, numbers.map((_, index) => index + 1));
    store.close();
    const again = open(path);
    assertEquals(again.told, []);
    again.store.close();
  });

  test("is damaged when its beginning is", () => {
    for (const at of [0, 9, 17, 25]) {
      const { path, log } = killedStore(3);
      const spoilt = Uint8Array.from(log);
      spoilt[at] ^= 1;
      fs.writeFileSync(`${path}-wal`, spoilt);
      assertMatch(damageOf(`${path}-wal`)!, /its beginning is not as it was written/);
    }
  });

  test("is whole when a new one began over an old one in the same file", () => {
    const path = newPath();
    const { store } = open(path);
    const payload = new Uint8Array(3_000_000);
    const copy = newPath();
    for (let number = 1; number <= 20; number++) {
      store.write(batch({ added: [storedJob(number, { payload })], removed: [number - 1] }));
      for (const end of ["", "-wal"]) fs.copyFileSync(path + end, copy + end);
      assertEquals(damageOf(`${copy}-wal`), null);
    }
    store.close();
  });
});
