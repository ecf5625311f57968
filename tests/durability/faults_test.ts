import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { SqliteStore } from "../../store/sqlite/store.ts";
import { StoreError } from "../../store/store.ts";
import { batch, storedJob } from "../store/contract.ts";
import { durableRouterOn } from "./journal/durable_router.ts";

const folder = mkdtempSync(join(tmpdir(), "geartrain-faults-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

function newPath(): string {
  return join(folder, `queue${++files}.db`);
}

/** Makes SQLite fail, and lets it work again. */
const FAULTS = [
  ["is full", "PRAGMA max_page_count = 1", "PRAGMA max_page_count = 100000", /the disk is full/],
  ["is read-only", "PRAGMA query_only = 1", "PRAGMA query_only = 0", /it cannot be written to/],
] as const;

describe("SQLite on a disk that", () => {
  for (const [name, fault, mend, cause] of FAULTS) {
    test(`${name} refuses jobs, and takes them when it is well again`, async () => {
      const store = SqliteStore.open(newPath(), { sync: "off" });
      const { peer, clock, reports, router } = await durableRouterOn(store, {});
      const client = peer(), worker = peer().canDo("f");
      const kept = client.submit("SUBMIT_JOB_BG", "f", "", "kept");
      store.database.exec(fault);
      const large = "x".repeat(100_000);
      assertEquals(client.send("SUBMIT_JOB_BG", "f", "", large).types(), ["ERROR"]);
      client.submit("SUBMIT_JOB", "f", "", "memory");
      assertEquals([worker.grab()![2], worker.grab()![2]], ["kept", "memory"]);
      assertEquals([router.jobs.size, reports.length], [2, 1]);
      assertMatch(reports[0], cause);
      store.database.exec(mend);
      worker.send("WORK_COMPLETE", kept, "").packets();
      clock.advance(1000);
      client.submit("SUBMIT_JOB_BG", "f", "", large);
      assertEquals(store.load(0, 10, 0).map(({ payloadLength }) => payloadLength), [100_000]);
      store.close();
    });
  }
});

/** A store with jobs whose payloads lie on pages of their own; those of one job are overwritten. */
function storeWithDamage(payload: string): string {
  const path = newPath();
  const store = SqliteStore.open(path, { sync: "off" });
  const added = ["a", payload, "c"].map((letter, index) =>
    storedJob(index + 1, { payload: new Uint8Array(50_000).fill(letter.charCodeAt(0)) })
  );
  store.write(batch({ added }));
  store.close();
  const bytes = readFileSync(path);
  // The first overflow page begins with the number of the next one.
  const page = Math.floor(bytes.indexOf(payload.repeat(8000)) / 8192) * 8192;
  const file = openSync(path, "r+");
  writeSync(file, new Uint8Array(4).fill(0xff), 0, 4, page);
  closeSync(file);
  return path;
}

describe("A damaged page of a payload", () => {
  test("is an error of that payload only", () => {
    const store = SqliteStore.open(storeWithDamage("b"), { sync: "off" });
    assertThrows(() => store.payloads([2]), StoreError, "it is damaged");
    assertEquals([...store.payloads([1, 3]).values()].map(({ length }) => length), [
      50_000,
      50_000,
    ]);
    store.close();
  });

  test("that is to be loaded is an error", () => {
    const store = SqliteStore.open(storeWithDamage("b"), { sync: "off" });
    assertThrows(() => store.load(0, 10, 1_000_000), StoreError, "it is damaged");
    store.close();
  });

  test("lets all other jobs run when payloads are on disk", async () => {
    const store = SqliteStore.open(storeWithDamage("b"), { sync: "off" });
    const { peer, reports, router } = await durableRouterOn(store, { memoryLimit: 0 });
    const worker = peer().canDo("resize");
    const got = [worker.grab()!, worker.grab()!].map(([, , payload]) => payload[0]);
    assertEquals([got, worker.grab()], [["a", "c"], null]);
    assert(reports.length > 0 && reports.every((text) => text.includes("it is damaged")));
    assertEquals(router.jobs.size, 3);
    store.close();
  });
});
