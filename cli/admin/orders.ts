import { OptionError } from "../../options/kinds.ts";
import type { TextConnection } from "../../client/admin/text_connection.ts";
import { ClosedEarlyError, UnsupportedError } from "../../client/admin/errors.ts";
import type { JobSelection } from "../../client/admin/facts.ts";
import { functionWord, uniqueWord } from "../../client/admin/names.ts";
import { serverVersion } from "../../client/admin/version.ts";
import { MAX_QUEUE } from "./limits.ts";
import {
  type AdminWord,
  type Answer,
  bareWord,
  noneOf,
  oneWord,
  onlyOf,
  type Question,
} from "./word.ts";

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
