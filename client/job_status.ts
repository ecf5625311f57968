import { count, type ReceivedPacket } from "./replies.ts";

/**
 * What a server knows of a job.
 *
 * @example
 * ```ts
 * import { Client, type JobStatus, Server } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new Server();
 * await using client = new Client({ servers: [server] });
 * const handle = await client.submit("resize", "...", { background: true });
 * const waiting: JobStatus = { known: true, running: false, numerator: 0, denominator: 0 };
 * assertEquals(await client.status(handle), waiting);
 * ```
 */
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

/**
 * What a server knows of the job with a unique.
 *
 * @example
 * ```ts
 * import { Client, Server, type UniqueStatus } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new Server();
 * await using client = new Client({ servers: [server] });
 * const job = client.submit("resize", "...", { unique: "picture-1" });
 * await job.handle;
 * const status: UniqueStatus = await client.statusByUnique("picture-1");
 * assertEquals([status.known, status.clients], [true, 1]);
 * ```
 */
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
