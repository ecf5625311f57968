import { type Column, table } from "../table.ts";
import type { TextConnection } from "../text_protocol/connection.ts";
import * as listings from "../text_protocol/listings.ts";
import { type AdminWord, bareWord, noneOf } from "./word.ts";

/** What lists something in rows. */
export const LISTINGS: readonly AdminWord[] = [
  listing("status", "Functions: jobs, running jobs, workers.", listings.status, [
    { title: "FUNCTION", cell: (row) => row.function },
    { title: "JOBS", cell: (row) => row.jobs },
    { title: "RUNNING", cell: (row) => row.running },
    { title: "WORKERS", cell: (row) => row.workers },
  ]),
  listing(
    "priority-status",
    "Functions: waiting jobs by priority, workers.",
    listings.priorityStatus,
    [
      { title: "FUNCTION", cell: (row) => row.function },
      { title: "HIGH", cell: (row) => row.high },
      { title: "NORMAL", cell: (row) => row.normal },
      { title: "LOW", cell: (row) => row.low },
      { title: "WORKERS", cell: (row) => row.workers },
    ],
  ),
  listing("workers", "Connections, and what each can do.", listings.workers, [
    { title: "CONNECTION", cell: (row) => row.connection },
    { title: "ADDRESS", cell: (row) => row.address },
    { title: "CLIENT ID", cell: (row) => row.clientId },
    { title: "FUNCTIONS", cell: (row) => row.functions.join(" ") },
  ]),
  listing("jobs", "Jobs, who runs each, how many wait for it. Not gearmand.", listings.jobs, [
    { title: "FUNCTION", cell: (row) => row.function },
    { title: "UNIQUE", cell: (row) => row.unique },
    { title: "WORKER", cell: (row) => row.worker ?? "-" },
    { title: "LISTENERS", cell: (row) => row.listeners },
  ]),
  {
    name: "clients",
    help: "Connections, and the jobs each waits for. Not gearmand.",
    question: (args) => {
      noneOf("clients", args);
      return async (server) => {
        const json = await listings.clients(server);
        return { lines: table(CLIENT_COLUMNS, json.flatMap(clientRows)), json };
      };
    },
  },
  listing("show-jobs", "Jobs by handle.", listings.showJobs, [
    { title: "HANDLE", cell: (row) => row.handle },
    { title: "RETRIES", cell: (row) => row.retries },
    { title: "IGNORED", cell: (row) => row.ignored ? "yes" : "no" },
    { title: "BACKGROUND", cell: (row) => row.background ? "yes" : "no" },
  ]),
  listing("show-unique-jobs", "Jobs by what is unique of them.", listings.showUniqueJobs, [
    { title: "UNIQUE", cell: (row) => row.unique },
  ]),
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
