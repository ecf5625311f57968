/**
 * docs/configuration.md lists every option, in tables that are written from the table in cli/. With
 * `UPDATE_DOCS=1` in the environment the tables are written anew instead of compared.
 */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { groupsOf } from "../../cli/options/option.ts";
import { SERVE_OPTIONS, type ServeOption } from "../../cli/serve/options.ts";

const FILE = new URL("../../docs/configuration.md", import.meta.url);
/** Options that none of the two older servers has. */
const OUR_OWN = ["allow-shutdown", "max-queue", "max-connections", "max-packet-size", "max-unsent"]
  .concat(
    "log-format",
    "store",
    "sync",
    "memory-limit",
    "receive-limit",
    "max-jobs",
    "max-job-memory",
    "max-functions",
    "jobs-in-memory",
    "listen-mode",
    "listen-group",
    "stop-timeout",
  );
/** Options that only Perl's gearmand has. */
const PERL = ["accept", "wakeup", "wakeup-delay", "debug"];
/** Options that both have. */
const BOTH = ["port", "listen", "daemon", "pid-file", "help", "version"];

describe("docs/configuration.md", () => {
  for (const group of groupsOf(SERVE_OPTIONS)) {
    test(`has the options of "${group}" as the program has them`, () => {
      const text = readFileSync(FILE, "utf8");
      const start = `<!-- options: ${group} -->\n`;
      const end = "<!-- end -->";
      const from = text.indexOf(start);
      const to = text.indexOf(end, from);
      assert(from >= 0 && to >= 0, `the document has no place for "${group}"`);
      const table = `\n${tableOf(group)}\n`;
      if (process.env.UPDATE_DOCS === "1") {
        writeFileSync(FILE, text.slice(0, from) + start + table + text.slice(to));
      } else {
        assertEquals(unaligned(text.slice(from + start.length, to)), unaligned(table));
      }
    });
  }
});

/** The formatter of Markdown aligns columns. */
function unaligned(table: string): string {
  return table.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---");
}

function tableOf(group: string): string {
  const rows = SERVE_OPTIONS.filter((option) => option.group === group).map(rowOf);
  return ["| Option | Default | Meaning | From |", "| --- | --- | --- | --- |", ...rows]
    .join("\n") + "\n";
}

function rowOf(option: ServeOption): string {
  const names = [option.name, ...(option.aliases ?? [])]
    .map((name) => `\`${name.length === 1 ? "-" : "--"}${name}\``).join(", ");
  const value = option.value === undefined ? "" : ` ${option.value.replaceAll("|", "\\|")}`;
  return `| ${names}${value} | ${option.default ?? ""} | ${option.help} | ${originOf(option)} |`
    .replaceAll(/<([a-z ]+)>/g, "_$1_");
}

function originOf({ name }: ServeOption): string {
  if (OUR_OWN.includes(name)) return "geartrain";
  if (PERL.includes(name)) return "Perl";
  return BOTH.includes(name) ? "C, Perl" : "C";
}
