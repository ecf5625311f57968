/**
 * Jobs, queues, abilities and wake-ups: all that a Gearman server does, without a socket, a runtime
 * or a clock of its own.
 *
 * @module
 */

export type { Ability, SleeperList } from "./ability.ts";
export { type Clock, MAX_TIMER_DELAY } from "./clock.ts";
export { Connection } from "./connection.ts";
export type { FunctionTable } from "./function_table.ts";
export { FunctionQueue, type MaxQueue, NO_MAX_QUEUE } from "./function_queue.ts";
export type { HalfClose } from "./half_close.ts";
export type { IdSet } from "./id_set.ts";
export type { HeapItem } from "./indexed_heap.ts";
export type { JobQueue } from "./job_queue.ts";
export type { Listener } from "./listener.ts";
export type { RouterHooks } from "./hooks.ts";
export { assertInvariants } from "./invariants.ts";
export {
  Job,
  type JobContent,
  type JobOutcome,
  JobState,
  type JobStateIndex,
  KeyKind,
  type KeyKindIndex,
  PRIORITIES,
  Priority,
  type PriorityIndex,
} from "./job.ts";
export {
  BOOT_ID_LENGTH,
  type JobTable,
  MAX_HANDLE_LENGTH,
  MAX_HANDLE_PREFIX_LENGTH,
} from "./job_table.ts";
export type { Link, LinkHandler, PeerAddress } from "./link.ts";
export { isLogged, type Log, LOG_LEVELS, type LogLevel, SILENT_LOG } from "./log.ts";
export { ManualClock } from "./manual_clock.ts";
export { type RouterOptions, routerOptions } from "./options.ts";
export { Router } from "./router.ts";
export type { RouterLog } from "./router_log.ts";
export {
  type JobRequest,
  MAX_FUNCTION_LENGTH,
  MAX_UNIQUE_LENGTH,
  type Submission,
} from "./submission.ts";
export type { Timer, Timers } from "./timers.ts";
export type { JobKey, UniqueIndex } from "./unique_index.ts";
export type { WakeUpOptions, WakeUps } from "./wake_ups.ts";
