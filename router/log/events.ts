import type { LogFields, LogLevel } from "./log.ts";

/** What a line of one event looks like. */
export interface LogEvent {
  readonly level: LogLevel;
  /** What the line says before its fields; a function makes all of it. */
  readonly words: string | ((fields: LogFields) => string);
  /**
   * Is each of them written, however many there are? Otherwise one a second is, with a count; at DEBUG
   * each is.
   */
  readonly isEachWritten?: true;
}

/**
 * All events of the router and the connections. `docs/logging.md` lists them; a test compares the two.
 *
 * Where the C server has a line for the same, it has its words, and its level unless that would hide
 * that a job is gone among others. Lines about each job are for DEBUG.
 */
export const LOG_EVENTS = {
  // --- connections ---
  connectionOpened: {
    level: "INFO",
    words: ({ client }) => `Accepted connection from ${addressIn(client)}`,
    isEachWritten: true,
  },
  connectionClosed: {
    level: "INFO",
    words: ({ client, cause }) =>
      `Disconnected ${addressIn(client)}${cause === undefined ? "" : ` (${cause})`}`,
    isEachWritten: true,
  },
  connectionCut: { level: "WARNING", words: "Connection cut" },
  connectionFault: { level: "ERROR", words: "Closing connection" },
  connectionRefused: { level: "ERROR", words: "Connection refused" },
  acceptFailed: { level: "ERROR", words: "Cannot accept a connection" },
  internalError: { level: "ERROR", words: "Internal error" },

  // --- what was asked for in vain ---
  submitRefused: { level: "WARNING", words: "Submit refused" },
  resultRefused: { level: "WARNING", words: "Result refused" },
  requestRefused: { level: "WARNING", words: "Request refused" },

  // --- jobs that do not end as their clients wish ---
  jobRequeued: { level: "WARNING", words: "Worker lost, requeueing its job" },
  jobTimedOut: { level: "WARNING", words: "Worker timeout reached on job, requeueing" },
  jobGivenUp: { level: "WARNING", words: "Dropped job due to max retry count" },
  jobFailed: { level: "WARNING", words: "Job failed" },
  adviceUnknown: { level: "WARNING", words: "Advice of a worker not understood" },
  jobExpired: { level: "WARNING", words: "Job expired" },
  resultTakenLate: { level: "NOTICE", words: "Late result taken" },
  jobCancelled: { level: "NOTICE", words: "Job cancelled" },
  jobsCancelled: { level: "NOTICE", words: "Jobs cancelled", isEachWritten: true },
  jobBuried: { level: "WARNING", words: "Job is dead" },
  uniqueFreed: { level: "WARNING", words: "Unique free too early" },
  deadJobDropped: { level: "WARNING", words: "Dead job dropped" },
  deadJobsKicked: { level: "NOTICE", words: "Dead jobs live again", isEachWritten: true },
  deadJobsEnded: { level: "NOTICE", words: "Dead jobs dropped", isEachWritten: true },
  resultDropped: { level: "WARNING", words: "Kept result dropped before its time" },
  jobsLost: { level: "WARNING", words: "Stopped with jobs that were in memory only" },

  // --- what was set ---
  functionLimited: { level: "INFO", words: "Limit of a function set", isEachWritten: true },
  functionPaused: { level: "NOTICE", words: "Function paused", isEachWritten: true },
  functionResumed: { level: "NOTICE", words: "Function resumed", isEachWritten: true },
  workerQuieted: { level: "NOTICE", words: "Worker gets no more jobs", isEachWritten: true },
  workerUnquieted: { level: "NOTICE", words: "Worker gets jobs again", isEachWritten: true },
  jobMoved: { level: "NOTICE", words: "Due time of a job changed", isEachWritten: true },
  drainBegun: { level: "NOTICE", words: "No new jobs are taken", isEachWritten: true },
  drainEnded: { level: "NOTICE", words: "New jobs are taken again", isEachWritten: true },

  // --- schedules ---
  scheduleSet: { level: "NOTICE", words: "Schedule changed", isEachWritten: true },
  scheduleLeftOut: { level: "WARNING", words: "Run of a schedule left out" },
  scheduleMissed: { level: "WARNING", words: "Runs of a schedule missed", isEachWritten: true },

  // --- each step of each job ---
  jobSubmitted: { level: "DEBUG", words: "Job submitted", isEachWritten: true },
  jobStored: { level: "DEBUG", words: "Job stored", isEachWritten: true },
  jobDue: { level: "DEBUG", words: "Job due", isEachWritten: true },
  jobJoined: { level: "DEBUG", words: "Job joined", isEachWritten: true },
  jobReplaced: { level: "DEBUG", words: "Job replaced", isEachWritten: true },
  submitDropped: { level: "DEBUG", words: "Submit dropped", isEachWritten: true },
  jobStarted: { level: "DEBUG", words: "Job started", isEachWritten: true },
  jobFinished: { level: "DEBUG", words: "Job finished", isEachWritten: true },
  workerWoken: { level: "DEBUG", words: "Worker woken", isEachWritten: true },
  packetReceived: { level: "DEBUG", words: "Packet received", isEachWritten: true },
  commandReceived: { level: "DEBUG", words: "Text command received", isEachWritten: true },
} as const satisfies Record<string, LogEvent>;

/** Name of an event. */
export type LogEventName = keyof typeof LOG_EVENTS;

/** What a line of this event looks like. */
export function logEvent(name: LogEventName): LogEvent {
  return LOG_EVENTS[name];
}

/** The C server has no number before the address. */
function addressIn(peer = ""): string {
  return peer.slice(peer.indexOf("@") + 1);
}
