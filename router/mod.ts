/**
 * Jobs, queues, abilities and wake-ups: all that a Gearman server does, without a socket, a runtime
 * or a clock of its own. Server, client, transport and durability may import it; it imports only the
 * protocol, what a table of options is, and from the stores the type of a stored job.
 *
 * @module
 */

export { type Clock, MAX_TIMER_DELAY } from "./clock.ts";
export { connect } from "./session/connect.ts";
export { Connection } from "./session/connection.ts";
export type { FunctionQueue, MaxQueue } from "./model/function_queue.ts";
export type { FunctionTable } from "./flow/function_table.ts";
export type { EndedJob, History } from "./history/mod.ts";
export type { RunEnd, RunFacts } from "./history/runs.ts";
export type { TargetCounts } from "./history/targets.ts";
export type { FunctionTimings, LastHour, MinutePoint, Timed } from "./history/timings.ts";
export { BOUNDS, type Histogram } from "./history/histogram.ts";
export type { Hook, RouterHooks } from "./hooks.ts";
export type { Cluster, Fail, Tell } from "./cluster.ts";
export type { Everywhere, Wait } from "./everywhere.ts";
export { JobElsewhere } from "./flow/job_elsewhere.ts";
export type { SharedJobFilter } from "../store/shared_queue.ts";
export type { Operations } from "./operations.ts";
export type { Refusal } from "./policy.ts";
export { Job, type JobContent, type JobHome } from "./model/job.ts";
export type { FunctionCounts, JobCounts, RequeueCause, SubmitModeName } from "./model/counts.ts";
export type { Counts } from "./counts.ts";
export {
  type FailureCause,
  type JobOutcome,
  JobState,
  type JobStateIndex,
  JobStorage,
  type JobStorageIndex,
} from "./model/job_state.ts";
export { Peer } from "./model/peer.ts";
export type { JobTable } from "./flow/job_table.ts";
export {
  BOOT_ID_LENGTH,
  MAX_HANDLE_LENGTH,
  MAX_HANDLE_PREFIX_LENGTH,
} from "../protocol/handles.ts";
export type { Link, LinkHandler, PeerAddress, Sender } from "./model/link.ts";
export {
  isLogged,
  type Log,
  LOG_LEVELS,
  type LogFields,
  type LogLevel,
  SILENT_LOG,
} from "./log/log.ts";
export type { RouterOptions, RouterSettings, Target } from "./options.ts";
export { Recipient, type RelayedBody } from "./model/subscriber.ts";
export type { JobView, PeerView } from "./model/views.ts";
export { PRIORITIES, Priority, type PriorityIndex } from "./model/job_state.ts";
export { type Diagnosis, isHandle, whyFunction, whyJob, whyJobAnywhere } from "./why.ts";
export { Router } from "./router.ts";
export { MAX_FUNCTION_LENGTH, MAX_UNIQUE_LENGTH } from "../protocol/mod.ts";
export { type JobRequest, submissionOf } from "./flow/job_request.ts";
export type { Submission } from "./model/submission.ts";
