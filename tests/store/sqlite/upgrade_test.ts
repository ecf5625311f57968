import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { exportedLines } from "../../../store/exchange/ndjson.ts";
import { problemsOf } from "../../../store/sqlite/report.ts";
import { soundParts } from "../../../store/sqlite/salvage.ts";
import { SqliteStore, type SqliteStoreOptions } from "../../../store/sqlite/store.ts";
import { type StoredJob, StoreError } from "../../../store/store.ts";
import {
  allOf,
  batch,
  bytes,
  EMPTY,
  jobChange,
  limitsOf,
  recordsIn,
  storedJob,
} from "../contract.ts";
import { makeOldStore } from "./old_store.ts";

const folder = fs.mkdtempSync(join(tmpdir(), "geartrain-upgrade-"));
after(() => fs.rmSync(folder, { recursive: true, force: true }));
let files = 0;

const SOME: StoredJob[] = [
  storedJob(1, {
    unique: bytes("u"),
    reducer: bytes("sum"),
    priority: 2,
    due: 1.7e12,
    losses: 3,
  }),
  storedJob(2, { functionName: EMPTY, payload: EMPTY }),
  storedJob(7, { unique: bytes("-"), payload: new Uint8Array(3_000_000).fill(7) }),
  ...Array.from({ length: 2500 }, (_, index) => storedJob(100 + index)),
];

/** A file of version 1. */
function oldStore(jobs: readonly StoredJob[] = SOME, statements = ""): string {
  const path = join(folder, `queue${++files}.db`);
  makeOldStore(path, jobs, statements);
  return path;
}

function open(path: string, options: SqliteStoreOptions = {}) {
  const told: string[] = [];
  const tell = (message: string) => told.push(message.slice(message.indexOf(": ") + 2));
  const onError = ({ message }: StoreError) => tell(message);
  const store = SqliteStore.open(path, {
    ...{ sync: "off", reserve: 0, onError, onNotice: tell },
    ...options,
  });
  return { store, told };
}

function formatOf(path: string): number {
  const database = new DatabaseSync(path);
  const row = database.prepare("PRAGMA user_version").get();
  database.close();
  return row!.user_version as number;
}

describe("a file of version 1", () => {
  test("has all its jobs and limits when it is opened, each with a checksum, and stays so", () => {
    const path = oldStore();
    for (let starts = 1; starts <= 2; starts++) {
      const { store, told } = open(path);
      const note = `it has format 4 now; the file as it was is ${fs.realpathSync(path)}-v1`;
      assertEquals(told, starts === 1 ? [note] : []);
      assertEquals(store.load(0, 10_000, 1e9).map(({ payloadLength: _, ...job }) => job), SOME);
      assertEquals([limitsOf(store), store.nextNumber], [{ [`${bytes("f")}`]: [1, 2, 3] }, 5000]);
      assertEquals([store.handleBase, problemsOf(store)], ["H:gear1:abcdefghi", []]);
      const { none } = store.database.prepare(
        "SELECT count(*) AS none FROM job WHERE ifnull(checksum, 0) = 0",
      ).get() as { none: number };
      assertEquals(none, 0);
      store.close();
    }
    assertEquals(formatOf(path), 4);
  });

  test("is copied before, for whoever wants to go back", () => {
    const path = oldStore();
    open(path).store.close();
    const copy = `${path}-v1`;
    assertEquals([formatOf(copy), fs.statSync(copy).mode & 0o077], [1, 0]);
    const { store } = open(copy);
    assertEquals(store.load(0, 10_000, 0).length, SOME.length);
    store.close();
    assertEquals(fs.readdirSync(folder).filter((name) => name.includes("unfinished")), []);
  });

  test("of a server that was killed is whole, and so is its copy", () => {
    const path = oldStore(SOME.slice(0, 2));
    const database = new DatabaseSync(path);
    database.exec("PRAGMA wal_autocheckpoint = 0");
    database.exec("UPDATE job SET priority = 0 WHERE number = 1");
    const killed = join(folder, `queue${++files}.db`);
    for (const end of ["", "-wal"]) fs.copyFileSync(path + end, killed + end);
    database.close();
    const { store } = open(killed);
    assertEquals(allOf(store)[0].priority, 0);
    store.close();
    const copy = open(`${killed}-v1`);
    assertEquals(allOf(copy.store)[0].priority, 0);
    copy.store.close();
  });

  test("stays as it is when only looked at", () => {
    const path = oldStore();
    const before = fs.readFileSync(path);
    const { store } = open(path, { asItIs: true });
    assertEquals(problemsOf(store), []);
    const lines = [...exportedLines(store, soundParts(store, () => {}))];
    assertEquals(lines.length, SOME.length + 2);
    assertEquals([store.payloads([1, 3]), store.damaged()], [
      new Map([[1, bytes("payload 1")]]),
      [],
    ]);
    store.close();
    assertEquals([formatOf(path), fs.existsSync(`${path}-v1`)], [1, false]);
    assertEquals(fs.readFileSync(path).length, before.length);
  });

  test("has rows that are no jobs set aside", () => {
    const path = oldStore(SOME.slice(0, 3), "UPDATE job SET priority = 9 WHERE number = 2");
    const looked = open(path, { asItIs: true });
    assertEquals(problemsOf(looked.store), ["job 2 is damaged"]);
    assertThrows(() => looked.store.load(0, 10, 0), StoreError, "not as stored, jobs 2");
    looked.store.close();
    const { store, told } = open(path);
    assert(told.some((text) => text === "jobs that cannot be read and are set aside: 1"));
    assertEquals(store.load(0, 10, 0).map(({ number }) => number), [1, 7]);
    assertEquals(store.damaged(), ["2"]);
    store.close();
  });

  test("that is damaged where rows cannot be told apart stays as it is", () => {
    const path = oldStore();
    const whole = fs.readFileSync(path);
    const page = Math.floor(whole.indexOf("payload 1000") / 8192) * 8192;
    fs.writeFileSync(path, whole.fill(0, page, page + 8192));
    for (let attempt = 0; attempt < 2; attempt++) {
      assertThrows(() => open(path), StoreError, "it is damaged");
      assertEquals(formatOf(path), 1);
    }
    const { store } = open(path, { asItIs: true });
    const leftOut: string[] = [];
    const { jobs } = soundParts(store, (what) => leftOut.push(what));
    assert([...jobs].length > 1000);
    assertEquals(leftOut.length, 1);
    store.close();
  });

  test("of which no copy can be made stays as it is", () => {
    const path = oldStore();
    fs.mkdirSync(`${path}-v1-unfinished`);
    const { message } = assertThrows(() => open(path), StoreError);
    assertMatch(message, /-v1-unfinished|is a directory|it is a folder/i);
    assertEquals(formatOf(path), 1);
    fs.rmdirSync(`${path}-v1-unfinished`);
    open(path).store.close();
    assertEquals(formatOf(path), 4);
  });

  test("does not need room for all jobs twice", () => {
    const payload = new Uint8Array(100_000);
    const path = oldStore(
      Array.from({ length: 300 }, (_, index) => storedJob(index + 1, { payload })),
    );
    const before = fs.statSync(path).size;
    const { store } = open(path);
    store.write(batch({ added: [storedJob(1000)] }));
    store.close();
    assert(fs.statSync(path).size < before * 1.5, `${fs.statSync(path).size} of ${before} bytes`);
  });
});

/** A file of version 2 or 3 with a job that is damaged, and one that was set aside. */
async function laterStore(version: 2 | 3, jobs: readonly StoredJob[] = SOME): Promise<string> {
  const path = join(folder, `queue${++files}.db`);
  const { store } = open(path);
  await store.write(
    batch({ added: jobs, maxQueues: [{ functionName: bytes("f"), limits: [1, 2, 3] }] }),
  );
  store.setAside([100]);
  store.close();
  const database = new DatabaseSync(path);
  const columns = version === 2 ? ["failures", "state", "error", "runs"] : ["runs"];
  for (const table of ["job", "damaged_job"]) {
    for (const column of columns) database.exec(`ALTER TABLE ${table} DROP COLUMN ${column}`);
  }
  database.exec(`DROP TABLE records; UPDATE job SET due = 7 WHERE number = 101;
    PRAGMA user_version = ${version}`);
  database.close();
  return path;
}
const isSound = ({ number }: StoredJob) => number !== 100 && number !== 101;

describe("a file of version 2", () => {
  const version2 = () => laterStore(2);
  const sound = SOME.filter(isSound);

  test("has all that it had when it is opened, and a copy from before", async () => {
    const path = await version2();
    const { store, told } = open(path);
    assertEquals(told, [
      `it has format 4 now; the file as it was is ${fs.realpathSync(path)}-v2`,
    ]);
    assertEquals(allOf(store).length, 1000);
    assertEquals(
      store.load(0, 10_000, 1e9).map(({ payloadLength: _, ...job }) => job),
      sound,
    );
    assertEquals(limitsOf(store), { [`${bytes("f")}`]: [1, 2, 3] });
    assertEquals([store.damaged(), problemsOf(store).length], [["100", "101"], 2]);
    store.close();
    assertEquals([formatOf(path), formatOf(`${path}-v2`)], [4, 2]);
    assertEquals(open(path).told, []);
  });

  test("takes what it did not have before, also behind a long payload", async () => {
    const path = await version2();
    const first = open(path).store;
    const failed = { losses: 1, failures: 2, error: bytes("out of memory") };
    const added = storedJob(5000, { payload: new Uint8Array(100_000), ...failed });
    await first.write(batch({ added: [added], changed: [jobChange(7, { due: 9, ...failed })] }));
    first.close();
    const { store } = open(path);
    const [, , changed] = allOf(store);
    assertEquals(changed, { ...SOME[2], due: 9, ...failed });
    assertEquals(store.load(4999, 1, 1e9)[0].error, failed.error);
    assertEquals(store.load(4999, 1, 0)[0].failures, 2);
    store.close();
  });

  test("can be looked at as it is, and is not written to then", async () => {
    const path = await version2();
    const { store } = open(path, { asItIs: true });
    assertEquals(
      problemsOf(store),
      ["job 101 is damaged", "job 100 is damaged, and was set aside"].sort(),
    );
    store.close();
    assertEquals([formatOf(path), fs.existsSync(`${path}-v2`)], [2, false]);
  });
});

describe("a file of version 3", () => {
  const failed = { losses: 1, failures: 2, error: bytes("out of memory"), state: "dead" } as const;
  const jobs = [...SOME, storedJob(5000, { payload: new Uint8Array(100_000), ...failed })];

  test("has all that it had when it is opened, and a copy from before", async () => {
    const path = await laterStore(3, jobs);
    const { store, told } = open(path);
    assertEquals(told, [
      `it has format 4 now; the file as it was is ${fs.realpathSync(path)}-v3`,
    ]);
    assertEquals(allOf(store).length, 1000);
    assertEquals(
      store.load(0, 10_000, 1e9).map(({ payloadLength: _, ...job }) => job),
      jobs.filter(isSound),
    );
    assertEquals([limitsOf(store), store.records()], [{ [`${bytes("f")}`]: [1, 2, 3] }, []]);
    assertEquals([store.damaged(), problemsOf(store).length], [["100", "101"], 2]);
    store.close();
    assertEquals([formatOf(path), formatOf(`${path}-v3`)], [4, 3]);
    assertEquals(open(path).told, []);
  });

  test("takes what it did not have before, also behind a long payload", async () => {
    const path = await laterStore(3, jobs);
    const first = open(path).store;
    const runs = bytes("[failed, lost]");
    const records = [{ kind: "pause", key: EMPTY, value: bytes("until noon") }];
    await first.write(batch({ changed: [jobChange(5000, { ...failed, runs })], records }));
    first.close();
    const { store } = open(path);
    assertEquals(store.load(4999, 1, 1e9)[0].runs, runs);
    assertEquals(store.load(4999, 1, 0)[0].runs, runs);
    assertEquals(recordsIn(store.records()), { "pause ": `${bytes("until noon")}` });
    assertEquals(problemsOf(store).length, 2);
    store.close();
  });

  test("can be looked at as it is, and is not written to then", async () => {
    const path = await laterStore(3, jobs);
    const { store } = open(path, { asItIs: true });
    assertEquals(problemsOf(store).length, 2);
    const lines = [...exportedLines(store, soundParts(store, () => {}))];
    assertEquals(lines.length, jobs.filter(isSound).length + 2);
    store.close();
    assertEquals([formatOf(path), fs.existsSync(`${path}-v3`)], [3, false]);
  });
});
