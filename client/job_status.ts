import { count, type ReceivedPacket } from "./replies.ts";

/** What a server knows of a job. */
export interface JobStatus {
  /** Does it wait or run? Jobs that are done are not known any more. */
  readonly known: boolean;
  /** Does a worker do it? */
  readonly running: boolean;
  /** How far it is, as its worker said: so many ... */
  readonly numerator: number;
  /** ... of so many; 0 before it said anything. */
  readonly denominator: number;
}

/** What a server knows of the job with a unique. */
export interface UniqueStatus extends JobStatus {
  /** How many submits wait for its result. */
  readonly clients: number;
}

/** Reads STATUS_RES. */
export function statusOf({ args: [, ...rest] }: ReceivedPacket): JobStatus {
  const [known, running, numerator, denominator] = rest.map(count);
  return { known: known > 0, running: running > 0, numerator, denominator };
}

/** Reads STATUS_RES_UNIQUE. */
export function uniqueStatusOf(packet: ReceivedPacket): UniqueStatus {
  return { ...statusOf(packet), clients: count(packet.args[5]) };
}
