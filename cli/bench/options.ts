import {
  bytes,
  flag,
  integer,
  type Kind,
  OptionError,
  seconds,
  text,
} from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import { SERVERS_ROWS } from "../options/servers.ts";
import { NUMBER_SIZE } from "./load.ts";

const MOST_CONNECTIONS = 10_000;
const MOST_IN_FLIGHT = 1_000_000;

const size: Kind<number> = {
  ...bytes(),
  parse(text) {
    const size = bytes().parse(text);
    if (size >= NUMBER_SIZE) return size;
    throw new OptionError(`payloads have at least ${NUMBER_SIZE} bytes: the number of the job`);
  },
  show: String,
};

export const BENCH_ROWS = {
  ...SERVERS_ROWS,
  ...inGroup("Load", {
    function: {
      aliases: ["f"],
      kind: text("FUNC"),
      defaultText: "a name of its own",
      help: "The function of the jobs.",
    },
    clients: {
      kind: integer(1, MOST_CONNECTIONS),
      default: 1,
      help: "Clients, each with a connection of its own.",
    },
    workers: {
      kind: integer(1, MOST_CONNECTIONS),
      default: 1,
      help: "Workers, each of which does one job at a time.",
    },
    inFlight: {
      kind: integer(1, MOST_IN_FLIGHT),
      default: 100,
      help: "Jobs that each client waits for at a time.",
    },
    size: {
      kind: size,
      default: 100,
      help: "Size of the payload, and of the result, which is the same; may end in K, M or G.",
    },
    jobs: { kind: integer(1), default: 10_000, help: "How many jobs." },
    duration: {
      kind: seconds,
      help:
        "Submit for this many seconds instead of a number of jobs, then finish what was submitted.",
    },
    background: {
      aliases: ["b"],
      kind: flag,
      help:
        "Background jobs: latency is the time until the server has given a handle, and all jobs " +
        "must reach a worker once.",
    },
    timeout: { kind: seconds, default: 30, help: "A job that takes longer counts as lost." },
  }),
  ...inGroup("Output", { json: { kind: flag, help: "JSON instead of text." } }),
};

export type BenchSettings = SettingsOf<typeof BENCH_ROWS>;
