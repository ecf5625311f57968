import { LARGEST_DATA } from "../../client/client_options.ts";
import { bytes, flag, integer, milliseconds, OptionError, text } from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import { time, timeOfJob } from "../options/kinds.ts";
import { SERVERS_ROWS } from "../options/servers.ts";

export const DEFAULT_IN_FLIGHT = 100;
const MOST_IN_FLIGHT = 1_000_000;

export const SUBMIT_ROWS = {
  ...SERVERS_ROWS,
  ...inGroup("Job", {
    background: {
      aliases: ["b"],
      kind: flag,
      help: "Print the handle and do not wait for the result.",
    },
    high: { aliases: ["I"], kind: flag, help: "High priority." },
    low: { aliases: ["L"], kind: flag, help: "Low priority." },
    unique: {
      aliases: ["u"],
      kind: text("UNIQUE"),
      help: "Submits of a function with the same unique share one job; - stands for the payload.",
    },
    reducer: {
      kind: text("FUNC"),
      help: "The function that puts together what the jobs of this job return.",
    },
    at: {
      kind: time,
      help: "When to run it: +SECONDS from now, seconds since 1970 as date +%s prints them, or a " +
        "date such as 2026-12-24T18:00, in local time unless it ends in Z or +01:00. Implies " +
        "--background.",
    },
    delay: {
      kind: timeOfJob(0),
      help: "How long until it may run, in seconds, or as a time such as 10m. This, --ttl, " +
        "--attempts and --unique-window need geartrain, and options-in-name in the rule of the " +
        "function; otherwise they are refused.",
    },
    ttl: {
      kind: timeOfJob(1),
      help: "How long it may wait from then on; after that it fails.",
    },
    attempts: {
      kind: integer(1, 10_000),
      help: "How many runs it may have.",
    },
    uniqueWindow: {
      kind: timeOfJob(1),
      help: "For how long its unique stays taken after it is completed: who submits the same " +
        "meanwhile gets its handle, and no job.",
    },
    timeout: {
      name: "timeout-ms",
      aliases: ["t"],
      kind: milliseconds,
      defaultText: "24 hours for a result",
      help:
        "How long the result may take, or of a background job the handle. The job itself goes " +
        "on. In milliseconds, as gearman has it; other commands of geartrain have seconds.",
    },
  }),
  ...inGroup("Input", {
    withoutInput: {
      name: "skip-input",
      aliases: ["s"],
      kind: flag,
      help: "Do not read the standard input; without DATA the payload is empty.",
    },
    lines: { kind: flag, help: "One job a line, without its newline, and many at a time." },
    wholeLines: {
      name: "n",
      kind: flag,
      help: "One job a line, with its newline, one after the other.",
    },
    bareLines: { name: "N", kind: flag, help: "The same without the newline." },
    inFlight: {
      kind: integer(1, MOST_IN_FLIGHT),
      defaultText: `${DEFAULT_IN_FLIGHT} with --lines, 1 otherwise`,
      help: "How many jobs may be submitted and not yet answered at a time.",
    },
    maxPayload: {
      kind: bytes(),
      defaultText: `${LARGEST_DATA}, about what servers take`,
      help: "Largest payload. May end in K, M or G.",
    },
  }),
  ...inGroup("Output", {
    json: { kind: flag, help: "One JSON object a line for everything that comes of a job." },
    prefix: {
      aliases: ["P"],
      kind: flag,
      help: "Begin every line with the name of the function.",
    },
    ordered: {
      kind: flag,
      help: "Print results in the order of the jobs. Default: in the order in which they end.",
    },
    progress: { kind: flag, help: "Print on standard error the progress that workers report." },
    maxResult: {
      kind: bytes(),
      defaultText: "256M",
      help: "Largest result, and the most that may wait of one job's data when the reader of the " +
        "output is slow.",
    },
  }),
};

export type SubmitSettings = SettingsOf<typeof SUBMIT_ROWS>;

/** Pairs of settings that contradict each other, as options show them. */
const CONTRADICTIONS: readonly [keyof SubmitSettings, string, keyof SubmitSettings, string][] = [
  ["high", "--high", "low", "--low"],
  ["at", "--at", "high", "--high: servers know no priority for such jobs"],
  ["at", "--at", "low", "--low: servers know no priority for such jobs"],
  ["at", "--at", "reducer", "--reducer"],
  ["at", "--at", "delay", "--delay"],
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
