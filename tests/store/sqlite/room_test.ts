import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import type { DiskReserve } from "../../../store/sqlite/disk_reserve.ts";
import { SqliteStore } from "../../../store/sqlite/store.ts";
import { StoreFullError } from "../../../store/store.ts";
import { batch, storedJob } from "../contract.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-room-"));
after(() => fs.rmSync(directory, { recursive: true, force: true }));
let files = 0;

/** On a disk that has room for it, or not, as the test says. */
class TestReserve implements DiskReserve {
  readonly size = 32 * 1024 * 1024;
  hasRoom = true;
  isWhole = false;
  /** What was done with it. */
  readonly calls: string[] = [];

  make(): void {
    this.calls.push("make");
    if (!this.hasRoom) throw new Error("ENOSPC: no space left on device, write");
    this.isWhole = true;
  }

  giveUp(): void {
    this.calls.push("give up");
    this.isWhole = false;
  }

  remove(): void {
    this.calls.push("remove");
  }
}

function opened(reserve: DiskReserve, path = join(directory, `queue${++files}.db`)) {
  const told: string[] = [];
  const clock = { now: 0 };
  const store = SqliteStore.open(
    path,
    {
      sync: "off",
      onError: ({ message }) => told.push(message),
      onNotice: (message) => told.push(message),
    },
    undefined,
    { reserve, now: () => clock.now },
  );
  return { store, told, clock, path };
}

/** A job that has pages of its own. */
function large(number: number) {
  return storedJob(number, { payload: new Uint8Array(50_000) });
}

/** Makes a database find no room once it has so many pages. */
function makeFull(store: SqliteStore, pages = 1): void {
  store.database.exec(`PRAGMA max_page_count = ${pages}`);
}

function pagesOf({ database }: SqliteStore): number {
  return database.prepare("PRAGMA page_count").get()!.page_count as number;
}

function numbersIn(store: SqliteStore): number[] {
  return store.load(0, 1000, 0).map(({ number }) => number);
}

describe("SqliteStore with a reserve", () => {
  test("gives it up when the disk is full, and does not grow from then on", () => {
    const reserve = new TestReserve();
    const { store, told } = opened(reserve);
    store.write(batch({ added: [large(1), large(2)] }));
    makeFull(store);
    const pages = pagesOf(store);
    assertThrows(() => store.write(batch({ added: [large(3)] })), StoreFullError, "disk is full");
    assertEquals([reserve.calls, pagesOf(store)], [["make", "give up"], pages]);
    assertEquals(told.length, 1);
    assertMatch(told[0], /disk is full.* does not grow until there are 32 MiB of room/);
    assertThrows(() => store.write(batch({ added: [large(3)] })), StoreFullError);
    assertEquals([numbersIn(store), told.length], [[1, 2], 1]);
    store.close();
  });

  test("takes out what has ended, and takes jobs into the room of those", () => {
    const { store } = opened(new TestReserve());
    store.write(batch({ added: [large(1), large(2)] }));
    makeFull(store);
    assertThrows(() => store.write(batch({ added: [large(3)] })));
    // The room of the one is there for the other in the same batch.
    store.write(batch({ added: [large(3)], removed: [1] }));
    store.write(batch({ removed: [2] }));
    store.write(batch({ added: [large(4)] }));
    assertEquals(numbersIn(store), [3, 4]);
    store.close();
  });

  test("grows again when there is room for another one, for which it looks now and then", () => {
    const reserve = new TestReserve();
    const { store, told, clock } = opened(reserve);
    makeFull(store);
    reserve.hasRoom = false;
    clock.now = 1000;
    for (let submits = 0; submits < 3; submits++) {
      assertThrows(() => store.write(batch({ added: [large(1)] })), StoreFullError);
    }
    clock.now = 3000;
    for (let submits = 0; submits < 3; submits++) {
      assertThrows(() => store.write(batch({ added: [large(1)] })), StoreFullError);
    }
    assertEquals(reserve.calls, ["make", "give up", "make"]);
    reserve.hasRoom = true;
    store.write(batch({ removed: [7] }));
    clock.now = 5000;
    store.write(batch({ removed: [7] }));
    assertEquals([reserve.calls.length, told.length], [3, 1]);
    store.write(batch({ added: [large(1)] }));
    assertEquals(numbersIn(store), [1]);
    assertMatch(told[1], /^sqlite:.*room on the disk again/);
    store.close();
  });

  test("tries a write again that found no room for the log only", () => {
    const { store } = opened(new TestReserve());
    let failures = 1;
    const { database } = store;
    database.function("fail", () => {
      // Stands for the system: what SQLite says then is the same.
      if (failures-- > 0) throw new Error("database or disk is full");
      return 0;
    });
    database.exec("CREATE TEMP TRIGGER full BEFORE INSERT ON main.job BEGIN SELECT fail(); END");
    store.write(batch({ added: [storedJob(1)] }));
    assertEquals([numbersIn(store), failures], [[1], -1]);
    store.close();
  });

  test("that has no room for it as it begins says so, and has its jobs all the same", () => {
    const before = opened(new TestReserve());
    before.store.write(batch({ added: [large(1), large(2)] }));
    before.store.close();
    const reserve = new TestReserve();
    reserve.hasRoom = false;
    const { store, told } = opened(reserve, before.path);
    assertEquals(told.length, 1);
    assertMatch(told[0], /the disk is full .*ENOSPC.* does not grow/);
    assertThrows(() => store.write(batch({ added: [large(3)] })), StoreFullError);
    store.write(batch({ removed: [1] }));
    store.write(batch({ added: [large(3)] }));
    assertEquals(numbersIn(store), [2, 3]);
    store.close();
  });

  test("keeps it beside the database while it is open, and none if it is to keep none", () => {
    const path = join(directory, `queue${++files}.db`);
    const store = SqliteStore.open(path, { sync: "off", reserve: 100_000 });
    const { size, mode } = fs.statSync(`${path}-reserve`);
    assertEquals([size, mode & 0o777], [100_000, 0o600]);
    store.close();
    assert(!fs.existsSync(`${path}-reserve`));
    const without = SqliteStore.open(path, { sync: "off", reserve: 0 });
    assert(!fs.existsSync(`${path}-reserve`));
    without.close();
  });

  test("is not touched by who finds the database in use", () => {
    const { store, path } = opened(new TestReserve());
    const reserve = new TestReserve();
    assertThrows(() => opened(reserve, path));
    assertEquals(reserve.calls, []);
    store.close();
  });

  test("tells what could not be done with it", () => {
    const reserve = new TestReserve();
    const { store, told } = opened(reserve);
    reserve.remove = () => {
      throw new Error("EIO: i/o error, unlink");
    };
    store.close();
    assertEquals(told.length, 1);
    assertMatch(told[0], /EIO/);
  });
});
