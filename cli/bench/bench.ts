/**
 * `geartrain bench`, which puts a small load on any Gearman server. This file reads the options and
 * prints the results; `load.ts` runs clients and workers and measures them.
 * @module
 */
import { randomBytes } from "node:crypto";
import { NoServerError } from "../../client/errors.ts";
import { parseServerAddress } from "../../client/server_address.ts";
import { submissionOf } from "../../client/submit_options.ts";
import { type Command, command, failed } from "../command.ts";
import { onInterrupt } from "../interrupts.ts";
import { OptionError, orOptionError } from "../../options/kinds.ts";
import { serverAddresses } from "../options/servers.ts";
import { jsonText } from "../../router/log/text.ts";
import { print } from "../output.ts";
import { TextConnection } from "../../client/admin/text_connection.ts";
import { Load, type LoadOptions } from "./load.ts";
import { withDefaults } from "../../options/rows.ts";
import { BENCH_ROWS, type BenchSettings } from "./options.ts";

const BAD_RESULTS = 2;
/** How long a server may take to drop the function, in milliseconds. */
const DROP_TIMEOUT = 5000;

export const BENCH: Command = command({
  name: "bench",
  summary: "Put a load on a job server and measure it.",
  usage: "[OPTIONS]",
  introduction: "Submits jobs to a Gearman server, this one or any other, does them itself, " +
    "compares every result with what was sent, and prints how many jobs a second were done and " +
    "how long one took. Clients and workers share this process, which is measured with the " +
    "server: when it takes a whole processor, the server may be able to do more. Ctrl-C ends it " +
    "early, once what has been submitted is done.",
  rows: BENCH_ROWS,
  examples: [
    ["geartrain bench", "10,000 foreground jobs by one client and one worker."],
    ["geartrain bench --background --clients 4 --workers 4 --jobs 1000", "Another load."],
  ],
  sections: [{
    title: "Results",
    rows: [
      ["done", "Jobs with the expected result; in the background, jobs that reached a worker."],
      ["failed", "Jobs that failed, or that the server refused."],
      ["lost", "Jobs without an answer: the connection broke, or --timeout was over."],
      ["wrong", "Jobs with another result, and background jobs that came twice."],
      [
        "latency",
        "From the submit to the result, or in the background to the handle; half, 90 " +
        "and 99 of 100 jobs took no longer than p50, p90 and p99, which are exact to 1 %.",
      ],
    ],
  }, {
    title: "Exit status",
    rows: [
      ["0", "All jobs are done."],
      ["1", "No server answers, or an option is wrong."],
      ["2", "Jobs failed or were lost, or results are wrong."],
      ["130", "It was ended early by Ctrl-C (143: by TERM), and nothing else was wrong."],
    ],
  }],
}, bench);

async function bench(settings: BenchSettings): Promise<number> {
  const options = loadOf(settings);
  const load = new Load(options);
  let status = 0;
  onInterrupt((interrupted) => {
    status = interrupted;
    load.stop();
  });
  try {
    await load.run();
  } catch (error) {
    if (!(error instanceof NoServerError)) throw error;
    return failed(error.message);
  }
  if (settings.function === undefined) await dropFunction(options);
  print(
    settings.json ? `${jsonText(jsonOf(load, options), 2)}\n` : textOf(load, options),
  );
  const { failed: failures, lost, wrong, firstError } = load;
  if (failures + lost + wrong === 0) return status;
  if (firstError !== null) failed(firstError.message);
  return BAD_RESULTS;
}

function loadOf(settings: BenchSettings): LoadOptions {
  if (settings.jobs !== undefined && settings.duration !== undefined) {
    throw new OptionError("--jobs together with --duration");
  }
  const functionName = settings.function ?? `geartrain-bench-${randomBytes(6).toString("hex")}`;
  orOptionError(() => submissionOf(functionName, {}), "-f/--function: ");
  const complete = withDefaults(BENCH_ROWS, settings) as Required<BenchSettings>;
  const { clients, workers, inFlight, size, timeout } = complete;
  const { duration = Infinity, jobs = duration === Infinity ? complete.jobs : Infinity } = settings;
  return {
    servers: serverAddresses(settings),
    functionName,
    clients,
    workers,
    inFlight,
    size,
    jobs,
    duration: duration * 1000,
    isBackground: settings.background === true,
    timeout: timeout * 1000,
  };
}

/** Drops the function of the run, so that the listings of the servers do not keep it. */
async function dropFunction({ servers, functionName }: LoadOptions): Promise<void> {
  await Promise.all(servers.map(async (server) => {
    const { target } = parseServerAddress(server);
    try {
      using connection = await TextConnection.open(target, DROP_TIMEOUT);
      await connection.ask(`drop function ${functionName}`);
    } catch {
      // Perl's server cannot do that; others may be gone.
    }
  }));
}

function jsonOf(load: Load, options: LoadOptions): Record<string, unknown> {
  const { done, failed, lost, wrong, elapsed, latency } = load;
  const { servers, functionName, clients, workers, inFlight, size, isBackground } = options;
  const [p50, p90, p99] = [50, 90, 99].map((percent) => latency.percentile(percent));
  return {
    ...{ servers, function: functionName, clients, workers, inFlight, size },
    ...{ background: isBackground, done, failed, lost, wrong },
    seconds: rounded(elapsed / 1000),
    jobsPerSecond: rounded(rateOf(load)),
    latencyMilliseconds: {
      p50: rounded(p50),
      p90: rounded(p90),
      p99: rounded(p99),
      max: rounded(latency.max),
    },
  };
}

function textOf(load: Load, options: LoadOptions): string {
  const { done, failed, lost, wrong, elapsed, latency } = load;
  const { clients, workers, inFlight, size, isBackground } = options;
  const kind = isBackground ? "background" : "foreground";
  const times = [50, 90, 99].map((percent) =>
    `p${percent} ${shownTime(latency.percentile(percent))}`
  );
  return [
    `load        ${kind}, clients ${clients}, workers ${workers}, in flight ${inFlight} each, ` +
    `${size} bytes`,
    `jobs        ${done} done, ${failed} failed, ${lost} lost, ${wrong} wrong`,
    `throughput  ${Math.round(rateOf(load))} jobs/s for ${(elapsed / 1000).toFixed(2)} s`,
    `latency     ${times.join(", ")}, max ${shownTime(latency.max)}`,
    "",
  ].join("\n");
}

function rateOf({ done, elapsed }: Load): number {
  return elapsed > 0 ? done * 1000 / elapsed : 0;
}

function shownTime(milliseconds: number): string {
  return `${milliseconds.toFixed(milliseconds < 100 ? 2 : 0)} ms`;
}

/** Rounds milliseconds to microseconds. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
