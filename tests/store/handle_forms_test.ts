import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { Server } from "../../mod.ts";
import { partsOf } from "../../store/handle.ts";
import { JobImport } from "../../store/exchange/imported_job.ts";
import { type LocalStore, MemoryStore, SqliteStore } from "../../store/mod.ts";
import { exportedLines, importedLine } from "../../store/exchange/ndjson.ts";
import type { SqliteStoreOptions } from "../../store/sqlite/store.ts";
import { allOf, batch, storedJob } from "./contract.ts";

const directory = mkdtempSync(join(tmpdir(), "geartrain-handles-"));
after(() => rmSync(directory, { recursive: true }));

/** With as long a prefix as there could be. */
const OLD_BASE = `${"H:gear1".padEnd(40, "-")}:4T0Sx9dKq`;
const OLD_HANDLES = ["0000000000009", "000000000000a", "000000000000b"].map((end) =>
  OLD_BASE + end
);
const PRESENT_FORM = /^H:gear1:[0-9]{12}$/;

let files = 0;
const newPath = () => join(directory, `${++files}.db`);

function open(path: string, options: SqliteStoreOptions = {}): SqliteStore {
  return SqliteStore.open(path, { handlePrefix: "H:gear1", sync: "off", reserve: 0, ...options });
}

/** The file of a store of the first form; its jobs 9, 10 and 11, or only the first of them, are left. */
function oldFile(jobsLeft: number): string {
  const path = newPath();
  const store = open(path, { handleBase: OLD_BASE });
  const numbers = [9, 10, 11];
  store.write(batch({ added: numbers.map((number) => storedJob(number)) }));
  store.write(batch({ removed: numbers.slice(jobsLeft), nextNumber: 12 }));
  store.close();
  return path;
}

async function importAll(lines: Iterable<string>, to: LocalStore): Promise<void> {
  const into = new JobImport(to);
  for (const text of lines) {
    const line = importedLine(text);
    if (line.kind === "job") await into.add(line.job);
  }
  await into.end();
}

describe("a store whose handles have the first form", () => {
  test("keeps it while it has jobs, old ones and new ones", async () => {
    const path = oldFile(3);
    {
      await using server = new Server({ store: open(path) });
      await server.loaded;
      const { handle } = server.enqueueJob({ function: "resize" })!;
      assertEquals(handle, `${OLD_BASE}000000000000c`);
      for (const known of [...OLD_HANDLES, handle]) {
        assertEquals(server.jobByHandle(known)?.handle, known);
      }
    }
    const store = open(path);
    assertEquals([store.handleBase, allOf(store).length], [OLD_BASE, 4]);
    store.close();
  });

  test("gets the present one at the next start without jobs; numbers go on", async () => {
    const path = oldFile(0);
    const store = open(path);
    assertMatch(store.handleBase, PRESENT_FORM);
    assertEquals(store.nextNumber, 12);
    const { handleBase } = store;
    {
      await using server = new Server({ store });
      const { handle } = server.enqueueJob({ function: "resize" })!;
      assertEquals(handle, `${handleBase}00000000000012`);
    }
    const again = open(path);
    assertEquals([again.handleBase, allOf(again).length], [handleBase, 1]);
    again.close();
  });

  test("keeps it when somebody only reads", () => {
    const path = oldFile(0);
    for (const mustExist of [true, true, false]) {
      const store = open(path, { mustExist });
      assertEquals(store.handleBase === OLD_BASE, mustExist);
      store.close();
    }
  });

  test("is continued by the store into which it is imported", async () => {
    const from = open(oldFile(3));
    const path = newPath();
    for (let time = 0; time < 2; time++) {
      // The second time there is the file already.
      const to = open(path, { handleBase: OLD_BASE });
      if (time === 1) await importAll(exportedLines(from), to);
      assertEquals(to.handleBase, OLD_BASE);
      assertEquals(allOf(to), time === 0 ? [] : allOf(from));
      to.close();
    }
    from.close();
  });

  test("leaves its jobs other handles in a store of the present form", async () => {
    const from = open(oldFile(3));
    const to = new MemoryStore("H:there:000000000001");
    await importAll(exportedLines(from), to);
    assertEquals(allOf(to).map(({ number }) => number), [1, 2, 3]);
    from.close();
  });
});

test("each new store has handles of its own, and none without digits alone at the end", () => {
  const stores = [1, 2].map(() => open(newPath()));
  for (const { handleBase } of stores) assertMatch(handleBase, PRESENT_FORM);
  assertNotEquals(stores[0].handleBase, stores[1].handleBase);
  for (const store of stores) store.close();
});

test("a handle of either form tells its store and its number, and nothing else does", () => {
  const base = "H:gear1:123456789012";
  assertEquals(partsOf(`${base}00000000000012`), { base, number: 12 });
  assertEquals(partsOf(`${base}99999999999999`), { base, number: 10 ** 14 - 1 });
  assertEquals(partsOf(OLD_HANDLES[1]), { base: OLD_BASE, number: 10 });
  assertEquals(partsOf("H:gear1:1234567890000000000001"), {
    base: "H:gear1:123456789",
    number: 1,
  });
  const none = [
    "",
    "H:gear1:1",
    base,
    `${base}0000000000001a`,
    `${OLD_BASE}000000000000A`,
    `${OLD_BASE}0x00000000001`,
    "H:ge ar1:12345678901200000000000012",
  ];
  for (const handle of none) assertEquals(partsOf(handle), null, handle);
});
