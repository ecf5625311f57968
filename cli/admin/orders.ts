import { OptionError } from "../options/option_error.ts";
import type { TextConnection } from "../text_protocol/connection.ts";
import { ClosedEarly } from "../text_protocol/errors.ts";
import { type AdminWord, type Answer, bareWord, oneWord, onlyOf } from "./word.ts";

/** What is answered in one line. */
export const ORDERS: readonly AdminWord[] = [
  order("cancel", "HANDLE", "Cancel a job.", (args) => {
    return `cancel job ${onlyOf("cancel", "the handle of a job", args)}`;
  }),
  order("maxqueue", "FUNC [SIZES]", "Limit the jobs of a function; no size, no limit.", maxQueue),
  order("create", "FUNC", "Create a function.", (args) => {
    return `create function ${onlyOf("create", "a function", args)}`;
  }),
  order("drop", "FUNC", "Drop a function without jobs and workers.", (args) => {
    return `drop function ${onlyOf("drop", "a function", args)}`;
  }),
  value("version", "Version of the server."),
  value("getpid", "Process id of the server."),
  value("verbose", "Log level of the server."),
  {
    ...order("shutdown", "[graceful]", "Stop the server, if it allows that.", shutdownLine),
    question: (args) => {
      const line = shutdownLine(args);
      return async (server) => okay(await lastWords(server, line));
    },
  },
];

/** One size is for all priorities, two are high and normal, three low as well. */
function maxQueue(args: readonly string[]): string {
  const [name, ...words] = args;
  if (name === undefined) throw new OptionError("maxqueue: name a function");
  const sizes = words.flatMap((word) => word.split(","));
  const wrong = sizes.find((size) => !/^\d{1,15}$/.test(size));
  if (wrong !== undefined) throw new OptionError(`maxqueue: ${JSON.stringify(wrong)} is no size`);
  if (sizes.length > 3) throw new OptionError("maxqueue: at most three sizes, high, normal, low");
  return ["maxqueue", oneWord("maxqueue", name), ...sizes].join(" ");
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
  line: (args: readonly string[]) => string,
): AdminWord {
  return {
    name,
    usage,
    help,
    changes: true,
    question: (args) => {
      const text = line(args);
      return async (server) => okay(await server.ask(text));
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
