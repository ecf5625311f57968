/**
 * `geartrain admin`. Its words are in `listings.ts`, `orders.ts`, `pauses.ts` and `dead.ts`, and ask a server by means of
 * `client/admin/`; `word.ts` has what the words share.
 * @module
 */
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { flag, type Kind, OptionError, seconds } from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import { type Command, command, failed } from "../command.ts";
import { unknownWord } from "../options/did_you_mean.ts";
import { SERVER_ROWS, serverAddress, serverTimeout } from "../options/servers.ts";
import { jsonText, plainText } from "../../router/log/text.ts";
import { print } from "../output.ts";
import { TextConnection } from "../../client/admin/text_connection.ts";
import { CommandRefusedError, UnsupportedError } from "../../client/admin/errors.ts";
import { LISTINGS } from "./listings.ts";
import { ORDERS } from "./orders.ts";
import { DEAD } from "./dead.ts";
import { HOLDS } from "./pauses.ts";
import { SCHEDULE_WORDS } from "./schedules.ts";
import {
  type AdminWord,
  type Answer,
  type Question,
  SELECTION_ROWS,
  selectionFor,
} from "./word.ts";

/** Everything that may follow `geartrain admin`. */
export const ADMIN_WORDS: readonly AdminWord[] = [
  ...LISTINGS,
  ...ORDERS,
  ...HOLDS,
  ...DEAD,
  ...SCHEDULE_WORDS,
];
const NAMES = ADMIN_WORDS.map(({ name }) => name);

const DEFAULT_INTERVAL = 2;
const REFUSED = 2;
/** Moves to the upper left corner of the screen and clears all of it. */
const CLEAR = "\x1b[H\x1b[2J\x1b[3J";

const watch: Kind<number> = {
  ...seconds,
  parse: (text) => text === "true" ? DEFAULT_INTERVAL : seconds.parse(text),
};

const ROWS = {
  ...SERVER_ROWS,
  ...SELECTION_ROWS,
  ...inGroup("Output", {
    json: { kind: flag, help: "JSON instead of a table; with --watch one document a line." },
    watch: {
      valueIsOptional: true,
      kind: watch,
      help: `Ask again and again, until Ctrl-C. Without a value every ${DEFAULT_INTERVAL} seconds.`,
    },
  }),
};

type AdminSettings = SettingsOf<typeof ROWS>;

export const ADMIN: Command = command({
  name: "admin",
  summary: "List what a job server has, and change it.",
  usage: "WORD [ARGUMENTS] [OPTIONS]",
  words: NAMES,
  introduction: "Asks a Gearman server, this one or any other, by its text commands. SIZES are " +
    "one number for all priorities, or high, normal and low, such as 10,20,30.",
  rows: ROWS,
  examples: [
    ["geartrain admin status", "Functions, their jobs and workers."],
    ["geartrain admin jobs --function resize --state waiting", "Which jobs of resize wait?"],
    ["geartrain admin workers -h localhost:4730 --json", "The connections of a server as JSON."],
    ["geartrain admin maxqueue resize 1000", "Let at most 1000 jobs of resize live."],
    ["geartrain admin purge resize", "Drop the jobs of resize that no worker runs."],
    ["geartrain admin pause report 10m", "Let no worker have jobs of report for ten minutes."],
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
      ["2", "The server refuses it, or is none that can do it."],
    ],
  }],
}, admin);

async function admin(settings: AdminSettings, [name, ...args]: readonly string[]): Promise<number> {
  const word = ADMIN_WORDS.find((word) => word.name === name);
  if (word === undefined) throw unknownWord("admin", name, NAMES);
  const question = word.question(args, selectionFor(word, settings));
  if (settings.watch !== undefined && word.changes?.(args)) {
    throw new OptionError(`--watch: ${word.name} changes something, and is done once only`);
  }
  using server = await TextConnection.open(serverAddress(settings), serverTimeout(settings));
  try {
    await askAndShow(server, question, settings);
    return 0;
  } catch (error) {
    if (!(error instanceof CommandRefusedError || error instanceof UnsupportedError)) throw error;
    failed(error.message);
    return REFUSED;
  }
}

/** Asks once, or with --watch again and again as long as somebody reads the answers. */
async function askAndShow(
  server: TextConnection,
  question: Question,
  settings: AdminSettings,
): Promise<void> {
  let said: string | undefined;
  for (;;) {
    const answer = await question(server);
    const isRead = show(answer, settings);
    // After the table: with --watch, the table clears what was printed before it.
    if (answer.note !== undefined && answer.note !== said) failed(said = answer.note);
    if (!isRead || settings.watch === undefined) return;
    await pause(settings.watch * 1000);
    server.renewTime();
  }
}

/** @returns false when nobody reads the output any more. */
function show({ lines, json }: Answer, settings: AdminSettings): boolean {
  const isWatched = settings.watch !== undefined;
  if (settings.json) return print(`${jsonText(json, isWatched ? 0 : 2)}\n`);
  const text = lines.map((line) => `${plainText(line)}\n`).join("");
  if (!isWatched) return print(text);
  // A program that reads along gets tables with an empty line between them.
  return print(process.stdout.isTTY ? CLEAR + text : `${text}\n`);
}
