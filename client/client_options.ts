import { systemClock } from "../transport/event_loop.ts";
import type { Clock } from "../router/mod.ts";
import type { BackoffOptions } from "./waiting.ts";
import type { Codec, Codecs } from "./codec.ts";
import type { Payload } from "./payload.ts";
import type { ServerAddress } from "./server_address.ts";

/**
 * A packet that nobody waits for: the result of a job whose handle the client does not know, say.
 */
export interface StrayPacket {
  /** Type of the packet, as in `WORK_COMPLETE`. */
  readonly name: string;
  /** Its first argument, of most packets a handle; `""` if it has none. */
  readonly handle: string;
  /** The server that sent it. */
  readonly server: string;
}

/** The functions of a client without codecs: any name, bytes in and out. */
export type PlainFunctions = Readonly<Record<string, Codec<Payload | undefined, Uint8Array>>>;

/** Which servers, and how patient the client is. Times in milliseconds, sizes in bytes. */
export interface ClientOptions<Declared extends Codecs = PlainFunctions> {
  /** At least one. */
  readonly servers: readonly ServerAddress[];
  /** The functions that there are, and how their payloads and results are written. */
  readonly codecs?: Declared;
  /** How long a server may take until it is connected and has answered. Default 5000. */
  readonly connectTimeout?: number;
  /**
   * How long a server may owe an answer to a request, or its connection be without a sign of life
   * while jobs run; then the connection is closed. Results have as much time as they need unless the
   * job has a `timeout`. Default 30000.
   */
  readonly replyTimeout?: number;
  /**
   * How long a foreground job may take that has no `timeout` of its own. Default 86400000, which is
   * a day: nobody waits for ever by mistake.
   */
  readonly jobTimeout?: number;
  /** How long a server that cannot be connected to is left alone. */
  readonly backoff?: BackoffOptions;
  /** Largest payload that is submitted. Default {@linkcode LARGEST_DATA}. */
  readonly maxPayload?: number;
  /** Largest packet that is taken from a server. Default 256 MiB. */
  readonly maxResult?: number;
  /**
   * How many jobs may be under way at once: sent, and without a result, or in the background without
   * a handle. Further submits wait in this client, in their order; until then, `handle` does not
   * resolve. Default 10000.
   */
  readonly maxPending?: number;
  /** What may wait of the updates of one job until somebody reads them. Default 256 MiB. */
  readonly maxUnread?: number;
  /** Told of packets that nobody waits for; they are ignored otherwise. */
  readonly onStray?: (packet: StrayPacket) => void;
  /** Tells the time; the machine's unless a test wants another. */
  readonly clock?: Clock;
}

const MIB = 1024 * 1024;

/**
 * The largest payload or result by default, in bytes: 1 KiB less than 64 MiB. A server that is not
 * told otherwise takes packets of 64 MiB; a larger one costs the connection and all that is under way
 * on it. The KiB is for names and handles.
 *
 * @example
 * ```ts
 * import { LARGEST_DATA } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(LARGEST_DATA, 67_107_840);
 * ```
 */
export const LARGEST_DATA: number = 64 * MIB - 1024;
const DEFAULTS = {
  connectTimeout: 5000,
  replyTimeout: 30_000,
  jobTimeout: 24 * 3600 * 1000,
  maxPayload: LARGEST_DATA,
  maxResult: 256 * MIB,
  maxUnread: 256 * MIB,
  maxPending: 10_000,
  backoff: undefined,
  onStray: undefined,
  codecs: undefined,
  clock: systemClock,
};

/** The options with the defaults for those that are not given. */
export type CompleteOptions =
  & Required<Omit<ClientOptions<Codecs>, "backoff" | "codecs" | "onStray">>
  & Pick<ClientOptions<Codecs>, "backoff" | "codecs" | "onStray">;

/**
 * Fills in the defaults.
 *
 * @throws {TypeError} for an option that does not exist.
 * @throws {RangeError} for a value out of range.
 */
export function completeOptions(options: ClientOptions<Codecs>): CompleteOptions {
  checkOptions("client", options, (name) => name === "servers" || Object.hasOwn(DEFAULTS, name));
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const complete: CompleteOptions = {
    ...DEFAULTS,
    ...Object.fromEntries(given),
    servers: options.servers,
  };
  for (const name of ["connectTimeout", "replyTimeout", "jobTimeout"] as const) {
    checkTime(name, complete[name]);
  }
  for (const name of ["maxPayload", "maxResult", "maxUnread"] as const) {
    checkSize(name, complete[name]);
  }
  checkCount("maxPending", complete.maxPending);
  checkType("onStray", complete.onStray, "function");
  checkType("backoff", complete.backoff, "object");
  checkType("codecs", complete.codecs, "object");
  return complete;
}

/**
 * Refuses options that are no object, have a name that is none, or lack servers.
 *
 * @throws {TypeError}
 */
export function checkOptions(
  who: "client" | "worker",
  options: { readonly servers: readonly ServerAddress[] },
  isName: (name: string) => boolean,
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    const example = '{ servers: ["localhost:4730"] }';
    throw new TypeError(`The options of a ${who} must be an object, such as ${example}`);
  }
  const unknown = Object.keys(options).find((name) => !isName(name));
  if (unknown !== undefined) throw new TypeError(`There is no option ${unknown}`);
  const { servers = [] } = options;
  if (!Array.isArray(servers)) {
    throw new TypeError('The option servers must be an array, such as ["localhost:4730"]');
  }
  if (servers.length === 0) throw new TypeError(`A ${who} needs servers`);
}

/** Refuses what is of another type. */
export function checkType(name: string, value: unknown, type: "function" | "object"): void {
  if (value === undefined || (typeof value === type && value !== null)) return;
  throw new TypeError(
    `The option ${name} must be ${type === "object" ? "an object" : "a function"}`,
  );
}

/** Refuses what is no number of bytes. */
export function checkSize(name: string, value: number): void {
  if (typeof value === "number" && value >= 0) return;
  throw new RangeError(`${name} must be a number of bytes >= 0`);
}

/** Refuses what is no number of things. */
function checkCount(name: string, value: number): void {
  if (value === Infinity || (Number.isInteger(value) && value >= 1)) return;
  throw new RangeError(`${name} must be an integer >= 1, or Infinity`);
}

/** The longest time that a timer of a runtime can run, in milliseconds. */
const LONGEST_TIME = 2 ** 31 - 1;

/** Refuses what is no time to wait. */
export function checkTime(name: string, value: number): void {
  if (value === Infinity || (typeof value === "number" && value > 0 && value <= LONGEST_TIME)) {
    return;
  }
  throw new RangeError(`${name} must be a number of milliseconds > 0 and < 2 ** 31, or Infinity`);
}
