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

/** What HTTP shows, and what it may do. */
export interface HttpParts {
  readonly router: Router;
  readonly server: ServerFacts;
  readonly options: HttpOptions;
  readonly clock: Clock;
  /** Told in one line of what went wrong here. */
  readonly report: (message: string) => void;
}
