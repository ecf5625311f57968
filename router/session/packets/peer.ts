import { byteString, ERRORS, PacketType, type PacketView } from "../../../protocol/mod.ts";
import type { Connection } from "../connection.ts";

/** The most bytes of a client id that are kept, as in the C server. */
const MAX_CLIENT_ID_LENGTH = 127;
const EXCEPTIONS = "exceptions";
const CANCEL_NOTICE = "cancel-notice";
const OPTIONS_IN_NAME = "options-in-name";

/** ECHO_REQ: the same bytes back. */
export function echo(connection: Connection, view: PacketView): void {
  reply(connection, PacketType.ECHO_RES, view);
}

/**
 * OPTION_REQ: `exceptions`, and two additions of ours, in any case; bytes from a NUL on are ignored. With
 * `cancel-notice` a worker gets WORK_FAIL when a job that it runs is cancelled. With `options-in-name` what
 * stands behind the last question mark in the name of a function is never a part of that.
 */
export function option(connection: Connection, view: PacketView): void {
  const end = Math.min(view.end, view.start + OPTIONS_IN_NAME.length + 1);
  const [name] = byteString(view.bytes, view.start, end).toLowerCase().split("\0", 1);
  if (name === EXCEPTIONS) connection.wantsExceptions = true;
  else if (name === CANCEL_NOTICE) connection.wantsCancelNotices = true;
  else if (name === OPTIONS_IN_NAME) connection.putsOptionsInNames = true;
  else return connection.refuse(ERRORS.unknownOption);
  reply(connection, PacketType.OPTION_RES, view);
}

/** SET_CLIENT_ID: a name for the text command `workers`. */
export function setClientId(connection: Connection, view: PacketView): void {
  const end = Math.min(view.end, view.start + MAX_CLIENT_ID_LENGTH);
  connection.clientId = view.bytes.slice(view.start, end);
}

function reply(connection: Connection, type: number, view: PacketView): void {
  connection.out.packet(type, view.end - view.start);
  connection.out.bytes(view.bytes, view.start, view.end, view.stable);
  connection.link.flush();
}
