/**
 * What a run of the checker has seen. Times are milliseconds since the Unix epoch, of one machine.
 *
 * @module
 */

/** A background submit. Its payload is like that of no other. */
export interface Submit {
  readonly payload: string;
  /** One client: it has one connection at a time, to one server. */
  readonly client: string;
  readonly server: string;
  readonly functionName: string;
  readonly unique: string;
  readonly priority: 0 | 1 | 2;
  /** 0: as soon as possible. */
  readonly due: number;
  readonly at: number;
  answer: Answer | null;
}

/** The handle that came, what the server refused it with, or how the connection broke. */
export type Answer =
  & { readonly at: number }
  & ({ readonly handle: string } | { readonly refused: string } | { readonly broken: string });

/** A call of the function `submit` of the database, in a transaction. */
export interface SqlSubmit {
  readonly payload: string;
  readonly functionName: string;
  readonly unique: string;
  readonly at: number;
  outcome: "committed" | "rolled back" | "unknown";
}

/** A worker has got a job. */
export interface Run {
  readonly handle: string;
  readonly payload: string;
  readonly functionName: string;
  readonly unique: string;
  readonly server: string;
  readonly at: number;
  /** The worker has said that it is completed or has failed; or its connection broke before. */
  end: { readonly at: number; readonly how: "completed" | "failed" | "broken" } | null;
}

/** Something that the database has seen. */
export type EngineChange =
  | { readonly what: "added" | "changed" | "removed"; readonly job: JobRow }
  /** A server begins a life. */
  | { readonly what: "born"; readonly owner: number; readonly server: string }
  | { readonly what: "died"; readonly owner: number };

/** What the database has seen, in its order; what was rolled back is not there. */
export type EngineEvent = EngineChange & { readonly at: number; readonly transaction: string };

/** A row of the table of jobs. */
export interface JobRow {
  readonly number: number;
  readonly owner: number | null;
  readonly functionName: string;
  /** Empty if nothing joins it. */
  readonly key: string;
  readonly payload: string;
  readonly priority: 0 | 1 | 2;
  readonly place: number;
  /** Does it wait for its time? */
  readonly isScheduled: boolean;
  readonly losses: number;
}

/** A question for a job. */
export interface Question {
  readonly handle: string;
  readonly server: string;
  readonly asked: number;
  readonly answered: number;
  readonly isKnown: boolean;
}

/** A server was told to stop when its jobs are done, and has ended by itself. */
export interface GracefulStop {
  readonly server: string;
  /** When it was started. */
  readonly started: number;
  readonly at: number;
}

/** A function was paused. */
export interface Pause {
  readonly functionName: string;
  /** Where that was ordered. */
  readonly server: string;
  /** When the order was answered, and when it was ordered that it ends. */
  readonly from: number;
  readonly until: number;
}

/** Something that the checker did to a server, or to the database. */
export interface Fault {
  /** The name of the server; null: the database. */
  readonly server: string | null;
  readonly what: string;
  readonly at: number;
  until: number | null;
}

/** All of it. */
export interface History {
  readonly faults: Fault[];
  readonly submits: Submit[];
  readonly sqlSubmits: SqlSubmit[];
  readonly runs: Run[];
  readonly engine: EngineEvent[];
  readonly questions: Question[];
  readonly gracefulStops: GracefulStop[];
  readonly pauses: Pause[];
  /** What is left at the end, when the servers have had time to do all. */
  rowsAtEnd: JobRow[];
  /** Servers that do not answer then. */
  readonly silentAtEnd: string[];
  /** What the others say that there is. */
  countsAtEnd: { readonly server: string; readonly functionName: string; readonly jobs: number }[];
}

/** One in which nothing has happened. */
export function emptyHistory(): History {
  return {
    faults: [],
    submits: [],
    sqlSubmits: [],
    runs: [],
    engine: [],
    questions: [],
    gracefulStops: [],
    pauses: [],
    rowsAtEnd: [],
    silentAtEnd: [],
    countsAtEnd: [],
  };
}
