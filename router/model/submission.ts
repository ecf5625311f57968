import { EMPTY } from "../../protocol/buffer_pool.ts";
import type { JobContent } from "./job.ts";
import { Priority, type PriorityIndex } from "./job_state.ts";

/**
 * A job as it comes in, before it is one: positions in the bytes of a packet.
 */
export interface Submission extends JobContent {
  /** The bytes that hold the name of the function. */
  functionBytes: Uint8Array;
  /** First byte of the name. */
  functionStart: number;
  /** Byte after the name. */
  functionEnd: number;
  /** Will the bytes of `body` stay as they are? */
  stable: boolean;
  /** The priority of the job. */
  priority: PriorityIndex;
  /** Must it run even if no client listens? */
  background: boolean;
  /** When to run it, in milliseconds since the Unix epoch; 0 at once. */
  due: number;
}

/** A submission to be filled in and used again. */
export function emptySubmission(): Submission {
  return {
    functionBytes: EMPTY,
    functionStart: 0,
    functionEnd: 0,
    body: EMPTY,
    uniqueStart: 0,
    uniqueEnd: 0,
    reducerLength: 0,
    payloadStart: 0,
    payloadEnd: 0,
    stable: false,
    priority: Priority.NORMAL,
    background: false,
    due: 0,
  };
}
