import { parseArgs } from "node:util";
import { OptionError } from "../options/option_error.ts";
import type { Option, OptionTable } from "../options/option.ts";
import * as values from "../options/values.ts";

/** What `gearman` is told. */
export interface GearmanSettings {
  functions: string[];
  host?: string;
  port?: number;
  /** Milliseconds. */
  timeout?: number;
  pidFile?: string;
  ssl?: boolean;
  daemon?: boolean;
  verbose?: boolean;
  help?: boolean;
  background?: boolean;
  priority?: "high" | "low";
  /** One job a line, or one packet a line. */
  lines?: boolean;
  bareLines?: boolean;
  prefix?: boolean;
  withoutInput?: boolean;
  unique?: string;
  worker?: boolean;
  count?: number;
}

/** What the command line says. */
export interface GearmanArguments {
  readonly settings: GearmanSettings;
  /** The data, or the command of a worker. */
  readonly words: readonly string[];
}

const CLIENT = "Client";
const WORKER = "Worker, with -w";
const BOTH = "Client and worker";
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** The options of gearman, which knows letters only. */
export const GEARMAN_OPTIONS: OptionTable<GearmanSettings> = [
  {
    key: "functions",
    name: "f",
    group: BOTH,
    value: "FUNC",
    repeatable: true,
    help: "The function; with several, each of them.",
    parse: (text) => [text],
  },
  {
    key: "host",
    name: "h",
    group: BOTH,
    value: "HOST",
    default: "localhost",
    help: "The server.",
    parse: (text) => text,
  },
  {
    key: "port",
    name: "p",
    group: BOTH,
    value: "PORT",
    default: "4730",
    help: "Its port.",
    parse: values.port,
  },
  {
    key: "timeout",
    name: "t",
    group: BOTH,
    value: "MILLISECONDS",
    help: "How long nothing may come from the server; of a worker, how long no job.",
    parse: atMost(LONGEST_TIMEOUT),
  },
  {
    key: "pidFile",
    name: "i",
    group: BOTH,
    value: "FILE",
    help: "Write the process id there.",
    parse: values.text,
  },
  flag("verbose", "v", BOTH, "Print the handles of jobs."),
  flag("help", "H", BOTH, "Show this text."),
  refused("ssl", "S", "Refused: there is no TLS in this version.", "this version has no TLS"),
  refused(
    "daemon",
    "d",
    "Refused: leave it to a service manager, or to & of the shell.",
    "it does not go into the background",
  ),
  flag("background", "b", CLIENT, "Do not wait for results."),
  priority("high", "I"),
  priority("low", "L"),
  flag(
    "lines",
    "n",
    CLIENT,
    "One job a line of the standard input. Of a worker: one packet a line.",
  ),
  flag("bareLines", "N", CLIENT, "The same, without the newlines."),
  flag("prefix", "P", CLIENT, "The name of the function before what comes of it."),
  flag("withoutInput", "s", CLIENT, "Do not read the standard input."),
  {
    key: "unique",
    name: "u",
    group: CLIENT,
    value: "UNIQUE",
    help: "The unique of the jobs.",
    parse: (text) => text,
  },
  flag("worker", "w", WORKER, "Do jobs by a command, or print their payloads."),
  {
    key: "count",
    name: "c",
    group: WORKER,
    value: "N",
    help: "End after so many jobs. A failure to connect counts, and a time without a job.",
    parse: atMost(Number.MAX_SAFE_INTEGER),
  },
];

/**
 * Reads the arguments as that tool does: letters may stand together, and what is said twice holds as
 * it was said last.
 *
 * @throws {OptionError} for what is none of its options, or no value of one.
 */
export function readGearmanArguments(args: readonly string[]): GearmanArguments {
  const settings: GearmanSettings = { functions: [] };
  const words: string[] = [];
  for (const token of tokensOf(args)) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const option = GEARMAN_OPTIONS.find(({ name }) => `-${name}` === token.rawName);
    if (option === undefined) throw new OptionError(`unknown option ${token.rawName}`);
    const value = parsed(option, token.value);
    Object.assign(settings, {
      [option.key]: Array.isArray(value) ? [...settings.functions, ...value] : value,
    });
  }
  return { settings, words };
}

function tokensOf(args: readonly string[]) {
  const options = Object.fromEntries(
    GEARMAN_OPTIONS.map(({ name, value }) => {
      const type = value === undefined ? "boolean" as const : "string" as const;
      return [name, { type, short: name, multiple: true }];
    }),
  );
  // Where it is strict, no value begins with a dash.
  return parseArgs({ args: [...args], options, strict: false, tokens: true }).tokens;
}

function parsed(option: Option<GearmanSettings>, text: string | undefined): unknown {
  if (option.value !== undefined && text === undefined) {
    throw new OptionError(`-${option.name} needs a value, ${option.value}`);
  }
  try {
    return option.parse(text ?? "true");
  } catch (error) {
    throw new OptionError(`-${option.name}: ${(error as Error).message}`);
  }
}

/** A negative number is none at all, to that tool. */
function atMost(most: number): (text: string) => number {
  return (text) => values.integer(-most, most)(text);
}

type Flag =
  | ("verbose" | "help" | "background" | "lines" | "bareLines" | "prefix")
  | ("withoutInput" | "worker");

function flag(key: Flag, name: string, group: string, help: string): Option<GearmanSettings> {
  return { key, name, group, help, parse: values.flag } as Option<GearmanSettings>;
}

function priority(priority: "high" | "low", name: string): Option<GearmanSettings> {
  const help = `${priority === "high" ? "High" : "Low"} priority.`;
  return { key: "priority", name, group: CLIENT, help, parse: () => priority };
}

function refused(
  key: "ssl" | "daemon",
  name: string,
  help: string,
  why: string,
): Option<GearmanSettings> {
  const parse = () => {
    throw new OptionError(why);
  };
  return { key, name, group: BOTH, help, parse };
}
