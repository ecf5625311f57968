/**
 * What the JSON API under `/api/v1` answers and takes: its shapes, for the server that makes them and
 * for the dashboard that shows them. Counts are exact, times are ISO 8601 strings, durations are in
 * seconds, sizes in bytes.
 *
 * Names and texts are strings. Where their bytes are no UTF-8, the string has `\xNN` for each byte
 * beyond ASCII, and the field of the same name with `Base64` behind it has the bytes; it is missing
 * otherwise. In URLs, names are percent-encoded, byte by byte if they are no UTF-8.
 *
 * @module
 */
import type { PauseAnswer } from "./pause_types.ts";

/** Names of priorities. */
export type PriorityText = "high" | "normal" | "low";

/** The state of a job; `ended` for those that are no longer live. */
export type JobStateText = "waiting" | "scheduled" | "running" | "storing" | "kept" | "ended";

/** How a job ended. */
export type OutcomeText =
  | "completed"
  | "failed"
  | "exception"
  | "cancelled"
  | "lost"
  | "abandoned"
  | "refused"
  | "damaged"
  | "expired"
  | "buried";

/** How a run of a job ended, or that it goes on. */
export type RunCauseText = OutcomeText | "running" | "timeout" | "retry";

/** A list in parts: `next` is the cursor of the next part, or null at the end. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** A part of a search, and how many of how many jobs were looked at for it. */
export interface SearchPage<Item> extends Page<Item> {
  readonly scanned: number;
  readonly of: number;
}

/** Error of the API, `application/problem+json`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
}

/** The store of the server. */
export interface StoreAnswer {
  readonly kind: string;
  readonly fileBytes?: number;
  /** How long the last commit took, in seconds. */
  readonly commitSeconds?: number;
  /** How many writes failed since the server started. */
  readonly errors: number;
}

/** The servers that share background jobs with this one. */
export interface ClusterAnswer {
  /** What the handles of its jobs begin with; empty until that is known. */
  readonly name: string;
  /** The queue that they share. */
  readonly queue: string;
  /** Why this server cannot reach it; null if it can. */
  readonly unreachable: string | null;
}

/** A warning or error that the server has logged. */
export interface LoggedText {
  readonly at: string;
  readonly level: "warn" | "error";
  readonly text: string;
}

/** `GET /api/v1/server` */
export interface ServerAnswer {
  readonly version: string;
  readonly commit: string | null;
  readonly uptimeSeconds: number;
  readonly pid?: number;
  readonly ready: boolean;
  /** Why it is not ready; null if it is. */
  readonly notReady: string | null;
  readonly connections: number;
  readonly workers: number;
  /** Workers that sleep until they are woken. */
  readonly sleeping: number;
  readonly functions: number;
  readonly jobs: number;
  readonly waiting: number;
  readonly scheduled: number;
  readonly running: number;
  readonly jobMemoryBytes: number;
  readonly memoryBytes: number;
  readonly eventLoopDelaySeconds: number;
  readonly store: StoreAnswer | null;
  /** Null for a server that shares its jobs with no others. */
  readonly cluster: ClusterAnswer | null;
  /** Are actions forbidden? */
  readonly readOnly: boolean;
  /** May payloads be read? */
  readonly payloads: boolean;
  readonly draining: boolean;
  /** The last of its warnings and errors, newest first; at most 50. */
  readonly warnings: readonly LoggedText[];
}

/** `GET /api/v1/servers` */
export interface ServersAnswer {
  readonly items: readonly ClusterServerAnswer[];
}

/** A server of a cluster. */
export interface ClusterServerAnswer {
  readonly name: string;
  /** Where its clients reach it; may be empty. */
  readonly address: string;
  readonly version: string;
  /** Is it the one that answers? */
  readonly isThis: boolean;
  /** Jobs that it has taken out of the queue, to run them. */
  readonly claimed: number;
  readonly workers: number;
  /** Since when nothing was heard of it; others give its jobs back after some seconds of that. */
  readonly silentSeconds: number;
}

/** A function as lists have it. */
export interface FunctionAnswer {
  readonly name: string;
  readonly nameBase64?: string;
  /** All its live jobs. */
  readonly jobs: number;
  readonly waiting: number;
  readonly waitingHigh: number;
  readonly waitingNormal: number;
  readonly waitingLow: number;
  readonly scheduled: number;
  readonly running: number;
  readonly workers: number;
  /** Its dead jobs, which do not live; `GET /api/v1/dead` lists them. */
  readonly dead: number;
  /** Age of the oldest job that waits for a worker; null if none does. */
  readonly oldestWaitingSeconds: number | null;
  /** With so many live jobs, of whatever priority, further ones of this one are refused; 0 is no limit. */
  readonly maxQueueHigh: number;
  readonly maxQueueNormal: number;
  readonly maxQueueLow: number;
  readonly submittedTotal: number;
  readonly startedTotal: number;
  readonly completedTotal: number;
  readonly failedTotal: number;
  readonly exceptionTotal: number;
  readonly lostTotal: number;
  readonly timedOutTotal: number;
  readonly cancelledTotal: number;
  readonly requeuedTotal: number;
  readonly refusedTotal: number;
  readonly coalescedTotal: number;
  /** Jobs in the last full minute. */
  readonly submittedPerMinute: number;
  readonly endedPerMinute: number;
  /** Seconds that jobs waited, and that runs took, over the last hour; null if there were none. */
  readonly waitP50: number | null;
  readonly waitP95: number | null;
  readonly waitP99: number | null;
  readonly runP50: number | null;
  readonly runP95: number | null;
  readonly runP99: number | null;
  /** Does no worker get its jobs, as somebody has ordered? */
  readonly paused: boolean;
  /** Who paused it, and why; null if it is not paused. */
  readonly pause: PauseAnswer | null;
  /** Jobs that ended in each of the last 60 minutes, oldest first; not in snapshots. */
  readonly endedByMinute?: readonly number[];
}

/** One minute of a function. */
export interface MinuteAnswer {
  readonly at: string;
  readonly submitted: number;
  readonly started: number;
  readonly completed: number;
  /** Jobs that ended by WORK_FAIL or WORK_EXCEPTION. */
  readonly failed: number;
  /** Those that ended otherwise: lost, cancelled, abandoned. */
  readonly lost: number;
  readonly waitP50: number | null;
  readonly waitP95: number | null;
  readonly waitP99: number | null;
  readonly runP50: number | null;
  readonly runP95: number | null;
  readonly runP99: number | null;
}

/** `GET /api/v1/functions/{name}` */
export interface FunctionDetailAnswer extends FunctionAnswer {
  /** The last 60 minutes, oldest first. */
  readonly minutes: readonly MinuteAnswer[];
  readonly workerList: readonly ConnectionAnswer[];
}

/** A sentence about a function or job, and the numbers in it. */
export interface ReasonAnswer {
  readonly code: string;
  readonly text: string;
  readonly numbers: Readonly<Record<string, number | string>>;
}

/** `GET /api/v1/functions/{name}/why` and `GET /api/v1/jobs/{handle}/why` */
export interface WhyAnswer {
  readonly function: string;
  readonly functionBase64?: string;
  readonly handle?: string;
  readonly reasons: readonly ReasonAnswer[];
}

/** A client or worker. */
export interface PeerAnswer {
  readonly id: number;
  readonly clientId: string;
  readonly clientIdBase64?: string;
  /** `127.0.0.1:52604`, `unix`; null if it disconnected long ago. */
  readonly address: string | null;
}

/** One run of a job. */
export interface RunAnswer {
  readonly worker: PeerAnswer;
  readonly started: string;
  /** Null while it runs. */
  readonly ended: string | null;
  readonly cause: RunCauseText;
}

/** A job as lists have it; that of `GET /api/v1/jobs/{handle}` is the same. */
export interface JobAnswer {
  readonly handle: string;
  readonly function: string;
  readonly functionBase64?: string;
  readonly unique: string;
  readonly uniqueBase64?: string;
  readonly state: JobStateText;
  readonly priority: PriorityText;
  readonly background: boolean;
  /** Null for one that was stored before this server started. */
  readonly submitted: string | null;
  readonly ageSeconds: number | null;
  /** When it is due; null if it does not wait for that. */
  readonly due: string | null;
  /** How many workers have lost it. */
  readonly losses: number;
  /** How many runs have failed. */
  readonly failures: number;
  /** Progress as its worker said it; null before that. */
  readonly numerator: number | null;
  readonly denominator: number | null;
  /** Null if the payload is in the store only. */
  readonly payloadBytes: number | null;
  /** How many clients wait for it. */
  readonly clients: number;
  readonly submitter: PeerAnswer | null;
  readonly worker: PeerAnswer | null;
  /** Name of the other server that has it, where servers share jobs; null if this one has it, or none. */
  readonly server: string | null;
  /** The last 20, oldest first. */
  readonly runs: readonly RunAnswer[];
  /** The last warning and the last data of its worker, at most 1,000 bytes. */
  readonly warning: string | null;
  readonly warningBase64?: string;
  readonly data: string | null;
  readonly dataBase64?: string;
  /** Of ended jobs only. */
  readonly outcome?: OutcomeText;
  readonly started?: string | null;
  readonly ended?: string;
  /** The last 1,000 bytes of its exception or warning. */
  readonly text?: string;
  readonly textBase64?: string;
  readonly resultBytes?: number;
}

/** A connection, in `GET /api/v1/connections`, `/workers` and `/clients`. */
export interface ConnectionAnswer extends PeerAnswer {
  readonly address: string;
  readonly role: "worker" | "client" | "both" | "none";
  /** What it can do, in the order it said so; `\xNN` for bytes of names that are no UTF-8. */
  readonly functions: readonly string[];
  /** Handles of the jobs that it runs. */
  readonly running: readonly string[];
  /** Since when it runs the oldest of them; null if it runs none. */
  readonly runningSince: string | null;
  /** How many jobs it waits for. */
  readonly waitingFor: number;
  readonly sleeping: boolean;
  /** Does it get no more jobs, as somebody has ordered? */
  readonly quiet: boolean;
  readonly jobsDone: number;
  /** How long ago its last packet came in. */
  readonly lastPacketSeconds: number;
  readonly connectedSeconds: number;
}

/**
 * What `GET /api/v1/jobs` and `POST /api/v1/jobs/cancel` choose jobs by: all that is given. Names are
 * meant exactly, but a `*` in one stands for any text.
 */
export interface JobFilter {
  readonly function?: string;
  readonly state?: JobStateText;
  readonly handle?: string;
  readonly unique?: string;
  /** Client id, address or number of the connection that submitted it. */
  readonly client?: string;
  /** Seconds since the submit at least. */
  readonly minAge?: number;
  /** Text in the first MiB of the payload. */
  readonly payload?: string;
}

/** Body of `POST /api/v1/jobs/cancel`; a dry run counts and cancels nothing. */
export interface CancelRequest extends JobFilter {
  readonly functionBase64?: string;
  readonly uniqueBase64?: string;
  readonly clientBase64?: string;
  readonly payloadBase64?: string;
  readonly dryRun: boolean;
}

/** The answer to {@linkcode CancelRequest}. */
export interface CancelAnswer {
  readonly matched: number;
  readonly cancelled: number;
}

/** Body of `PUT /api/v1/functions/{name}/max-queue`; 0 is no limit. */
export interface MaxQueueRequest {
  readonly high: number;
  readonly normal: number;
  readonly low: number;
}

/** Data of the event `snapshot` of `GET /api/v1/events`, once a second. */
export interface SnapshotAnswer {
  readonly at: string;
  readonly server: ServerAnswer;
  /**
   * The 200 functions with most to say: those with waiting jobs and no worker, then those with the
   * most waiting and running jobs.
   */
  readonly functions: readonly FunctionAnswer[];
  readonly totals: TotalsAnswer;
}

/** Sums over all functions. */
export interface TotalsAnswer {
  readonly functions: number;
  /** Functions with waiting jobs and no worker. */
  readonly functionsWithoutWorkers: number;
  readonly waiting: number;
  readonly running: number;
  readonly submittedTotal: number;
  readonly endedTotal: number;
  /** Jobs that ended by WORK_FAIL or WORK_EXCEPTION. */
  readonly failedTotal: number;
}
