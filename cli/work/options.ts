import { LARGEST_DATA } from "../../client/client_options.ts";
import { type CommonSettings, HELP_OPTION } from "../command.ts";
import type { Option, OptionTable } from "../options/option.ts";
import { SERVERS_OPTIONS, type ServersSettings } from "../options/servers.ts";
import * as values from "../options/values.ts";

/** What `geartrain work` is told. */
export interface WorkSettings extends CommonSettings, ServersSettings {
  /** How many jobs to do. */
  count?: number;
  concurrency?: number;
  /** Seconds. */
  jobTimeout?: number;
  stream?: boolean;
  lines?: boolean;
  bareLines?: boolean;
  warnings?: boolean;
  /** Bytes. */
  maxResult?: number;
}

/** A day, as the module has it. In seconds. */
export const DEFAULT_JOB_TIMEOUT = 24 * 3600;
const MOST_AT_A_TIME = 1000;

const JOB_OPTIONS: OptionTable<WorkSettings> = [
  {
    key: "concurrency",
    name: "concurrency",
    group: "Jobs",
    value: "N",
    default: "1",
    help: "How many jobs to do at a time.",
    parse: values.integer(1, MOST_AT_A_TIME),
  },
  {
    key: "count",
    name: "count",
    aliases: ["c"],
    group: "Jobs",
    value: "N",
    help: "End after this many jobs, including failed ones.",
    parse: values.integer(1),
  },
  {
    key: "jobTimeout",
    name: "job-timeout",
    group: "Jobs",
    value: "SECONDS",
    default: `${DEFAULT_JOB_TIMEOUT}, a day`,
    help: "How long a command may take. After that the command and what it started are ended, " +
      "and the job fails.",
    parse: values.seconds,
  },
];

const OUTPUT_OPTIONS: OptionTable<WorkSettings> = [
  {
    key: "stream",
    name: "stream",
    group: "Output of the command",
    help: "Send it as data while it comes; the result is empty. Without it, it is the result.",
    parse: values.flag,
  },
  {
    key: "lines",
    name: "lines",
    aliases: ["n"],
    group: "Output of the command",
    help: "Send each line as data; the result is empty.",
    parse: values.flag,
  },
  {
    key: "bareLines",
    name: "bare-lines",
    aliases: ["N"],
    group: "Output of the command",
    help: "The same without the newlines.",
    parse: values.flag,
  },
  {
    key: "warnings",
    name: "warnings",
    group: "Output of the command",
    help: "Send its standard error as warnings. Without it, it goes to the worker's.",
    parse: values.flag,
  },
  {
    key: "maxResult",
    name: "max-result",
    group: "Output of the command",
    value: "BYTES",
    default: `${LARGEST_DATA}, about what servers take`,
    help: "Largest result, or line with -n and -N; a job with a larger one fails. May end in K, " +
      "M or G.",
    parse: values.bytes,
  },
];

/** All options of `geartrain work`. */
export const WORK_OPTIONS: OptionTable<WorkSettings> = [
  ...SERVERS_OPTIONS as readonly Option<WorkSettings>[],
  ...JOB_OPTIONS,
  ...OUTPUT_OPTIONS,
  HELP_OPTION,
];
