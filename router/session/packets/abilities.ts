import { ERRORS, MAX_FUNCTION_LENGTH, type PacketView } from "../../../protocol/mod.ts";
import type { Connection } from "../connection.ts";
import type { FunctionQueue } from "../../model/function_queue.ts";
import { readTimeout } from "./timeout.ts";

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
