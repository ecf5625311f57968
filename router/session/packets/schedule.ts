import {
  byteString,
  encodeName,
  ERRORS,
  MAX_FUNCTION_LENGTH,
  MAX_UNIQUE_LENGTH,
  PacketType,
  type PacketView,
  type ProtocolError,
} from "../../../protocol/mod.ts";
import { Priority } from "../../model/job_state.ts";
import { type ClientSchedule, MAX_SCHEDULE_PAYLOAD } from "../../schedules.ts";
import type { Connection } from "../connection.ts";

/** Arguments of the packet: function and unique, then minute, hour, day of month, month, day of week. */
const FIELDS = [2, 3, 4, 5, 6];

/**
 * SUBMIT_JOB_SCHED: makes a schedule, which submits a job in the background, with normal priority,
 * whenever the five fields say so. JOB_CREATED has the handle of the schedule.
 */
export function submitJobSchedule(connection: Connection, view: PacketView): void {
  const refusal = refusalOf(view);
  if (refusal !== null) return connection.refuse(refusal);
  const { schedules } = connection.router;
  if (schedules === null) return connection.refuse(ERRORS.noSchedules);
  const asked = scheduleIn(view);
  // What keeps schedules may have to be loaded first. What the peer sends meanwhile waits.
  const goOn = connection.pause();
  schedules.load((loaded) => {
    if (!connection.isClosed) {
      const made = "code" in loaded ? loaded : loaded.submit(asked, connection);
      if ("code" in made) refuse(connection, made);
      else created(connection, made.name);
    }
    goOn();
  });
}

function refusalOf(view: PacketView): ProtocolError | null {
  if (view.argumentLength(0) > MAX_FUNCTION_LENGTH) return ERRORS.functionTooLarge;
  if (view.argumentLength(1) > MAX_UNIQUE_LENGTH) return ERRORS.uniqueTooLarge;
  if (view.end - view.dataStart > MAX_SCHEDULE_PAYLOAD) return ERRORS.schedulePayloadTooLarge;
  return null;
}

function scheduleIn(view: PacketView): ClientSchedule {
  const argument = (index: number) =>
    view.bytes.slice(view.argumentStart(index), view.argumentEnd(index));
  return {
    cron: FIELDS.map((index) => byteString(argument(index)) || "*").join(" "),
    job: {
      function: argument(0),
      unique: argument(1),
      payload: view.bytes.slice(view.dataStart, view.end),
      priority: Priority.NORMAL,
    },
  };
}

/** The packet is not in the view any more. */
function refuse(connection: Connection, error: ProtocolError): void {
  connection.router.log.requestRefused(connection, PacketType.SUBMIT_JOB_SCHED, error.text);
  connection.sendError(error);
}

function created(connection: Connection, handle: string): void {
  const bytes = encodeName(handle);
  connection.out.packet(PacketType.JOB_CREATED, bytes.length);
  connection.out.bytes(bytes);
  connection.link.flush();
}
