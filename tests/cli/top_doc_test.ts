import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { FIRST_STATE, type FunctionRow } from "../../cli/top/state.ts";
import { view } from "../../cli/top/view.ts";
import { ROOT } from "../support/runtimes.ts";

/** The recorded screen of a page. */
function screenOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  const [, screen] = /```text\n(geartrain top [^]*?)```/.exec(text)!;
  return screen.trimEnd().split("\n");
}

/** A function as a line of the screen has it; how its waiting jobs are divided is not on it. */
function row(line: string): FunctionRow {
  const [name, ...numbers] = line.split(/ +/);
  const [waiting, scheduled, running, workers, done, failed] = numbers.map(Number);
  const priorities = { high: 0, normal: waiting, low: 0 };
  return { name, waiting, priorities, scheduled, running, workers, done, failed, change: 0 };
}

for (const page of ["README.md", "docs/admin.md"]) {
  test(`${page} shows the screen that geartrain top draws for these functions`, () => {
    const recorded = screenOf(page);
    const functions = recorded.slice(4, -1).filter((line) => line !== "").map(row);
    assert(functions.length > 3);
    const [, server, time] = /^geartrain top {2}(.*?) {3,}(\S+)$/.exec(recorded[0])!;
    const snapshot = { at: 0, functions, untold: null, facts: new Map() };
    const what = { server, time, snapshot, trouble: null };
    const drawn = view(what, { columns: 80, rows: recorded.length }, FIRST_STATE);
    assertEquals(drawn.map(({ text }) => text.trimEnd()), recorded);
  });
}
