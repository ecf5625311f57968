import {
  encodeName,
  ERRORS,
  MAX_UNIQUE_LENGTH,
  PacketType,
  type PacketView,
} from "../../../protocol/mod.ts";
import type { Connection } from "../connection.ts";
import type { Job } from "../../model/job.ts";
import { MAX_HANDLE_LENGTH } from "../../../protocol/handles.ts";

/** GET_STATUS: how far is the job with this handle? */
export function getStatus(connection: Connection, view: PacketView): void {
  const end = view.endOfText();
  if (end - view.start > MAX_HANDLE_LENGTH) return connection.refuse(ERRORS.handleTooLarge);
  const { jobs } = connection.router;
  const job = jobs.find(view.bytes, view.start, end);
  const isParked = job === undefined && jobs.isLive(view.bytes, view.start, end);
  reply(connection, PacketType.STATUS_RES, view, end, isParked ? WAITS : statusNumbers(job));
}

/** GET_STATUS_UNIQUE: how far is the newest job with this unique, whatever its function? */
export function getStatusUnique(connection: Connection, view: PacketView): void {
  const end = view.endOfText();
  if (end - view.start > MAX_UNIQUE_LENGTH) return connection.refuse(ERRORS.uniqueTooLarge);
  const job = connection.router.parked.newestWith(view.bytes, view.start, end);
  const clients = job?.subscriberCount ?? 0;
  reply(connection, PacketType.STATUS_RES_UNIQUE, view, end, `${statusNumbers(job)}\0${clients}`);
}

/** Known, not running, nothing done. */
const WAITS = "1\x000\x000\x000";

function statusNumbers(job: Job | null | undefined): string {
  if (!job) return "0\x000\x000\x000";
  return `1\0${job.isRunning ? 1 : 0}\0${job.numerator}\0${job.denominator}`;
}

/** The argument of the request, then the numbers. */
function reply(
  connection: Connection,
  type: number,
  view: PacketView,
  argumentEnd: number,
  numbers: string,
): void {
  const { out } = connection;
  const text = encodeName(numbers);
  out.packet(type, argumentEnd - view.start + 1 + text.length);
  out.bytes(view.bytes, view.start, argumentEnd);
  out.byte(0);
  out.bytes(text);
  connection.link.flush();
}
