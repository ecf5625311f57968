/**
 * `geartrain store`, which looks at the file of a store that no server uses, or at a queue in PostgreSQL.
 * `sqlite_words.ts` and `postgres_words.ts` do what its words say.
 * @module
 */
import { flag, OptionError } from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import { isPostgresUrl } from "../../store/postgres/connection/url.ts";
import { type Command, command, failed } from "../command.ts";
import { onlyOf } from "../options/arguments.ts";
import { unknownWord } from "../options/did_you_mean.ts";
import { passwordIn, STORE_PASSWORD_FILE } from "../options/store_password.ts";
import * as postgres from "./postgres_words.ts";
import * as sqlite from "./sqlite_words.ts";
import type { StoreWord } from "./word.ts";

const STORE_WORDS: readonly StoreWord[] = [
  {
    name: "check",
    help: "Is the file intact, and can every job be read? Is PostgreSQL well?",
    hasJson: true,
    sqlite: sqlite.check,
    postgres: postgres.check,
  },
  {
    name: "stats",
    help: "How many jobs it has, by function and priority, and the limits of functions.",
    hasJson: true,
    sqlite: sqlite.stats,
    postgres: postgres.stats,
  },
  {
    name: "export",
    help: "Print everything that can be read as lines of JSON, for geartrain import.",
    sqlite: sqlite.exportAll,
    postgres: postgres.exportAll,
  },
  {
    name: "vacuum",
    help: "Return the space of jobs that have ended to the system. With a FILE only.",
    sqlite: sqlite.vacuumed,
  },
  {
    name: "migrate",
    help: "Make the tables, or bring them to the version of this program. With a URL only.",
    hasJson: true,
    postgres: postgres.migrate,
  },
];

const NAMES = STORE_WORDS.map(({ name }) => name);

const ROWS = {
  ...inGroup("PostgreSQL", { storePasswordFile: STORE_PASSWORD_FILE }),
  ...inGroup("Output", {
    json: { kind: flag, help: "check, stats and migrate: JSON instead of text." },
  }),
};

export const STORE: Command = command({
  name: "store",
  summary: "Check, export, shrink or upgrade a durable queue.",
  usage: "WORD FILE|URL [OPTIONS]",
  words: NAMES,
  introduction:
    "Works on the FILE of serve's --store sqlite:FILE while no server has it open, or on " +
    "the queue at the URL of serve's --store postgres://..., which servers may be using.",
  rows: ROWS,
  examples: [
    ["geartrain store check queue.db", "Is the file intact?"],
    ["geartrain store export queue.db > jobs.ndjson", "Its jobs as lines of JSON."],
    ["geartrain store migrate postgres://geartrain@db/jobs", "Make or upgrade the tables there."],
  ],
  sections: [{
    title: "Words",
    rows: STORE_WORDS.map(({ name, help }) => [name, help]),
  }, {
    title: "Exit status",
    rows: [
      ["0", "Done, and the store is intact, or PostgreSQL well."],
      [
        "1",
        "The store is damaged or cannot be used, PostgreSQL is not well, or an option is wrong.",
      ],
    ],
  }],
}, store);

async function store(settings: SettingsOf<typeof ROWS>, args: readonly string[]): Promise<number> {
  const [name, ...others] = args;
  const word = STORE_WORDS.find((word) => word.name === name);
  if (word === undefined) throw unknownWord("store", name, NAMES);
  const place = onlyOf(others, `store ${name}`, "a file or URL");
  const { json = false, storePasswordFile } = settings;
  if (json && !word.hasJson) throw new OptionError(`--json: not with store ${name}`);
  if (isPostgresUrl(place)) {
    if (word.postgres === undefined) throw new OptionError(`store ${name} needs a file of SQLite`);
    return await word.postgres({ url: place, password: passwordIn(storePasswordFile) }, json);
  }
  if (word.sqlite === undefined) {
    throw new OptionError(`store ${name} needs a URL such as postgres://USER@HOST/DATABASE`);
  }
  if (storePasswordFile !== undefined) {
    throw new OptionError("--store-password-file: a file of SQLite has no password");
  }
  return await withFile(place.replace(/^sqlite:/, ""), word, json);
}

async function withFile(path: string, word: StoreWord, asJson: boolean): Promise<number> {
  const { SqliteStore } = await import("../../store/sqlite/store.ts");
  const opened = SqliteStore.open(path, {
    sync: "always",
    handlePrefix: "",
    mustExist: true,
    // No job is added, so no space is reserved.
    reserve: 0,
    asItIs: true,
  });
  try {
    const { name, warnings } = opened;
    // Opening it loses what is damaged of its log, whatever it is opened for.
    const isTold = word.name !== "check" && warnings.length > 0;
    if (isTold) { for (const warning of warnings) failed(`${name}: ${warning}`); }
    const status = await word.sqlite!(opened, asJson);
    return isTold ? 1 : status;
  } finally {
    opened.close();
  }
}
