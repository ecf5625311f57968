import { PacketType, type PacketView } from "../../../protocol/mod.ts";
import type { Connection } from "../connection.ts";
import type { Job } from "../../model/job.ts";

/** PRE_SLEEP: the worker found nothing to do. There may be something by now. */
export function preSleep(connection: Connection): void {
  connection.router.handout.sleep(connection);
}

/** GRAB_JOB: the worker gets handle, function and payload. */
export function grabJob(connection: Connection): void {
  const job = connection.router.handout.grab(connection);
  if (job === null) return sendNoJob(connection);
  assign(connection, job, PacketType.JOB_ASSIGN, false, false);
}

/** GRAB_JOB_UNIQ: and the unique. */
export function grabJobUniq(connection: Connection): void {
  const job = connection.router.handout.grab(connection);
  if (job === null) return sendNoJob(connection);
  assign(connection, job, PacketType.JOB_ASSIGN_UNIQ, true, false);
}

/** GRAB_JOB_ALL: and the reducer, if the job has one. */
export function grabJobAll(connection: Connection, _view: PacketView): void {
  const job = connection.router.handout.grab(connection);
  if (job === null) return sendNoJob(connection);
  if (job.hasReducer) assign(connection, job, PacketType.JOB_ASSIGN_ALL, true, true);
  else assign(connection, job, PacketType.JOB_ASSIGN_UNIQ, true, false);
}

function sendNoJob(connection: Connection): void {
  // The hook that was told of a start may have closed it.
  if (!connection.isClosed) connection.sendEmpty(PacketType.NO_JOB);
}

function assign(
  connection: Connection,
  job: Job,
  type: number,
  withUnique: boolean,
  withReducer: boolean,
): void {
  const { out, router } = connection;
  const { name } = job.func;
  let length = router.jobs.handleLength + 1 + name.length + 1 + job.payloadEnd - job.payloadStart;
  if (withUnique) length += job.uniqueEnd - job.uniqueStart + 1;
  if (withReducer) length += job.reducerLength + 1;
  out.packet(type, length);
  router.jobs.writeHandle(job, out);
  out.byte(0);
  out.bytes(name, 0, name.length);
  out.byte(0);
  if (withUnique) {
    out.bytes(job.body, job.uniqueStart, job.uniqueEnd);
    out.byte(0);
  }
  if (withReducer) {
    out.bytes(job.body, job.uniqueEnd + 1, job.uniqueEnd + 1 + job.reducerLength);
    out.byte(0);
  }
  out.bytes(job.body, job.payloadStart, job.payloadEnd, true);
  connection.link.flush();
}
