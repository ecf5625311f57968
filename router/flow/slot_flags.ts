import { JobState, type JobStateIndex } from "../model/job_state.ts";
import type { PriorityIndex } from "../model/priority.ts";

/**
 * What is known of a job with a slot: whether it stands in a queue, waits for its time, or neither;
 * whether there is an object for it, and whether others can join it by a key. Its priority counts as so
 * many times `PRIORITY`.
 */
export const SlotFlag = {
  USED: 1,
  OBJECT: 2,
  QUEUED: 4,
  SCHEDULED: 8,
  KEYED: 16,
  PRIORITY: 32,
} as const;

/** Is it the slot of a job that is not in memory? */
export function isParked(flags: number): boolean {
  return flags !== 0 && (flags & SlotFlag.OBJECT) === 0;
}

/** The state of its job, if that is not in memory. */
export function stateOf(flags: number): JobStateIndex {
  if ((flags & SlotFlag.QUEUED) !== 0) return JobState.QUEUED;
  return (flags & SlotFlag.SCHEDULED) !== 0 ? JobState.SCHEDULED : JobState.KEPT;
}

/** The flags of a priority. */
export function flagOf(priority: PriorityIndex): number {
  return priority * SlotFlag.PRIORITY;
}

/** The priority in flags. */
export function priorityOf(flags: number): PriorityIndex {
  return Math.floor(flags / SlotFlag.PRIORITY) % 4 as PriorityIndex;
}
