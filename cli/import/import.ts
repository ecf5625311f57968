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
import { storePlace } from "../options/kinds.ts";
import { STORE_PASSWORD_FILE } from "../options/store_password.ts";
import { print } from "../output.ts";

const ROWS = {
  ...inGroup("Store", {
    store: {
      kind: storePlace,
      help: "Where the jobs go, after those that are there: sqlite:FILE, or " +
        "postgres://USER@HOST/DATABASE; created if it does not exist. Required.",
    },
    storePasswordFile: STORE_PASSWORD_FILE,
    jobHandlePrefix: {
      kind: handlePrefix,
      defaultText: "H:<host name>",
      help: "What job handles of a new store begin with. Jobs of an export keep their handles.",
    },
  }),
  ...inGroup("gearmand", {
    table: {
      kind: text("NAME"),
      defaultText: "gearman_queue in SQLite, queue in PostgreSQL",
      help: "Table of the jobs in a database of gearmand, its --libsqlite3-table or --libpq-table.",
    },
  }),
};

export type ImportSettings = SettingsOf<typeof ROWS>;

export const IMPORT: Command = command({
  name: "import",
  summary: "Put the jobs of gearmand's queue, or of an export, into a durable queue.",
  usage: "FILE|URL --store STORE [OPTIONS]",
  words: [],
  introduction:
    "Reads gearmand's queue in a FILE of SQLite or at the URL of a PostgreSQL, or the lines of JSON of " +
    "geartrain store export. No gearmand may be using that queue, and no server a store in SQLite; " +
    "what is read stays as it is. Rows and lines that are not jobs are left out and reported on standard error.",
  rows: ROWS,
  examples: [
    ["geartrain import gearmand.db --store sqlite:new.db", "Move in from gearmand."],
    ["geartrain import jobs.ndjson --store sqlite:copy.db", "Import an export."],
    ["geartrain import jobs.ndjson --store postgres://geartrain@db/jobs", "Move into a cluster."],
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
  const file = onlyOf(words, "import", "a file or URL");
  if (settings.store === undefined) {
    throw new OptionError(
      "import: say where to, with --store sqlite:FILE or --store postgres://...",
    );
  }
  const { importJobs } = await import("./import_jobs.ts");
  const to = { ...settings, store: settings.store };
  const tell = (what: string) => void failed(`${what}; left out`);
  const { count, present, leftOut } = await importJobs(file, to, tell);
  const rest = [[present, "were there already"], [leftOut, "left out"]] as const;
  const more = rest.flatMap(([some, what]) => some === 0 ? [] : `, ${some} ${what}`);
  print(`${count} jobs imported${more.join("")}\n`);
  return leftOut === 0 ? 0 : 1;
}
