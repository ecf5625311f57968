/**
 * `geartrain submit`. `input.ts` reads the payloads, `run.ts` submits them, `outcome.ts` says how jobs
 * ended, and `reports.ts` prints what comes of them.
 * @module
 */
import process from "node:process";
import { Client } from "../../client/client.ts";
import { LARGEST_DATA } from "../../client/client_options.ts";
import { submissionOf } from "../../client/submit_options.ts";
import { systemClock } from "../../transport/event_loop.ts";
import { type Command, command } from "../command.ts";
import { onInterrupt } from "../interrupts.ts";
import { OptionError, orOptionError } from "../../options/kinds.ts";
import { serverAddresses } from "../options/servers.ts";
import { Output } from "../output.ts";
import { Complaints, JsonReport, Progress, TextReport } from "./reports.ts";
import { type Inputs, inputsOf } from "./input.ts";
import {
  checkContradictions,
  DEFAULT_IN_FLIGHT,
  SUBMIT_ROWS,
  type SubmitSettings,
} from "./options.ts";
import { NoWorkerNotice } from "./no_worker_notice.ts";
import { type JobTemplate, type Report, Run } from "./run.ts";

/** How long a result may take, in milliseconds: a day, as for programs. */
const DEFAULT_TIMEOUT = 24 * 3600 * 1000;
const MIB = 1024 * 1024;
const DEFAULT_MAX_RESULT = 256 * MIB;

export const SUBMIT: Command = command({
  name: "submit",
  summary: "Submit jobs and print their results.",
  usage: "FUNC [DATA|@FILE|-]... [OPTIONS]",
  words: [],
  introduction: "Submits a job to a Gearman server, this one or any other, with DATA, the bytes " +
    "of a file or the standard input as its payload, and writes what its worker sends, byte for " +
    "byte as it comes, to the standard output; warnings go to standard error. More than one DATA " +
    "makes as many jobs, one after the other. With -- before them, words may begin with a dash; " +
    "a payload that begins with @ comes from a file.",
  rows: SUBMIT_ROWS,
  examples: [
    ["geartrain submit resize @cat.png > small.png", "A file as payload, its result to another."],
    ["echo hello | geartrain submit --background upper", "Print the handle, and do not wait."],
    ["geartrain submit upper --lines --ordered @words.txt", "One job for each line of a file."],
    ["geartrain submit report --at +3600 --skip-input", "Run it in an hour, without a payload."],
    ["geartrain submit -b mail --ttl 10m --attempts 5 hello", "Try it 5 times, unless it is late."],
  ],
  sections: [{
    title: "Lines and order",
    rows: [
      [
        "--lines",
        "The result of each job ends with a newline, whether its worker sent one or not. Results " +
        "come in the order in which the jobs end, each in one piece, or with --ordered in the " +
        "order of the lines. A job that fails stops no other: standard error names its line. " +
        "When standard error is a terminal and the standard output is not, a progress bar is " +
        "drawn there.",
      ],
      ["-n, -N", "Results follow each other unchanged, in the order of the lines."],
    ],
  }, {
    title: "JSON",
    rows: [
      [
        "event",
        "end when the job is over; data, warning or progress when its worker sends that. Every " +
        "object has job (a number, the line with --lines), function, handle (null before it has " +
        "one) and unique.",
      ],
      [
        "status",
        "Of event end: done, submitted (in the background), failed, refused, timed-out, lost, " +
        "no-server, too-large, overflow; with error, a text, unless it went well.",
      ],
      ["data", "What the worker sent, if that is UTF-8; otherwise dataBase64."],
      ["exception", "What its function threw, or exceptionBase64."],
    ],
  }, {
    title: "Exit status",
    rows: [
      ["0", "All jobs are done, or with --background submitted."],
      ["1", "No server answers, a connection was lost, or an option or a payload is wrong."],
      ["2", "A job failed, or a server refused it."],
      ["3", "A job took longer than --timeout-ms."],
      ["", "Of several of these for several jobs, the lowest. 130 after Ctrl-C, 143 after TERM."],
    ],
  }],
}, submit);

async function submit(settings: SubmitSettings, words: readonly string[]): Promise<number> {
  const [functionName, ...data] = words;
  const request = requestOf(functionName, settings);
  const servers = serverAddresses(settings);
  const client = new Client({
    servers,
    maxPayload: request.maxPayload,
    maxResult: settings.maxResult ?? DEFAULT_MAX_RESULT,
    maxUnread: settings.maxResult ?? DEFAULT_MAX_RESULT,
  });
  const inputs = await inputsOf(data, settings, request.maxPayload);
  const complaints = new Complaints();
  const output = new Output(() => run.stop(0));
  const inFlight = settings.inFlight ?? (settings.lines ? DEFAULT_IN_FLIGHT : 1);
  const report = reportOf(settings, output, complaints, inputs, inFlight, functionName);
  const isOrdered = settings.ordered === true;
  let progress: Progress | null = null;
  const say = (text: string) => complaints.say(text);
  const notice = process.stderr.isTTY
    ? new NoWorkerNotice({ client, servers, functionName, clock: systemClock, say })
    : null;
  const run: Run = new Run(client, request, report, {
    inFlight,
    isOrdered,
    onSubmitted: (job) => notice?.submitted(job),
    onOver: (job) => notice?.over(job),
    onJob: () => progress?.update(),
  });
  onInterrupt((status) => run.stop(status));
  if (settings.lines && process.stderr.isTTY && !process.stdout.isTTY) {
    progress = new Progress(run.tally, complaints, inputs.size);
  }
  try {
    return await run.all(inputs.inputs);
  } catch (error) {
    complaints.say((error as Error).message);
    return 1;
  } finally {
    notice?.stop();
    await progress?.stop();
    await client.close();
    const { tally } = run;
    if (tally.total > 1 && tally.troubles > 0) complaints.say(`${tally.total} jobs: ${tally}`);
  }
}

/**
 * What all jobs have in common.
 *
 * @throws {OptionError} when options contradict each other, or servers would refuse the job.
 */
function requestOf(functionName: string | undefined, settings: SubmitSettings): JobTemplate {
  if (functionName === undefined) throw new OptionError("submit: name a function");
  checkContradictions(settings);
  const { unique = "", reducer, at, high, low, maxPayload = LARGEST_DATA } = settings;
  const { delay, ttl, attempts, uniqueWindow } = settings;
  const common = {
    unique,
    reducer,
    priority: high ? "high" : low ? "low" : "normal",
    delay,
    ttl,
    attempts,
    uniqueWindow,
    timeout: settings.timeout ?? (settings.background || at ? undefined : DEFAULT_TIMEOUT),
  } as const;
  orOptionError(() => submissionOf(functionName, { ...common, at }), "submit: ");
  const job = { functionName, unique, maxPayload };
  if (at !== undefined) return { ...job, background: { ...common, at } };
  if (settings.background) return { ...job, background: { ...common, background: true } };
  return { ...job, foreground: common };
}

function reportOf(
  settings: SubmitSettings,
  output: Output,
  complaints: Complaints,
  { noun, areMany }: Inputs,
  inFlight: number,
  functionName: string,
): Report {
  if (settings.json) return new JsonReport(output);
  return new TextReport(output, complaints, {
    prefix: settings.prefix ? `${functionName}: ` : "",
    maxResult: settings.maxResult ?? DEFAULT_MAX_RESULT,
    endsLines: settings.lines === true,
    isLive: inFlight === 1 || settings.ordered === true,
    showsProgress: settings.progress === true,
    noun: areMany ? noun : null,
  });
}
