import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SqliteStore } from "../../store/sqlite/store.ts";
import { allOf, batch, bytes, limitsOf, storedJob } from "../store/contract.ts";
import { programWords, runProgram } from "../support/program.ts";
import { run } from "../support/programs.ts";

const directory = mkdtempSync(join(tmpdir(), "geartrain-store-command-"));
after(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;

function newPath(): string {
  return join(directory, `${++files}`);
}

function open(path: string): SqliteStore {
  return SqliteStore.open(path, { sync: "off", handlePrefix: "H:gear1" });
}

/** The file of a store with some jobs. */
function someStore(): string {
  const path = newPath();
  const store = open(path);
  store.write(batch({
    added: [
      storedJob(3),
      storedJob(4, { priority: 0, functionName: bytes("mail") }),
      storedJob(5, { payload: new Uint8Array(100_000) }),
      storedJob(6, { payload: Uint8Array.of(0xff), due: 1_999_999_999_000 }),
    ],
    maxQueues: [{ functionName: bytes("mail"), limits: [1, 2, 3] }],
    nextNumber: 9,
  }));
  store.close();
  return path;
}

async function output(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await runProgram(args);
  assertEquals([status, stderr], [0, []]);
  return stdout;
}

async function refused(args: readonly string[], reason: string): Promise<void> {
  const { status, stdout, stderr } = await runProgram(args);
  assertEquals([status, stdout, stderr.length], [1, "", 1], stderr.join("\n"));
  assertStringIncludes(stderr[0], reason);
}

describe("geartrain store", () => {
  test("checks a store", async () => {
    const path = someStore();
    assertEquals(await output("store", "check", path), "ok\n");
    assertEquals(JSON.parse(await output("store", "check", `sqlite:${path}`, "--json")), {
      ok: true,
      problems: [],
    });
    const store = open(path);
    store.database.exec("UPDATE job SET priority = 9 WHERE number = 4");
    store.close();
    const { status, stdout } = await runProgram(["store", "check", path]);
    assertEquals([status, stdout], [1, "job 4 is damaged\n"]);
    // It is out of the way now, and known.
    const again = await runProgram(["store", "check", path, "--json"]);
    assertEquals(again.status, 1);
    assertEquals(JSON.parse(again.stdout), {
      ok: false,
      problems: ["job 4 is damaged, and was set aside"],
    });
    assertStringIncludes(
      await output("store", "stats", path),
      "\ndamaged jobs that are set aside: 1\n",
    );
    const sound = open(path);
    assertEquals(allOf(sound).map(({ number }) => number), [3, 5, 6]);
    sound.close();
  });

  test("tells of a single job in the singular", async () => {
    const path = newPath();
    const store = open(path);
    store.write(batch({ added: [storedJob(1, { payload: Uint8Array.of(1) })], nextNumber: 2 }));
    store.close();
    const [total] = (await output("store", "stats", path)).split("\n");
    assertEquals(total, "1 job with 1 byte of payload");
  });

  test("tells what is in a store", async () => {
    const path = someStore();
    const text = await output("store", "stats", path);
    assertEquals(text.split("\n"), [
      "4 jobs with 100019 bytes of payload",
      "numbers in handles: oldest job 3, next job 9",
      "",
      "FUNCTION  PRIORITY  JOBS   BYTES",
      "mail      high         1       9",
      "resize    normal       3  100010",
      "",
      "LIMIT OF  HIGH  NORMAL  LOW",
      "mail         1       2    3",
      "",
    ]);
    const { queues, jobs, oldestNumber, limits } = JSON.parse(
      await output("store", "stats", path, "--json"),
    );
    assertEquals([jobs, oldestNumber], [4, 3]);
    assertEquals(queues[0], { function: "mail", priority: "high", jobs: 1, bytes: 9 });
    assertEquals(limits, [{ function: "mail", high: 1, normal: 2, low: 3 }]);
    const empty = newPath();
    open(empty).close();
    assertStringIncludes(await output("store", "stats", empty), "0 jobs");
  });

  test("exports a store, which is the same when it is imported", async () => {
    const path = someStore();
    const exported = newPath();
    writeFileSync(exported, await output("store", "export", path));
    const copy = newPath();
    assertEquals(
      await output("import", exported, "--store", `sqlite:${copy}`),
      "4 jobs imported\n",
    );
    const [a, b] = [open(path), open(copy)];
    assertEquals([allOf(b), limitsOf(b)], [allOf(a), limitsOf(a)]);
    assertEquals([b.handleBase, b.nextNumber], [a.handleBase, a.nextNumber]);
    a.close();
    b.close();
  });

  test("exports what is sound of a damaged store, and says what is not", async () => {
    const path = someStore();
    const store = open(path);
    store.database.exec("UPDATE job SET priority = 7 WHERE number = 4");
    store.database.exec("UPDATE max_queue SET high = -1");
    store.close();
    const { status, stdout, stderr } = await runProgram(["store", "export", path]);
    assertEquals([status, stderr], [1, [
      `geartrain: sqlite:${path}: the limit of the function X'6D61696C' cannot be read; left out`,
      `geartrain: sqlite:${path}: job 4 is damaged; left out`,
    ]]);
    const [exported, copy] = [newPath(), newPath()];
    writeFileSync(exported, stdout);
    const text = await output("import", exported, "--store", `sqlite:${copy}`);
    assertEquals(text, "3 jobs imported\n");
    const salvaged = open(copy);
    assertEquals(allOf(salvaged).map(({ number }) => number), [3, 5, 6]);
    assertEquals([limitsOf(salvaged), salvaged.nextNumber], [{}, 9]);
    salvaged.close();
  });

  test("gives back the room of jobs that are gone", async () => {
    const path = someStore();
    const store = open(path);
    store.write(batch({ removed: [5] }));
    store.close();
    const before = statSync(path).size;
    const text = await output("store", "vacuum", path);
    assertEquals(text, `${before} bytes before, ${statSync(path).size} now\n`);
    assert(statSync(path).size < before - 50_000);
  });

  test("says in one line what it cannot do", async () => {
    const path = someStore();
    const store = open(path);
    await refused(["store", "stats", path], "another server or program has it open");
    store.close();
    await refused(["store"], "check, stats, export, vacuum");
    await refused(["store", "look", path], "unknown word");
    await refused(["store", "check"], "name a file");
    await refused(["store", "check", path, path], "unexpected argument");
    await refused(["store", "export", path, "--json"], "--json");
    await refused(["store", "check", join(directory, "none")], "no such file");
    writeFileSync(path, readFileSync(path).subarray(0, 8192));
    await refused(["store", "check", path], "damaged");
  });
});

describe("geartrain import", () => {
  test("takes gearmand's queue, also without uniques and payloads", async () => {
    const [queue, path] = [newPath(), newPath()];
    const database = new DatabaseSync(queue);
    database.exec(
      `CREATE TABLE jobs (unique_key TEXT, function_name TEXT, priority INTEGER, data BLOB,
         when_to_run INTEGER, PRIMARY KEY(unique_key, function_name));
       INSERT INTO jobs VALUES ('', 'resize', 1, NULL, 0), ('u', 'mail', 2, x'6100', 1999999999)`,
    );
    database.close();
    const args = ["import", queue, "--store", `sqlite:${path}`];
    await refused(args, "it has no table gearman_queue, but jobs");
    const text = await output(...args, "--table", "jobs", "--job-handle-prefix", "H:new");
    assertEquals(text, "2 jobs imported\n");
    const store = open(path);
    assertEquals(allOf(store), [
      storedJob(1, { payload: bytes("") }),
      storedJob(2, {
        functionName: bytes("mail"),
        unique: bytes("u"),
        payload: bytes("a\0"),
        priority: 2,
        due: 1_999_999_999_000,
      }),
    ]);
    assertStringIncludes(store.handleBase, "H:new:");
    store.close();
  });

  test("takes lines from a pipe", async () => {
    const path = newPath();
    // Deno opens /dev/stdin for programs with all permissions only.
    const script = `mkfifo "$0" && { printf '%s\\n' "$1" "$1" > "$0" & shift; "$@"; }`;
    const fifo = newPath();
    const words = [...programWords(), "import", fifo, "--store", `sqlite:${path}`];
    const { code, stdout, stderr } = await run("/bin/sh", [
      ...["-c", script, fifo],
      ...['{"func":"f"}', ...words],
    ]);
    assertEquals([code, stdout, stderr], [0, "2 jobs imported\n", ""]);
    const store = open(path);
    assertEquals(allOf(store).map(({ number }) => number), [1, 2]);
    store.close();
  });

  test("leaves out rows and lines that are no jobs, and says which", async () => {
    const [queue, lines] = [newPath(), newPath()];
    const database = new DatabaseSync(queue);
    database.exec(
      `CREATE TABLE gearman_queue (unique_key TEXT, function_name TEXT, priority INTEGER, data BLOB);
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
       INSERT INTO gearman_queue SELECT 'u' || i, 'f', 1, '' FROM n;
       UPDATE gearman_queue SET function_name = printf('%.*c', 600, 'x') WHERE rowid = 1200`,
    );
    database.close();
    const entries = Array(1500).fill('{"func":"f"}');
    entries[1199] = '{"func":"f","prio":1}';
    writeFileSync(lines, entries.join("\n"));
    for (const [file, found] of [[queue, "row 1200: a job where"], [lines, "unknown field"]]) {
      const path = newPath();
      const args = ["import", file, "--store", `sqlite:${path}`];
      const { status, stdout, stderr } = await runProgram(args);
      assertEquals([status, stdout], [1, "1499 jobs imported, 1 left out\n"]);
      assertEquals(stderr.length, 1);
      assertStringIncludes(stderr[0], found);
      assertStringIncludes(stderr[0], "; left out");
      const store = open(path);
      assertEquals(store.nextNumber, 1500);
      store.close();
    }
  });

  test("leaves no store behind if no line is a job", async () => {
    const [lines, path] = [newPath(), newPath()];
    writeFileSync(lines, '{"func":"f","priority":7}\n{"func":\n');
    const { status, stdout, stderr } = await runProgram(
      ["import", lines, "--store", `sqlite:${path}`],
    );
    assertEquals([status, stdout], [1, "0 jobs imported, 2 left out\n"]);
    assertEquals(stderr.map((line) => line.split(":")[2]), ["1", "2"]);
    assert(!existsSync(path));
  });

  test("says in one line what it cannot do", async () => {
    const lines = newPath();
    writeFileSync(lines, '{"func":"f"}\n');
    const store = ["--store", `sqlite:${newPath()}`];
    await refused(["import", ...store], "name a file");
    await refused(["import", lines], "--store");
    await refused(["import", lines, lines, ...store], "unexpected argument");
    await refused(["import", lines, "--store", "redis:x"], 'only "sqlite"');
    await refused(["import", lines, "--table", "t", ...store], "--table");
    await refused(["import", join(directory, "none"), ...store], "cannot be read");
    await refused(["import", directory, ...store], "cannot be read");
    writeFileSync(lines, '"f"\n');
    await refused(["import", lines, ...store], `${lines}:1: no JSON object`);
    writeFileSync(lines, '{"handleBase":"x"}\n{"func":"f"}\n');
    await refused(["import", lines, ...store], `${lines}:1: no handles can begin with`);
  });
});
