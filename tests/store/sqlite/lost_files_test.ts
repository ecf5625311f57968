import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { SqliteStore, type SqliteStoreOptions } from "../../../store/sqlite/store.ts";
import { StoreError } from "../../../store/store.ts";
import { assertInvariants } from "../../../testing/invariants.ts";
import { batch, storedJob } from "../contract.ts";
import { durableRouterOn } from "../../durability/journal/durable_router.ts";

const folder = fs.mkdtempSync(join(tmpdir(), "geartrain-lost-"));
after(() => fs.rmSync(folder, { recursive: true, force: true }));
const OPTIONS: SqliteStoreOptions = { sync: "off", reserve: 0 };
let files = 0;

function newPath(): string {
  return join(folder, `queue${++files}.db`);
}

/** The numbers of the jobs that a new server finds. */
function numbersIn(path: string): number[] {
  const store = SqliteStore.open(path, OPTIONS);
  const numbers = store.load(0, 1000, 0).map(({ number }) => number);
  store.close();
  return numbers;
}

/** A file that is somebody else's. */
function otherFile(text = "other"): string {
  const path = newPath();
  fs.writeFileSync(path, text);
  return path;
}

/** Puts a file in the place of another one. */
function replace(path: string): void {
  fs.renameSync(otherFile(), path);
}

/** What may happen to the files of a server, and what the log then says. */
const LOSSES: [what: string, happens: (path: string) => void, said: RegExp][] = [
  ["the database is deleted", (path) => fs.rmSync(path), /its file was deleted or moved away/],
  ["the database is moved", (path) => fs.renameSync(path, newPath()), /was deleted or moved away/],
  ["the database is replaced", replace, /its file was replaced by another one/],
  ["the database is cut", (path) => fs.truncateSync(path, 4096), /its file was cut/],
  ["its log is deleted", (path) => fs.rmSync(`${path}-wal`), /its log was deleted or moved away/],
  ["its log is replaced", (path) => replace(`${path}-wal`), /its log was replaced by another/],
  ["its log is cut", (path) => fs.truncateSync(`${path}-wal`, 100), /its log was cut/],
  ["its log is emptied", (path) => fs.truncateSync(`${path}-wal`, 0), /its log was cut/],
];

describe("a server notices within a second that", () => {
  for (const [what, happens, said] of LOSSES) {
    test(`${what}, and takes no stored job any more`, async () => {
      const path = newPath();
      const store = SqliteStore.open(path, OPTIONS);
      const { router, peer, clock, reports } = await durableRouterOn(store, {});
      const client = peer(), worker = peer().canDo("f");
      const before = client.submit("SUBMIT_JOB_BG", "f", "", "before");
      clock.advance(3000);
      assertEquals([reports, client.text("ready")], [[], "OK ready\n"]);
      happens(path);
      clock.advance(1000);
      assertEquals(reports.length, 1);
      assertMatch(reports[0], said);
      assertStringIncludes(reports[0], "it takes no jobs until a restart");
      assertMatch(client.text("ready"), /^ERR NOT_READY The\+store\+was\+deleted/);
      assertEquals(client.send("SUBMIT_JOB_BG", "f", "", "after").packets(), [
        { type: "ERROR", args: ["QUEUE_ERROR", "The job could not be stored"] },
      ]);
      // What is in memory, and what somebody waits for, goes on.
      client.submit("SUBMIT_JOB", "f", "", "foreground");
      assertEquals([worker.grab()![2], worker.grab()![2]], ["before", "foreground"]);
      worker.send("WORK_COMPLETE", before, "");
      clock.advance(5000);
      assertInvariants(router);
      assertEquals(reports.length, 1);
      if (fs.existsSync(path)) {
        assertThrows(() => SqliteStore.open(path, OPTIONS), StoreError, "another server");
      } else {
        // Not even a new file in the place of the one that is gone.
        assertThrows(() => SqliteStore.open(path, OPTIONS), StoreError, "another server");
        assertThrows(() => SqliteStore.open(path, OPTIONS), StoreError, "another server");
      }
      store.close();
    });
  }

  test("its log is emptied, also if it was written to since", () => {
    const store = SqliteStore.open(newPath(), OPTIONS);
    const log = `${store.name.slice("sqlite:".length)}-wal`;
    store.inspect();
    fs.truncateSync(log, 0);
    const payload = new Uint8Array(100_000);
    store.write(batch({ added: [storedJob(1, { payload })] }));
    assert(fs.statSync(log).size > 100_000);
    assertThrows(() => store.inspect(), StoreError, "its log was cut or overwritten");
    store.close();
  });
});

describe("a server whose log", () => {
  test("is deleted or replaced loses no job", () => {
    for (const happens of [(log: string) => fs.rmSync(log), replace]) {
      const path = newPath();
      const store = SqliteStore.open(path, OPTIONS);
      store.write(batch({ added: [storedJob(1)] }));
      happens(`${path}-wal`);
      store.write(batch({ added: [storedJob(2)] }));
      assertThrows(() => store.inspect(), StoreError, "all that was in the log is in the database");
      store.close();
      fs.rmSync(`${path}-wal`, { force: true });
      assertEquals(numbersIn(path), [1, 2]);
    }
  });

  test("is replaced leaves the other one where it is", () => {
    const path = newPath();
    const store = SqliteStore.open(path, OPTIONS);
    replace(`${path}-wal`);
    store.close();
    assertEquals(fs.readFileSync(`${path}-wal`, "utf8"), "other");
  });

  test("is cut does not spoil its database, and keeps what is left of the log", () => {
    const path = newPath();
    const first = SqliteStore.open(path, OPTIONS);
    first.write(batch({ added: [storedJob(1)] }));
    first.close();
    const store = SqliteStore.open(path, OPTIONS);
    store.write(batch({ added: [storedJob(2)] }));
    fs.truncateSync(`${path}-wal`, 5000);
    assertThrows(() => store.inspect(), StoreError, "a copy of the rest");
    store.close();
    assertEquals(fs.statSync(`${path}-wal-damaged`).size, 5000);
    fs.rmSync(`${path}-wal`, { force: true });
    assertEquals(numbersIn(path), [1]);
  });
});

describe("a server whose database is replaced", () => {
  test("does not leave its log to the other one", () => {
    const [path, other] = [newPath(), newPath()];
    for (const [each, number] of [[path, 1], [other, 7]] as const) {
      const store = SqliteStore.open(each, OPTIONS);
      store.write(batch({ added: [storedJob(number)] }));
      store.close();
    }
    const store = SqliteStore.open(path, OPTIONS);
    store.write(batch({ added: [storedJob(2)] }));
    fs.renameSync(other, path);
    assertThrows(() => store.inspect(), StoreError, "its file was replaced");
    assert(!fs.existsSync(`${path}-wal`));
    store.close();
    assertEquals(numbersIn(path), [7]);
  });
});

describe("a server whose files nobody touches", () => {
  test("finds nothing, while its log grows, begins again and is cut by SQLite", () => {
    const store = SqliteStore.open(newPath(), OPTIONS);
    const payload = new Uint8Array(2_000_000);
    for (let number = 1; number <= 40; number++) {
      store.write(batch({ added: [storedJob(number, { payload })], removed: [number - 2] }));
      store.inspect();
    }
    const many = Array.from({ length: 20 }, (_, index) => storedJob(100 + index, { payload }));
    store.write(batch({ added: many }));
    store.inspect();
    for (let round = 0; round < 5; round++) {
      store.write(batch({ added: [storedJob(200 + round)] }));
      store.inspect();
    }
    store.close();
    store.inspect();
  });
});

describe("a server is not started", () => {
  test("with a log whose database is gone, as SQLite would take the log away", () => {
    for (
      const leaves of [(path: string) => fs.rmSync(path), (path: string) => fs.truncateSync(path)]
    ) {
      const path = newPath();
      const store = SqliteStore.open(path, OPTIONS);
      store.write(batch({ added: [storedJob(1)] }));
      const copy = newPath();
      for (const end of ["", "-wal"]) fs.copyFileSync(path + end, copy + end);
      store.close();
      const kept = fs.readFileSync(copy);
      leaves(copy);
      for (let attempt = 0; attempt < 2; attempt++) {
        const { message } = assertThrows(() => SqliteStore.open(copy, OPTIONS), StoreError);
        assertStringIncludes(
          message,
          `there is a log of it, ${copy}-wal, but nothing in the database`,
        );
      }
      fs.writeFileSync(copy, kept);
      assertEquals(numbersIn(copy), [1]);
    }
  });

  test("with a lock that is a link, which may lead anywhere", () => {
    const path = newPath();
    const target = otherFile("");
    fs.symlinkSync(target, `${path}-lock`);
    assertThrows(() => SqliteStore.open(path, OPTIONS), StoreError, "-lock is not a file");
  });
});
