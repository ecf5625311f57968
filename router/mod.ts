/**
 * Jobs, queues, abilities and wake-ups: all that a Gearman server does, without a socket, a runtime
 * or a clock of its own.
 *
 * @module
 */

export { type Clock, MAX_TIMER_DELAY } from "./clock.ts";
export { Connection } from "./connection.ts";
export { JobStorage, type JobStorageIndex } from "./durability.ts";
export type { FunctionQueue, MaxQueue } from "./function_queue.ts";
export type { FunctionTable } from "./function_table.ts";
export type { RouterHooks } from "./hooks.ts";
export { assertInvariants } from "./invariants.ts";
export { Job, type JobContent } from "./job.ts";
export type { JobCounts } from "./job_counts.ts";
export { type JobOutcome, JobState, type JobStateIndex } from "./job_state.ts";
export type { JobTable } from "./job_table.ts";
export { BOOT_ID_LENGTH, MAX_HANDLE_LENGTH, MAX_HANDLE_PREFIX_LENGTH } from "./job_handles.ts";
export type { Link, LinkHandler, PeerAddress } from "./link.ts";
export {
  isLogged,
  type Log,
  LOG_LEVELS,
  type LogFields,
  type LogLevel,
  SILENT_LOG,
} from "./log.ts";
export { ManualClock } from "./manual_clock.ts";
export type { RouterOptions } from "./options.ts";
export { PRIORITIES, Priority, type PriorityIndex } from "./priority.ts";
export { Router } from "./router.ts";
export {
  type JobRequest,
  MAX_FUNCTION_LENGTH,
  MAX_UNIQUE_LENGTH,
  type Submission,
} from "./submission.ts";
