import { StoreError } from "../../store.ts";
import { SslError } from "./socket.ts";

/** The five characters by which PostgreSQL says what went wrong; "" if it was not PostgreSQL. */
export function sqlState(error: unknown): string {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return severity !== undefined && typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)
    ? code
    : "";
}

/** The server was declared dead: raised by the functions of the schema. */
export const IS_DEAD = "GT001";
/** The call was taken back, or a later one of its connection was made: raised by those functions. */
export const IS_TAKEN_BACK = "GT002";

/** There is no function with such a number: raised by those functions. */
export const IS_UNKNOWN_FUNCTION = "GT003";

/**
 * Nothing is known of what became of a statement: the connection is broken, or breaks as the server
 * stops.
 */
export function isBroken(error: unknown): boolean {
  const state = sqlState(error);
  return state === "" || state.startsWith("57P") || state.startsWith("08");
}

/** It may go well the next time: deadlocks, timeouts, and where there is no room or memory. */
export function isPassing(error: unknown): boolean {
  return /^(40|53|55P03|57014|58)/.test(sqlState(error));
}

/** Trying again to connect would be of no use: authorization, unknown database, missing rights, TLS. */
export function isForGood(error: unknown): boolean {
  if (error instanceof StoreError || error instanceof SslError) return true;
  const { code } = error as { code?: unknown };
  return /^(28|3D|42|0A|22)/.test(sqlState(error)) || /CERT|ALTNAME|UNABLE_TO/.test(String(code));
}

/** One line that says what went wrong; never a password. */
export function causeOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: unknown };
  const text = (message ?? String(error)).replace(/\s+/g, " ").trim();
  if (/^CONNECTION_/.test(String(code))) return "the connection was closed";
  return text === "" ? String(code) : text;
}

/** An error of a queue, with its name. */
export function storeError(name: string, error: unknown): StoreError {
  if (error instanceof StoreError && error.message.startsWith(name)) return error;
  return new StoreError(`${name}: ${causeOf(error)}`);
}
