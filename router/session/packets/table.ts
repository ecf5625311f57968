/**
 * This folder has what each packet does: the table of all types here, and beside it their handlers, a file
 * for each kind. A handler reads the arguments of the packet and calls the part of the router that
 * decides. Only the sessions may import it.
 *
 * @module
 */

import {
  ERRORS,
  type PacketInfo,
  PACKETS,
  type PacketType,
  type PacketView,
} from "../../../protocol/mod.ts";
import type { Connection } from "../connection.ts";
import { canDo, canDoTimeout, cantDo, resetAbilities } from "./abilities.ts";
import { grabJob, grabJobAll, grabJobUniq, preSleep } from "./grab.ts";
import { echo, option, setClientId } from "./peer.ts";
import {
  workComplete,
  workData,
  workException,
  workFail,
  workStatus,
  workWarning,
} from "./results.ts";
import { submitJobSchedule } from "./schedule.ts";
import { getStatus, getStatusUnique } from "./status.ts";
import {
  submitJob,
  submitJobBackground,
  submitJobEpoch,
  submitJobHigh,
  submitJobHighBackground,
  submitJobLow,
  submitJobLowBackground,
  submitReduceJob,
  submitReduceJobBackground,
} from "./submit.ts";

/** Does what one packet asks for. Its arguments have been split by the protocol's table. */
type PacketHandler = (connection: Connection, view: PacketView) => void;

/** What each packet does; what is not listed is answered with `Command not expected`. */
const HANDLERS: Partial<Record<keyof typeof PacketType, PacketHandler>> = {
  CAN_DO: canDo,
  CAN_DO_TIMEOUT: canDoTimeout,
  CANT_DO: cantDo,
  RESET_ABILITIES: resetAbilities,

  PRE_SLEEP: preSleep,
  GRAB_JOB: grabJob,
  GRAB_JOB_UNIQ: grabJobUniq,
  GRAB_JOB_ALL: grabJobAll,

  WORK_STATUS: workStatus,
  WORK_DATA: workData,
  WORK_WARNING: workWarning,
  WORK_COMPLETE: workComplete,
  WORK_FAIL: workFail,
  WORK_EXCEPTION: workException,

  SUBMIT_JOB: submitJob,
  SUBMIT_JOB_BG: submitJobBackground,
  SUBMIT_JOB_HIGH: submitJobHigh,
  SUBMIT_JOB_HIGH_BG: submitJobHighBackground,
  SUBMIT_JOB_LOW: submitJobLow,
  SUBMIT_JOB_LOW_BG: submitJobLowBackground,
  SUBMIT_JOB_EPOCH: submitJobEpoch,
  SUBMIT_JOB_SCHED: submitJobSchedule,
  SUBMIT_REDUCE_JOB: submitReduceJob,
  SUBMIT_REDUCE_JOB_BACKGROUND: submitReduceJobBackground,

  GET_STATUS: getStatus,
  GET_STATUS_UNIQUE: getStatusUnique,

  ECHO_REQ: echo,
  OPTION_REQ: option,
  SET_CLIENT_ID: setClientId,
};

const HANDLER_OF: readonly (PacketHandler | undefined)[] = PACKETS.map((info) =>
  info && HANDLERS[info.name]
);

/** Checks a packet against the protocol's table and hands it to its handler. */
export function dispatchPacket(connection: Connection, view: PacketView): void {
  const { log, counts } = connection.router;
  counts.packetsIn++;
  if (log.hasSteps) log.packet(connection, view);
  if (view.response) return connection.refuse(ERRORS.requestMagicExpected);
  const handler = HANDLER_OF[view.type];
  if (handler === undefined) return connection.refuse(ERRORS.commandNotExpected);
  const info = PACKETS[view.type]!;
  if (!view.split(info)) {
    if (mayLackNul(info)) view.wholeBodyIsFirstArgument();
    else if (info.name !== "WORK_STATUS" || !view.splitWithoutLast(info)) {
      return connection.fault("tooFewArguments");
    }
  }
  handler(connection, view);
}

/** Perl workers send a result that is empty without the NUL after the handle. */
function mayLackNul(info: PacketInfo): boolean {
  return info.sender === "both" && info.data;
}
