import { OptionError } from "../../options/kinds.ts";
import { type Column, table } from "../table.ts";
import { type JobSelection, limits, type QueueLimit } from "../../client/admin/facts.ts";
import { listed, serverVersion } from "../../client/admin/names.ts";
import * as orders from "../../client/admin/orders.ts";
import { noneOf, onlyOf } from "../options/arguments.ts";
import {
  type AdminWord,
  bareWord,
  counted,
  okay,
  oneWord,
  order,
  type Question,
  tableOf,
} from "./word.ts";

/** The word that takes a limit away. */
const NONE = "none";

const MAX_QUEUE: AdminWord = {
  name: "maxqueue",
  usage: "[FUNC [SIZES|none]]",
  help: "Limits of the jobs of functions; with SIZES it sets one, with none it takes one away.",
  changes: ([, ...sizes]) => sizes.length > 0,
  question: ([name, ...words]) => {
    if (name === undefined) return tableOf(LIMIT_COLUMNS, limits);
    const func = onlyOf([name], "maxqueue", "a function");
    return words.length === 0 ? showLimit(func) : setLimit(func, sizesIn(words));
  },
};

const LIMIT_COLUMNS: readonly Column<QueueLimit>[] = [
  { title: "FUNCTION", cell: (limit) => limit.function },
  { title: "HIGH", cell: ({ high }) => high || NONE },
  { title: "NORMAL", cell: ({ normal }) => normal || NONE },
  { title: "LOW", cell: ({ low }) => low || NONE },
];

function showLimit(func: string): Question {
  return async (server) => {
    const name = listed(func);
    const found = (await limits(server)).find((limit) => limit.function === name);
    const json = found ?? { function: name, high: 0, normal: 0, low: 0 };
    return { lines: table(LIMIT_COLUMNS, [json]), json };
  };
}

function setLimit(func: string, sizes: readonly string[]): Question {
  return async (server) => okay(await orders.setMaxQueue(server, func, sizes));
}

/** One size is for all priorities; two are those of high and normal, a third is that of low. */
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

/** The words that are answered in one line. */
export const ORDERS: readonly AdminWord[] = [
  {
    name: "cancel",
    usage: "[HANDLE]",
    help: "Cancel one job, or those with --unique, or all of a --function, running ones too.",
    selects: ["function", "unique"],
    changes: () => true,
    question: cancel,
  },
  order(
    "purge",
    "FUNC",
    "Drop all waiting and scheduled jobs of a function.",
    async (server, func) => counted(await orders.purge(server, func), "job", "ended"),
  ),
  MAX_QUEUE,
  order(
    "create",
    "FUNC",
    "Create a function.",
    async (server, func) => okay(await orders.changeFunction(server, "create", func)),
  ),
  order(
    "drop",
    "FUNC",
    "Drop a function without jobs and workers.",
    async (server, func) => okay(await orders.changeFunction(server, "drop", func)),
  ),
  bareWord("version", "Version of the server.", async (server) => {
    const json = await serverVersion(server);
    return { lines: [json.version], json };
  }),
  value("getpid", "Process id of the server."),
  value("verbose", "Log level of the server."),
  {
    name: "drain",
    usage: "[off]",
    help: "Take no new jobs, if the server allows that, or take them again.",
    changes: () => true,
    question: ([how, ...others]) => {
      if (others.length > 0 || (how !== undefined && how !== "off")) {
        throw new OptionError("drain: takes the word off or nothing");
      }
      return async (server) => okay(await orders.drain(server, how === undefined));
    },
  },
  {
    name: "shutdown",
    usage: "[graceful]",
    help: "Stop the server, if it allows that.",
    changes: () => true,
    question: (args) => {
      const isGraceful = saysGraceful(args);
      return async (server) => okay(await orders.shutdown(server, isGraceful));
    },
  },
];

/** Cancels the job with the handle, or else those that options select. */
function cancel(args: readonly string[], selection: JobSelection): Question {
  const { function: func, unique } = selection;
  const isSelected = func !== undefined || unique !== undefined;
  if (!isSelected) {
    const handle = oneWord("cancel", onlyOf(args, "cancel", "a handle, --unique or --function"));
    return async (server) => okay(await orders.cancelJob(server, handle));
  }
  noneOf(args, "cancel");
  return async (server) => counted(await orders.cancelJobs(server, selection), "job", "ended");
}

function saysGraceful([how, ...others]: readonly string[]): boolean {
  if (how === undefined) return false;
  if (how !== "graceful" || others.length > 0) {
    throw new OptionError("shutdown: takes the word graceful or nothing");
  }
  return true;
}

function value(name: "getpid" | "verbose", help: string): AdminWord {
  return bareWord(name, help, async (server) => {
    const text = await orders.valueOf(server, name);
    const json = name === "getpid" && /^\d+$/.test(text) ? Number(text) : text;
    return { lines: [text], json: { [name === "getpid" ? "pid" : name]: json } };
  });
}
