import { type Command, command, type CommonSettings, failed, HELP_OPTION } from "../command.ts";
import { didYouMean } from "../options/did_you_mean.ts";
import { OptionError } from "../options/option_error.ts";
import * as values from "../options/values.ts";
import { STORE_WORDS } from "./words.ts";

/** What `geartrain store` is told. */
interface StoreSettings extends CommonSettings {
  json?: boolean;
}

/** `geartrain store`: looks at the file of a store that no server uses. */
export const STORE: Command = command<StoreSettings>({
  name: "store",
  summary: "Check, export or shrink the file of a durable queue.",
  usage: "WORD FILE [OPTIONS]",
  words: STORE_WORDS.map(({ name }) => name),
  introduction: "Works on the FILE of serve's --store sqlite:FILE while no server has it open.",
  options: [
    {
      key: "json",
      name: "json",
      group: "Output",
      help: "check and stats: JSON instead of text.",
      parse: values.flag,
    },
    HELP_OPTION,
  ],
  examples: [
    ["geartrain store check queue.db", "Is the file intact?"],
    ["geartrain store export queue.db > jobs.ndjson", "Its jobs as lines of JSON."],
  ],
  sections: [{
    title: "Words",
    rows: STORE_WORDS.map(({ name, help }) => [`${name} FILE`, help]),
  }, {
    title: "Exit status",
    rows: [
      ["0", "Done, and the store is intact."],
      ["1", "The store is damaged or cannot be used, or an option is wrong."],
    ],
  }],
}, store);

async function store(settings: StoreSettings, args: readonly string[]): Promise<number> {
  const [name, file, other] = args;
  const word = STORE_WORDS.find((word) => word.name === name);
  if (word === undefined) throw unknownWord(name);
  if (file === undefined || file === "") throw new OptionError(`store ${name}: name a file`);
  if (other !== undefined) {
    throw new OptionError(`store ${name}: unexpected argument ${JSON.stringify(other)}`);
  }
  if (settings.json && !word.hasJson) throw new OptionError(`--json: not with store ${name}`);
  const { SqliteStore } = await import("../../store/sqlite_store.ts");
  const opened = SqliteStore.open(file.replace(/^sqlite:/, ""), {
    sync: "always",
    handlePrefix: "",
    mustExist: true,
    // It takes nothing in.
    reserve: 0,
    asItIs: true,
  });
  try {
    const { name, warnings } = opened;
    // Opening it loses what is damaged of its log, whatever it is opened for.
    const isTold = word.name !== "check" && warnings.length > 0;
    if (isTold) { for (const warning of warnings) failed(`${name}: ${warning}`); }
    const status = await word.run(opened, settings.json === true);
    return isTold ? 1 : status;
  } finally {
    opened.close();
  }
}

function unknownWord(name: string | undefined): OptionError {
  const names = STORE_WORDS.map(({ name }) => name);
  const what = name === undefined
    ? "say what to do"
    : `unknown word ${JSON.stringify(name)}${didYouMean(name, names)}`;
  return new OptionError(`store: ${what}; the words are ${names.join(", ")}`);
}
