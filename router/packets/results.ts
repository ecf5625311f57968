import { LARGEST_BUFFER } from "../../protocol/buffer_pool.ts";
import {
  ERRORS,
  PacketType,
  type PacketView,
  type ProtocolError,
  readStatusNumber,
} from "../../protocol/mod.ts";
import type { Connection } from "../connection.ts";
import { JobStorage } from "../durability.ts";
import type { Job } from "../job.ts";
import { MAX_HANDLE_LENGTH } from "../job_handles.ts";

/** `bytes[start..end)`, as a view has them. */
type Body = Pick<PacketView, "bytes" | "start" | "end" | "stable">;

/** WORK_STATUS: how far the job is; kept for GET_STATUS while it runs, and relayed. */
export function workStatus(connection: Connection, view: PacketView): void {
  const job = jobOf(connection, view, view.argumentEnd(0), ERRORS.jobNotFoundForResult);
  if (job === null) return;
  if (job.worker !== null) keepStatus(job, view);
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
  if (job !== null) relayData(connection, job, PacketType.WORK_WARNING, view);
}

/** WORK_COMPLETE: the result; the job ends. */
export function workComplete(connection: Connection, view: PacketView): void {
  const job = jobOf(connection, view, view.argumentEnd(0), ERRORS.jobNotFoundForResult);
  if (job === null) return;
  if (job.worker === null) connection.router.log.takenLate(job, connection);
  relayData(connection, job, PacketType.WORK_COMPLETE, view);
  end(connection, job, "completed");
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
    const sequence = router.jobs.sequenceOf(view.bytes, view.start, handleEnd);
    if (sequence < 0 || !connection.forgetException(sequence)) {
      refuse(connection, view, handleEnd, ERRORS.jobNotFoundForResult);
    }
    return;
  }
  router.log.failed(job, connection, view);
  router.tellFailed(job);
  end(connection, job, "failed");
}

/** WORK_EXCEPTION: the job ends; clients that did not ask for exceptions get WORK_FAIL. */
export function workException(connection: Connection, view: PacketView): void {
  const job = jobOf(connection, view, view.argumentEnd(0), ERRORS.jobNotFoundForException);
  if (job === null) return;
  relayData(connection, job, PacketType.WORK_EXCEPTION, view);
  connection.router.log.failed(job, connection, view);
  connection.rememberException(job);
  end(connection, job, "exception");
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

function end(
  connection: Connection,
  job: Job,
  outcome: "completed" | "failed" | "exception",
): void {
  const { router } = connection;
  connection.hasWorked = true;
  // A worker that goes on has done this job for good: it does not run again after a crash.
  if (job.storage !== JobStorage.MEMORY) router.durability!.mustFollow(connection);
  router.finish(job, outcome);
}

/** Sends the status as it came, but with all its NULs: Perl may leave the denominator out. */
function relayStatus(worker: Connection, job: Job, view: PacketView): void {
  relay(worker, job, PacketType.WORK_STATUS, view, view.lacksLastArgument(2));
}

/** The same for handle and data, with the NUL between them even if the worker left it out. */
function relayData(worker: Connection, job: Job, type: number, view: PacketView): void {
  relay(worker, job, type, view, lacksDataNul(view));
}

function lacksDataNul(view: PacketView): boolean {
  return view.argumentEnd(0) === view.end;
}

function relay(
  worker: Connection,
  job: Job,
  type: number,
  view: PacketView,
  lacksNul: boolean,
): void {
  const { relays, turn } = worker.router;
  if (relays.hasMany(job)) return relayToMany(worker, job, type, view, lacksNul);
  const body = lastingBody(job, view);
  let count = 0;
  for (let listener = job.firstListener; listener; listener = listener.nextOfJob) {
    const { connection: client, joins } = listener;
    for (let join = 0; join < joins; join++) send(client, job, type, body, lacksNul);
    count += joins;
  }
  if (count > 1) turn.spend(count);
}

function relayToMany(
  worker: Connection,
  job: Job,
  type: number,
  { bytes, start, end }: PacketView,
  lacksNul: boolean,
): void {
  const { relays } = worker.router;
  const body = { bytes: bytes.slice(start, end), start: 0, end: end - start, stable: true };
  const sendTo = (client: Connection) => send(client, job, type, body, lacksNul);
  const isLast = type === PacketType.WORK_COMPLETE || type === PacketType.WORK_EXCEPTION;
  if (isLast) relays.end(job, body.end, sendTo);
  else relays.pass(worker, job, body.end, sendTo);
}

/**
 * The body of a packet, a large one copied if it must be: before anything is sent, as there may be no
 * memory for it, and once for all clients.
 */
function lastingBody(job: Job, view: PacketView): Body {
  const { bytes, start, end, stable } = view;
  if (stable || end - start <= LARGEST_BUFFER || job.firstListener === null) return view;
  return { bytes: bytes.slice(start, end), start: 0, end: end - start, stable: true };
}

function send(
  client: Connection,
  job: Job,
  type: number,
  body: Body,
  lacksNul: boolean,
): void {
  if (type === PacketType.WORK_EXCEPTION && !client.wantsExceptions) {
    return client.router.jobs.sendFail(job, client);
  }
  const { out, link } = client;
  out.packet(type, body.end - body.start + (lacksNul ? 1 : 0));
  out.bytes(body.bytes, body.start, body.end, body.stable);
  if (lacksNul) out.byte(0);
  link.flush(true);
}
