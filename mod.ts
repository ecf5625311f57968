/**
 * geartrain, a Gearman job server as a module: a function call router and load balancer.
 *
 * @example
 * ```ts
 * import { Server } from "@geartrain/server";
 *
 * const server = new Server();
 * const { addr } = await server.start(0, { localAddr: "127.0.0.1" });
 * console.log(`Gearman on port ${addr.port}`);
 * await server.stop();
 * ```
 *
 * The other examples are for Deno, Bun, Node 24, and TypeScript that is compiled for Node 22: they have
 * `await using`, which JavaScript on Node 22 does not know. There, call `stop()` of a server or worker
 * and `close()` of a client instead. `@std/assert` in them is a package of JSR.
 *
 * @module
 */

export { Admin, type AdminOptions } from "./client/admin/admin.ts";
export { CommandRefusedError, NoAnswerError, UnsupportedError } from "./client/admin/errors.ts";
export type * from "./client/admin/records.ts";
export type { ServerVersion } from "./client/admin/names.ts";
export { Client } from "./client/client.ts";
export {
  type ClientOptions,
  LARGEST_DATA,
  type PlainFunctions,
  type StrayPacket,
} from "./client/client_options.ts";
export { Worker } from "./client/worker.ts";
export type { WorkerJob } from "./client/worker_job.ts";
export type {
  FailedJob,
  PlainResult,
  PlainWork,
  TimedFunction,
  WorkerFunction,
  WorkerFunctions,
  WorkerOptions,
} from "./client/worker_options.ts";
export {
  type Codec,
  type Codecs,
  type InputOf,
  jsonCodec,
  type NameWithoutInput,
  type ResultOf,
  textCodec,
  type ValueCodec,
} from "./client/payload.ts";
export type { BackoffOptions } from "./client/waiting.ts";
export type { TelemetryApi } from "./client/telemetry/api.ts";
export {
  ConnectionLostError,
  type ErrorSubject,
  GearmanError,
  JobCancelledError,
  JobExceptionError,
  JobFailedError,
  JobTimeoutError,
  NoServerError,
  NotGearmanError,
  PayloadTooLargeError,
  RetryLater,
  ServerError,
} from "./client/errors.ts";
export type { ForegroundJob } from "./client/foreground_job.ts";
export type { JobStatus, UniqueStatus } from "./client/replies.ts";
export type { JobUpdate } from "./client/pending_job.ts";
export type { OptionsInName } from "./client/options_in_name.ts";
export type { Payload } from "./client/payload.ts";
export type { InprocessServer, ServerAddress } from "./client/server_address.ts";
export type {
  BackgroundOptions,
  ForegroundOptions,
  SubmitOptions,
  When,
} from "./client/submit_options.ts";
export type {
  DeadOptions,
  DeadSetting,
  DedupeMode,
  DedupeOptions,
  DedupeSetting,
  Policies,
  PolicyRule,
  RetryCurve,
  RetryOptions,
  RetrySetting,
  RuleTime,
} from "./policies/mod.ts";
export type { ScheduleRequest } from "./router/schedule_request.ts";
export { Server } from "./server.ts";
export { AwaitedJob, type AwaitOptions } from "./server/awaited_job.ts";
export type { StartedWorker } from "./server/connections.ts";
export type { ServerEventListener, ServerEvents } from "./server/events.ts";
export type { Target } from "./router/options.ts";
export type { HttpPlace, HttpSettings, HttpToken } from "./server/http_options.ts";
export type { ListeningSockOptions, MaxQueueSetting, ServerOptions } from "./server/options.ts";
export {
  type Clock,
  type FailureCause,
  type JobOutcome,
  type JobRequest,
  type JobView,
  type Log,
  LOG_LEVELS,
  type LogFields,
  type LogLevel,
  type PeerAddress,
  type PeerView,
  type RouterSettings,
  SILENT_LOG,
} from "./router/mod.ts";
export type { AdoptableConnection } from "./transport/adopt.ts";
export type { WorkerExit } from "./transport/child_worker.ts";
export type { ByteConn } from "./transport/conn_link.ts";
export type { InprocessConn } from "./transport/memory.ts";
export { ConnectError, ListenError } from "./transport/socket_errors.ts";
export type { KeepAlive, ListenAddress, Listener } from "./transport/transport.ts";
export { VERSION } from "./version.ts";
