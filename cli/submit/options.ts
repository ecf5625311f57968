import { LARGEST_DATA } from "../../client/client_options.ts";
import { type CommonSettings, HELP_OPTION } from "../command.ts";
import type { Option, OptionTable } from "../options/option.ts";
import { OptionError } from "../options/option_error.ts";
import { SERVERS_OPTIONS, type ServersSettings } from "../options/servers.ts";
import * as values from "../options/values.ts";

/** Jobs in flight with --lines. */
export const DEFAULT_IN_FLIGHT = 100;
const LONGEST_TIMEOUT = 2 ** 31 - 1;
const MOST_IN_FLIGHT = 1_000_000;

const JOB_OPTIONS: OptionTable<SubmitSettings> = [
  flag("background", "background", "b", "Job", "Print the handle and do not wait for the result."),
  flag("high", "high", "I", "Job", "High priority."),
  flag("low", "low", "L", "Job", "Low priority."),
  {
    key: "unique",
    name: "unique",
    aliases: ["u"],
    group: "Job",
    value: "UNIQUE",
    help: "Submits of a function with the same unique share one job; - stands for the payload.",
    parse: values.text,
  },
  {
    key: "reducer",
    name: "reducer",
    group: "Job",
    value: "FUNC",
    help: "The function that puts together what the jobs of this job return.",
    parse: values.text,
  },
  {
    key: "at",
    name: "at",
    group: "Job",
    value: "TIME",
    help:
      "When to run it: +SECONDS from now, seconds since 1970 as date +%s prints them, or a date " +
      "such as 2026-12-24T18:00, in local time unless it ends in Z or +01:00. Implies --background.",
    parse: time,
  },
  {
    key: "timeout",
    name: "timeout-ms",
    aliases: ["t"],
    group: "Job",
    value: "MILLISECONDS",
    default: "24 hours for a result",
    help: "How long the result may take, or of a background job the handle. The job itself goes " +
      "on. In milliseconds, as gearman has it; other commands of geartrain have seconds.",
    parse: values.integer(1, LONGEST_TIMEOUT),
  },
];

const INPUT_OPTIONS: OptionTable<SubmitSettings> = [
  flag(
    "withoutInput",
    "skip-input",
    "s",
    "Input",
    "Do not read the standard input; without DATA the payload is empty.",
  ),
  {
    key: "lines",
    name: "lines",
    group: "Input",
    help: "One job a line, without its newline, and many at a time.",
    parse: values.flag,
  },
  {
    key: "wholeLines",
    name: "n",
    group: "Input",
    help: "One job a line, with its newline, one after the other.",
    parse: values.flag,
  },
  {
    key: "bareLines",
    name: "N",
    group: "Input",
    help: "The same without the newline.",
    parse: values.flag,
  },
  {
    key: "inFlight",
    name: "in-flight",
    group: "Input",
    value: "N",
    default: `${DEFAULT_IN_FLIGHT} with --lines, 1 otherwise`,
    help: "How many jobs may be submitted and not yet answered at a time.",
    parse: values.integer(1, MOST_IN_FLIGHT),
  },
  {
    key: "maxPayload",
    name: "max-payload",
    group: "Input",
    value: "BYTES",
    default: `${LARGEST_DATA}, about what servers take`,
    help: "Largest payload. May end in K, M or G.",
    parse: values.bytes,
  },
];

const OUTPUT_OPTIONS: OptionTable<SubmitSettings> = [
  {
    key: "json",
    name: "json",
    group: "Output",
    help: "One JSON object a line for everything that comes of a job.",
    parse: values.flag,
  },
  flag("prefix", "prefix", "P", "Output", "Begin every line with the name of the function."),
  {
    key: "ordered",
    name: "ordered",
    group: "Output",
    help: "Print results in the order of the jobs. Default: in the order in which they end.",
    parse: values.flag,
  },
  {
    key: "progress",
    name: "progress",
    group: "Output",
    help: "Print on standard error the progress that workers report.",
    parse: values.flag,
  },
  {
    key: "maxResult",
    name: "max-result",
    group: "Output",
    value: "BYTES",
    default: "256M",
    help: "Largest result, and the most that may wait of one job's data when the reader of the " +
      "output is slow.",
    parse: values.bytes,
  },
];

/** All options of `geartrain submit`. */
export const SUBMIT_OPTIONS: OptionTable<SubmitSettings> = [
  ...SERVERS_OPTIONS as readonly Option<SubmitSettings>[],
  ...JOB_OPTIONS,
  ...INPUT_OPTIONS,
  ...OUTPUT_OPTIONS,
  HELP_OPTION,
];

/** Pairs of settings that contradict each other, as options show them. */
const CONTRADICTIONS: readonly [keyof SubmitSettings, string, keyof SubmitSettings, string][] = [
  ["high", "--high", "low", "--low"],
  ["at", "--at", "high", "--high: servers know no priority for such jobs"],
  ["at", "--at", "low", "--low: servers know no priority for such jobs"],
  ["at", "--at", "reducer", "--reducer"],
  ["reducer", "--reducer", "high", "--high: servers know no priority for such jobs"],
  ["reducer", "--reducer", "low", "--low: servers know no priority for such jobs"],
  ["lines", "--lines", "wholeLines", "-n"],
  ["lines", "--lines", "bareLines", "-N"],
  ["wholeLines", "-n", "bareLines", "-N"],
  ["json", "--json", "prefix", "--prefix: the objects name the function"],
  ["json", "--json", "progress", "--progress: the objects tell it"],
  ["background", "--background", "progress", "--progress"],
  ["at", "--at", "progress", "--progress"],
];

/** @throws {OptionError} when two settings contradict each other. */
export function checkContradictions(settings: SubmitSettings): void {
  const isSet = (key: keyof SubmitSettings) =>
    settings[key] !== undefined && settings[key] !== false;
  const found = CONTRADICTIONS.find(([one, , other]) => isSet(one) && isSet(other));
  if (found !== undefined) throw new OptionError(`${found[1]} together with ${found[3]}`);
}

/** `+SECONDS`, Unix seconds or an ISO date. */
function time(text: string): Date {
  const date = new Date(milliseconds(text));
  if (!Number.isNaN(date.getTime())) return date;
  throw new OptionError(
    "must be +SECONDS, seconds since 1970 or a date such as 2026-12-24T18:00, " +
      `not ${JSON.stringify(text)}`,
  );
}

/** Since the Unix epoch; a text if JavaScript itself can read it. */
function milliseconds(text: string): number | string {
  const [, wait] = /^\+(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (wait !== undefined) return Date.now() + Number(wait) * 1000;
  // Fewer digits are a date without its hyphens or a mistake, more digits are milliseconds.
  if (/^\d{9,11}(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  // JavaScript reads a date alone as UTC, and a date with a time as local time.
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return `${text}T00:00`;
  return /^\d{4}-\d\d-\d\d/.test(text) ? text.replace(" ", "T") : NaN;
}

type Flag = "background" | "high" | "low" | "withoutInput" | "prefix";

function flag(
  key: Flag,
  name: string,
  letter: string,
  group: string,
  help: string,
): Option<SubmitSettings> {
  return { key, name, aliases: [letter], group, help, parse: values.flag } as Option<
    SubmitSettings
  >;
}

/** What `geartrain submit` is told. */
export interface SubmitSettings extends CommonSettings, ServersSettings {
  background?: boolean;
  high?: boolean;
  low?: boolean;
  unique?: string;
  reducer?: string;
  at?: Date;
  /** Milliseconds. */
  timeout?: number;
  /** One job a line, many at a time. */
  lines?: boolean;
  /** One job a line, one after the other. */
  wholeLines?: boolean;
  /** The same without their newlines. */
  bareLines?: boolean;
  inFlight?: number;
  withoutInput?: boolean;
  maxPayload?: number;
  maxResult?: number;
  json?: boolean;
  prefix?: boolean;
  ordered?: boolean;
  progress?: boolean;
}
