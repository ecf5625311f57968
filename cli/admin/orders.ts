import { OptionError } from "../options/option_error.ts";
import type { TextConnection } from "../text_protocol/connection.ts";
import { ClosedEarly } from "../text_protocol/errors.ts";
import { functionWord } from "../text_protocol/names.ts";
import { serverVersion } from "../text_protocol/version.ts";
import { type AdminWord, type Answer, bareWord, oneWord, onlyOf } from "./word.ts";

/** The command line for a server. */
type Line = (server: TextConnection) => string | Promise<string>;

/** What is answered in one line. */
export const ORDERS: readonly AdminWord[] = [
  order("cancel", "HANDLE", "Cancel a job.", (args) => {
    const handle = onlyOf("cancel", "the handle of a job", args);
    const line = `cancel job ${oneWord("cancel", handle)}`;
    return () => line;
  }),
  order("maxqueue", "FUNC [SIZES]", "Limit the jobs of a function; no size, no limit.", maxQueue),
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
    changes: true,
    question: (args) => {
      const line = shutdownLine(args);
      return async (server) => okay(await lastWords(server, line));
    },
  },
];

/** One size is for all priorities, two are high and normal, three low as well. */
function maxQueue([name, ...words]: readonly string[]): Line {
  const func = onlyOf("maxqueue", "a function", name === undefined ? [] : [name]);
  const sizes = words.flatMap((word) => word.split(","));
  const wrong = sizes.find((size) => !/^\d{1,15}$/.test(size));
  if (wrong !== undefined) throw new OptionError(`maxqueue: ${JSON.stringify(wrong)} is no size`);
  if (sizes.length > 3) throw new OptionError("maxqueue: at most three sizes, high, normal, low");
  return async (server) => ["maxqueue", await functionWord(server, func), ...sizes].join(" ");
}

function shutdownLine(args: readonly string[]): string {
  const [how, ...others] = args;
  if (how === undefined) return "shutdown";
  if (how !== "graceful" || others.length > 0) {
    throw new OptionError("shutdown: followed by graceful or nothing");
  }
  return "shutdown graceful";
}

/** Perl's server is gone before it has answered. */
async function lastWords(server: TextConnection, line: string): Promise<string> {
  try {
    return await server.ask(line);
  } catch (error) {
    if (error instanceof ClosedEarly) return "OK";
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
    changes: true,
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
