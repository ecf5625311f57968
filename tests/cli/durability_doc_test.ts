import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { importedLine } from "../../store/exchange/ndjson.ts";
import { SqliteStore } from "../../store/sqlite/store.ts";
import { batch, bytes, storedJob } from "../store/contract.ts";
import { programWords, runProgram } from "../support/program.ts";
import { ROOT } from "../support/runtimes.ts";

const PAGE = readFileSync(join(ROOT, "docs/durability.md"), "utf8");

/** The commands of the block that begins so, each with what is shown below it. */
function shownBehind(start: string): { command: string; output: string[] }[] {
  const blocks = [...PAGE.matchAll(/```console\n([^]*?)```/g)].map(([, block]) => block);
  const block = blocks.find((text) => text.startsWith(`$ geartrain ${start}\n`))!;
  return block.split(/^\$ geartrain /m).slice(1).map((text) => {
    const [command, ...output] = text.split("\n");
    return { command, output: output.slice(0, -1) };
  });
}

/** Runs the commands in a folder with a store of three jobs, which a statement has changed. */
async function assertShown(
  shown: ReturnType<typeof shownBehind>,
  statement: string,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "geartrain-durability-"));
  try {
    const path = join(directory, "queue.db");
    const store = SqliteStore.open(path, { sync: "off", handlePrefix: "H:gear1" });
    const mail = storedJob(3, { functionName: bytes("mail"), priority: 0 });
    const limit = { functionName: bytes("resize"), limits: [0, 500, 0] as const };
    store.write(batch({ added: [storedJob(1), storedJob(2), mail], maxQueues: [limit] }));
    store.database.exec(statement);
    store.close();
    for (const { command: line, output } of shown) {
      const [words, file] = line.split(" > ");
      const command = { words: programWords(), environment: process.env, directory };
      const { stdout, stderr } = await runProgram(words.split(" "), {}, command);
      if (file !== undefined) writeFileSync(join(directory, file), stdout);
      const text = file === undefined ? stdout.split("\n").slice(0, -1) : [];
      assertEquals([...stderr, ...text], output, line);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("docs/durability.md shows what geartrain store prints", async () => {
  const shown = shownBehind("store check queue.db\nok");
  assertEquals(shown.length, 2);
  await assertShown(shown, "");
});

test("docs/durability.md shows how a damaged store is saved", async () => {
  const damaged = shownBehind("store check queue.db\njob 2 is damaged");
  assertEquals(damaged.length, 3);
  await assertShown(damaged, "UPDATE job SET priority = 7 WHERE number = 2");
});

test("docs/durability.md shows lines that can be imported", () => {
  const [, block] = /```json\n(\{"handleBase[^]*?)```/.exec(PAGE)!;
  const kinds = block.trim().split("\n").map((line) => importedLine(line).kind);
  assertEquals(kinds, ["store", "limits", "job"]);
  assert(PAGE.includes("`attempts`"));
});
