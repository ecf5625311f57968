import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { soundParts } from "../../../store/sqlite/salvage.ts";
import { SqliteStore, type SqliteStoreOptions } from "../../../store/sqlite/store.ts";
import { problemsOf } from "../../../store/sqlite/report.ts";
import { type StoredJob, StoreError } from "../../../store/store.ts";
import { batch, storedJob } from "../contract.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-salvage-"));
after(() => fs.rmSync(directory, { recursive: true, force: true }));
const OPTIONS: SqliteStoreOptions = { sync: "off" };
let stores = 0;

/** The path of a store with this many jobs. */
function storeWith(count: number, parts: Partial<StoredJob> = {}): string {
  const path = join(directory, `queue${++stores}.db`);
  const store = SqliteStore.open(path, OPTIONS);
  const added = Array.from({ length: count }, (_, index) => storedJob(index + 1, parts));
  store.write(batch({ added }));
  store.close();
  return path;
}

/** The numbers of the jobs that can be read, and what is said of others. */
function salvaged(path: string, statement = ""): { numbers: number[]; leftOut: string[] } {
  let store = SqliteStore.open(path, OPTIONS);
  store.database.exec(statement);
  store.close();
  store = SqliteStore.open(path, OPTIONS);
  const leftOut: string[] = [];
  const { jobs } = soundParts(store, (what) => leftOut.push(what));
  const numbers = [...jobs].map(({ number }) => number);
  store.close();
  return { numbers, leftOut };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

describe("What is sound of a damaged store", () => {
  test("is all but the rows that are no jobs", () => {
    const changes = ["priority = 7", "due = 9223372036854775807", "attempts = 'x'"];
    for (const change of [...changes, "function = zeroblob(600)"]) {
      const { numbers, leftOut } = salvaged(
        storeWith(2500),
        `UPDATE job SET ${change} WHERE number IN (1, 2, 1500, 2500)`,
      );
      assertEquals(numbers, range(1, 2500).filter((it) => ![1, 2, 1500, 2500].includes(it)));
      assertEquals(leftOut, [1, 2, 1500, 2500].map((it) => `job ${it} is damaged`));
    }
  });

  test("is all but the rows whose numbers no job has", () => {
    for (const number of ["4503599627370496", "9223372036854775807"]) {
      const { numbers, leftOut } = salvaged(
        storeWith(3),
        `UPDATE job SET number = ${number} WHERE number = 2`,
      );
      assertEquals([numbers, leftOut], [[1, 3], [`job ${number} is damaged`]]);
    }
  });

  test("is all but the records that are none", () => {
    const path = storeWith(1);
    let store = SqliteStore.open(path, OPTIONS);
    const key = Uint8Array.of(1);
    const records = ["pause", "result"].map((kind) => ({ kind, key, value: key }));
    store.write(batch({ records }));
    const large = "9223372036854775807";
    store.database.exec(`UPDATE records SET value = ${large} WHERE kind = 'pause'`);
    assertThrows(() => store.records(), StoreError, store.name);
    const problem = "the record X'01' of the kind 'pause' cannot be read";
    assertEquals(problemsOf(store), [problem]);
    store.close();
    store = SqliteStore.open(path, OPTIONS);
    const leftOut: string[] = [];
    const parts = soundParts(store, (what) => leftOut.push(what));
    assertEquals([...parts.records].map(({ kind }) => kind), ["result"]);
    assertEquals(leftOut, [problem]);
    store.database.exec("UPDATE records SET value = 'text' WHERE kind = 'pause'");
    assertThrows(() => store.records(), StoreError, "a record cannot be read");
    store.close();
  });

  test("is all but the job whose payload is damaged", () => {
    const path = storeWith(9, { payload: new Uint8Array(50_000).fill(0x61) });
    const bytes = fs.readFileSync(path);
    // The first overflow page of a payload begins with the number of the next one.
    const page = Math.floor(bytes.indexOf("a".repeat(8000)) / 8192) * 8192;
    fs.writeFileSync(path, bytes.fill(0xff, page, page + 4));
    const { numbers, leftOut } = salvaged(path);
    assertEquals([numbers.length, leftOut.length], [8, 1]);
    assertMatch(leftOut[0], /^job \d is damaged$/);
  });

  test("is also what lies before and behind a damaged page", () => {
    const path = storeWith(5000);
    const bytes = fs.readFileSync(path);
    const page = Math.floor(bytes.indexOf("payload 2500") / 8192) * 8192;
    fs.writeFileSync(path, bytes.fill(0, page, page + 8192));
    const { numbers, leftOut } = salvaged(path);
    assertEquals(leftOut.length, 1);
    const [, first, last] = /^jobs from number (\d+) to (\d+) cannot be read: .*damaged/
      .exec(leftOut[0])!.map(Number);
    assert(first <= 2500 && 2500 <= last && last - first < 1000, leftOut[0]);
    assertEquals(numbers, [...range(1, first - 1), ...range(last + 1, 5000)]);
  });
});
