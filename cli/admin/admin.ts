import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { type Command, command, type CommonSettings, failed, HELP_OPTION } from "../command.ts";
import { OptionError } from "../options/option_error.ts";
import type { Option, OptionTable } from "../options/option.ts";
import {
  SERVER_OPTIONS,
  serverAddress,
  type ServerSettings,
  serverTimeout,
} from "../options/server.ts";
import * as values from "../options/values.ts";
import { print } from "../print.ts";
import { TextConnection } from "../text_protocol/connection.ts";
import { Refusal } from "../text_protocol/errors.ts";
import { LISTINGS } from "./listings.ts";
import { ORDERS } from "./orders.ts";
import type { AdminWord, Answer } from "./word.ts";

/** What `geartrain admin` is told. */
interface AdminSettings extends CommonSettings, ServerSettings {
  json?: boolean;
  /** Seconds between two looks. */
  watch?: number;
}

/** Everything that may follow `geartrain admin`. */
export const ADMIN_WORDS: readonly AdminWord[] = [...LISTINGS, ...ORDERS];

const DEFAULT_INTERVAL = 2;
const REFUSED = 2;
/** To the upper left corner of the screen, and everything gone. */
const CLEAR = "\x1b[H\x1b[2J\x1b[3J";

const OUTPUT_OPTIONS: OptionTable<AdminSettings> = [
  {
    key: "json",
    name: "json",
    group: "Output",
    help: "JSON instead of a table; with --watch one document a line.",
    parse: values.flag,
  },
  {
    key: "watch",
    name: "watch",
    group: "Output",
    value: "SECONDS",
    valueIsOptional: true,
    help: `Ask again and again, until Ctrl-C. Without a value every ${DEFAULT_INTERVAL} seconds.`,
    parse: (text) => text === "true" ? DEFAULT_INTERVAL : values.seconds(text),
  },
];

/** `geartrain admin`: asks a server for listings, and tells it what to do. */
export const ADMIN: Command = command<AdminSettings>({
  name: "admin",
  summary: "List what a job server has, and change it.",
  usage: "WORD [ARGUMENTS] [OPTIONS]",
  words: ADMIN_WORDS.map(({ name }) => name),
  introduction: "Asks a Gearman server, this one or any other, by its text commands. SIZES are " +
    "one number for all priorities, or high, normal and low, such as 10,20,30.",
  options: [
    ...SERVER_OPTIONS as readonly Option<AdminSettings>[],
    ...OUTPUT_OPTIONS,
    HELP_OPTION,
  ],
  sections: [{
    title: "Words",
    rows: ADMIN_WORDS.map(({ name, usage, help }) => [
      usage === undefined ? name : `${name} ${usage}`,
      help,
    ]),
  }, {
    title: "Exit status",
    rows: [
      ["0", "The server has done it."],
      ["1", "No server answers, or an option is wrong."],
      ["2", "The server refuses it."],
    ],
  }],
}, admin);

async function admin(settings: AdminSettings, [name, ...args]: readonly string[]): Promise<number> {
  const word = ADMIN_WORDS.find((word) => word.name === name);
  if (word === undefined) throw unknownWord(name);
  const question = word.question(args);
  if (settings.watch !== undefined && word.changes) {
    throw new OptionError(`--watch: ${word.name} changes something, and is done once only`);
  }
  using server = await TextConnection.open(serverAddress(settings), serverTimeout(settings));
  try {
    while (show(await question(server), settings) && settings.watch !== undefined) {
      await pause(settings.watch * 1000);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    failed(error.message);
    return REFUSED;
  }
}

/** @returns false when nobody reads it. */
function show({ lines, json }: Answer, settings: AdminSettings): boolean {
  const isWatched = settings.watch !== undefined;
  if (settings.json) return print(`${JSON.stringify(json, null, isWatched ? 0 : 2)}\n`);
  const text = lines.map((line) => `${line}\n`).join("");
  if (!isWatched) return print(text);
  // A program that reads along gets tables with an empty line between them.
  return print(process.stdout.isTTY ? CLEAR + text : `${text}\n`);
}

function unknownWord(name: string | undefined): OptionError {
  const names = ADMIN_WORDS.map(({ name }) => name).join(", ");
  const what = name === undefined ? "say what to do" : `unknown word ${JSON.stringify(name)}`;
  return new OptionError(`admin: ${what}; the words are ${names}`);
}
