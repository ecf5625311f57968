/** What a server tells, and what it does not. */
export interface Told<Fact> {
  /** A row for each thing that was listed. */
  readonly rows: readonly Fact[];
  /** What the server does not tell, in words; null if it tells all. */
  readonly untold: string | null;
}

/** The most live jobs of a function, by priority; 0 is no limit. */
export interface QueueLimit {
  /** Its name. */
  readonly function: string;
  /** The most live jobs of high priority; 0 is no limit. */
  readonly high: number;
  /** The most live jobs of normal priority; 0 is no limit. */
  readonly normal: number;
  /** The most live jobs of low priority; 0 is no limit. */
  readonly low: number;
}

/** That no worker gets the jobs of a function, and why. */
export interface PauseFact {
  /** Its name; it need not exist. */
  readonly function: string;
  /** Since when, in milliseconds since the Unix epoch. */
  readonly since: number;
  /** Until when, likewise; null until somebody resumes it. */
  readonly until: number | null;
  /** Who paused it, in words. */
  readonly by: string;
  /** Why; empty if nothing was said. */
  readonly reason: string;
}

/** What geartrain tells of a dead job: one that has failed for good, or was buried. */
export interface DeadJobFact {
  /** Its handle. */
  readonly handle: string;
  /** Its function. */
  readonly function: string;
  /** Its unique; empty without one. */
  readonly unique: string;
  /** When it died, in milliseconds since the Unix epoch. */
  readonly died: number;
  /** How many workers have lost it. */
  readonly losses: number;
  /** How many of its runs have failed. */
  readonly failures: number;
  /** Length of its payload. */
  readonly bytes: number;
  /** How its last run failed: `fail`, `exception`, `timeout`, `lost`; or `buried`, or `expired`. Null if unknown. */
  readonly cause: string | null;
  /** Who ran it last, or who buried it; null if unknown. */
  readonly worker: string | null;
  /** What the worker said; null if nothing. */
  readonly text: string | null;
}

/** The result of a background job, which geartrain keeps for a time. */
export interface ResultFact {
  /** Function of the job. */
  readonly function: string;
  /** When the job ended, in milliseconds since the Unix epoch. */
  readonly ended: number;
  /** Until when its result is kept, likewise. */
  readonly until: number;
  /** What its worker sent. */
  readonly data: Uint8Array;
}

/** What a server tells of a function. */
export interface FunctionFact {
  /** Its name; geartrain writes control characters as `%0A`. */
  readonly function: string;
  /** Jobs that live: waiting, scheduled and running ones. */
  readonly jobs: number;
  /** Jobs that wait for a worker; includes scheduled ones if the server does not tell them apart. */
  readonly waiting: number;
  /** Waiting jobs of high priority. */
  readonly high?: number;
  /** Those of normal priority. */
  readonly normal?: number;
  /** Those of low priority. */
  readonly low?: number;
  /** Jobs that wait for their due time. */
  readonly scheduled?: number;
  /** Jobs that workers run. */
  readonly running: number;
  /** Workers that can do it. */
  readonly workers: number;
  /** Does no worker get its jobs, as somebody has ordered? */
  readonly paused?: boolean;
  /** Jobs that completed since the function was made. */
  readonly completed?: number;
  /** Jobs whose worker said that they failed. */
  readonly failed?: number;
  /** Jobs whose worker sent an exception. */
  readonly exception?: number;
  /** Jobs that were cancelled or purged. */
  readonly cancelled?: number;
  /** Jobs that lost as many workers as they may. */
  readonly lost?: number;
  /** Foreground jobs that nobody waited for any more. */
  readonly abandoned?: number;
  /** Background jobs that could not be stored. */
  readonly refused?: number;
}

/** A client or worker in the listings of jobs and connections: `7@127.0.0.1:52604`. */
export interface PeerFact {
  /** Number of its connection. */
  readonly connection?: number;
  /** `-` when it has gone long ago. */
  readonly address: string;
}

/** What a server tells of a job. */
export interface JobFact {
  /** Its handle. */
  readonly handle?: string;
  /** Name of its function. */
  readonly function?: string;
  /** Its unique. */
  readonly unique?: string;
  /** `waiting`, `scheduled`, `running`, `storing` or `kept`. */
  readonly state?: string;
  /** `high`, `normal` or `low`. */
  readonly priority?: string;
  /** Must it run even if no client waits for it? */
  readonly background?: boolean;
  /** Milliseconds since its submit; null if that is not known. */
  readonly age?: number | null;
  /** When it is due, in milliseconds since the Unix epoch; null if it does not wait for that. */
  readonly due?: number | null;
  /** How many workers have lost it. */
  readonly losses?: number;
  /** How many of its runs have failed. */
  readonly failures?: number;
  /** How far it is, as its worker said: so many ... */
  readonly numerator?: number;
  /** ... of so many. */
  readonly denominator?: number;
  /** Size of its payload in bytes; null if the payload is on disk only. */
  readonly bytes?: number | null;
  /** How many clients wait for it. */
  readonly clients?: number;
  /** Who submitted it. */
  readonly submitter?: PeerFact | null;
  /** Who runs it. */
  readonly worker?: PeerFact | null;
}

/** What a server tells of a connection. */
export interface ConnectionFact {
  /** Its number, and where it comes from. */
  readonly connection: PeerFact;
  /** `-` if it has given itself none. */
  readonly clientId: string;
  /** How many jobs it runs. */
  readonly running?: number;
  /** How many jobs it waits for. */
  readonly waitingFor?: number;
  /** Does it sleep until there is work? */
  readonly sleeping?: boolean;
  /** Does it get no more jobs, as somebody has ordered? */
  readonly quiet?: boolean;
  /** What it can do. */
  readonly functions: readonly string[];
}

/** What geartrain tells of a server that shares its background jobs with others. */
export interface ServerFact {
  /** What operators know it by; not two servers need have different ones. */
  readonly server: string;
  /** Where its clients reach it; null if it does not say. */
  readonly address: string | null;
  /** Its version. */
  readonly version: string;
  /** Is it the one that was asked? */
  readonly isThis: boolean;
  /** How many jobs it has taken out of the queue, to run them. */
  readonly claimed: number;
  /** How many workers it has. */
  readonly workers: number;
  /** Milliseconds since it was seen alive last. */
  readonly silence: number;
}

/** What geartrain tells of a schedule. Times are milliseconds since the Unix epoch. */
export interface ScheduleFact {
  /** Its name, or its handle if a client has made it. */
  readonly schedule: string;
  /** Does it not run, on somebody's order? */
  readonly paused: boolean;
  /** When it runs next; null if it does not. */
  readonly next: number | null;
  /** The time of its last run; null if it has not run. */
  readonly last: number | null;
  /** How the job of that run ended, `skipped` or `refused`; null while it has not ended. */
  readonly outcome: string | null;
  /** The handle of that job; null if there is none. */
  readonly handle: string | null;
  /** What its jobs are. */
  readonly function: string;
  /** Its cron expression, or `every 900s`. */
  readonly times: string;
  /** Its time zone. */
  readonly timezone: string;
  /** Who made it: `configuration`, `operator` or `client`. */
  readonly origin: string;
}

/** A reason why jobs do not run, or what has become of one. */
export interface Reason {
  /** Which reason it is, for programs: `no_worker`, `all_workers_busy`, `ended`; docs/admin.md has all. */
  readonly code: string;
  /** The same for people: a sentence in English. */
  readonly text: string;
  /** The numbers and names in it; times are milliseconds since the Unix epoch, durations seconds. */
  readonly numbers: Readonly<Record<string, number | string>>;
}

/** Which jobs are meant: those to which all of it applies. */
export interface JobSelection {
  /** Jobs of this function. */
  readonly function?: string;
  /** Jobs with this unique. */
  readonly unique?: string;
  /** Jobs in this state; see {@linkcode JobFact}. */
  readonly state?: string;
  /** Jobs that this client submitted: number of its connection, address or client id. */
  readonly submitter?: string;
  /** Jobs that this worker runs, likewise. */
  readonly worker?: string;
  /** So many at most. */
  readonly limit?: number;
}
