import { parseArgs } from "node:util";
import { flag, integer, type Kind, OptionError, text } from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import { valueIn } from "../options/arguments.ts";
import { type AnyOption, optionsOf } from "../options/option.ts";
import { port } from "../options/kinds.ts";

/** Any text, which may be empty. */
function anyText(label: string): Kind<string> {
  return { label, parse: (text) => text };
}

/** A number; the tool takes a negative one for none at all. */
function atMost(most: number, label?: string): Kind<number> {
  return integer(-most, most, label);
}

function priority<P extends "high" | "low">(priority: P): Kind<P> {
  return { parse: () => priority };
}

function refused(why: string): Kind<boolean> {
  return {
    parse() {
      throw new OptionError(why);
    },
  };
}

/** The options of gearman, which knows letters only. */
const ROWS = {
  ...inGroup("Client and worker", {
    functions: {
      name: "f",
      repeatable: true,
      kind: { label: "FUNC", parse: (text) => [text] },
      help: "The function; with several, each of them.",
    },
    host: { name: "h", kind: anyText("HOST"), default: "localhost", help: "The server." },
    port: { name: "p", kind: port, default: 4730, help: "Its port." },
    timeout: {
      name: "t",
      kind: atMost(2 ** 31 - 1, "MILLISECONDS"),
      help: "How long nothing may come from the server; of a worker, how long no job.",
    },
    pidFile: { name: "i", kind: text("FILE"), help: "Write the process id there." },
    verbose: { name: "v", kind: flag, help: "Print the handles of jobs." },
    help: { name: "H", kind: flag, help: "Show this text." },
    ssl: {
      name: "S",
      kind: refused("this version has no TLS"),
      help: "Refused: there is no TLS in this version.",
    },
    daemon: {
      name: "d",
      kind: refused("it does not go into the background"),
      help: "Refused: leave it to a service manager, or to & of the shell.",
    },
  }),
  ...inGroup("Client", {
    background: { name: "b", kind: flag, help: "Do not wait for results." },
    high: { sets: "priority", name: "I", kind: priority("high"), help: "High priority." },
    low: { sets: "priority", name: "L", kind: priority("low"), help: "Low priority." },
    lines: {
      name: "n",
      kind: flag,
      help: "One job a line of the standard input. Of a worker: one packet a line.",
    },
    bareLines: { name: "N", kind: flag, help: "The same, without the newlines." },
    prefix: { name: "P", kind: flag, help: "The name of the function before what comes of it." },
    withoutInput: { name: "s", kind: flag, help: "Do not read the standard input." },
    unique: { name: "u", kind: anyText("UNIQUE"), help: "The unique of the jobs." },
  }),
  ...inGroup("Worker, with -w", {
    worker: { name: "w", kind: flag, help: "Do jobs by a command, or print their payloads." },
    count: {
      name: "c",
      kind: atMost(Number.MAX_SAFE_INTEGER),
      help: "End after so many jobs. A failure to connect counts, and a time without a job.",
    },
  }),
};

export const GEARMAN_OPTIONS: readonly AnyOption[] = optionsOf(ROWS);

/** What `gearman` is told; the timeout is in milliseconds. */
export type GearmanSettings = SettingsOf<typeof ROWS> & { functions: string[] };

export interface GearmanArguments {
  readonly settings: GearmanSettings;
  /** The data, or the command of a worker. */
  readonly words: readonly string[];
}

/**
 * Reads the arguments as the tool does: letters may stand together, and what is said twice holds as
 * it was said last.
 *
 * @throws {OptionError} for what is not one of its options, or not a value of one.
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
  // When it is strict, it does not take a value that begins with a dash.
  return parseArgs({ args: [...args], options, strict: false, tokens: true }).tokens;
}

function parsed(option: AnyOption, text: string | undefined): unknown {
  if (option.value !== undefined && text === undefined) {
    throw new OptionError(`-${option.name} needs a value, ${option.value}`);
  }
  return valueIn(option, text ?? "true", `-${option.name}`);
}
