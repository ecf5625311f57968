import { equalsRange, LARGEST_BUFFER } from "../../../protocol/buffer_pool.ts";
import {
  decodeName,
  encodeName,
  ERRORS,
  PacketType,
  type PacketView,
  type ProtocolError,
  readStatusNumber,
} from "../../../protocol/mod.ts";
import type { Connection } from "../connection.ts";
import { type Job, JobTrouble } from "../../model/job.ts";
import type { RelayedBody } from "../../model/subscriber.ts";
import { MAX_HANDLE_LENGTH } from "../../../protocol/handles.ts";

/** What the data of a warning begins with that is for the server. */
const ADVICE = encodeName("geartrain: ");
/** The rest of it is one word or two, in bytes. */
const LONGEST_ADVICE = 64;

/** WORK_STATUS: how far the job is; kept for GET_STATUS while it runs, and relayed. */
export function workStatus(connection: Connection, view: PacketView): void {
  const job = jobOf(connection, view, view.argumentEnd(0), ERRORS.jobNotFoundForResult);
  if (job === null) return;
  if (job.worker !== null) {
    keepStatus(job, view);
    connection.router.cluster?.progressed(job);
  }
  relayStatus(connection, job, view);
}

function keepStatus(job: Job, view: PacketView): void {
  const numerator = readStatusNumber(view.bytes, view.argumentStart(1), view.argumentEnd(1));
  const denominator = readStatusNumber(view.bytes, view.argumentStart(2), view.argumentEnd(2));
  job.progress = { numerator, denominator };
}

/** WORK_DATA: a part of the result. */
export function workData(connection: Connection, view: PacketView): void {
  const job = jobOf(connection, view, view.argumentEnd(0), ERRORS.jobNotFoundForData);
  if (job !== null) relayData(connection, job, PacketType.WORK_DATA, view);
}

/** WORK_WARNING: the same, as a warning. */
export function workWarning(connection: Connection, view: PacketView): void {
  const job = jobOf(connection, view, view.argumentEnd(0), ERRORS.jobNotFoundForData);
  if (job === null) return;
  if (job.func.rule !== null && isForServer(connection, job, view)) return;
  relayData(connection, job, PacketType.WORK_WARNING, view);
}

/** Is a warning the advice of a worker? Then it is taken, and no client gets it. */
function isForServer(connection: Connection, job: Job, view: PacketView): boolean {
  const { advice: read } = job.func.rule!;
  const start = view.dataStart + ADVICE.length;
  if (read === null || start > view.end) return false;
  if (!equalsRange(ADVICE, view.bytes, view.dataStart, start)) return false;
  const end = Math.min(view.end, start + LONGEST_ADVICE);
  const advice = read(decodeName(view.bytes.subarray(start, end)));
  if (advice === null) connection.router.log.adviceUnknown(job, connection, view);
  else if (job.worker === connection && advice !== "touch") {
    (job.trouble ??= new JobTrouble()).advice = advice;
  }
  return true;
}

/** WORK_COMPLETE: the result; the job ends. */
export function workComplete(connection: Connection, view: PacketView): void {
  const job = jobOf(connection, view, view.argumentEnd(0), ERRORS.jobNotFoundForResult);
  if (job === null) return;
  connection.router.endings.complete(
    job,
    connection,
    bodyOf(connection, job, view, lacksDataNul(view)),
  );
}

/** WORK_FAIL: the job ends without a result; it is not tried again. */
export function workFail(connection: Connection, view: PacketView): void {
  const handleEnd = view.endOfText();
  if (handleEnd - view.start > MAX_HANDLE_LENGTH) {
    return connection.refuse(ERRORS.handleTooLarge);
  }
  const { router } = connection;
  const job = router.jobs.find(view.bytes, view.start, handleEnd);
  if (job === undefined || !router.running.isDoneBy(connection, job)) {
    // Perl and Python workers send it after WORK_EXCEPTION, which has ended the job already.
    const number = router.jobs.numberOf(view.bytes, view.start, handleEnd);
    if (number < 0 || !connection.forgetException(number)) {
      refuse(connection, view, handleEnd, ERRORS.jobNotFoundForResult);
    }
    return;
  }
  router.log.failed(job, connection, view);
  router.endings.fail(job, connection, null);
}

/** WORK_EXCEPTION: the job ends; clients that did not ask for exceptions get WORK_FAIL. */
export function workException(connection: Connection, view: PacketView): void {
  const job = jobOf(connection, view, view.argumentEnd(0), ERRORS.jobNotFoundForException);
  if (job === null) return;
  const { log, endings } = connection.router;
  const body = bodyOf(connection, job, view, lacksDataNul(view));
  log.failed(job, connection, view);
  connection.rememberException(job);
  endings.fail(job, connection, body);
}

/**
 * The job that the packet's handle names, if the results of this connection count for it; else the
 * error is sent.
 */
function jobOf(
  connection: Connection,
  view: PacketView,
  handleEnd: number,
  error: ProtocolError,
): Job | null {
  const { jobs, running } = connection.router;
  const job = jobs.find(view.bytes, view.start, handleEnd);
  if (job !== undefined && running.isDoneBy(connection, job)) return job;
  refuse(connection, view, handleEnd, error);
  return null;
}

function refuse(
  connection: Connection,
  view: PacketView,
  handleEnd: number,
  error: ProtocolError,
): void {
  connection.router.log.resultRefused(connection, view, handleEnd);
  connection.sendError(error);
}

/** Sends the status as it came, but with all its NULs: Perl may leave the denominator out. */
function relayStatus(connection: Connection, job: Job, view: PacketView): void {
  relay(connection, job, PacketType.WORK_STATUS, view, view.lacksLastArgument(2));
}

/** Sends handle and data, with the NUL between them even if the worker left it out. */
function relayData(connection: Connection, job: Job, type: number, view: PacketView): void {
  if (job.func.rule !== null) noteSpoken(job);
  relay(connection, job, type, view, lacksDataNul(view));
}

/** A client that has got a part of the result would get it once more from a further run. */
function noteSpoken(job: Job): void {
  if (job.firstSubscriber === null) return;
  (job.trouble ??= new JobTrouble()).hasSpoken = true;
}

function lacksDataNul(view: PacketView): boolean {
  return view.argumentEnd(0) === view.end;
}

function relay(
  connection: Connection,
  job: Job,
  type: number,
  view: PacketView,
  lacksNul: boolean,
): void {
  const { relays, turn, hooks } = connection.router;
  const body = bodyOf(connection, job, view, lacksNul);
  if (relays.hasMany(job)) relays.pass(connection, job, type, body);
  else turn.spend(relayAtOnce(job, type, body));
  hooks.jobReported.tell(job, type, body);
}

/** Returns what it costs, counted in packets. */
function relayAtOnce(job: Job, type: number, body: RelayedBody): number {
  let count = 0;
  let subscriber = job.firstSubscriber;
  for (; subscriber !== null; subscriber = subscriber.nextOfJob) {
    const { recipient, joins } = subscriber;
    recipient.relay(type, body, joins);
    count += joins;
  }
  return count > 1 ? count : 0;
}

/**
 * The body of a packet, a large one copied if it must be: before anything is sent, as there may be no
 * memory for it, and once for all recipients.
 */
function bodyOf(
  connection: Connection,
  job: Job,
  view: PacketView,
  lacksNul: boolean,
): RelayedBody {
  const { relayed } = connection.router;
  const { bytes, start, end, stable } = view;
  const isCopied = !stable && end - start > LARGEST_BUFFER && job.firstSubscriber !== null;
  relayed.bytes = isCopied ? bytes.slice(start, end) : bytes;
  relayed.start = isCopied ? 0 : start;
  relayed.end = isCopied ? end - start : end;
  relayed.stable = stable || isCopied;
  relayed.lacksNul = lacksNul;
  return relayed;
}
