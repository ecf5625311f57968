/**
 * `geartrain import`, which fills a store with jobs from elsewhere. `import_jobs.ts` does it; it is
 * loaded only then.
 * @module
 */
import { OptionError, text } from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import { handlePrefix } from "../../router/options.ts";
import { type Command, command, failed } from "../command.ts";
import { onlyOf } from "../options/arguments.ts";
import { sqliteFile } from "../options/kinds.ts";
import { print } from "../output.ts";

const ROWS = {
  ...inGroup("Store", {
    store: {
      kind: sqliteFile,
      help:
        "Where the jobs go, after those that are there; created if it does not exist. Required.",
    },
    jobHandlePrefix: {
      kind: handlePrefix,
      defaultText: "H:<host name>",
      help: "What job handles of a new store begin with. Jobs of an export keep their handles.",
    },
  }),
  ...inGroup("gearmand", {
    table: {
      kind: text("NAME"),
      defaultText: "gearman_queue",
      help: "Table of the jobs in a database of gearmand, its --libsqlite3-table.",
    },
  }),
};

export type ImportSettings = SettingsOf<typeof ROWS>;

export const IMPORT: Command = command({
  name: "import",
  summary: "Put the jobs of gearmand's queue, or of an export, into a durable queue.",
  usage: "FILE --store sqlite:FILE [OPTIONS]",
  words: [],
  introduction:
    "Reads gearmand's SQLite database, or the lines of JSON of geartrain store export. " +
    "No server may have the store open, and FILE should not change. FILE stays as it is. " +
    "Rows and lines that are not jobs are left out and reported on standard error.",
  rows: ROWS,
  examples: [
    ["geartrain import gearmand.db --store sqlite:new.db", "Move in from gearmand."],
    ["geartrain import jobs.ndjson --store sqlite:copy.db", "Import an export."],
  ],
  sections: [{
    title: "Exit status",
    rows: [
      ["0", "All jobs are stored."],
      ["1", "Some or all are not (a line says how many are), or an option is wrong."],
    ],
  }],
}, importFile);

async function importFile(settings: ImportSettings, words: readonly string[]): Promise<number> {
  const file = onlyOf(words, "import", "a file");
  if (settings.store === undefined) {
    throw new OptionError("import: say where to, with --store sqlite:FILE");
  }
  const { importJobs } = await import("./import_jobs.ts");
  const to = { ...settings, store: settings.store };
  const tell = (what: string) => void failed(`${what}; left out`);
  const { count, leftOut } = await importJobs(file, to, tell);
  print(`${count} jobs imported${leftOut === 0 ? "" : `, ${leftOut} left out`}\n`);
  return leftOut === 0 ? 0 : 1;
}
