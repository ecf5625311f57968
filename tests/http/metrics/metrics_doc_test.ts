/**
 * docs/monitoring.md lists every metric, in a table that is written from the one of families. With
 * `UPDATE_DOCS=1` in the environment the table is written anew instead of compared.
 */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { FAMILIES, labelsOf } from "../../../http/metrics/families.ts";

const FILE = new URL("../../../docs/monitoring.md", import.meta.url);
const START = "<!-- metrics -->\n";
const END = "<!-- end -->";

test("docs/monitoring.md lists every metric as the server has it", () => {
  const text = readFileSync(FILE, "utf8");
  const from = text.indexOf(START);
  const to = text.indexOf(END, from);
  assert(from >= 0 && to >= 0, "the document has no place for the metrics");
  const rows = FAMILIES.map((family) => {
    const labels = labelsOf(family).map((label) => `\`${label}\``).join(", ");
    return `| \`${family.name}\` | ${family.type} | ${labels} | ${family.help} |`;
  });
  const heading = ["| Metric | Type | Labels | Meaning |", "| --- | --- | --- | --- |"];
  const table = `\n${[...heading, ...rows].join("\n")}\n\n`;
  if (process.env.UPDATE_DOCS === "1") {
    writeFileSync(FILE, text.slice(0, from) + START + table + text.slice(to));
  } else {
    assertEquals(unaligned(text.slice(from + START.length, to)), unaligned(table));
  }
});

/** The formatter of Markdown aligns columns. */
function unaligned(table: string): string {
  return table.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---");
}
