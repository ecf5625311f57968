import { Buffer } from "node:buffer";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { gearmandJobs } from "../../../store/exchange/gearmand_queue.ts";
import { StoreError } from "../../../store/store.ts";
import { Gearmand } from "../../support/gearmand.ts";
import { program, testWith } from "../../support/programs.ts";
import { RawPeer } from "../../support/raw_peer.ts";

const directory = mkdtempSync(join(tmpdir(), "geartrain-gearmand-queue-"));
after(() => rmSync(directory, { recursive: true, force: true }));

function made(name: string, statements: string): string {
  const path = join(directory, name);
  const database = new DatabaseSync(path);
  database.exec(statements);
  database.close();
  return path;
}

/** The jobs with their bytes as text, one character a byte. */
function texts(path: string, table?: string, leftOut: string[] = []): unknown[][] {
  const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);
  const jobs = gearmandJobs(path, (what) => leftOut.push(what), table);
  return [...jobs].map((
    { functionName, unique, payload, priority, due },
  ) => [text(functionName), text(unique), text(payload), priority, due]);
}

const COLUMNS = "unique_key TEXT, function_name TEXT, priority INTEGER, data BLOB";

describe("The queue of a gearmand", () => {
  const gearmand = program("gearmand", "gearman-job-server");
  testWith([gearmand], "is read as gearmand has written it", async () => {
    const path = join(directory, "real.db");
    const options = ["--queue-type=libsqlite3", `--libsqlite3-db=${path}`];
    {
      await using server = await Gearmand.start(gearmand.program, { options });
      using peer = await RawPeer.connect(server.port);
      const submit = (type: string, ...args: string[]) =>
        peer.packet(type, ...args).expect("JOB_CREATED");
      await submit("SUBMIT_JOB_HIGH_BG", "resize", "u1", "one\0\xff");
      await submit("SUBMIT_JOB_BG", "resize", "", "no unique");
      await submit("SUBMIT_JOB_LOW_BG", "mail", "u3", "");
      await submit("SUBMIT_JOB_EPOCH", "mail", "u4", "1999999999", "later");
      await submit("SUBMIT_JOB_BG", "mail", "u".repeat(64), "the longest unique");
      await submit("SUBMIT_JOB_BG", "mail", "v".repeat(63), "almost");
      server.kill();
    }
    assertEquals(texts(path), [
      ["resize", "u1", "one\0\xff", 0, 0],
      ["resize", "", "no unique", 1, 0],
      ["mail", "u3", "", 2, 0],
      ["mail", "u4", "later", 1, 1_999_999_999_000],
      ["mail", "u".repeat(63), "the longest unique", 1, 0],
      ["mail", "v".repeat(63), "almost", 1, 0],
    ]);
  });

  test("has uniques of 64 bytes without their last, and no others with a NUL", () => {
    const hex = (text: string) => `CAST(x'${Buffer.from(text, "latin1").toString("hex")}' AS TEXT)`;
    const uniques = [
      "u".repeat(63) + "\0",
      "u".repeat(62) + "\0\0",
      "u".repeat(62) + "\0",
      "u".repeat(64),
    ];
    const path = made(
      "long.db",
      `CREATE TABLE gearman_queue (${COLUMNS}); ` +
        uniques.map((unique) => `INSERT INTO gearman_queue VALUES (${hex(unique)}, 'f', 1, 'x');`)
          .join(""),
    );
    const leftOut: string[] = [];
    const found = texts(path, undefined, leftOut).map(([, unique]) => unique);
    assertEquals(found, ["u".repeat(63), "u".repeat(64)]);
    assertEquals(leftOut.length, 2);
  });

  test("may have jobs for times that no number of this program can have", () => {
    const path = made(
      "far.db",
      `CREATE TABLE gearman_queue (${COLUMNS}, when_to_run INTEGER);
       INSERT INTO gearman_queue VALUES ('a', 'f', 1, '', 99999999999999),
         ('b', 'f', 1, '', 9223372036854775807), ('c', 'f', 1, '', -5), ('d', 'f', 1, '', NULL)`,
    );
    const far = Math.floor(Number.MAX_SAFE_INTEGER / 1000) * 1000;
    assertEquals(texts(path).map(([, unique, , , due]) => [unique, due]), [
      ["a", far],
      ["b", far],
      ["c", 0],
      ["d", 0],
    ]);
  });

  test("may be older than jobs for later, and have another name", () => {
    const path = made(
      "old.db",
      `CREATE TABLE "my ""jobs" (${COLUMNS});
       INSERT INTO "my ""jobs" VALUES ('', 'f', 1, NULL), (NULL, 'f', 2, 'text'),
         ('ab', 'g', NULL, CAST(x'610062' AS TEXT))`,
    );
    assertEquals(texts(path, 'my "jobs'), [
      ["f", "", "", 1, 0],
      ["f", "", "text", 2, 0],
      ["g", "ab", "a\0b", 1, 0],
    ]);
  });

  test("may have rows that are no jobs here; they are told of, and the others are read", () => {
    const path = made(
      "unfit.db",
      `CREATE TABLE gearman_queue (${COLUMNS});
       INSERT INTO gearman_queue VALUES ('a', 'f', 1, 'first'), ('b', 'f', 7, ''),
         ('c', 'f', 9223372036854775807, ''), ('d', printf('%.*c', 600, 'x'), 1, ''),
         ('e', CAST(x'660067' AS TEXT), 1, ''), ('z', 'f', 1, 'last')`,
    );
    const leftOut: string[] = [];
    assertEquals(texts(path, undefined, leftOut).map(([, unique]) => unique), ["a", "z"]);
    const name = "x".repeat(100);
    assertEquals(leftOut, [
      `${path}: row 2: a job with priority 7; function "f", unique "b"`,
      `${path}: row 3: a job with priority 9223372036854776000; function "f", unique "c"`,
      `${path}: row 4: a job where the name of its function has 600 bytes, more than 512; ` +
      `function "${name}"..., unique "d"`,
      `${path}: row 5: a job where the name of its function contains a NUL; ` +
      `function "f\\u0000g", unique "e"`,
    ]);
  });

  test("is missed in one line", () => {
    const refused = (path: string, reason: string) =>
      assertThrows(() => texts(path), StoreError, `${path}: ${reason}`);
    refused(made("other.db", "CREATE TABLE t (a)"), "it has no table gearman_queue, but t");
    refused(made("none.db", "PRAGMA user_version = 1"), "it has no table gearman_queue");
    refused(
      made("short.db", "CREATE TABLE gearman_queue (unique_key, function_name, priority)"),
      "its table gearman_queue has no column data",
    );
  });
});
