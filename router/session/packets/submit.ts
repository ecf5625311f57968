import {
  ERRORS,
  isInt64,
  MAX_FUNCTION_LENGTH,
  MAX_UNIQUE_LENGTH,
  type PacketView,
  type ProtocolError,
  readInteger,
} from "../../../protocol/mod.ts";
import type { Connection } from "../connection.ts";
import { Priority, type PriorityIndex } from "../../model/job_state.ts";
import { Job } from "../../model/job.ts";

/** Submits what a packet asks for. */
type Submitter = (connection: Connection, view: PacketView) => void;

function submitter(priority: PriorityIndex, background: boolean): Submitter {
  return (connection, view) => {
    const { submission } = connection.router.intake;
    submission.reducerLength = 0;
    submission.due = 0;
    submit(connection, view, priority, background);
  };
}

/** SUBMIT_JOB: foreground, normal priority. */
export const submitJob: Submitter = submitter(Priority.NORMAL, false);
/** SUBMIT_JOB_BG */
export const submitJobBackground: Submitter = submitter(Priority.NORMAL, true);
/** SUBMIT_JOB_HIGH */
export const submitJobHigh: Submitter = submitter(Priority.HIGH, false);
/** SUBMIT_JOB_HIGH_BG */
export const submitJobHighBackground: Submitter = submitter(Priority.HIGH, true);
/** SUBMIT_JOB_LOW */
export const submitJobLow: Submitter = submitter(Priority.LOW, false);
/** SUBMIT_JOB_LOW_BG */
export const submitJobLowBackground: Submitter = submitter(Priority.LOW, true);

/**
 * SUBMIT_JOB_EPOCH: background, normal priority, at a time in seconds since the Unix epoch. As in
 * the C server, what is no number, negative or past means now.
 */
export function submitJobEpoch(connection: Connection, view: PacketView): void {
  const seconds = readInteger(view.bytes, view.argumentStart(2), view.argumentEnd(2));
  if (!Number.isNaN(seconds) && !isInt64(seconds)) {
    return refuse(connection, view, ERRORS.epochOutOfRange);
  }
  const { submission } = connection.router.intake;
  submission.reducerLength = 0;
  submission.due = seconds > 0 ? seconds * 1000 : 0;
  submit(connection, view, Priority.NORMAL, true);
}

/** SUBMIT_REDUCE_JOB: foreground, normal priority, with a reducer; the fourth argument is unused. */
export function submitReduceJob(connection: Connection, view: PacketView): void {
  submitReduce(connection, view, false);
}

/** SUBMIT_REDUCE_JOB_BACKGROUND */
export function submitReduceJobBackground(connection: Connection, view: PacketView): void {
  submitReduce(connection, view, true);
}

function submitReduce(connection: Connection, view: PacketView, background: boolean): void {
  if (view.argumentLength(2) > MAX_UNIQUE_LENGTH) {
    return refuse(connection, view, ERRORS.uniqueTooLarge);
  }
  const { submission } = connection.router.intake;
  submission.reducerLength = view.argumentLength(2);
  submission.due = 0;
  submit(connection, view, Priority.NORMAL, background);
}

/** Checks sizes and submits. Every submit gets exactly one JOB_CREATED or ERROR, in order. */
function submit(
  connection: Connection,
  view: PacketView,
  priority: PriorityIndex,
  background: boolean,
): void {
  if (view.argumentLength(0) > MAX_FUNCTION_LENGTH) {
    return refuse(connection, view, ERRORS.functionTooLarge);
  }
  if (view.argumentLength(1) > MAX_UNIQUE_LENGTH) {
    return refuse(connection, view, ERRORS.uniqueTooLarge);
  }
  const { intake, stop } = connection.router;
  if (stop !== null && !background && stop.isLate(connection)) {
    return refuse(connection, view, ERRORS.shuttingDown);
  }
  const { submission } = intake;
  submission.functionBytes = view.bytes;
  submission.functionStart = view.argumentStart(0);
  submission.functionEnd = view.argumentEnd(0);
  submission.body = view.bytes;
  submission.uniqueStart = view.argumentStart(1);
  submission.uniqueEnd = view.argumentEnd(1);
  submission.payloadStart = view.dataStart;
  submission.payloadEnd = view.end;
  submission.stable = view.stable;
  submission.priority = priority;
  submission.background = background;
  const job = intake.submit(submission, connection, connection);
  if (!(job instanceof Job)) refuse(connection, view, job);
}

function refuse(connection: Connection, view: PacketView, error: ProtocolError): void {
  connection.router.log.submitRefused(connection, view, error.text);
  connection.sendError(error);
}
