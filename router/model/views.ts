import type { PeerAddress } from "./link.ts";

/**
 * A job as a program sees it: what it reads is as of now. Each text and the payload cost a conversion;
 * those that were read stay as they are, also after the end of the job.
 */
export interface JobView {
  /** Its handle, for example `H:web1:76453829112400000000000007`. */
  readonly handle: string;
  /** Name of its function. */
  readonly functionName: string;
  /** Its unique as submitted; `""` without one. */
  readonly unique: string;
  /** Its reducer; `""` without one. */
  readonly reducer: string;
  /**
   * Its payload: a view, not to be changed. One of more than 1 KiB may be gone when the job has ended,
   * unless it was looked at before. One that is in the store only is read there, each time, is gone
   * with the job, and throws a `StoreError` when it cannot be read.
   */
  readonly payload: Uint8Array;
  /** Its priority, that of the first submit. */
  readonly priority: "high" | "normal" | "low";
  /** Must it run even if no client waits for it? */
  readonly background: boolean;
  /** When it is due, in milliseconds since the Unix epoch; null if that is not to be waited for. */
  readonly due: number | null;
  /** Is a worker running it? */
  readonly isRunning: boolean;
  /** Has it ended? */
  readonly isFinished: boolean;
  /** Number of the connection that submitted it; 0 for a program, and for a job from the store. */
  readonly submitter: number;
  /** Who runs it. */
  readonly worker: PeerView | null;
  /** How many submits wait for it: a client that joined it again counts again. */
  readonly subscriberCount: number;
  /** How many workers have lost it. */
  readonly losses: number;
  /** How many of its runs have failed. */
  readonly failures: number;
  /** How far it is, as its worker last said: so many ... */
  readonly numerator: number;
  /** ... of so many; 0 before it said anything. */
  readonly denominator: number;
}

/** A client, a worker, or both at once, as a program sees it. */
export interface PeerView {
  /** Number of its connection, never used again in the life of the server. */
  readonly id: number;
  /** The address of the other end. */
  readonly peer: PeerAddress;
  /** Its client id, `"-"` without one. */
  readonly clientIdText: string;
  /** Names of the functions it can do, in the order it said so. */
  readonly abilityNames: string[];
  /** Is it gone? */
  readonly isClosed: boolean;
  /** Does it sleep until there is work for it? */
  readonly isSleeping: boolean;
}
