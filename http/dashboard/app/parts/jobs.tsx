/** @jsxImportSource preact */
import type { JSX } from "preact";
import type { ToldJob } from "../../../api/told.ts";
import { bytes, count, duration, NOTHING } from "../units.ts";
import { Progress, State } from "./small.tsx";
import { type Column, Table } from "./table.tsx";
import { FunctionLink, JobLink, Name, PeerLink, Time } from "./text.tsx";

const COLUMNS: readonly Column<ToldJob>[] = [
  {
    id: "handle",
    title: "Job",
    told: ({ handle }) => handle,
    cell: ({ handle }) => handle !== undefined && <JobLink handle={handle} />,
  },
  {
    id: "function",
    title: "Function",
    told: (job) => job.function,
    cell: (job) => <FunctionLink name={job.function ?? ""} base64={job.functionBase64} />,
  },
  {
    id: "state",
    title: "State",
    told: ({ state }) => state,
    cell: (job) => (
      <>
        <State job={job} />
        {job.priority !== undefined && job.priority !== "normal" && (
          <span class="faint">{` ${job.priority}`}</span>
        )}
        <Progress job={job} />
      </>
    ),
  },
  {
    id: "submitted",
    title: "Submitted",
    told: ({ submitted }) => submitted,
    cell: ({ submitted }) => <Time at={submitted} />,
  },
  {
    id: "due",
    title: "Due",
    told: ({ due }) => due ?? undefined,
    cell: ({ due }) => <Time at={due} />,
  },
  {
    id: "unique",
    title: "Unique",
    told: ({ unique }) => unique,
    cell: ({ unique }) => unique ? <Name of={unique} /> : <span class="faint">{NOTHING}</span>,
  },
  {
    id: "client",
    title: "Client",
    told: ({ submitter }) => submitter,
    cell: ({ submitter }) => <PeerLink peer={submitter} />,
  },
  {
    id: "worker",
    title: "Worker",
    told: ({ worker }) => worker,
    cell: ({ worker }) => <PeerLink peer={worker} />,
  },
  {
    id: "size",
    title: "Payload",
    isNumber: true,
    told: ({ payloadBytes }) => payloadBytes,
    cell: ({ payloadBytes }) => bytes(payloadBytes),
  },
  // Where there is no more, this is what there is.
  {
    id: "kind",
    title: "Kind",
    told: ({ state, background }) => state === undefined ? background : undefined,
    cell: ({ background }) => background ? "background" : "foreground",
  },
  {
    id: "losses",
    title: "Lost by workers",
    isNumber: true,
    told: ({ state, losses }) => state === undefined ? losses : undefined,
    cell: ({ losses }) => count(losses),
  },
];

const ENDED_COLUMNS: readonly Column<ToldJob>[] = [
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

function runSeconds({ started, ended }: ToldJob): number | null {
  return started == null || ended === undefined
    ? null
    : (Date.parse(ended) - Date.parse(started)) / 1000;
}

interface JobsProps {
  readonly caption: string;
  readonly jobs: readonly ToldJob[];
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
      keyOf={(job) => job.handle ?? String(jobs.indexOf(job))}
      isOrdered
    />
  );
}
