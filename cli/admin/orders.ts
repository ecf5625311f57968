import { OptionError } from "../../options/kinds.ts";
import type { Column } from "../table.ts";
import type { TextConnection } from "../../client/admin/text_connection.ts";
import { type JobSelection, limits, type QueueLimit } from "../../client/admin/facts.ts";
import { functionWord, listed, serverVersion, uniqueWord } from "../../client/admin/names.ts";
import {
  type AdminWord,
  type Answer,
  bareWord,
  noneOf,
  oneWord,
  onlyOf,
  type Question,
  toldAnswer,
} from "./word.ts";
import { ClosedEarlyError, UnsupportedError } from "../../client/admin/errors.ts";

/** What takes a limit away. */
const NONE = "none";

/** Shows limits, sets one, or takes one away. */
const MAX_QUEUE: AdminWord = {
  name: "maxqueue",
  usage: "[FUNC [SIZES|none]]",
  help: "Limits of the jobs of functions; with SIZES it sets one, with none it takes one away.",
  changes: ([, ...sizes]) => sizes.length > 0,
  question: ([name, ...words]) => {
    if (name === undefined) {
      return async (server) => toldAnswer(LIMIT_COLUMNS, await allLimits(server));
    }
    const func = onlyOf("maxqueue", "a function", [name]);
    return words.length === 0 ? showLimit(func) : setLimit(func, sizesIn(words));
  },
};

const LIMIT_COLUMNS: readonly Column<QueueLimit>[] = [
  { title: "FUNCTION", cell: (limit) => limit.function },
  { title: "HIGH", cell: ({ high }) => high || NONE },
  { title: "NORMAL", cell: ({ normal }) => normal || NONE },
  { title: "LOW", cell: ({ low }) => low || NONE },
];

async function allLimits(server: TextConnection) {
  return { rows: await limits(server), untold: null };
}

function showLimit(func: string): Question {
  return async (server) => {
    const name = listed(func);
    const found = (await limits(server)).find((limit) => limit.function === name);
    const limit = found ?? { function: name, high: 0, normal: 0, low: 0 };
    return { ...toldAnswer(LIMIT_COLUMNS, { rows: [limit], untold: null }), json: limit };
  };
}

function setLimit(func: string, sizes: readonly string[]): Question {
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

/** The command line for a server. */
type Line = (server: TextConnection) => string | Promise<string>;

/** What is answered in one line. */
export const ORDERS: readonly AdminWord[] = [
  {
    name: "cancel",
    usage: "[HANDLE]",
    help: "Cancel one job, or those with --unique, or all of a --function, running ones too.",
    selects: ["function", "unique"],
    changes: () => true,
    question: cancel,
  },
  {
    name: "purge",
    usage: "FUNC",
    help: "Drop all waiting and scheduled jobs of a function.",
    changes: () => true,
    question: (args) => {
      const func = onlyOf("purge", "a function", args);
      return async (server) =>
        ended(await server.ask(`purge function ${await functionWord(server, func)}`));
    },
  },
  MAX_QUEUE,
  order("create", "FUNC", "Create a function.", (args) => {
    const func = onlyOf("create", "a function", args);
    return async (server) => `create function ${await functionWord(server, func)}`;
  }),
  order("drop", "FUNC", "Drop a function without jobs and workers.", (args) => {
    const func = onlyOf("drop", "a function", args);
    return async (server) => `drop function ${await functionWord(server, func)}`;
  }),
  bareWord("version", "Version of the server.", async (server) => {
    const json = await serverVersion(server);
    return { lines: [json.version], json };
  }),
  value("getpid", "Process id of the server."),
  value("verbose", "Log level of the server."),
  {
    name: "shutdown",
    usage: "[graceful]",
    help: "Stop the server, if it allows that.",
    changes: () => true,
    question: (args) => {
      const line = shutdownLine(args);
      return async (server) => okay(await lastWords(server, line));
    },
  },
];

/** By the handle, or else those that options select. */
function cancel(args: readonly string[], selection: JobSelection): Question {
  const { function: func, unique } = selection;
  const isSelected = func !== undefined || unique !== undefined;
  if (!isSelected) {
    const handle = oneWord("cancel", onlyOf("cancel", "a handle, --unique or --function", args));
    return async (server) => okay(await server.ask(`cancel job ${handle}`));
  }
  noneOf("cancel", args);
  return async (server) => {
    const { geartrain } = await serverVersion(server);
    if (geartrain === null) {
      throw new UnsupportedError("this server cancels a job by its handle only");
    }
    const funcWord = func === undefined ? [] : [await functionWord(server, func)];
    const words = unique === undefined
      ? ["function", ...funcWord]
      : ["unique", await uniqueWord(server, unique), ...funcWord];
    return ended(await server.ask(["cancel", ...words].join(" ")));
  };
}

function shutdownLine(args: readonly string[]): string {
  const [how, ...others] = args;
  if (how === undefined) return "shutdown";
  if (how !== "graceful" || others.length > 0) {
    throw new OptionError("shutdown: takes the word graceful or nothing");
  }
  return "shutdown graceful";
}

/** Perl's server is gone before it has answered. */
async function lastWords(server: TextConnection, line: string): Promise<string> {
  try {
    return await server.ask(line);
  } catch (error) {
    if (error instanceof ClosedEarlyError) return "OK";
    throw error;
  }
}

/** What changes something; the server says OK. */
function order(
  name: string,
  usage: string,
  help: string,
  lineOf: (args: readonly string[]) => Line,
): AdminWord {
  return {
    name,
    usage,
    help,
    changes: () => true,
    question: (args) => {
      const line = lineOf(args);
      return async (server) => okay(await server.ask(await line(server)));
    },
  };
}

/** What tells one thing about the server. */
function value(name: string, help: string): AdminWord {
  return bareWord(name, help, async (server) => {
    const text = (await server.ask(name)).replace(/^OK /, "");
    const json = name === "getpid" && /^\d+$/.test(text) ? Number(text) : text;
    return { lines: [text], json: { [name === "getpid" ? "pid" : name]: json } };
  });
}

function okay(line: string): Answer {
  return { lines: [line], json: { ok: true } };
}

/** `OK 3` */
function ended(line: string): Answer {
  const jobs = Number(line.replace(/^OK /, ""));
  return { lines: [jobs === 1 ? "1 job ended" : `${jobs} jobs ended`], json: { ok: true, jobs } };
}
