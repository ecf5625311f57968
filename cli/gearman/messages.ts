import process from "node:process";
import { plainText } from "../../router/log/text.ts";
import {
  ConnectionLostError,
  JobTimeoutError,
  NoServerError,
  ServerError,
} from "../../client/errors.ts";

/**
 * Says what went wrong as that tool does.
 *
 * @param where the function of its library in which it would go wrong.
 */
export function complain(where: string, what: string): void {
  process.stderr.write(`gearman: ${where} : ${plainText(what.replaceAll("\n", " "))}\n`);
}

/** A server, or one of these, cannot be connected to. */
export function notConnected(servers: string, why: string): string {
  return `flush(GEARMAN_COULD_NOT_CONNECT) Connection to ${servers} failed -> ${why}`;
}

/** An error as that tool words it, and what else is known. */
export function errorText(error: Error, servers: readonly string[]): string {
  const { message } = error;
  if (error instanceof NoServerError) {
    const reasons = error.errors.map(({ message }) => message);
    return notConnected(servers.join(","), reasons.join("; "));
  }
  if (error instanceof JobTimeoutError) {
    return `gearman_wait(GEARMAN_TIMEOUT) timeout reached -> ${message}`;
  }
  if (error instanceof ConnectionLostError) return `(GEARMAN_LOST_CONNECTION) ${message}`;
  if (error instanceof ServerError) return `(GEARMAN_SERVER_ERROR) ${message}`;
  return message;
}
