/**
 * `geartrain work`, which does jobs by a command; see `cli/job_command/`.
 * @module
 */
import { LARGEST_DATA } from "../../client/client_options.ts";
import { bytes, flag, integer, OptionError, seconds } from "../../options/kinds.ts";
import { inGroup, type SettingsOf } from "../../options/rows.ts";
import { serverAddresses, SERVERS_ROWS } from "../options/servers.ts";
import process from "node:process";
import { Worker } from "../../client/worker.ts";
import type { WorkerOptions } from "../../client/worker_options.ts";
import type { WorkerJob } from "../../client/worker_job.ts";
import { type Command, command } from "../command.ts";
import { checkCommand, type JobCommand, runCommand } from "../job_command/run_command.ts";
import { workUntilEnd } from "../job_command/process_group.ts";
import { asLines, asResult, asStream, type OutputMode } from "../job_command/output.ts";
import { messageLine } from "../output.ts";

/** How long a job may take, in seconds: a day, as for programs. */
const DEFAULT_JOB_TIMEOUT = 24 * 3600;
const MOST_AT_A_TIME = 1000;

const WORK_ROWS = {
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
    lines: { aliases: ["n"], kind: flag, help: "Send each line as data; the result is empty." },
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

type WorkSettings = SettingsOf<typeof WORK_ROWS>;

const SEPARATOR = "--";

const TEXT = {
  name: "work",
  summary: "Run a command for each job.",
  usage: "FUNC... [OPTIONS] -- CMD [ARGS]",
  words: [],
  introduction:
    "Takes the jobs of some functions, from Gearman servers of any kind, and runs CMD " +
    "for each: the payload is its standard input, its standard output the result. If CMD ends " +
    "with a status other than 0, the job fails, and what it wrote is sent as data. The worker " +
    "keeps trying to connect to a server that is down.",
  rows: WORK_ROWS,
  examples: [
    ["geartrain work upper -- tr a-z A-Z", "Do the jobs of one function, one at a time."],
    [
      "geartrain work resize crop --concurrency 4 --job-timeout 60 -- ./picture.sh",
      "Four at a time, each for a minute at most.",
    ],
  ],
  sections: [{
    title: "Environment of the command",
    rows: [
      ["GEARMAN_HANDLE", "The handle of the job."],
      ["GEARMAN_UNIQUE", "Its unique, or nothing; bytes that are no UTF-8 as %FF."],
      ["GEARMAN_FUNCTION", "The function that was asked for."],
    ],
  }, {
    title: "Signals",
    rows: [[
      "TERM, INT, HUP",
      "Take no more jobs, finish those that run, and end. The second time: end the commands that " +
      "run, which fails their jobs.",
    ]],
  }, {
    title: "Exit status",
    rows: [
      ["0", "All jobs of -c are done, or a signal ended it."],
      ["1", "The command does not exist, or an option is wrong."],
    ],
  }],
} as const;

export const WORK: Command = {
  ...withCommand([]),
  run: (args) => {
    const separator = args.indexOf(SEPARATOR);
    const own = separator < 0 ? args : args.slice(0, separator);
    const words = separator < 0 ? [] : args.slice(separator + 1);
    return withCommand(words).run(own);
  },
};

function withCommand(words: readonly string[]): Command {
  return command(TEXT, (settings, functions) => work(settings, functions, words));
}

async function work(
  settings: WorkSettings,
  functions: readonly string[],
  words: readonly string[],
): Promise<number> {
  if (functions.length === 0) throw new OptionError("work: say which functions");
  if (words.length === 0) throw new OptionError("work: say which command, behind --");
  checkCommand(words[0]);
  const { jobTimeout = DEFAULT_JOB_TIMEOUT, warnings: sendsWarnings } = settings;
  const jobCommand: JobCommand = {
    words,
    output: outputMode(settings),
    sendsWarnings,
    timeout: jobTimeout * 1000,
  };
  const run = (job: WorkerJob) => runCommand(jobCommand, job);
  const worker = new Worker({
    servers: serverAddresses(settings),
    functions: Object.fromEntries(functions.map((name) => [name, run])),
    concurrency: settings.concurrency,
    maxJobs: settings.count,
    // The command has a timeout of its own, at which it is ended with all that it started.
    jobTimeout: Infinity,
    maxResult: settings.maxResult === undefined
      ? undefined
      : Math.max(settings.maxResult, LARGEST_DATA),
    ...sayingChanges(),
    onJobFailed: ({ message }, { functionName, handle }) =>
      say(`${functionName} ${handle}: ${message}`),
  });
  await workUntilEnd(worker, say);
  return 0;
}

function outputMode(settings: WorkSettings): OutputMode {
  const { stream, lines, bareLines, maxResult = LARGEST_DATA } = settings;
  const modes = [stream && "--stream", lines && "-n/--lines", bareLines && "-N/--bare-lines"]
    .filter((name) => typeof name === "string");
  if (modes.length > 1) throw new OptionError(`${modes[0]} together with ${modes[1]}`);
  if (stream) return asStream;
  return lines || bareLines ? asLines(lines === true, maxResult) : asResult(maxResult);
}

function say(text: string): void {
  process.stderr.write(messageLine(text));
}

/** Says when a server is connected to, and when it is not any more; not every attempt between. */
function sayingChanges(): Pick<WorkerOptions, "onConnected" | "onServerError"> {
  const connected = new Map<string, boolean>();
  return {
    onConnected(server) {
      connected.set(server, true);
      say(`${server}: connected`);
    },
    onServerError(error, server) {
      if (connected.get(server) === false) return;
      connected.set(server, false);
      say(`${server}: not connected, tries again: ${error.message}`);
    },
  };
}
