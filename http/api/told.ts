/**
 * What `geartrain dash` answers of a server of any kind: the shapes of `types.ts`, in which what the
 * server does not tell is missing. The page of the dashboard takes these, so that it is one for both.
 *
 * @module
 */
import type { DeadJobAnswer } from "./dead_types.ts";
import type { ScheduleAnswer, ScheduleRunAnswer } from "./schedule_types.ts";
import type {
  ConnectionAnswer,
  FunctionAnswer,
  JobAnswer,
  JobFilter,
  MinuteAnswer,
  Page,
  PeerAnswer,
  SearchPage,
  ServerAnswer,
  TotalsAnswer,
} from "./types.ts";

/** Some fields are there in any case, the others if they are told. */
type Told<Answer, Always extends keyof Answer> = Pick<Answer, Always> & Partial<Answer>;

/** What the API tells of a function. */
export type ToldFunction = Told<
  FunctionAnswer,
  "name" | "jobs" | "waiting" | "running" | "workers"
>;

/** A function with its workers, and perhaps its last hour. */
export type ToldFunctionDetail = ToldFunction & {
  readonly minutes?: readonly MinuteAnswer[];
  readonly workerList: readonly ToldConnection[];
};

/** A client or worker; some servers name its address only. */
export type ToldPeer = Told<PeerAnswer, "clientId" | "address">;

/** What the API tells of a connection. */
export type ToldConnection =
  & Told<ConnectionAnswer, "id" | "clientId" | "address" | "functions">
  & {
    /** How many jobs it runs, if it is not told which. */
    readonly runningJobs?: number;
  };

/** A job: of some servers there is nothing but the handle, of others all but the handle. */
export type ToldJob = Partial<Omit<JobAnswer, "submitter" | "worker">> & {
  readonly submitter?: ToldPeer | null;
  readonly worker?: ToldPeer | null;
};

/** Jobs that were found. */
export type ToldJobs =
  & Page<ToldJob>
  & Partial<SearchPage<ToldJob>>
  & {
    /** Are there more, which cannot be asked for? */
    readonly isCut?: boolean;
  };

/** Dead jobs; of each, the last run alone may be told. */
export type ToldDead = Page<DeadJobAnswer> & {
  /** Are there more, which cannot be asked for? */
  readonly isCut?: boolean;
};

/** What the API tells of a schedule; the last of its runs alone may be told. */
export type ToldSchedule =
  & Told<
    Omit<ScheduleAnswer, "runs">,
    "name" | "function" | "cron" | "everySeconds" | "timezone" | "origin" | "paused" | "next"
  >
  & { readonly runs: readonly Pick<ScheduleRunAnswer, "time" | "handle" | "outcome">[] };

/** A job of which the server tells nothing but its unique. */
export interface ToldUnique {
  readonly unique: string;
}

/** Sums over all functions. */
export type ToldTotals = Told<
  TotalsAnswer,
  "functions" | "functionsWithoutWorkers" | "waiting" | "running"
>;

/** What the API tells of the server. */
export type ToldServer =
  & Told<
    ServerAnswer,
    "version" | "connections" | "workers" | "jobs" | "waiting" | "running" | "readOnly" | "payloads"
  >
  & {
    /** Of a server that another process watches by its text commands. */
    readonly watched?: WatchedAnswer;
  };

/** Which server is watched, and what it can be asked. */
export interface WatchedAnswer {
  /** Its address as it was given: `jobs1:4730`. */
  readonly address: string;
  /** Is it a geartrain, which tells much more than others? */
  readonly isGeartrain: boolean;
  /** What it does not tell of functions, in words; null if it tells all. */
  readonly untold: string | null;
  /** What jobs can be searched by. */
  readonly jobFilters: readonly (keyof JobFilter)[];
  /** Does it tell the uniques of jobs apart from their handles, at `/uniques`? */
  readonly hasUniques: boolean;
}

/** Data of the event `snapshot`. */
export interface ToldSnapshot {
  readonly at: string;
  readonly server: ToldServer;
  readonly functions: readonly ToldFunction[];
  readonly totals: ToldTotals;
}

/** Data of the event `gone`: the server that is watched does not answer. */
export interface GoneAnswer {
  /** In sentences: why, and when it is asked again. */
  readonly text: string;
}
