import { type CommonSettings, HELP_OPTION } from "../command.ts";
import type { Option, OptionTable } from "../options/option.ts";
import { OptionError } from "../options/option_error.ts";
import { SERVERS_OPTIONS, type ServersSettings } from "../options/servers.ts";
import * as values from "../options/values.ts";
import { NUMBER_SIZE } from "./load.ts";

/** What `geartrain bench` is told. */
export interface BenchSettings extends CommonSettings, ServersSettings {
  function?: string;
  clients?: number;
  workers?: number;
  inFlight?: number;
  size?: number;
  jobs?: number;
  /** Seconds. */
  duration?: number;
  background?: boolean;
  /** Seconds. */
  timeout?: number;
  json?: boolean;
}

const MOST_CONNECTIONS = 10_000;
const MOST_IN_FLIGHT = 1_000_000;

/** What holds for what is not said. */
export const DEFAULTS = {
  clients: 1,
  workers: 1,
  inFlight: 100,
  size: 100,
  jobs: 10_000,
  timeout: 30,
} as const;

const LOAD_OPTIONS: OptionTable<BenchSettings> = [
  {
    key: "function",
    name: "function",
    aliases: ["f"],
    group: "Load",
    value: "FUNC",
    default: "a name of its own",
    help: "The function of the jobs.",
    parse: values.text,
  },
  count("clients", "clients", MOST_CONNECTIONS, "Clients, each with a connection of its own."),
  count("workers", "workers", MOST_CONNECTIONS, "Workers, each of which does one job at a time."),
  count("inFlight", "in-flight", MOST_IN_FLIGHT, "Jobs that each client waits for at a time."),
  {
    key: "size",
    name: "size",
    group: "Load",
    value: "BYTES",
    default: `${DEFAULTS.size}`,
    help: "Size of the payload, and of the result, which is the same; may end in K, M or G.",
    parse: size,
  },
  count("jobs", "jobs", Number.MAX_SAFE_INTEGER, "How many jobs."),
  {
    key: "duration",
    name: "duration",
    group: "Load",
    value: "SECONDS",
    help:
      "Submit for this many seconds instead of a number of jobs, then finish what was submitted.",
    parse: values.seconds,
  },
  {
    key: "background",
    name: "background",
    aliases: ["b"],
    group: "Load",
    help:
      "Background jobs: latency is the time until the server has given a handle, and all jobs " +
      "must reach a worker once.",
    parse: values.flag,
  },
  {
    key: "timeout",
    name: "timeout",
    group: "Load",
    value: "SECONDS",
    default: `${DEFAULTS.timeout}`,
    help: "A job that takes longer counts as lost.",
    parse: values.seconds,
  },
];

/** All options of `geartrain bench`. */
export const BENCH_OPTIONS: OptionTable<BenchSettings> = [
  ...SERVERS_OPTIONS as readonly Option<BenchSettings>[],
  ...LOAD_OPTIONS,
  {
    key: "json",
    name: "json",
    group: "Output",
    help: "JSON instead of text.",
    parse: values.flag,
  },
  HELP_OPTION,
];

function size(text: string): number {
  const bytes = values.bytes(text);
  if (bytes >= NUMBER_SIZE) return bytes;
  throw new OptionError(`payloads have at least ${NUMBER_SIZE} bytes: the number of the job`);
}

function count(
  key: "clients" | "workers" | "inFlight" | "jobs",
  name: string,
  most: number,
  help: string,
): Option<BenchSettings> {
  return {
    key,
    name,
    group: "Load",
    value: "N",
    default: `${DEFAULTS[key]}`,
    help,
    parse: values.integer(1, most),
  } as Option<BenchSettings>;
}
