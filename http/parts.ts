import type { Clock, Router } from "../router/mod.ts";

/** A secret that lets in who shows it. */
export interface HttpToken {
  /** The secret: at least 16 characters, none of them white space. */
  readonly token: string;
  /** May it only look, and order nothing? */
  readonly readOnly?: boolean;
  /** May it see payloads, though the server shows them to nobody else? */
  readonly payloads?: boolean;
}

/** How a server serves HTTP. */
export interface HttpOptions {
  /** Without any, everybody who can connect is let in. */
  readonly tokens: readonly HttpToken[];
  /** Is nothing ordered by HTTP, whoever asks? */
  readonly readOnly: boolean;
  /** May everybody who is let in see payloads? */
  readonly payloads: boolean;
  /** Names that clients may know this server by, besides its addresses and `localhost`. */
  readonly names: readonly string[];
  /** How many functions have metrics of their own. */
  readonly metricFunctions: number;
}

/** What is known of a server besides its router. */
export interface ServerFacts {
  /** Version of this package. */
  readonly version: string;
  /** Commit of a binary; empty if it is not known. */
  readonly commit: string;
  /** When the server was made, in milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** Output that peers have not read, in bytes; little of one peer does not count. */
  readonly unsentBytes: number;
  /** Its last warnings and errors, newest first; at most 50. */
  readonly warnings: readonly LoggedWarning[];
  /** Where jobs are kept; null if in memory only. */
  readonly store: StoreFacts | null;
  /** The servers that share background jobs with it; null if it shares them with none. */
  readonly cluster: ClusterFacts | null;
}

/** A warning or error of the log. */
export interface LoggedWarning {
  /** In milliseconds since the Unix epoch. */
  readonly at: number;
  readonly level: "warn" | "error";
  /** One line without control characters. */
  readonly text: string;
}

/** What is known of a store. */
export interface StoreFacts {
  /** Its name, such as `sqlite:queue.db`. */
  readonly name: string;
  /** Bytes that it takes on disk; null if it does not tell. */
  readonly bytes: number | null;
  /** How many batches were written. */
  readonly commits: number;
  /** Seconds that writing took, all together. */
  readonly commitSeconds: number;
  /** Seconds that the last batch took. */
  readonly lastCommitSeconds: number;
  /** How many jobs were written with them. */
  readonly jobs: number;
  /** How many batches could not be written. */
  readonly errors: number;
}

/** What is known of servers that share their background jobs. */
export interface ClusterFacts {
  /** The queue that they share, without a password, such as `postgres://db.example:5432/jobs`. */
  readonly queue: string;
  /** The same for all of them: what the handles of its jobs begin with. Empty until that is known. */
  readonly name: string;
  /** Why this server cannot reach the queue; null if it can. */
  readonly unreachable: string | null;
  /** How the engine below is, as far as this server has looked at it. */
  readonly health: readonly EngineFact[];
  /** The servers that are not known to be dead. Rejects when the queue cannot be reached. */
  servers(): Promise<readonly ClusterServer[]>;
  /** What there is of each function at all servers. May be a second old. Rejects likewise. */
  counts(): Promise<readonly ClusterCounts[]>;
}

/** A server of a cluster. */
export interface ClusterServer {
  readonly name: string;
  /** Where its clients reach it; may be empty. */
  readonly address: string;
  readonly version: string;
  /** Is it the one that is asked? */
  readonly isThis: boolean;
  /** How many jobs it has taken out of the queue, to run them. */
  readonly claimed: number;
  readonly workers: number;
  /** Milliseconds since it was seen alive last. */
  readonly silence: number;
}

/** A number for each priority. */
export type ByPriority = readonly [high: number, normal: number, low: number];

/** What there is of a function in a cluster. */
export interface ClusterCounts {
  readonly functionName: Uint8Array;
  /** Jobs that no server has yet. */
  readonly waiting: ByPriority;
  /** Jobs that wait for their time. */
  readonly scheduled: ByPriority;
  /** Jobs that a server has: they run there, or soon will. */
  readonly claimed: ByPriority;
  readonly workers: number;
  /** Jobs that workers run. */
  readonly running: number;
}

/** Something about the health of the engine below a shared queue. */
export interface EngineFact {
  /** A word for it, that ends with its unit. */
  readonly name: string;
  readonly value: number;
  /** What is wrong with it, in a sentence; null if nothing is. */
  readonly trouble: string | null;
}

/** What HTTP shows, and what it may do. */
export interface HttpParts {
  readonly router: Router;
  readonly server: ServerFacts;
  readonly options: HttpOptions;
  readonly clock: Clock;
  /** Told in one line of what went wrong here. */
  readonly report: (message: string) => void;
}
