import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { isShortOfRoom, storeError } from "../../../store/sqlite/error.ts";
import { problemsOf } from "../../../store/sqlite/report.ts";
import { SqliteStore, type SqliteStoreOptions } from "../../../store/sqlite/store.ts";
import { StoreError } from "../../../store/store.ts";
import {
  allOf,
  assertRefused,
  batch,
  bytes,
  contractTests,
  jobChange,
  storedJob,
} from "../contract.ts";
import { inOwnProcess } from "../../support/own_process.ts";
import { runProgram } from "../../support/program.ts";
import { unless } from "../../support/unless.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-store-"));
after(() => fs.rmSync(directory, { recursive: true, force: true }));
const OPTIONS: SqliteStoreOptions = { sync: "off", handlePrefix: "H:gear1", reserve: 0 };

let stores = 0;

function newPath(): string {
  return join(directory, `queue${++stores}.db`);
}

function pathOf({ name }: { name: string }): string {
  return name.replace(/^sqlite:/, "");
}

contractTests({
  name: "SqliteStore",
  create: () => SqliteStore.open(newPath(), OPTIONS),
  reopen: (store) => {
    store.close();
    return SqliteStore.open(pathOf(store), OPTIONS);
  },
  remove: (store) => {
    store.close();
    fs.rmSync(pathOf(store));
  },
});

/** Opens what cannot be opened; that is said in one line which names the file. */
function refused(path: string, cause: RegExp, options: Partial<SqliteStoreOptions> = {}): void {
  const error = assertThrows(() => SqliteStore.open(path, { ...OPTIONS, ...options }), StoreError);
  assert(error.message.startsWith(`sqlite:${path}: `), error.message);
  assertMatch(error.message, cause);
  assertEquals(error.message.split("\n").length, 1);
}

/** Makes that nobody, not even root, may change a file, or allows it again; did that work? */
function fix(path: string, flag: "+i" | "-i"): boolean {
  return spawnSync("chattr", [flag, path]).status === 0;
}

/** Root may, on some file systems. */
function canFix(): boolean {
  const path = newPath();
  fs.writeFileSync(path, "");
  return fix(path, "+i") && fix(path, "-i");
}

/** Why no device that is always full can be written to; Deno asks for all permissions for that. */
function withoutFull(): string | false {
  try {
    fs.closeSync(fs.openSync("/dev/full", "r+"));
    return false;
  } catch (error) {
    return `/dev/full cannot be opened: ${(error as Error).name}`;
  }
}
const isRoot = process.getuid?.() === 0 && "root may write to every file";

/** A database that something else has made. */
function databaseWith(statements: string): string {
  const path = newPath();
  const database = new DatabaseSync(path);
  database.exec(statements);
  database.close();
  return path;
}

describe("SqliteStore.open", () => {
  test("makes a file that only its owner may read", () => {
    const path = newPath();
    const store = SqliteStore.open(path, OPTIONS);
    store.write(batch({ added: [storedJob(1)] }));
    const files = fs.readdirSync(directory).map((name) => join(directory, name))
      .filter((file) => file.startsWith(path));
    assertEquals(files.sort(), ["", "-lock", "-wal"].map((end) => path + end));
    assertEquals(files.map((file) => fs.statSync(file).mode & 0o777), [0o600, 0o600, 0o600]);
    store.close();
    assert(!fs.existsSync(`${path}-wal`) && !fs.existsSync(`${path}-lock`));
  });

  test("makes up a base for handles, once for each store", () => {
    const [a, b] = [1, 2].map(() => SqliteStore.open(newPath(), OPTIONS));
    assertMatch(a.handleBase, /^H:gear1:[0-9]{12}$/);
    assert(a.handleBase !== b.handleBase);
    a.close();
    b.close();
    const again = SqliteStore.open(pathOf(a), { ...OPTIONS, handlePrefix: "H:other" });
    assertEquals(again.handleBase, a.handleBase);
    again.close();
  });

  test("takes a file that is empty", () => {
    const path = newPath();
    fs.writeFileSync(path, "");
    refused(path, /it is empty/, { mustExist: true });
    SqliteStore.open(path, OPTIONS).close();
    SqliteStore.open(path, { ...OPTIONS, mustExist: true }).close();
  });

  test("refuses a place where no file can be", () => {
    refused(join(directory, "none", "queue.db"), /no folder .*none/);
    refused(directory, /it is a folder/);
    refused("/proc/queue.db", /./);
    refused(newPath(), /no such file/, { mustExist: true });
  });

  test("refuses a store that another server has, at once", () => {
    const store = SqliteStore.open(newPath(), OPTIONS);
    refused(pathOf(store), /another server or program has it open/);
    store.write(batch({ added: [storedJob(1)] }));
    refused(pathOf(store), /another server or program has it open/);
    store.close();
    SqliteStore.open(pathOf(store), OPTIONS).close();
  });

  test("refuses what is no database, and one of another program", () => {
    const path = newPath();
    fs.writeFileSync(path, "a text that is no database ".repeat(100));
    refused(path, /not an SQLite database/);
    assertMatch(fs.readFileSync(path, "utf8"), /^a text that/);
    refused(databaseWith("CREATE TABLE t (a)"), /of another program/);
    refused(databaseWith("CREATE TABLE gearman_queue (a)"), /of gearmand; geartrain import/);
    refused(databaseWith("PRAGMA application_id = 77"), /of another program/);
  });

  test("changes nothing of a database of another program", () => {
    for (const mode of ["NONE", "FULL", "INCREMENTAL"]) {
      const path = databaseWith(`PRAGMA auto_vacuum = ${mode}; CREATE TABLE t (a)`);
      const before = fs.readFileSync(path);
      refused(path, /of another program/);
      assert(before.equals(fs.readFileSync(path)), `a file with auto_vacuum ${mode} was changed`);
    }
  });

  test("makes a file of large pages that can give room back", () => {
    const store = SqliteStore.open(newPath(), OPTIONS);
    const value = (name: string) => Object.values(store.database.prepare(`PRAGMA ${name}`).get()!);
    assertEquals([value("page_size"), value("auto_vacuum")], [[8192], [2]]);
    store.close();
  });

  test("writes to the log at each start, which puts the name of that file on the disk", () => {
    const path = newPath();
    for (let opened = 0; opened < 3; opened++) {
      const store = SqliteStore.open(path, OPTIONS);
      assert(fs.statSync(`${path}-wal`).size > 0);
      store.close();
    }
  });

  test("has syncs on macOS reach the disk, and not only its cache", () => {
    const path = newPath();
    for (let opened = 0; opened < 2; opened++) {
      const store = SqliteStore.open(path, OPTIONS);
      for (const name of ["fullfsync", "checkpoint_fullfsync"]) {
        assertEquals(Object.values(store.database.prepare(`PRAGMA ${name}`).get()!), [1], name);
      }
      store.close();
    }
  });

  test("refuses a store that a newer version has written", () => {
    const store = SqliteStore.open(newPath(), OPTIONS);
    store.database.exec("PRAGMA user_version = 5");
    store.close();
    refused(pathOf(store), /newer version of geartrain .*format 5, this one knows 4/);
  });

  test("refuses a store that is damaged", () => {
    const store = SqliteStore.open(newPath(), OPTIONS);
    const added = Array.from({ length: 100 }, (_, index) => storedJob(index + 1));
    store.write(batch({ added }));
    store.close();
    const whole = fs.readFileSync(pathOf(store));
    fs.writeFileSync(pathOf(store), whole.subarray(0, whole.length - 8192));
    refused(pathOf(store), /it is damaged/);
    fs.writeFileSync(pathOf(store), whole.fill(0x5a, 100));
    refused(pathOf(store), /it is damaged/);
    const emptied = SqliteStore.open(newPath(), OPTIONS);
    emptied.database.exec("DELETE FROM meta");
    emptied.close();
    refused(pathOf(emptied), /it is damaged/);
  });

  test("refuses a store whose numbers have no room for more jobs", () => {
    for (const next of ["9223372036854775807", "100000000000000", "1e300", "-5", "'x'"]) {
      const store = SqliteStore.open(newPath(), OPTIONS);
      store.database.exec(`UPDATE meta SET next_number = ${next}`);
      store.close();
      refused(pathOf(store), /it is damaged|no room for jobs/);
    }
    const store = SqliteStore.open(newPath(), OPTIONS);
    store.write(batch({ added: [storedJob(10 ** 14 - 1)] }));
    store.close();
    refused(pathOf(store), /no room for jobs/);
  });

  test("takes the file that a link leads to", () => {
    const [path, link] = [newPath(), newPath()];
    fs.symlinkSync(path, link);
    refused(link, /it is a link to a file that there is not/);
    SqliteStore.open(path, OPTIONS).close();
    for (const sync of ["always", 10, "off"] as const) {
      const store = SqliteStore.open(link, { ...OPTIONS, sync });
      store.write(batch({ removed: [1] }));
      assertEquals([store.name, fs.existsSync(`${path}-wal`)], [`sqlite:${link}`, true]);
      refused(path, /another server or program has it open/);
      store.close();
    }
  });

  test("takes a name for a file, whatever it means to SQLite", () =>
    inOwnProcess("openByName", directory));

  test(...unless(isRoot, "refuses a file that may not be written to"), () => {
    const store = SqliteStore.open(newPath(), OPTIONS);
    store.close();
    fs.chmodSync(pathOf(store), 0o400);
    refused(pathOf(store), /permission denied \(EACCES.*queue\d+\.db'/);
    fs.chmodSync(pathOf(store), 0o000);
    refused(pathOf(store), /permission denied \(EACCES.*queue\d+\.db'/);
  });

  test(
    ...unless(!canFix() && "chattr cannot fix files here", "refuses a file that nobody may change"),
    () => {
      const store = SqliteStore.open(newPath(), OPTIONS);
      store.close();
      fix(pathOf(store), "+i");
      try {
        refused(pathOf(store), /permission denied \(EPERM.*queue\d+\.db'/);
      } finally {
        fix(pathOf(store), "-i");
      }
      SqliteStore.open(pathOf(store), OPTIONS).close();
    },
  );

  test("refuses a place where there can be no log", () => {
    const store = SqliteStore.open(newPath(), OPTIONS);
    store.close();
    fs.mkdirSync(`${pathOf(store)}-wal`);
    refused(pathOf(store), /it is a folder \(EISDIR.*-wal'/);
    fs.rmdirSync(`${pathOf(store)}-wal`);
    fs.symlinkSync(join(directory, "none", "log"), `${pathOf(store)}-wal`);
    refused(pathOf(store), /-wal'/);
    fs.unlinkSync(`${pathOf(store)}-wal`);
    SqliteStore.open(pathOf(store), OPTIONS).close();
  });

  test("gives up no lock of a store that this process has already", async () => {
    const store = SqliteStore.open(newPath(), OPTIONS);
    refused(pathOf(store), /another server or program has it open/);
    const { status, stderr } = await runProgram(["store", "check", pathOf(store)]);
    assertEquals([status, stderr.length], [1, 1]);
    assertMatch(stderr[0], /another server or program has it open/);
    store.close();
  });

  test("says in words what SQLite and the system say", () => {
    const said = (message: string) => storeError("sqlite:x", new Error(message)).message;
    assertMatch(said("attempt to write a readonly database"), /: it cannot be written to \(/);
    assertMatch(said("EACCES: permission denied, open 'x'"), /: permission denied \(/);
    assertEquals(said("something\nelse"), "sqlite:x: something else");
  });

  const SAID_BY_DENO = [
    ["No space left on device (os error 28)", /: the disk is full \(/, "StoreFullError"],
    ["Disk quota exceeded (os error 122)", /: the disk is full \(/, "StoreFullError"],
    ["Input/output error (os error 5)", /: the disk cannot be read or written \(/, "StoreError"],
    ["Read-only file system (os error 30)", /: it cannot be written to \(/, "StoreError"],
    ["Permission denied (os error 13)", /: permission denied \(/, "StoreError"],
    ["Is a directory (os error 21)", /: it is a folder \(/, "StoreError"],
    ["Not a directory (os error 20)", /: there is no such folder \(/, "StoreError"],
  ] as const;
  for (const [message, text, name] of SAID_BY_DENO) {
    test(`knows what "${message}" means, which a sync or a file of Deno says`, () => {
      const error = storeError("sqlite:x", new Error(message));
      assertMatch(error.message, text);
      assertEquals([error.name, isShortOfRoom(error)], [name, name === "StoreFullError"]);
    });
  }

  test(
    ...unless(withoutFull(), "knows a file that cannot be written by the words of this runtime"),
    () => {
      const file = fs.openSync("/dev/full", "r+");
      const error = assertThrows(() => fs.writeSync(file, bytes("x")), Error);
      fs.closeSync(file);
      assertMatch(storeError("sqlite:x", error).message, /: the disk is full \(/);
    },
  );
});

describe("SqliteStore", () => {
  test("says that the disk is full, and goes on when there is room again", async () => {
    const store = SqliteStore.open(newPath(), OPTIONS);
    store.write(batch({ added: [storedJob(1)] }));
    store.database.exec("PRAGMA max_page_count = 12");
    const large = storedJob(2, { payload: new Uint8Array(1_000_000) });
    for (let attempt = 0; attempt < 3; attempt++) {
      const error = await assertRefused(store, batch({ added: [large], removed: [1] }));
      assertMatch(error.message, /the disk is full/);
      assertEquals(allOf(store), [storedJob(1)]);
    }
    store.write(batch({ changed: [jobChange(1, { priority: 0, losses: 1 })] }));
    store.database.exec("PRAGMA max_page_count = 100000");
    store.write(batch({ added: [large], removed: [1] }));
    assertEquals(allOf(store).map(({ number }) => number), [2]);
    store.close();
  });

  test("has what was written when the program is gone without closing it", () => {
    const store = SqliteStore.open(newPath(), OPTIONS);
    store.write(batch({ added: [storedJob(1), storedJob(2)] }));
    store.write(batch({ removed: [1] }));
    const copy = newPath();
    for (const end of ["", "-wal"]) fs.copyFileSync(`${pathOf(store)}${end}`, `${copy}${end}`);
    store.close();
    const opened = SqliteStore.open(copy, OPTIONS);
    assertEquals(allOf(opened), [storedJob(2)]);
    opened.close();
  });

  test("refuses all when it is closed", async () => {
    const store = SqliteStore.open(newPath(), OPTIONS);
    store.close();
    store.close();
    await assertRefused(store, batch({}));
    assertThrows(() => store.load(0, 1, 1), StoreError, store.name);
    assertThrows(() => store.payloads([1]), StoreError, store.name);
    assertThrows(() => store.maxQueues(), StoreError, store.name);
  });

  test("tells what goes wrong as it is closed", () => {
    const told: string[] = [];
    const onError = ({ message }: StoreError) => told.push(message);
    const store = SqliteStore.open(newPath(), { ...OPTIONS, onError });
    store.close();
    store.close();
    assertEquals(told, []);
    const failing = SqliteStore.open(newPath(), { ...OPTIONS, onError });
    const { close } = failing.database;
    failing.database.close = () => {
      throw new Error("disk I/O error");
    };
    failing.close();
    close.call(failing.database);
    assertEquals(told.map((text) => /: the disk cannot be read or written/.test(text)), [true]);
  });

  test("syncs what has new jobs or limits before its promise resolves if it is to sync always", async () => {
    const limits = [{ functionName: bytes("f"), limits: [1, 1, 1] as const }];
    const records = [{ kind: "pause", key: bytes("f"), value: null }];
    const batches = [{ added: [storedJob(1)] }, { removed: [1] }, { maxQueues: limits }, {
      records,
    }, {}];
    const found = [];
    for (const sync of ["always", "off", 10] as const) {
      let syncs = 0;
      const store = SqliteStore.open(newPath(), { ...OPTIONS, sync }, (_descriptor, done) => {
        syncs++;
        done();
      });
      const synced = [];
      for (const parts of batches) {
        const before = syncs;
        await store.write(batch(parts));
        synced.push(syncs - before);
      }
      store.close();
      found.push(synced);
    }
    assertEquals(found, [[1, 0, 1, 1, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]);
  });

  test("does not ask for less of what could not be synced, as some of it may be there", async () => {
    const always = { ...OPTIONS, sync: "always" } as const;
    const failure = new Error("ENOSPC: no space left on device, fdatasync");
    const store = SqliteStore.open(newPath(), always, (_descriptor, done) => done(failure));
    const error = await assertRefused(store, batch({ added: [storedJob(1), storedJob(2)] }));
    assertEquals(error.name, "StoreError");
    assertMatch(error.message, /the disk is full/);
    store.close();
  });

  test("has none of the jobs that could not be synced, and they do not come back", async () => {
    const path = newPath();
    const errors: (Error | null)[] = [null, new Error("EIO: i/o error"), null];
    const always = { ...OPTIONS, sync: "always" } as const;
    const store = SqliteStore.open(path, always, (_descriptor, done) => done(errors.shift()));
    await store.write(batch({ added: [storedJob(1)] }));
    const { message } = await assertRefused(store, batch({ added: [storedJob(2), storedJob(3)] }));
    assertEquals(message, `sqlite:${path}: the disk cannot be read or written (EIO: i/o error)`);
    assertEquals(store.load(0, 10, 0).map(({ number }) => number), [1]);
    await store.write(batch({ added: [storedJob(4)] }));
    store.close();
    const again = SqliteStore.open(path);
    assertEquals(again.load(0, 10, 0).map(({ number }) => number), [1, 4]);
    again.close();
  });
});

describe("a damaged table of SqliteStore", () => {
  const told: string[] = [];

  /** A store whose rows another program has changed. */
  function changed(statement: string): SqliteStore {
    const store = SqliteStore.open(newPath(), {
      ...OPTIONS,
      onError: ({ message }) => told.push(message),
    });
    store.write(batch({
      added: [storedJob(1), storedJob(2)],
      maxQueues: [{ functionName: bytes("f"), limits: [1, 2, 3] }],
    }));
    store.database.exec(statement);
    told.length = 0;
    return store;
  }

  const values = [
    ["priority = 7", "priority = 'x'", "due = 'x'", "due = -1", "due = 1.5", "attempts = 1.5"],
    ["attempts = -1", "function = 'ä'", "unique_key = 'ä'", "reducer = zeroblob(65)"],
    ["unique_key = zeroblob(65)", "function = zeroblob(513)", "number = 4503599627370496"],
    ["due = 9223372036854775807", "attempts = 9223372036854775807", "number = 9223372036854775807"],
    // What is a job all the same, but not the one that was stored.
    [
      "number = 3",
      "due = 1",
      "priority = 0",
      "attempts = 1",
      "function = x'66'",
      "reducer = x'66'",
    ],
    ["unique_key = x'66'", "checksum = checksum + 1", "payload_checksum = 1", "checksum = 'x'"],
    [
      "function = x'', unique_key = function",
      "payload = CAST(payload || x'00' AS BLOB)",
      "payload = NULL",
    ],
  ].flat();
  for (const value of values) {
    test(`is set aside, and told of, when a row has ${value}`, () => {
      for (const room of [1000, 0]) {
        const store = changed(`UPDATE job SET ${value} WHERE number = 2`);
        assertEquals(store.load(0, 10, room).map(({ number }) => number), [1]);
        assertEquals(store.load(0, 10, room).length, 1);
        assertEquals(told.length, 1, told.join("\n"));
        assertMatch(told[0], /: it is damaged: not as stored, jobs \d+; they are set aside/);
        assertEquals(store.damaged().length, 1);
        // Its number is not used again.
        assert(store.nextNumber > 2);
        store.close();
      }
    });

    test(`is set aside by a check when a row has ${value}`, () => {
      const store = changed(`UPDATE job SET ${value} WHERE number = 2`);
      const [problem, ...others] = problemsOf(store);
      assertMatch(problem, /^job \d+ is damaged$/);
      assertEquals([others, store.damaged().length, told.length], [[], 1, 1]);
      assertEquals(problemsOf(store), [`${problem}, and was set aside`]);
      assertEquals(allOf(store), [storedJob(1)]);
      store.close();
    });
  }

  test("gives no payload that is not the one that was stored", () => {
    const store = changed("UPDATE job SET payload = x'00112233445566778899' WHERE number = 2");
    for (let reads = 0; reads < 2; reads++) {
      assertEquals([...store.payloads([1, 2, 3]).keys()], [1]);
    }
    assertEquals([told.length, store.damaged()], [1, ["2"]]);
    assertEquals(allOf(store), [storedJob(1)]);
    store.close();
  });

  test("of which many are damaged says so in one line, and loads the others in their order", () => {
    const store = changed("SELECT 1");
    const added = Array.from({ length: 500 }, (_, index) => storedJob(index + 10));
    store.write(batch({ added, removed: [1, 2] }));
    store.database.exec("UPDATE job SET payload = x'00' WHERE number % 2 = 0");
    const sound = added.filter(({ number }) => number % 2 === 1);
    assertEquals(allOf(store), sound);
    assertEquals(told.length, 1);
    assertMatch(told[0], /jobs 10, 12, 14, 16, 18, 20, 22, 24, 26, 28 and 240 more; they are set/);
    store.close();
  });

  test("keeps a change of priority or of lost workers for the job that was stored", () => {
    for (const damage of ["payload = x'00'", "priority = 2", "due = 5"]) {
      const store = changed(`UPDATE job SET ${damage} WHERE number = 2`);
      store.write(batch({
        changed: [1, 2].map((number) => jobChange(number, { priority: 0, losses: 70_000 })),
      }));
      const found = allOf(store);
      const expected = { priority: 0, losses: 70_000 } as const;
      if (damage === "priority = 2") {
        assertEquals(found[1], storedJob(2, expected), "it is right again");
      }
      assertEquals(found[0], storedJob(1, expected));
      assertEquals(found.length, damage === "priority = 2" ? 2 : 1);
      store.close();
    }
  });

  test("says so when what it says of itself is not what was written", () => {
    for (
      const value of ["handle_base = replace(handle_base, 'gear1', 'gear2')", "next_number = 2"]
    ) {
      const store = changed(`UPDATE meta SET ${value}`);
      store.close();
      refused(pathOf(store), /it is damaged \(what meta says has another checksum\)/);
    }
  });

  test("is told of when the limit of a function is none", () => {
    for (const value of ["high = -1", "normal = 'x'", "low = 1.5", "function = 'f'"]) {
      const store = changed(`UPDATE max_queue SET ${value}`);
      assertThrows(() => store.maxQueues(), StoreError, "it is damaged (the limit of a function");
      assert(problemsOf(store).length > 0, "check finds it as well");
      store.close();
    }
  });

  test("never gives a row twice, and loading it comes to an end", () => {
    const store = SqliteStore.open(newPath(), OPTIONS);
    const payload = new Uint8Array(1000);
    const added = Array.from({ length: 100 }, (_, index) => storedJob(index + 1, { payload }));
    store.write(batch({ added }));
    const { rootpage } = store.database.prepare(
      "SELECT rootpage FROM sqlite_schema WHERE name = 'job'",
    ).get() as { rootpage: number };
    store.close();
    const file = fs.readFileSync(pathOf(store));
    const page = file.subarray((rootpage - 1) * 8192, rootpage * 8192);
    assertEquals(page[0], 5, "a page that leads to others");
    // The first of them becomes the second: its rows come twice.
    const [first, second] = [page.readUInt16BE(12), page.readUInt16BE(14)];
    page.copy(page, first, second, second + 4);
    fs.writeFileSync(pathOf(store), file);
    const damaged = SqliteStore.open(pathOf(store), OPTIONS);
    assertThrows(() => damaged.load(0, 1000, 1e6), StoreError, "it is damaged (job 8 comes after");
    damaged.close();
  });
});
