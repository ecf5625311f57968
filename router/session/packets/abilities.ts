import {
  byteString,
  ERRORS,
  MAX_FUNCTION_LENGTH,
  type PacketView,
  readInteger,
  readUint32,
} from "../../../protocol/mod.ts";
import type { Connection } from "../connection.ts";
import type { FunctionQueue } from "../../model/function_queue.ts";

/** CAN_DO: the peer is a worker for a function. */
export function canDo(connection: Connection, view: PacketView): void {
  add(connection, view, 0);
}

/** CAN_DO_TIMEOUT: likewise, and a job that takes longer counts as lost. */
export function canDoTimeout(connection: Connection, view: PacketView): void {
  const timeout = readTimeout(view.bytes, view.argumentStart(1), view.argumentEnd(1));
  if (timeout === null) return connection.refuse(ERRORS.timeoutNotANumber);
  add(connection, view, timeout);
}

function add(connection: Connection, view: PacketView, timeout: number): void {
  const func = namedFunction(connection, view);
  if (func === null) return;
  const { abilities } = connection.router;
  if (!abilities.hasRoomFor(connection, func)) return connection.refuse(ERRORS.tooManyAbilities);
  abilities.add(connection, func, timeout);
}

/** CANT_DO: not any more. Jobs of the function that it already has it may finish. */
export function cantDo(connection: Connection, view: PacketView): void {
  const start = view.argumentStart(0);
  const func = connection.router.functions.find(view.bytes, start, view.argumentEnd(0));
  if (func !== undefined) connection.router.abilities.remove(connection, func);
}

/** RESET_ABILITIES: it can do nothing any more. Jobs that it already has it may finish. */
export function resetAbilities(connection: Connection): void {
  connection.router.abilities.removeAll(connection);
}

/** The function of a worker that is to get its jobs. */
function namedFunction(connection: Connection, view: PacketView): FunctionQueue | null {
  if (view.argumentLength(0) > MAX_FUNCTION_LENGTH) {
    connection.refuse(ERRORS.functionTooLarge);
    return null;
  }
  if (connection.isLeaving) return null;
  const { functions } = connection.router;
  const start = view.argumentStart(0);
  const end = view.argumentEnd(0);
  if (functions.hasRoom) return functions.findOrAdd(view.bytes, start, end);
  const func = functions.find(view.bytes, start, end);
  if (func !== undefined) return func;
  connection.refuse(ERRORS.tooManyFunctions);
  return null;
}

/** A text in milliseconds is not taken shorter than this, as in the C server. */
const SHORTEST = 1000;
/** The Go g2 library sends four bytes, most significant first. */
const BINARY_LENGTH = 4;
/** Longer than a century is as good as never. */
const LONGEST = 100 * 366 * 24 * 3600 * 1000;

/**
 * The timeout of a CAN_DO_TIMEOUT in milliseconds, 0 for none. Four encodings are in use:
 *
 * - decimal milliseconds (C, PHP, libgearman), at least a second;
 * - decimal seconds with a dot (Perl with a fraction, `"0.5"`), as short as it says;
 * - four bytes binary, seconds (Go g2);
 * - nothing, or zero or less: no timeout.
 *
 * @returns null when it is none of these.
 */
export function readTimeout(bytes: Uint8Array, start: number, end: number): number | null {
  if (start === end) return 0;
  const text = asciiNumber(bytes, start, end);
  if (text === null) {
    return isBinary(bytes, start, end) ? limited(readUint32(bytes, start) * 1000) : null;
  }
  if (text.includes(".")) return /\d/.test(text) ? limited(Number(text) * 1000) : null;
  const milliseconds = readInteger(bytes, start, end);
  if (Number.isNaN(milliseconds)) return null;
  return milliseconds <= 0 ? 0 : limited(Math.max(SHORTEST, milliseconds));
}

/** The bytes as text if they could be a decimal number, else null. */
function asciiNumber(bytes: Uint8Array, start: number, end: number): string | null {
  const text = byteString(bytes, start, end);
  return /^\s*[+-]?\d*\.?\d*\s*$/.test(text) ? text.trim() : null;
}

/** Four letters are no number of seconds that anybody means: it would be 17 years at least. */
function isBinary(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== BINARY_LENGTH) return false;
  return bytes.subarray(start, end).some((byte) => byte < 0x20 || byte > 0x7e);
}

function limited(milliseconds: number): number {
  return Math.min(Math.max(0, milliseconds), LONGEST);
}
