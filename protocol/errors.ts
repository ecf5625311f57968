/**
 * The ERROR packets this server sends: code and text, byte for byte those of the C server where it
 * has one. libgearman maps the code back to its `GEARMAN_<code>` enum, so every code here is one
 * of that enum's names.
 *
 * @module
 */

/** Code and text of an ERROR packet. */
export interface ProtocolError {
  /** A name of libgearman's return codes without `GEARMAN_`. */
  readonly code: string;
  /** What was wrong, for people. */
  readonly text: string;
}

const HANDLE_SIZE = "Error occurred due to GEARMAND_JOB_HANDLE_SIZE being too small from snprintf";

/** Errors after which the connection goes on. */
export const ERRORS = {
  /** WORK_STATUS, WORK_COMPLETE, WORK_FAIL for a job this connection does not run. */
  jobNotFoundForResult: {
    code: "JOB_NOT_FOUND",
    text: "Job given in work result not found",
  },
  /** WORK_DATA, WORK_WARNING likewise. */
  jobNotFoundForData: { code: "JOB_NOT_FOUND", text: "Job does not exist on server" },
  /** WORK_EXCEPTION likewise. */
  jobNotFoundForException: {
    code: "JOB_NOT_FOUND",
    text: "An exception was received for a job that does not exist",
  },
  /** A handle of more than 63 bytes. */
  handleTooLarge: { code: "ARGUMENT_TOO_LARGE", text: HANDLE_SIZE },
  /** A unique or reducer of more than 64 bytes. */
  uniqueTooLarge: { code: "ARGUMENT_TOO_LARGE", text: "Unique value too large" },
  /** A function name of more than 512 bytes; the C server does not check that. */
  functionTooLarge: { code: "ARGUMENT_TOO_LARGE", text: "Function name too large" },
  /** The function holds as many jobs as its max queue allows. */
  queueFull: { code: "QUEUE_ERROR", text: "Job queue is full" },
  /** A job with this unique was completed not long ago, and the rule of its function has no other one yet. */
  alreadyDone: { code: "ALREADY_DONE", text: "A job with this unique is done already" },
  /** As many jobs live as the server may hold. */
  tooManyJobs: { code: "QUEUE_ERROR", text: "Server has too many jobs" },
  /** The job does not fit in the memory that jobs may take. */
  tooMuchJobMemory: { code: "QUEUE_ERROR", text: "Jobs take too much memory on the server" },
  /** The function does not exist, and there are as many as there may be. */
  tooManyFunctions: { code: "QUEUE_ERROR", text: "Server has too many functions" },
  /** All workers together can do as many functions as memory allows; one that knows it may say it again. */
  tooManyAbilities: { code: "QUEUE_ERROR", text: "Workers can do too many functions" },
  /** As many clients wait for jobs that others wait for too as memory allows. */
  tooManySubscribers: { code: "QUEUE_ERROR", text: "Too many clients share jobs" },
  /** `maxqueue` for a function that does not exist, when as many such limits are kept as may be. */
  tooManyLimits: {
    code: "QUEUE_ERROR",
    text: "Too many limits of functions that do not exist",
  },
  /** `pause` of a further function when as many are paused as may be. */
  tooManyPauses: { code: "QUEUE_ERROR", text: "Too many functions are paused" },
  /** The server was told to take no new jobs. */
  draining: { code: "SHUTDOWN_GRACEFUL", text: "Server takes no new jobs" },
  /** The store of jobs takes nothing: its disk is full, say. The log has the cause. */
  notStored: { code: "QUEUE_ERROR", text: "The job could not be stored" },
  /** The queue that servers share cannot be reached, and the job needs it. */
  queueUnreachable: { code: "QUEUE_ERROR", text: "The shared queue cannot be reached" },
  /** OPTION_REQ with anything but `exceptions`, `cancel-notice` and `options-in-name`. */
  unknownOption: {
    code: "UNKNOWN_OPTION",
    text: "Server does not recognize given option",
  },
  /** A packet with the magic of a response. */
  requestMagicExpected: { code: "INVALID_MAGIC", text: "Request magic expected" },
  /** A type that only a server sends, or a reserved one. */
  commandNotExpected: { code: "INVALID_COMMAND", text: "Command not expected" },
  /** The C server is silent here and the client waits for ever. */
  epochOutOfRange: { code: "INVALID_ARGUMENT", text: "Epoch is out of range" },
  /** The C server is silent here and the ability is missing. */
  timeoutNotANumber: { code: "INVALID_ARGUMENT", text: "Timeout is not a number" },
  /** SUBMIT_JOB_SCHED when there are as many schedules as may be. */
  tooManySchedules: { code: "QUEUE_ERROR", text: "Server has too many schedules" },
  /** SUBMIT_JOB_SCHED with more than 64 KiB: a schedule is kept for as long as nobody drops it. */
  schedulePayloadTooLarge: { code: "DATA_TOO_LARGE", text: "Payload of a schedule is too large" },
  /** SUBMIT_JOB_SCHED to a server that cannot keep schedules; the log has the cause. */
  noSchedules: { code: "INVALID_COMMAND", text: "Server keeps no schedules" },
  /** A graceful stop is under way, and newcomers may not wait for results any more. */
  shuttingDown: { code: "SHUTDOWN_GRACEFUL", text: "Server is shutting down" },
} as const satisfies Record<string, ProtocolError>;

/**
 * Errors after which the connection is closed: the byte stream can no longer be trusted. The C
 * server closes without a word.
 */
export const FAULTS = {
  /** The first byte was NUL, but neither `\0REQ` nor `\0RES` came, or binary data that is not text. */
  badMagic: { code: "INVALID_MAGIC", text: "Neither a packet nor a text command" },
  /** A type of 0 or above 42. */
  unknownType: { code: "INVALID_COMMAND", text: "Unknown packet type" },
  /** The header announces more than the limit. */
  packetTooLarge: { code: "DATA_TOO_LARGE", text: "Packet is larger than the server allows" },
  /** The body holds fewer NUL-terminated arguments than its type has. */
  tooFewArguments: { code: "INVALID_PACKET", text: "Too few arguments in packet" },
  /** A text line of more than 8 KiB; answered with a text line, not a packet. */
  lineTooLong: { code: "LINE_TOO_LONG", text: "Line too long" },
  /** A request line of HTTP: what follows it is not meant for this server. Answered with a text line. */
  http: { code: "INVALID_COMMAND", text: "This is a Gearman server and no HTTP server" },
  /** Its rest comes too slowly while the memory for packets is used up, and others wait for it. */
  packetTooSlow: { code: "TIMEOUT", text: "Packet comes too slowly while others wait for memory" },
  /** As many connections as the server may hold are open already. */
  tooManyConnections: { code: "TOO_MANY_CONNECTIONS", text: "Server has too many connections" },
} as const satisfies Record<string, ProtocolError>;

/** A key of {@linkcode FAULTS}. */
export type FaultName = keyof typeof FAULTS;
