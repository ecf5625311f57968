import type { LoadedJob, RecordChange, StoredJob } from "./store.ts";

/** 0 high, 1 normal, 2 low. */
export type SharedPriority = StoredJob["priority"];

/** What a server says of itself. A queue asks for it when it joins, and each second from then on. */
export interface QueueMember {
  /** What operators know it by, for example the name of its host; not empty, need not be unique. */
  readonly name: string;
  /** Where its clients reach it, for operators; may be empty. */
  readonly address: string;
  /** Its version. */
  readonly version: string;
  /** How many workers it has. */
  readonly workers: number;
}

/** What a shared queue says when it is open. */
export interface OpenedSharedQueue {
  /**
   * What the handles of its jobs begin with, up to their number: the same for all servers, for the life
   * of the queue.
   */
  readonly handleBase: string;
}

/** Numbers that no job has had, for one server alone: `first` and those behind it. */
export interface NumberBlock {
  /** The first of them. */
  readonly first: number;
  /** How many there are. */
  readonly count: number;
}

/** A background job that is to be shared. */
export interface NewSharedJob
  extends Pick<StoredJob, "number" | "functionName" | "unique" | "reducer" | "payload"> {
  /** 0 high, 1 normal, 2 low. */
  readonly priority: SharedPriority;
  /** When it is to run, in milliseconds since the Unix epoch; 0 as soon as possible. */
  readonly due: number;
  /** How long it may wait since it could run first, in milliseconds; 0 for ever. */
  readonly ttl: number;
  /** How many runs it may have, as its client said; 0 if it said nothing. */
  readonly attempts: number;
  /** Is it to belong to the server that adds it from the start? Never one that is due later. */
  readonly isOurs: boolean;
}

/**
 * What became of an added job. It is stored under its number, and belongs to this server if it is
 * `ours`, which only one is that was to be; or a live job of the same function has its unique already,
 * or its payload if the unique is `-`, and `joined` is the number of that one. An empty unique, and the
 * unique `-` of an empty payload, join nothing.
 */
export type Added = "ours" | "stored" | { readonly joined: number };

/**
 * Jobs of one function and priority are wanted: `most` of them at most, less those that an earlier wish
 * for the same function has brought in the same claim.
 */
export interface Wish {
  /** Name of the function. */
  readonly functionName: Uint8Array;
  /** 0 high, 1 normal, 2 low. */
  readonly priority: SharedPriority;
  /** How many are wanted of the function, at most. */
  readonly most: number;
}

/** A job that belongs to this server from now on, until it ends, is given back, or is taken away. */
export interface ClaimedJob extends
  Pick<
    StoredJob,
    | "number"
    | "functionName"
    | "unique"
    | "reducer"
    | "payload"
    | "priority"
    | "losses"
    | "failures"
    | "error"
    | "runs"
  > {
  /** How many runs it may have, as its client said; 0 if it said nothing. */
  readonly attempts: number;
  /** So many milliseconds more it may wait, by the clock of the engine; null if for ever. */
  readonly timeLeft: number | null;
  /** Milliseconds since it was submitted, by the clock of the engine. */
  readonly age: number;
  /** Milliseconds since it could run for the first time: since then, or since the time that it had. */
  readonly wait: number;
}

/** What a claim brought. */
export interface Claim {
  /** What belongs to this server now, in the order of the wishes. */
  readonly jobs: readonly ClaimedJob[];
  /** Of which wishes, by their index, there may be more jobs; those not looked at are among them. */
  readonly more: readonly number[];
}

/** What has changed of a job that belongs to this server. */
export interface SharedJobChange
  extends Pick<StoredJob, "number" | "priority" | "losses" | "failures" | "error" | "runs"> {}

/** A job that does not belong to this server any more, and waits for any. */
export interface GivenBack extends SharedJobChange {
  /**
   * When it is to run, in milliseconds since the Unix epoch. 0: now, and it stands where it stood
   * before it was claimed; one that is due later stands behind all others of its priority then.
   */
  readonly due: number;
  /** Does it stand behind all others of its priority? */
  readonly isLast: boolean;
}

/** What the workers of a server can do. */
export interface Demand {
  /** Name of the function. */
  readonly functionName: Uint8Array;
  /** How many of its workers have the ability; 0: none any more. */
  readonly workers: number;
  /** How many jobs of the function they run. */
  readonly running: number;
  /**
   * It is told at once when others make jobs of the function ready that have this priority or a higher
   * one: -1 of none, 0 of high ones only, 2 of all. It may be told of more.
   */
  readonly hungry: -1 | 0 | 1 | 2;
}

/** What there is of a function in the whole queue, by priority. May be a second old. */
export interface QueueCounts {
  /** Name of the function. */
  readonly functionName: Uint8Array;
  /** Ready jobs that belong to no server. */
  readonly waiting: readonly [number, number, number];
  /** Jobs that wait for their time. */
  readonly scheduled: readonly [number, number, number];
  /** Jobs that belong to a server: they run there, or soon will. */
  readonly claimed: readonly [number, number, number];
  /** Workers at all servers, and jobs that they run. */
  readonly workers: number;
  /** How many jobs workers of all servers run. */
  readonly running: number;
  /** The limits that were set; zeros without. */
  readonly maxQueue: readonly [high: number, normal: number, low: number];
}

/** A live background job of the queue, to look at. */
export interface SharedJobView
  extends Omit<ClaimedJob, "payload" | "error" | "wait" | "runs" | "attempts" | "timeLeft"> {
  /** Length of its payload in bytes. */
  readonly payloadLength: number;
  /** `claimed` belongs to a server, and may run there. */
  readonly state: "waiting" | "scheduled" | "claimed";
  /** When it is to run, in milliseconds since the Unix epoch; 0 if it has no time. */
  readonly due: number;
  /** Has its server said that a worker has it? */
  readonly isRunning: boolean;
  /** So many ... */
  readonly numerator: number;
  /** ... of so many, as its worker last said; 0 before it said anything. */
  readonly denominator: number;
  /** Name of the server that has it; null if none has. */
  readonly server: string | null;
}

/** Which jobs of the queue are to be listed. */
export interface SharedJobFilter {
  /** Jobs of this function. */
  readonly functionName?: Uint8Array;
  /** Jobs in this state. */
  readonly state?: SharedJobView["state"];
  /** Jobs with this unique. */
  readonly unique?: Uint8Array;
}

/** A server of the queue, to look at, as it was a second ago. */
export interface SharedServerView extends QueueMember {
  /** Is it this one? */
  readonly isThis: boolean;
  /** How many jobs belong to it. */
  readonly claimed: number;
  /** Milliseconds since it was seen alive last. */
  readonly silence: number;
}

/** Something about the health of the engine below a shared queue. */
export interface QueueHealth {
  /** A word for it, for metrics and programs, that ends with its unit: `dead_rows`. */
  readonly name: string;
  /** What it is, for people. */
  readonly text: string;
  /** How much it is. */
  readonly value: number;
  /** What is wrong with it, in a sentence; null if nothing is. */
  readonly trouble: string | null;
}

/** A job that no worker gets, that nobody joins, and that does not live; without its payload. */
export type DeadSharedJob = Omit<LoadedJob, "payload" | "due" | "state">;

/** What has changed of the records of a queue, and of its dead jobs. */
export interface ChangedRecords {
  /** Who has seen these has seen all up to here. */
  readonly until: number;
  /** In the order in which they were written; each is there once, as it was written last. */
  readonly records: readonly RecordChange[];
  /** Those that have died. */
  readonly dead: readonly DeadSharedJob[];
  /** The numbers of those that live again, or are gone. */
  readonly notDead: readonly number[];
}

/** What a shared queue tells by itself. */
export interface QueueListener {
  /** There may be jobs for this server now: of these functions, or of any if there is no name. */
  work(functionNames: readonly Uint8Array[]): void;
  /** Another server cancels a job that belongs to this one. */
  cancel(number: number): void;
  /** Another server wants a job that belongs to this one to be dead. */
  bury(number: number): void;
  /**
   * This server was declared dead, or found out that it must have been: nothing belongs to it any more,
   * all that it had goes to others, as lost once more. It is a new member from now on, with the demand
   * of the old one. What calls that were made before answer afterwards holds for the new one: of a claim
   * that was under way nothing comes, and an added job is `ours` only if it belongs to the new member.
   */
  lost(): void;
  /** A limit was set, or a function dropped, perhaps by another server. */
  functionsChanged(): void;
  /** Records have changed: {@linkcode SharedQueue.records} has them. */
  recordsChanged(): void;
  /** It cannot be reached, and says why; or it can again: null. */
  reachable(error: Error | null): void;
  /** One line about the health of the engine or of other servers, for the log. */
  report(level: "ERROR" | "WARNING" | "NOTICE", message: string): void;
}

/**
 * One queue of background jobs for several servers. A job belongs to no server or to one; nothing is
 * done with a job that was not claimed, and an owner that was declared dead cannot do anything with
 * what it had any more. It is written down before a promise resolves.
 *
 * `takeNumbers`, `end`, `giveBack`, `change`, `bury`, `demand` and `writeRecords` are repeated by the queue itself until it is
 * certain what became of them, however long it cannot be reached; they reject with a `StoreError` only
 * when it is closed before. All others reject with one when it cannot be reached. All implementations
 * pass the same tests (`tests/store/shared_queue_contract.ts`).
 */
export interface SharedQueue {
  /** How the engine is, as far as it was looked at within the last seconds; left out by one without. */
  readonly health?: readonly QueueHealth[];
  /** What operators know it by, without a password: `postgres://queue.example:5432/jobs`. */
  readonly name: string;
  /**
   * Asked for first. It resolves when the queue can be used, however long that takes.
   *
   * @throws {StoreError} when it never will: the password is wrong, its tables are of a newer version.
   */
  open(member: QueueMember, listener: QueueListener): Promise<OpenedSharedQueue>;
  /** A block of numbers for this server. */
  takeNumbers(): Promise<NumberBlock>;
  /**
   * Adds jobs, whose uniques differ within a function, and says what became of each, in their order. It
   * is one transaction: all or none. Their bytes are copied before this returns its promise: they may
   * change from then on.
   *
   * @param timeout in milliseconds.
   * @throws {StoreError} when that was not certain within the time, or the engine refuses them. What
   * turns out to have been written nevertheless is taken out again, unless another server has it already.
   */
  add(jobs: readonly NewSharedJob[], timeout: number): Promise<readonly Added[]>;
  /**
   * Claims ready jobs: all that there are of the first wish, as many as it wants, then of the next one,
   * until there are `most` of them or their payloads are longer than `payloadBytes` together. Those of
   * one wish come in the order of their places in the queue.
   *
   * @throws {StoreError} when the queue cannot be reached; nothing is claimed then, or it is given back.
   */
  claim(wishes: readonly Wish[], most: number, payloadBytes: number): Promise<Claim>;
  /**
   * Claims the job of a function that a job with this unique would join, if it is ready and belongs to
   * nobody.
   *
   * @throws {StoreError} when the queue cannot be reached; nothing is claimed then, or it is given back.
   */
  claimByUnique(
    functionName: Uint8Array,
    unique: Uint8Array,
    payload: Uint8Array,
  ): Promise<ClaimedJob | null>;
  /**
   * Claims jobs that have waited for as long as they may, those too that wait for their time.
   *
   * @throws {StoreError} when the queue cannot be reached; nothing is claimed then, or it is given back.
   */
  claimExpired(most: number): Promise<readonly ClaimedJob[]>;
  /** These jobs of this server have ended. Resolves with those that did not belong to it any more. */
  end(numbers: readonly number[]): Promise<readonly number[]>;
  /** These jobs are to belong to this server no more; those that do not anyway are left out. */
  giveBack(jobs: readonly GivenBack[]): Promise<void>;
  /** Jobs of this server have changed; those that do not belong to it any more are left out. */
  change(changes: readonly SharedJobChange[]): Promise<void>;
  /** These jobs of this server are dead from now on; those that do not belong to it any more are left out. */
  bury(changes: readonly SharedJobChange[]): Promise<void>;
  /**
   * Claims a job that belongs to nobody, whether it is ready or waits for its time; null if there is none.
   *
   * @throws {StoreError} when the queue cannot be reached; nothing is claimed then, or it is given back.
   */
  claimNumber(number: number): Promise<ClaimedJob | null>;
  /** Tells the server that a job belongs to that it is to be dead; nothing is promised. */
  askToBury(number: number): Promise<void>;
  /**
   * Dead jobs live again, behind all others of their priority, without losses and failures; those whose
   * unique a live job has stay dead.
   *
   * @param ttl how long they may wait from then on, in milliseconds; 0 for ever.
   * @returns those that live again.
   */
  kick(numbers: readonly number[], ttl: number): Promise<readonly number[]>;
  /** Dead jobs are gone for good. Returns those that there were. */
  dropDead(numbers: readonly number[]): Promise<readonly number[]>;
  /**
   * How far running jobs are. Kept in memory and written at most once a second; nothing is promised.
   *
   * @param isRunning has a worker the job?
   */
  progress(number: number, isRunning: boolean, numerator: number, denominator: number): void;
  /** What the workers of this server can do has changed. Resolves when other servers know. */
  demand(demands: readonly Demand[]): Promise<void>;
  /** Sets the limits of a function; three zeros: none. */
  setMaxQueue(
    functionName: Uint8Array,
    limits: readonly [high: number, normal: number, low: number],
  ): Promise<void>;
  /** Forgets a function that has no jobs and no workers anywhere; false if it has. */
  dropFunction(functionName: Uint8Array): Promise<boolean>;
  /**
   * Writes records; the last one who writes one is right. Resolves when all servers that live have said by
   * {@linkcode tookRecords} that they know; one that does not is declared dead within that time, or it is
   * waited for during ten seconds.
   */
  writeRecords(records: readonly RecordChange[]): Promise<void>;
  /**
   * What has become of records and dead jobs after this change; with 0 all that there are.
   *
   * @throws {StoreError} when the queue cannot be reached.
   */
  records(since: number): Promise<ChangedRecords>;
  /** This server acts by all records up to this change. */
  tookRecords(until: number): void;
  /** What there is of each function. May be a second old. */
  counts(): Promise<readonly QueueCounts[]>;
  /** The live job with this number. */
  find(number: number): Promise<SharedJobView | null>;
  /** The newest live job with this unique, of whatever function; none has the unique `-`. */
  findByUnique(unique: Uint8Array): Promise<SharedJobView | null>;
  /** The payload of a live job, or null if there is no such job. */
  payload(number: number): Promise<Uint8Array | null>;
  /** Live jobs that pass the filter, with numbers above `after`, in their order, at most `count`. */
  list(filter: SharedJobFilter, after: number, count: number): Promise<readonly SharedJobView[]>;
  /**
   * Ends jobs, whoever has them: their servers are told, and are waited for.
   *
   * @returns those that there were, and that are gone now.
   */
  cancel(numbers: readonly number[]): Promise<readonly number[]>;
  /** Moves a job that belongs to nobody to the end of the queue of another priority. */
  reprioritize(number: number, priority: SharedPriority): Promise<boolean>;
  /** The servers of the queue that are not known to be dead. */
  servers(): Promise<readonly SharedServerView[]>;
  /**
   * Lets go of it. What still belongs to this server is given back as it was: neither failures nor
   * losses are counted. Calls that are under way are waited for.
   *
   * @param timeout in milliseconds: after that it stops waiting, also for the engine. Calls that are
   * under way then reject with a `StoreError`; what belonged to this server is lost once others see that
   * it is gone.
   */
  close(timeout: number): Promise<void>;
}
