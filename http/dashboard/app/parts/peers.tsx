/** @jsxImportSource preact */
import type { JSX } from "preact";
import type { ToldConnection } from "../../../api/told.ts";
import { now } from "../live.ts";
import { encodedName, visible } from "../text.ts";
import { count, counted, duration, fullTime, NOTHING } from "../units.ts";
import { hrefOf } from "../route.ts";
import { type Column, Table } from "./table.tsx";
import { JobLink, Name, PeerLink } from "./text.tsx";

const SHOWN_FUNCTIONS = 3;

function runningSeconds({ runningSince }: ToldConnection): number | null {
  return runningSince == null ? null : (now.value - Date.parse(runningSince)) / 1000;
}

const WHO: Column<ToldConnection> = {
  id: "who",
  title: "Who",
  order: ({ clientId, id }) => clientId === "" ? `#${id}` : clientId,
  cell: (peer) => <PeerLink peer={peer} />,
};

const COLUMNS: readonly Column<ToldConnection>[] = [
  WHO,
  {
    id: "role",
    title: "Role",
    order: ({ role }) => role ?? null,
    told: ({ role }) => role,
    cell: ({ role }) => role ?? NOTHING,
  },
  {
    id: "can",
    title: "Can do",
    order: ({ functions }) => functions.length,
    cell: ({ functions }) => <Functions names={functions} />,
  },
  {
    id: "runs",
    title: "Does",
    order: (peer) => runningSeconds(peer) ?? peer.runningJobs ?? null,
    told: ({ running, runningJobs }) => running ?? runningJobs,
    cell: (peer) => <Does peer={peer} />,
  },
  {
    id: "for",
    title: "For",
    isNumber: true,
    order: runningSeconds,
    told: ({ runningSince }) => runningSince,
    cell: (peer) => {
      const seconds = runningSeconds(peer);
      if (seconds === null) return <span class="faint">{NOTHING}</span>;
      return (
        <time title={`since ${fullTime(Date.parse(peer.runningSince!))}`}>{duration(seconds)}</time>
      );
    },
  },
  {
    id: "done",
    title: "Jobs done",
    isNumber: true,
    order: ({ jobsDone }) => jobsDone ?? null,
    told: ({ jobsDone }) => jobsDone,
    cell: ({ jobsDone }) => count(jobsDone),
  },
  {
    id: "waits",
    title: "Waits for",
    hint: "Jobs whose end it waits for",
    isNumber: true,
    order: ({ waitingFor }) => waitingFor ?? null,
    told: ({ waitingFor }) => waitingFor,
    cell: ({ waitingFor }) => count(waitingFor),
  },
  {
    id: "packet",
    title: "Last packet",
    isNumber: true,
    order: ({ lastPacketSeconds }) => lastPacketSeconds ?? null,
    told: ({ lastPacketSeconds }) => lastPacketSeconds,
    cell: ({ lastPacketSeconds }) => ago(lastPacketSeconds),
  },
  {
    id: "connected",
    title: "Connected",
    isNumber: true,
    order: ({ connectedSeconds }) => connectedSeconds ?? null,
    told: ({ connectedSeconds }) => connectedSeconds,
    cell: ({ connectedSeconds }) => ago(connectedSeconds),
  },
];

function ago(seconds: number | null | undefined): JSX.Element {
  if (seconds == null) return <span class="faint">{NOTHING}</span>;
  return <time title={fullTime(now.value - seconds * 1000)}>{duration(seconds)} ago</time>;
}

function Functions({ names }: { names: readonly string[] }): JSX.Element {
  if (names.length === 0) return <span class="faint">{NOTHING}</span>;
  const more = names.length - SHOWN_FUNCTIONS;
  return (
    <>
      {names.slice(0, SHOWN_FUNCTIONS).map((name, index) => (
        <span key={name}>
          {index > 0 && ", "}
          <a href={hrefOf("functions", encodedName(name))}>
            <Name of={name} />
          </a>
        </span>
      ))}
      {more > 0 && (
        <span class="faint" title={names.map(visible).join(", ")}>{` and ${more} more`}</span>
      )}
    </>
  );
}

function Does(
  { peer: { running = [], runningJobs = running.length, sleeping, quiet } }: {
    peer: ToldConnection;
  },
): JSX.Element {
  if (runningJobs === 0) {
    if (quiet) return <span class="state state-kept">quiet</span>;
    return <span class="faint">{sleeping ? "sleeps" : NOTHING}</span>;
  }
  if (running.length === 0) return <>runs {counted(runningJobs, "job")}</>;
  const more = running.length - 1;
  return (
    <>
      <JobLink handle={running[0]} />
      {more > 0 && <span class="faint">{` and ${more} more`}</span>}
    </>
  );
}

/** What the server calls the columns, so that it orders all connections and not those that are shown. */
export const PEER_ORDERS: ReadonlyMap<string, string> = new Map(Object.entries({
  who: "clientId",
  role: "role",
  can: "functions",
  // Who has run for longest has begun first.
  runs: "-runningSince",
  for: "-runningSince",
  done: "jobsDone",
  waits: "waitingFor",
  packet: "lastPacketSeconds",
  connected: "connectedSeconds",
}));

interface PeersProps {
  readonly caption: string;
  readonly peers: readonly ToldConnection[];
  readonly nothing: string;
  readonly order: string;
  readonly parameter?: string;
  /** Columns that are not shown. */
  readonly without: readonly string[];
}

/** Clients and workers. */
export function Peers(
  { caption, peers, nothing, order, parameter, without }: PeersProps,
): JSX.Element {
  return (
    <Table
      {...{ caption, nothing, order, parameter }}
      columns={COLUMNS.filter(({ id }) => !without.includes(id))}
      rows={peers}
      keyOf={({ id }) => String(id)}
    />
  );
}
