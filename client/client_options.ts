import { systemClock } from "../transport/system_clock.ts";
import type { Clock } from "../router/mod.ts";
import type { BackoffOptions } from "./backoff.ts";
import type { ServerAddress } from "./server_address.ts";

/**
 * A packet that nobody waits for: the result of a job whose handle the client does not know, say.
 *
 * @example
 * ```ts
 * import { Client, type StrayPacket } from "@geartrain/server";
 *
 * const onStray = ({ name, handle, server }: StrayPacket) => console.warn(name, handle, server);
 * await using _client = new Client({ servers: ["localhost"], onStray });
 * ```
 */
export interface StrayPacket {
  /** Type of the packet, as in `WORK_COMPLETE`. */
  readonly name: string;
  /** Its first argument, of most packets a handle; `""` if it has none. */
  readonly handle: string;
  /** The server that sent it. */
  readonly server: string;
}

/**
 * Which servers, and how patient the client is. Times in milliseconds, sizes in bytes.
 *
 * @example
 * ```ts
 * import { Client, type ClientOptions } from "@geartrain/server";
 *
 * const options: ClientOptions = { servers: ["jobs1", "jobs2:4731"], connectTimeout: 1000 };
 * await using _client = new Client(options);
 * ```
 */
export interface ClientOptions {
  /** At least one. */
  readonly servers: readonly ServerAddress[];
  /** How long a server may take until it is connected and has answered. Default 5000. */
  readonly connectTimeout?: number;
  /**
   * How long a server may owe an answer to a request, or its connection be without a sign of life
   * while jobs run; then the connection is closed. Results have as much time as they need unless the
   * job has a `timeout`. Default 30000.
   */
  readonly replyTimeout?: number;
  /** How long a server that cannot be connected to is left alone. */
  readonly backoff?: BackoffOptions;
  /** Largest payload that is submitted. Default 64 MiB, which is the most that servers take. */
  readonly maxPayload?: number;
  /** Largest packet that is taken from a server. Default 256 MiB. */
  readonly maxResult?: number;
  /** What may wait of the updates of one job until somebody reads them. Default 256 MiB. */
  readonly maxUnread?: number;
  /** Told of packets that nobody waits for; they are ignored otherwise. */
  readonly onStray?: (packet: StrayPacket) => void;
  /** Tells the time; the machine's unless a test wants another. */
  readonly clock?: Clock;
}

const MIB = 1024 * 1024;
const DEFAULTS = {
  connectTimeout: 5000,
  replyTimeout: 30_000,
  maxPayload: 64 * MIB,
  maxResult: 256 * MIB,
  maxUnread: 256 * MIB,
  backoff: undefined,
  onStray: undefined,
  clock: systemClock,
};

/** The options with the defaults for those that are not given. */
export type CompleteOptions =
  & Required<Omit<ClientOptions, "backoff" | "onStray">>
  & Pick<ClientOptions, "backoff" | "onStray">;

/**
 * Fills in the defaults.
 *
 * @throws {TypeError} for an option that does not exist.
 * @throws {RangeError} for a value out of range.
 */
export function completeOptions(options: ClientOptions): CompleteOptions {
  for (const name of Object.keys(options)) {
    if (name !== "servers" && !(name in DEFAULTS)) {
      throw new TypeError(`There is no option ${name}`);
    }
  }
  if (!(options.servers?.length > 0)) throw new TypeError("A client needs servers");
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const complete: CompleteOptions = {
    ...DEFAULTS,
    ...Object.fromEntries(given),
    servers: options.servers,
  };
  for (const name of ["connectTimeout", "replyTimeout"] as const) checkTime(name, complete[name]);
  for (const name of ["maxPayload", "maxResult", "maxUnread"] as const) {
    const value = complete[name];
    if (!(typeof value === "number" && value >= 0)) {
      throw new RangeError(`${name} is a number of bytes`);
    }
  }
  return complete;
}

/** The longest time that a timer of a runtime can run, in milliseconds. */
const LONGEST_TIME = 2 ** 31 - 1;

/** Refuses what is no time to wait. */
export function checkTime(name: string, value: number): void {
  if (value === Infinity || (typeof value === "number" && value > 0 && value <= LONGEST_TIME)) {
    return;
  }
  throw new RangeError(`${name} is a number of milliseconds above 0, or Infinity`);
}
