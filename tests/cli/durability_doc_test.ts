import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { importedLine } from "../../store/ndjson.ts";
import { SqliteStore } from "../../store/sqlite_store.ts";
import { batch, bytes, storedJob } from "../store/contract.ts";
import { programWords, runProgram } from "../support/program.ts";
import { ROOT } from "../support/runtimes.ts";

const PAGE = readFileSync(join(ROOT, "docs/durability.md"), "utf8");

test("docs/durability.md shows what geartrain store prints", async () => {
  const directory = mkdtempSync(join(tmpdir(), "geartrain-durability-"));
  try {
    const path = join(directory, "queue.db");
    const store = SqliteStore.open(path, { sync: "off", handlePrefix: "H:gear1" });
    const mail = storedJob(3, { func: bytes("mail"), priority: 0 });
    store.write(batch({ added: [storedJob(1), storedJob(2), mail] }));
    store.close();
    const [, block] = /```console\n(\$ geartrain store[^]*?)```/.exec(PAGE)!;
    const shown = block.split(/^\$ geartrain /m).slice(1);
    assertEquals(shown.length, 2);
    for (const text of shown) {
      const [line, ...output] = text.split("\n");
      const words = line.split(" ");
      const command = { words: programWords(), environment: process.env, directory };
      const { stdout } = await runProgram(words, {}, command);
      assertEquals(stdout.split("\n"), output, line);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("docs/durability.md shows lines that can be imported", () => {
  const [, block] = /```json\n(\{"handleBase[^]*?)```/.exec(PAGE)!;
  const kinds = block.trim().split("\n").map((line) => importedLine(line).kind);
  assertEquals(kinds, ["store", "limits", "job"]);
  assert(PAGE.includes("`attempts`"));
});
