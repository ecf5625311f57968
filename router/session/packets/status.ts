import {
  decodeName,
  encodeName,
  ERRORS,
  MAX_UNIQUE_LENGTH,
  PacketType,
  type PacketView,
} from "../../../protocol/mod.ts";
import type { Fail, Tell } from "../../cluster.ts";
import type { Connection } from "../connection.ts";
import { isScheduleHandle, withSchedules } from "../../schedules.ts";
import type { KeptResult } from "../../flow/kept_results.ts";
import type { Job } from "../../model/job.ts";
import { MAX_HANDLE_LENGTH } from "../../../protocol/handles.ts";

/** GET_STATUS: how far is the job with this handle? */
export function getStatus(connection: Connection, view: PacketView): void {
  const end = view.endOfText();
  if (end - view.start > MAX_HANDLE_LENGTH) return connection.refuse(ERRORS.handleTooLarge);
  const { jobs, results, cluster, everywhere } = connection.router;
  const { bytes, start } = view;
  const job = jobs.find(bytes, start, end);
  if (job === undefined && isScheduleHandle(bytes, start, end)) {
    return scheduleStatus(connection, bytes.slice(start, end));
  }
  const isParked = job === undefined && jobs.isLive(bytes, start, end);
  if (job !== undefined || isParked || cluster === null) {
    const numbers = isParked
      ? WAITS
      : job === undefined
      ? keptNumbers(results.find(bytes, start, end))
      : statusNumbers(job);
    return reply(connection, PacketType.STATUS_RES, bytes, start, end, numbers);
  }
  const handle = bytes.slice(start, end);
  answerLater(connection, PacketType.STATUS_RES, handle, statusNumbers, (tell, fail) => {
    everywhere.find(handle, 0, handle.length, tell, fail);
  });
}

/** GET_STATUS_UNIQUE: how far is the newest job with this unique, whatever its function? */
export function getStatusUnique(connection: Connection, view: PacketView): void {
  const end = view.endOfText();
  if (end - view.start > MAX_UNIQUE_LENGTH) return connection.refuse(ERRORS.uniqueTooLarge);
  const { parked, cluster, everywhere } = connection.router;
  const { bytes, start } = view;
  const job = parked.newestWith(bytes, start, end);
  if (job !== null || cluster === null) {
    const numbers = uniqueNumbers(job);
    return reply(connection, PacketType.STATUS_RES_UNIQUE, bytes, start, end, numbers);
  }
  const unique = bytes.slice(start, end);
  answerLater(connection, PacketType.STATUS_RES_UNIQUE, unique, uniqueNumbers, (tell, fail) => {
    everywhere.findByUnique(unique, 0, unique.length, tell, fail);
  });
}

/** What the peer sends meanwhile waits: answers come in the order of the questions. */
function answerLater(
  connection: Connection,
  type: number,
  argument: Uint8Array,
  numbersOf: (job: Job | null) => string,
  ask: (tell: Tell<Job | null>, fail: Fail) => void,
): void {
  const goOn = connection.pause();
  const tell = (job: Job | null) => {
    const numbers = numbersOf(job);
    if (!connection.isClosed) reply(connection, type, argument, 0, argument.length, numbers);
    goOn();
  };
  ask(tell, (why) => {
    if (!connection.isClosed) connection.sendError(why);
    goOn();
  });
}

/** A schedule is known, and does not run itself: its jobs have handles of their own. */
function scheduleStatus(connection: Connection, handle: Uint8Array): void {
  const goOn = connection.pause();
  withSchedules(connection.router.schedules, (schedules) => {
    const isKnown = schedules !== null && schedules.get(decodeName(handle)) !== null;
    const numbers = isKnown ? WAITS : statusNumbers(null);
    if (!connection.isClosed) {
      reply(connection, PacketType.STATUS_RES, handle, 0, handle.length, numbers);
    }
    goOn();
  });
}

/** Known, not running, nothing done. */
const WAITS = "1\x000\x000\x000";

function statusNumbers(job: Job | null | undefined): string {
  if (!job || standsForDead(job)) return "0\x000\x000\x000";
  return `1\0${job.isRunning ? 1 : 0}\0${job.numerator}\0${job.denominator}`;
}

/** Then clients are to know no more of it than of any dead job. */
function standsForDead({ trouble }: Job): boolean {
  return trouble !== null && trouble.standsFor !== null;
}

/** Of a job that has ended: known as long as its result is, and done. */
function keptNumbers(result: KeptResult | null): string {
  return result === null ? statusNumbers(null) : `1\x000\0${result.total}\0${result.total}`;
}

/** The same as for a live job, and how many clients wait for it. */
function uniqueNumbers(job: Job | null): string {
  return `${statusNumbers(job)}\0${job?.subscriberCount ?? 0}`;
}

/** The argument of the request, which is `bytes[start..end)`, then the numbers. */
function reply(
  connection: Connection,
  type: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  numbers: string,
): void {
  const { out } = connection;
  const text = encodeName(numbers);
  out.packet(type, end - start + 1 + text.length);
  out.bytes(bytes, start, end);
  out.byte(0);
  out.bytes(text);
  connection.link.flush();
}
