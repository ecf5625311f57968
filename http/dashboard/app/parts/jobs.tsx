/** @jsxImportSource preact */
import type { JSX } from "preact";
import type { JobAnswer } from "../../../api/types.ts";
import { bytes, duration, NOTHING } from "../units.ts";
import { Progress, State } from "./small.tsx";
import { type Column, Table } from "./table.tsx";
import { FunctionLink, JobLink, Name, PeerLink, Time } from "./text.tsx";

const COLUMNS: readonly Column<JobAnswer>[] = [
  { id: "handle", title: "Job", cell: ({ handle }) => <JobLink handle={handle} /> },
  {
    id: "function",
    title: "Function",
    cell: (job) => <FunctionLink name={job.function} base64={job.functionBase64} />,
  },
  {
    id: "state",
    title: "State",
    cell: (job) => (
      <>
        <State job={job} />
        {job.priority !== "normal" && <span class="faint">{` ${job.priority}`}</span>}
        <Progress job={job} />
      </>
    ),
  },
  { id: "submitted", title: "Submitted", cell: ({ submitted }) => <Time at={submitted} /> },
  {
    id: "unique",
    title: "Unique",
    cell: ({ unique }) =>
      unique === "" ? <span class="faint">{NOTHING}</span> : <Name of={unique} />,
  },
  { id: "client", title: "Client", cell: ({ submitter }) => <PeerLink peer={submitter} /> },
  { id: "worker", title: "Worker", cell: ({ worker }) => <PeerLink peer={worker} /> },
  { id: "size", title: "Payload", isNumber: true, cell: ({ payloadBytes }) => bytes(payloadBytes) },
];

const ENDED_COLUMNS: readonly Column<JobAnswer>[] = [
  ...COLUMNS.slice(0, 3),
  { id: "ended", title: "Ended", cell: ({ ended }) => <Time at={ended} /> },
  { id: "took", title: "Ran for", isNumber: true, cell: (job) => duration(runSeconds(job)) },
  { id: "worker", title: "Worker", cell: ({ worker }) => <PeerLink peer={worker} /> },
  {
    id: "text",
    title: "What it said",
    cell: ({ text }) =>
      text
        ? (
          <span class="said">
            <Name of={text} lines />
          </span>
        )
        : <span class="faint">{NOTHING}</span>,
  },
];

function runSeconds({ started, ended }: JobAnswer): number | null {
  return started == null || ended === undefined
    ? null
    : (Date.parse(ended) - Date.parse(started)) / 1000;
}

interface JobsProps {
  readonly caption: string;
  readonly jobs: readonly JobAnswer[];
  readonly nothing: string;
  /** Have they ended? */
  readonly areEnded?: boolean;
  /** Is the function the same for all, and known? */
  readonly isOneFunction?: boolean;
}

/** Jobs in the order that the server has given them. */
export function Jobs({ caption, jobs, nothing, areEnded, isOneFunction }: JobsProps): JSX.Element {
  const columns = (areEnded ? ENDED_COLUMNS : COLUMNS)
    .filter(({ id }) => !isOneFunction || id !== "function");
  return (
    <Table
      {...{ caption, columns, nothing }}
      rows={jobs}
      keyOf={({ handle }) => handle}
      isOrdered
    />
  );
}
