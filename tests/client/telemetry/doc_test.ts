import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { type Instruments, instrumentsOf } from "../../../client/telemetry/conventions.ts";

const text = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
const DOC = text("docs/telemetry.md");

/** The cells of the rows of a table, by the head of its first column. */
function table(head: string): string[][] {
  const [, rows] = new RegExp(`^\\| ${head} .*\\n\\| -.*\\n((?:\\|.*\\n)+)`, "m").exec(DOC)!;
  return rows.trimEnd().split("\n").map((row) =>
    row.split("|").slice(1, -1).map((cell) => cell.trim())
  );
}

describe("docs/telemetry.md", () => {
  test("has all attributes, and which of them metrics have", () => {
    const source = text("client/telemetry/conventions.ts");
    const names = /"((?:messaging|server|error)\.[\w.]+)"/g;
    const code = source.slice(0, source.indexOf("export interface Instruments"));
    const known = new Set([...code.matchAll(names)].map(([, name]) => name));
    assert(known.size > 8);
    assertEquals(
      table("Attribute").map(([name]) => name.replaceAll("`", "")).sort(),
      [...known].sort(),
    );
  });

  test("has all metrics with their units, and the bounds of histograms", () => {
    const made: string[][] = [];
    let bounds: number[] = [];
    instrumentsOf({
      createHistogram(name, { unit, advice }) {
        made.push([name, unit]);
        bounds = advice!.explicitBucketBoundaries;
        return { record() {} };
      },
      createCounter(name, { unit }) {
        made.push([name, unit]);
        return { add() {} };
      },
    }) satisfies Instruments;
    assertEquals(
      table("Metric").map(([name, unit]) => [name, unit].map((cell) => cell.replaceAll("`", ""))),
      made,
    );
    const [, list] = /The bounds of both histograms, in seconds: ([\d., \n]+)\.\n/.exec(DOC)!;
    assertEquals(list.split(/,\s+/).map(Number), bounds);
  });
});
