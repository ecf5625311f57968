import { OptionError } from "../../options/kinds.ts";
import type { Column } from "../table.ts";
import type { TextConnection } from "../../client/admin/text_connection.ts";
import { limits, type QueueLimit } from "../../client/admin/facts.ts";
import { functionWord, listed } from "../../client/admin/names.ts";
import { type AdminWord, onlyOf, type Question, toldAnswer } from "./word.ts";

/** What takes a limit away. */
const NONE = "none";

/** Shows limits, sets one, or takes one away. */
export const MAX_QUEUE: AdminWord = {
  name: "maxqueue",
  usage: "[FUNC [SIZES|none]]",
  help: "Limits of the jobs of functions; with SIZES it sets one, with none it takes one away.",
  changes: ([, ...sizes]) => sizes.length > 0,
  question: ([name, ...words]) => {
    if (name === undefined) return async (server) => toldAnswer(COLUMNS, await all(server));
    const func = onlyOf("maxqueue", "a function", [name]);
    return words.length === 0 ? shows(func) : sets(func, sizesIn(words));
  },
};

const COLUMNS: readonly Column<QueueLimit>[] = [
  { title: "FUNCTION", cell: (limit) => limit.function },
  { title: "HIGH", cell: ({ high }) => high || NONE },
  { title: "NORMAL", cell: ({ normal }) => normal || NONE },
  { title: "LOW", cell: ({ low }) => low || NONE },
];

async function all(server: TextConnection) {
  return { rows: await limits(server), untold: null };
}

function shows(func: string): Question {
  return async (server) => {
    const name = listed(func);
    const found = (await limits(server)).find((limit) => limit.function === name);
    const limit = found ?? { function: name, high: 0, normal: 0, low: 0 };
    return { ...toldAnswer(COLUMNS, { rows: [limit], untold: null }), json: limit };
  };
}

function sets(func: string, sizes: readonly string[]): Question {
  return async (server) => {
    const line = ["maxqueue", await functionWord(server, func), ...sizes].join(" ");
    return { lines: [await server.ask(line)], json: { ok: true } };
  };
}

/** One size is for all priorities, two are high and normal, three low as well. */
function sizesIn(words: readonly string[]): string[] {
  if (words.length === 1 && words[0] === NONE) return ["0"];
  const sizes = words.flatMap((word) => word.split(","));
  const wrong = sizes.find((size) => !/^\d{1,15}$/.test(size));
  if (wrong !== undefined) {
    throw new OptionError(`maxqueue: a size must be an integer >= 0, not ${JSON.stringify(wrong)}`);
  }
  if (sizes.length > 3) {
    throw new OptionError("maxqueue: takes at most three sizes: high, normal, low");
  }
  return sizes;
}
