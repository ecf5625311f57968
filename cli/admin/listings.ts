import { timeText } from "./times.ts";
import { type Column, padEnd, shown, table } from "../table.ts";
import {
  connectionFacts,
  failures,
  functionFacts,
  type JobFact,
  jobFact,
  jobFacts,
  type PeerFact,
  peerText,
  serverFacts,
  type Told,
} from "../../client/admin/facts.ts";
import { noneOf, onlyOf } from "../options/arguments.ts";
import {
  type AdminWord,
  type Answer,
  bareWord,
  DEFAULT_LIMIT,
  oneWord,
  tableOf,
  toldAnswer,
} from "./word.ts";
import type { TextConnection } from "../../client/admin/text_connection.ts";
import * as listings from "../../client/admin/listings.ts";

const JOB_WORDS: readonly AdminWord[] = [
  {
    name: "jobs",
    help: "Jobs, oldest first: all, or those that options select.",
    selects: ["function", "state", "unique", "submitter", "worker", "limit"],
    question: (args, { limit = DEFAULT_LIMIT, ...selection }) => {
      noneOf(args, "jobs");
      return async (server) => {
        // One more tells whether there are more.
        return upTo(limit, await jobFacts(server, { ...selection, limit: limit + 1 }));
      };
    },
  },
  {
    name: "job",
    usage: "HANDLE",
    help: "All about one job.",
    question: (args) => {
      const handle = oneWord("job", onlyOf(args, "job", "the handle of a job"));
      return async (server) => {
        const told = await jobFact(server, handle);
        const [json] = told.rows;
        return told.untold === null
          ? { lines: aboutJob(json), json }
          : { ...toldAnswer(COLUMNS, told), json };
      };
    },
  },
];

const COLUMNS: readonly Column<JobFact>[] = [
  { title: "HANDLE", cell: ({ handle }) => handle },
  { title: "FUNCTION", cell: (job) => job.function },
  { title: "UNIQUE", cell: ({ unique }) => unique },
  { title: "STATE", cell: ({ state }) => state },
  { title: "AGE", cell: ({ age }) => known(age, durationText) },
  { title: "DUE", cell: ({ due }) => known(due, timeText) },
  { title: "LOSSES", cell: ({ losses }) => losses },
  { title: "FAILURES", cell: ({ failures }) => failures },
  { title: "SUBMITTER", cell: ({ submitter }) => known(submitter, peerText) },
  { title: "WORKER", cell: ({ worker }) => known(worker, peerText) },
];

function upTo(limit: number, { rows, untold }: Told<JobFact>): Answer {
  const answer = toldAnswer(COLUMNS, { rows: rows.slice(0, limit), untold });
  if (rows.length <= limit) return answer;
  const listed = limit === 1 ? "jobs than this one" : `than these ${limit} jobs`;
  const more = `there are more ${listed}; --limit says how many are listed`;
  return { ...answer, note: answer.note === undefined ? more : `${answer.note}; ${more}` };
}

/** A line for each thing that is known of a job. */
function aboutJob(job: JobFact): string[] {
  const { denominator = 0 } = job;
  const rows: [string, string | number | null | undefined][] = [
    ["handle", job.handle],
    ["function", job.function],
    ["unique", job.unique],
    ["state", job.state],
    ["priority", job.priority],
    ["background", job.background ? "yes" : "no"],
    ["age", known(job.age, durationText)],
    ["due", known(job.due, timeText)],
    ["losses", job.losses],
    ["failures", job.failures],
    ["progress", denominator === 0 ? null : `${job.numerator}/${denominator}`],
    ["payload", known(job.bytes, (bytes) => bytes === 1 ? "1 byte" : `${bytes} bytes`)],
    ["clients", job.clients],
    ["submitter", known(job.submitter, peerText)],
    ["worker", known(job.worker, peerText)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => (padEnd(name, width) + shown(`${value ?? "-"}`)).trimEnd());
}

/** The text of a value that is known; null and undefined stay as they are. */
function known<Value extends number | PeerFact>(
  value: Value | null | undefined,
  text: (value: Value) => string,
): string | null | undefined {
  return value === null || value === undefined ? value : text(value);
}

/** `12s`, `3m05s`, `2h05m`, `3d04h` */
function durationText(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const pair = (large: number, unit: string, small: number, smallUnit: string) =>
    `${large}${unit}${`${small}`.padStart(2, "0")}${smallUnit}`;
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return pair(minutes, "m", seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return pair(hours, "h", minutes % 60, "m");
  return pair(Math.floor(hours / 24), "d", hours % 24, "h");
}

export const LISTINGS: readonly AdminWord[] = [
  facts(
    "status",
    "Functions: their jobs, workers, and how many jobs ended so far.",
    functionFacts,
    [
      { title: "FUNCTION", cell: (row) => row.function },
      { title: "WAITING", cell: ({ waiting, paused }) => paused ? `${waiting}, paused` : waiting },
      { title: "SCHEDULED", cell: ({ scheduled }) => scheduled },
      { title: "RUNNING", cell: ({ running }) => running },
      { title: "WORKERS", cell: ({ workers }) => workers },
      { title: "DONE", cell: ({ completed }) => completed },
      { title: "FAILED", cell: failures },
    ],
  ),
  facts("priority-status", "Functions: their waiting jobs by priority, workers.", functionFacts, [
    { title: "FUNCTION", cell: (row) => row.function },
    { title: "HIGH", cell: ({ high }) => high },
    { title: "NORMAL", cell: ({ normal }) => normal },
    { title: "LOW", cell: ({ low }) => low },
    { title: "SCHEDULED", cell: ({ scheduled }) => scheduled },
    { title: "WORKERS", cell: ({ workers }) => workers },
  ]),
  facts("workers", "Connections: what each runs, waits for, and can do.", connectionFacts, [
    { title: "CONNECTION", cell: ({ connection }) => peerText(connection) },
    { title: "CLIENT ID", cell: ({ clientId }) => clientId },
    { title: "RUNS", cell: ({ running, quiet }) => quiet ? `${running}, quiet` : running },
    { title: "WAITS FOR", cell: ({ waitingFor }) => waitingFor },
    { title: "FUNCTIONS", cell: ({ functions }) => functions.join(" ") },
  ]),
  listing("servers", "Servers that share their background jobs with this one.", serverFacts, [
    { title: "SERVER", cell: ({ server, isThis }) => isThis ? `${server} *` : server },
    { title: "ADDRESS", cell: ({ address }) => address ?? "-" },
    { title: "CLAIMED", cell: ({ claimed }) => claimed },
    { title: "WORKERS", cell: ({ workers }) => workers },
    { title: "LAST SEEN", cell: ({ silence }) => `${(silence / 1000).toFixed(1)}s` },
    { title: "VERSION", cell: ({ version }) => version },
  ]),
  ...JOB_WORDS,
  {
    name: "clients",
    help: "Connections, and the jobs each waits for, as Perl's server lists them.",
    question: (args) => {
      noneOf(args, "clients");
      return async (server) => {
        const json = await listings.clients(server);
        return { lines: table(CLIENT_COLUMNS, json.flatMap(clientRows)), json };
      };
    },
  },
  listing("show-jobs", "Jobs as gearmand lists them.", listings.showJobs, [
    { title: "HANDLE", cell: (row) => row.handle },
    { title: "RETRIES", cell: (row) => row.retries },
    { title: "IGNORED", cell: (row) => row.ignored ? "yes" : "no" },
    { title: "BACKGROUND", cell: (row) => row.background ? "yes" : "no" },
  ]),
  listing(
    "show-unique-jobs",
    "The uniques of jobs as gearmand lists them.",
    listings.showUniqueJobs,
    [{ title: "UNIQUE", cell: (row) => row.unique }],
  ),
];

/** A client, with one of the jobs that it waits for if there are any. */
interface ClientRow {
  readonly address: string;
  readonly job?: listings.ClientStatus["jobs"][number];
}

const CLIENT_COLUMNS: readonly Column<ClientRow>[] = [
  { title: "CLIENT", cell: (row) => row.address },
  { title: "FUNCTION", cell: (row) => row.job?.function ?? "" },
  { title: "UNIQUE", cell: (row) => row.job?.unique ?? "" },
  { title: "WORKER", cell: (row) => row.job === undefined ? "" : row.job.worker ?? "-" },
];

function clientRows({ address, jobs }: listings.ClientStatus): ClientRow[] {
  return jobs.length === 0 ? [{ address }] : jobs.map((job) => ({ address, job }));
}

function facts<Fact>(
  name: string,
  help: string,
  ask: (server: TextConnection) => Promise<Told<Fact>>,
  columns: readonly Column<Fact>[],
): AdminWord {
  return bareWord(name, help, async (server) => toldAnswer(columns, await ask(server)));
}

function listing<Row>(
  name: string,
  help: string,
  read: (server: TextConnection) => Promise<Row[]>,
  columns: readonly Column<Row>[],
): AdminWord {
  return bareWord(name, help, tableOf(columns, read));
}
