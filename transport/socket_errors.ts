import { hostAndPort } from "../protocol/mod.ts";

/**
 * An address that cannot be listened on.
 *
 * @example
 * ```ts
 * import { ListenError, Server } from "@geartrain/server";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * await using server = new Server();
 * const localAddr = "127.0.0.1";
 * const { addr } = await server.start(0, { localAddr });
 * const error = await assertRejects(() => server.start(addr.port, { localAddr }), ListenError);
 * assertEquals(error.code, "EADDRINUSE");
 * ```
 */
export class ListenError extends Error {
  /** `"ListenError"` */
  override readonly name: string = "ListenError";
  /** `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, ... */
  readonly code: string;

  /** An error with the code, for an address that could not be listened on. */
  constructor(code: string, address: string, reason: string) {
    super(`Cannot listen on ${address}: ${reason}`);
    this.code = code;
  }
}

/**
 * A server that cannot be connected to.
 *
 * @example
 * ```ts
 * import { Client, ConnectError, NoServerError } from "@geartrain/server";
 * import { assert, assertRejects } from "@std/assert";
 *
 * await using client = new Client({ servers: ["unix:/nonexistent/socket"] });
 * const { errors: [error] } = await assertRejects(() => client.echo("hi"), NoServerError);
 * assert(error instanceof ConnectError && error.code === "ENOENT");
 * ```
 */
export class ConnectError extends Error {
  /** `"ConnectError"` */
  override readonly name: string = "ConnectError";
  /** `ECONNREFUSED`, `ENOTFOUND`, `ETIMEDOUT`, ... */
  readonly code: string;

  /** An error with the code, for an address that could not be connected to. */
  constructor(code: string, address: string, reason: string) {
    super(`Cannot connect to ${address}: ${reason}`);
    this.code = code;
  }
}

/** Where one listens, or connects to. */
interface Address {
  readonly hostname?: string;
  readonly port?: number;
  readonly path?: string;
}

/** An address as messages show it. */
export function addressText(options: Address): string {
  if (options.path !== undefined) return `unix:${options.path}`;
  const { hostname = "*", port = 0 } = options;
  return hostAndPort(hostname, port);
}

/** What a runtime's error means to whoever wanted to listen. */
export function listenError(error: unknown, options: Address): ListenError {
  if (error instanceof ListenError) return error;
  const { code, name, message } = error as Error & { code?: string };
  const known = code ?? CODES_OF_NAMES[name] ?? "ENOTFOUND";
  return new ListenError(known, addressText(options), REASONS[known] ?? message);
}

/** What a runtime's error means to whoever wanted to connect. */
export function connectError(error: unknown, options: Address): ConnectError {
  const { code, name, message } = error as Error & { code?: string };
  const known = code ?? CODES_OF_NAMES[name] ?? "ENOTFOUND";
  return new ConnectError(known, addressText(options), CONNECT_REASONS[known] ?? message);
}

/** The codes of errors that come without one. Deno and Bun give none to the error that a name has no address. */
const CODES_OF_NAMES: Record<string, string> = {
  ConnectionRefused: "ECONNREFUSED",
  NotFound: "ENOENT",
  NotCapable: "EACCES",
  RangeError: "EINVAL",
  TypeError: "EINVAL",
};

const REASONS: Record<string, string> = {
  EADDRINUSE: "the address is in use",
  EACCES: "permission denied",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "the name has no address",
};

const CONNECT_REASONS: Record<string, string> = {
  EACCES: "permission denied",
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "the connection was reset",
  EHOSTUNREACH: "there is no route to that machine",
  ENETUNREACH: "there is no route to that network",
  ENOENT: "there is no such socket",
  ENOTFOUND: "the name has no address",
  ETIMEDOUT: "nobody answers",
};
