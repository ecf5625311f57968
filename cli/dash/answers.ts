/**
 * What a server tells by its text commands, in the shapes of the API. What it does not tell is missing.
 *
 * @module
 */
import type {
  ConnectionFact,
  FunctionFact,
  JobFact,
  PeerFact,
} from "../../client/admin/records.ts";
import { isPerls, type ServerVersion } from "../../client/admin/names.ts";
import { timeText, timeTextOrNull } from "../../http/api/json.ts";
import type {
  ToldConnection,
  ToldFunction,
  ToldJob,
  ToldPeer,
  ToldServer,
  ToldSnapshot,
  ToldTotals,
  WatchedAnswer,
} from "../../http/api/told.ts";
import type { Seen } from "./look.ts";

/** So many functions are in a snapshot, as in those of a server itself. */
const MOST_FUNCTIONS = 200;

/** All of it, but no more functions than a snapshot has: first those with waiting jobs and no worker. */
export function snapshotAnswer(seen: Seen, address: string): ToldSnapshot {
  const functions = seen.functions.rows.toSorted((one, other) => rankOf(other) - rankOf(one))
    .slice(0, MOST_FUNCTIONS).map(functionAnswer);
  return {
    at: timeText(seen.at),
    server: serverAnswer(seen, address),
    functions,
    totals: totalsOf(seen.functions.rows),
  };
}

function rankOf(fact: FunctionFact): number {
  return (isStuck(fact) ? 2 ** 40 : 0) + fact.jobs;
}

function isStuck({ waiting, workers }: FunctionFact): boolean {
  return waiting > 0 && workers === 0;
}

/** The server as a whole. */
export function serverAnswer(
  { version, functions, connections }: Seen,
  address: string,
): ToldServer {
  const { rows } = functions;
  const sleeping = connections.rows.filter((peer) => peer.sleeping).length;
  const scheduled = sumOf(rows, (fact) => fact.scheduled ?? 0);
  return {
    version: version.geartrain ?? version.version,
    connections: connections.rows.length,
    workers: connections.rows.filter((peer) => peer.functions.length > 0).length,
    functions: rows.length,
    jobs: sumOf(rows, ({ jobs }) => jobs),
    waiting: sumOf(rows, ({ waiting }) => waiting),
    running: sumOf(rows, ({ running }) => running),
    ...version.geartrain !== null && { sleeping, scheduled },
    readOnly: true,
    payloads: false,
    watched: watchedAnswer(version, functions.untold, address),
  };
}

function watchedAnswer(
  version: ServerVersion,
  untold: string | null,
  address: string,
): WatchedAnswer {
  // Perl's server lists jobs with their functions, gearmand nothing but handles, and uniques apart.
  const isPerl = isPerls(version);
  const isGeartrain = version.geartrain !== null;
  return {
    address,
    isGeartrain,
    untold,
    jobFilters: isGeartrain
      ? ["function", "state", "handle", "unique", "client"]
      : isPerl
      ? ["function", "state", "unique"]
      : ["handle"],
    hasUniques: !isGeartrain && !isPerl,
  };
}

function totalsOf(rows: readonly FunctionFact[]): ToldTotals {
  const ended = rows.map(endedOf);
  const isTold = !ended.includes(undefined);
  const endedTotal = ended.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  return {
    functions: rows.length,
    functionsWithoutWorkers: rows.filter(isStuck).length,
    waiting: sumOf(rows, ({ waiting }) => waiting),
    running: sumOf(rows, ({ running }) => running),
    ...isTold && {
      submittedTotal: endedTotal + sumOf(rows, ({ jobs }) => jobs),
      endedTotal,
      failedTotal: sumOf(rows, ({ failed = 0, exception = 0 }) => failed + exception),
    },
  };
}

function sumOf<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + valueOf(item), 0);
}

/** How many jobs have ended; undefined if that is not told. */
function endedOf(fact: FunctionFact): number | undefined {
  const { completed, failed = 0, exception = 0, cancelled = 0, lost = 0 } = fact;
  const { abandoned = 0, refused = 0 } = fact;
  return completed === undefined
    ? undefined
    : completed + failed + exception + cancelled + lost + abandoned + refused;
}

/** What the API would tell of a function. */
export function functionAnswer(fact: FunctionFact): ToldFunction {
  const { function: name, jobs, waiting, running, workers, scheduled } = fact;
  const ended = endedOf(fact);
  return {
    name,
    jobs,
    waiting,
    running,
    workers,
    scheduled,
    paused: fact.paused,
    waitingHigh: fact.high,
    waitingNormal: fact.normal,
    waitingLow: fact.low,
    // Each job lives or has ended; one that joined another is none.
    submittedTotal: ended === undefined ? undefined : ended + jobs,
    completedTotal: fact.completed,
    failedTotal: fact.failed,
    exceptionTotal: fact.exception,
    cancelledTotal: fact.cancelled,
    lostTotal: fact.lost,
  };
}

/** What the API would tell of a connection. */
export function connectionAnswer(fact: ConnectionFact): ToldConnection {
  const { connection, clientId, functions, running, waitingFor, sleeping } = fact;
  return {
    id: connection.connection ?? 0,
    clientId: clientId === NONE ? "" : clientId,
    address: connection.address,
    role: roleOf(fact),
    functions,
    runningJobs: running,
    waitingFor,
    sleeping,
    quiet: fact.quiet,
  };
}

const NONE = "-";

/** What it is, as far as one can see; of gearmand and Perl's server one cannot see who is a client. */
function roleOf({ functions, running, waitingFor }: ConnectionFact): ToldConnection["role"] {
  const isWorker = functions.length > 0 || (running ?? 0) > 0;
  if (waitingFor === undefined) return isWorker ? "worker" : undefined;
  if (isWorker) return waitingFor > 0 ? "both" : "worker";
  return waitingFor > 0 ? "client" : "none";
}

/** A job, as it was at a moment. */
export function jobAnswer(fact: JobFact, at: number): ToldJob {
  const { age, due, bytes, numerator, denominator, worker, submitter, ...same } = fact;
  return {
    ...same as Pick<ToldJob, keyof typeof same>,
    submitted: age == null ? age : timeText(at - age),
    ageSeconds: age == null ? age : age / 1000,
    due: due === undefined ? undefined : timeTextOrNull(due),
    numerator: denominator === 0 ? null : numerator,
    denominator: denominator === 0 ? null : denominator,
    payloadBytes: bytes,
    submitter: peerAnswer(submitter),
    worker: peerAnswer(worker),
  };
}

function peerAnswer(peer: PeerFact | null | undefined): ToldPeer | null | undefined {
  if (peer == null) return peer;
  const address = peer.address === NONE ? null : peer.address;
  return { id: peer.connection, clientId: "", address };
}
