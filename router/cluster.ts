import type { ProtocolError } from "../protocol/mod.ts";
import type { SharedJobFilter, SharedJobView, SharedServerView } from "../store/shared_queue.ts";
import type { FunctionQueue } from "./model/function_queue.ts";
import type { Job } from "./model/job.ts";
import type { PriorityIndex } from "./model/job_state.ts";
import type { Peer } from "./model/peer.ts";

/**
 * The other servers with which a router shares its background jobs, as the router sees them: it tells
 * what its workers can do and want, and what comes is taken in by {@linkcode Router.intake}. Beside it
 * stands the {@linkcode Durability} that writes the jobs.
 */
export interface Cluster {
  /** Why no new background job is taken; null if they are. */
  readonly refusal: ProtocolError | null;
  /** Why this server does not serve its part of the cluster; null if it does. */
  readonly notReady: string | null;
  /** May one that is submitted in the background be one with this live job? */
  mayJoin(job: Job): boolean;
  /**
   * A foreground job with a key is new. May a job with its key wait where servers share them? Then that
   * one is asked for, and the job is being written until the answer comes.
   */
  asksFor(job: Job): boolean;
  /** A worker is about to get a job: what may be another server's by now must not be here any more. */
  starting(): void;
  /** There is no job here for a worker that wants one. */
  wanted(worker: Peer): void;
  /** Workers may have jobs of a function again. */
  opened(func: FunctionQueue): void;
  /** A worker wants no job for now. */
  unwanted(worker: Peer): void;
  /** A worker got a job. */
  started(worker: Peer, job: Job): void;
  /** A worker can do a function that it could not do. */
  abilityAdded(worker: Peer, func: FunctionQueue): void;
  /** A worker cannot do a function any more. */
  abilityRemoved(worker: Peer, func: FunctionQueue): void;
  /** All abilities of a worker are about to be taken away. */
  abilitiesRemoved(worker: Peer): void;
  /** A worker said how far its job is. */
  progressed(job: Job): void;
  /** The router takes no more work from others: it is to stop when what it has is done. */
  stopping(): void;

  // What all servers have together. Each answer comes once, by `tell`, or by `fail` if there is none.

  /** The live job with this number. */
  find(number: number, tell: Tell<SharedJobView | null>, fail: Fail): void;
  /** The newest live job with this unique, of whatever function. */
  findByUnique(unique: Uint8Array, tell: Tell<SharedJobView | null>, fail: Fail): void;
  /** The payload of a live job; null if there is no such job. */
  payload(number: number, tell: Tell<Uint8Array | null>, fail: Fail): void;
  /** Live jobs with numbers above `after`, in their order, at most `count`. */
  list(
    filter: SharedJobFilter,
    after: number,
    count: number,
    tell: Tell<readonly SharedJobView[]>,
    fail: Fail,
  ): void;
  /** Ends jobs, whoever has them; tells which of them there were. */
  cancel(numbers: readonly number[], tell: Tell<readonly number[]>, fail: Fail): void;
  /**
   * A job that is not this router's is to be dead. Tells the job if it has come here for that, and is to be
   * buried here; else whether its server has buried it, or, with null, that there is no such job.
   */
  bury(number: number, tell: Tell<Job | boolean | null>, fail: Fail): void;
  /** Dead jobs live again, for so long if that is not 0; tells which of them do. */
  kick(numbers: readonly number[], ttl: number, tell: Tell<readonly number[]>, fail: Fail): void;
  /** Moves a job that no server has to another priority; tells whether there was one. */
  reprioritize(number: number, priority: PriorityIndex, tell: Tell<boolean>, fail: Fail): void;
  /** Forgets a function and its limit; tells false if some server has jobs or workers of it. */
  dropFunction(name: Uint8Array, tell: Tell<boolean>, fail: Fail): void;
  /** The servers that live. */
  servers(tell: Tell<readonly SharedServerView[]>, fail: Fail): void;
}

/** Takes an answer. */
export type Tell<Answer> = (answer: Answer) => void;

/** Told why there is no answer. */
export type Fail = (why: ProtocolError) => void;
