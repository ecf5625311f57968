/**
 * docs/configuration.md lists every option, in tables that are written from the table in cli/. With
 * `UPDATE_DOCS=1` in the environment the tables are written anew instead of compared.
 */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { type AnyOption, groupsOf } from "../../cli/options/option.ts";
import { GEARMAND_OPTIONS } from "../../cli/serve/gearmand_options.ts";
import { SERVE_OPTIONS } from "../../cli/serve/options.ts";

const FILE = new URL("../../docs/configuration.md", import.meta.url);
/** Options that gearmand has, beside those that have no effect here or are not supported. */
const C =
  ("backlog check-args config-file daemon exceptions file-descriptors help job-handle-prefix " +
    "job-retries keepalive keepalive-count keepalive-idle keepalive-interval libsqlite3-db listen " +
    "log-file pid-file port queue-type syslog user verbose version worker-wakeup").split(" ");
/** Options that Perl's gearmand has. */
const PERL = "accept daemon debug help listen pid-file port version wakeup wakeup-delay".split(" ");

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

function rowOf(option: AnyOption): string {
  const names = [option.name, ...(option.aliases ?? [])]
    .map((name) => `\`${name.length === 1 ? "-" : "--"}${name}\``).join(", ");
  const value = option.value === undefined ? "" : ` ${option.value.replaceAll("|", "\\|")}`;
  return `| ${names}${value} | ${option.default ?? ""} | ${option.help} | ${originOf(option)} |`
    .replaceAll(/<([a-z ]+)>/g, "_$1_");
}

function originOf({ name }: AnyOption): string {
  const isOfC = C.includes(name) || Object.hasOwn(GEARMAND_OPTIONS, name);
  return [isOfC && "C", PERL.includes(name) && "Perl"].filter(Boolean).join(", ") || "geartrain";
}
