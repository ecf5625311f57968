import { type Column, table } from "../table.ts";
import type { TextConnection } from "../../client/admin/text_connection.ts";
import {
  connectionFacts,
  failures,
  functionFacts,
  peerText,
  type Told,
} from "../../client/admin/facts.ts";
import * as listings from "../../client/admin/listings.ts";
import { JOB_WORDS } from "./jobs.ts";
import { type AdminWord, bareWord, noneOf, toldAnswer } from "./word.ts";

/** What lists something in rows. */
export const LISTINGS: readonly AdminWord[] = [
  facts(
    "status",
    "Functions: their jobs, workers, and how many jobs ended so far.",
    functionFacts,
    [
      { title: "FUNCTION", cell: (row) => row.function },
      { title: "WAITING", cell: ({ waiting }) => waiting },
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
    { title: "RUNS", cell: ({ running }) => running },
    { title: "WAITS FOR", cell: ({ waitingFor }) => waitingFor },
    { title: "FUNCTIONS", cell: ({ functions }) => functions.join(" ") },
  ]),
  ...JOB_WORDS,
  {
    name: "clients",
    help: "Connections, and the jobs each waits for, as Perl's server lists them.",
    question: (args) => {
      noneOf("clients", args);
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
    [
      { title: "UNIQUE", cell: (row) => row.unique },
    ],
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
  return bareWord(name, help, async (server) => {
    const json = await read(server);
    return { lines: table(columns, json), json };
  });
}
