import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { RawWorker } from "../client/raw_worker.ts";
import { programWords } from "../support/program.ts";
import { run } from "../support/programs.ts";
import { startServer } from "../support/server.ts";
import { shownCommands } from "../support/shown_commands.ts";

/** What is the same in every run: not handles, and not what was measured. */
function lasting(lines: readonly string[]): string[] {
  return lines.map((line) =>
    /^(throughput|latency|jobs) /.test(line)
      ? line.replaceAll(/\d[\d.]*/g, "N")
      : line.replaceAll(/H:gear1:\w{20,}/g, "HANDLE")
  );
}

test("docs/submit.md shows what geartrain prints", async () => {
  const directory = mkdtempSync(join(tmpdir(), "geartrain-submit-doc-"));
  try {
    writeFileSync(join(directory, "words.txt"), "one\ntwo\nthree\n");
    writeFileSync(join(directory, "pictures.txt"), "a.png\nb.txt\nc.png\n");
    await using server = startServer({
      jobHandlePrefix: "H:gear1",
      policies: { mail: { optionsInName: true } },
    });
    using _worker = await RawWorker.start(server.port, {
      upper: ({ payload }) => payload.toUpperCase(),
      resize: ({ payload, send }) => {
        if (payload.endsWith(".png")) return `small-${payload}`;
        send("WORK_EXCEPTION", `${payload} is no picture`);
        return null;
      },
    });
    const words = programWords().map((word) => `'${word}'`).join(" ");
    const geartrain = `geartrain() { ${words} "$@" -p ${server.port}; }`;
    const shown = shownCommands("docs/submit.md");
    assert(shown.length > 8);
    for (const { line, output } of shown) {
      const script = `cd ${directory}; ${geartrain}; { ${line}; } 2>&1`;
      const { stdout } = await run("sh", ["-c", script]);
      assertEquals(
        lasting(stdout.split("\n").slice(0, -1)),
        lasting(output.trimEnd().split("\n")),
        line,
      );
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
