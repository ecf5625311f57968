import { LARGEST_DATA } from "../../client/client_options.ts";
import { bytes, flag, integer, seconds } from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import { SERVERS_ROWS } from "../options/servers.ts";

/** A day, as the module has it. In seconds. */
export const DEFAULT_JOB_TIMEOUT = 24 * 3600;
const MOST_AT_A_TIME = 1000;

/** All options of `geartrain work`. */
export const WORK_ROWS = {
  ...SERVERS_ROWS,
  ...inGroup("Jobs", {
    concurrency: {
      kind: integer(1, MOST_AT_A_TIME),
      default: 1,
      help: "How many jobs to do at a time.",
    },
    count: {
      aliases: ["c"],
      kind: integer(1),
      help: "End after this many jobs, including failed ones.",
    },
    jobTimeout: {
      kind: seconds,
      default: DEFAULT_JOB_TIMEOUT,
      defaultText: `${DEFAULT_JOB_TIMEOUT}, a day`,
      help: "How long a command may take. After that the command and what it started are ended, " +
        "and the job fails.",
    },
  }),
  ...inGroup("Output of the command", {
    stream: {
      kind: flag,
      help: "Send it as data while it comes; the result is empty. Without it, it is the result.",
    },
    lines: {
      aliases: ["n"],
      kind: flag,
      help: "Send each line as data; the result is empty.",
    },
    bareLines: { aliases: ["N"], kind: flag, help: "The same without the newlines." },
    warnings: {
      kind: flag,
      help: "Send its standard error as warnings. Without it, it goes to the worker's.",
    },
    maxResult: {
      kind: bytes(),
      default: LARGEST_DATA,
      defaultText: `${LARGEST_DATA}, about what servers take`,
      help:
        "Largest result, or line with -n and -N; a job with a larger one fails. May end in K, " +
        "M or G.",
    },
  }),
};

/** What `geartrain work` is told. */
export type WorkSettings = SettingsOf<typeof WORK_ROWS>;
