import { systemClock } from "../transport/event_loop.ts";
import type { Clock } from "../router/mod.ts";
import { inProgram, type Kind, LONGEST_TIMER } from "../options/kinds.ts";
import { checkOptions, type Row, type Rows, withDefaults } from "../options/rows.ts";
import type { BackoffOptions } from "./waiting.ts";
import type { Codec, Codecs, Payload } from "./payload.ts";
import type { ServerAddress } from "./server_address.ts";
import type { TelemetryApi } from "./telemetry/api.ts";
import { Telemetry } from "./telemetry/telemetry.ts";

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
  /** The servers: at least one. */
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
  /**
   * Where spans and metrics of its jobs go, by the conventions of OpenTelemetry for messaging. Default:
   * to the SDK that the program has registered when this is made, or nowhere; `false`: nowhere.
   */
  readonly telemetry?: TelemetryApi | false;
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

/** A number of milliseconds to wait. */
export const time: Kind<number> = number(
  "a number of milliseconds > 0 and < 2 ** 31, or Infinity",
  (value) => value === Infinity || (value > 0 && value <= LONGEST_TIMER),
);
/** A largest number of bytes. */
export const size: Kind<number> = number("a number of bytes >= 0", (value) => value >= 0);
/** A largest number of things. */
export const count: Kind<number> = number(
  "an integer >= 1, or Infinity",
  (value) => value === Infinity || (Number.isInteger(value) && value >= 1),
);
/** An object that holds options of its own. */
export const object: Kind<never> = inProgram(["object"], "an object");
/** A function that is told of something. */
export const listener: Kind<never> = inProgram(["function"], "a function");

/** A number; a value that is not one is out of range, too. */
export function number(wanted: string, isInRange: (value: number) => boolean): Kind<number> {
  return inProgram(undefined, wanted, (value) => typeof value === "number" && isInRange(value));
}

/** What clients and workers have in common. */
export const COMMON_OPTIONS = {
  servers: { kind: inProgram<never>(["array"], 'an array, such as ["localhost:4730"]') },
  codecs: { kind: object },
  connectTimeout: { kind: time, default: 5000 },
  replyTimeout: { kind: time, default: 30_000 },
  jobTimeout: { kind: time, default: 24 * 3600 * 1000 },
  backoff: { kind: object },
  telemetry: {
    kind: inProgram<TelemetryApi | false>(
      ["object", "boolean"],
      "the module @opentelemetry/api, an object with trace or metrics, or false",
      (given) => (given as unknown) !== true,
    ),
  },
  clock: { kind: object as Kind<Clock>, default: systemClock },
};

const CLIENT_OPTIONS: {
  readonly [Name in keyof ClientOptions]-?: Row<NonNullable<ClientOptions[Name]>>;
} = {
  ...COMMON_OPTIONS,
  maxPayload: { kind: size, default: LARGEST_DATA },
  maxResult: { kind: size, default: 256 * MIB },
  maxUnread: { kind: size, default: 256 * MIB },
  maxPending: { kind: count, default: 10_000 },
  onStray: { kind: listener },
};

/** The options with the defaults for those that are not given. */
export type CompleteOptions =
  & Required<Omit<ClientOptions<Codecs>, "backoff" | "codecs" | "onStray" | "telemetry">>
  & Pick<ClientOptions<Codecs>, "backoff" | "codecs" | "onStray">
  & { readonly telemetry: Telemetry | null };

/**
 * Fills in the defaults.
 *
 * @throws {TypeError} for an unknown option, or one of another type.
 * @throws {RangeError} for a value out of range.
 */
export function completeOptions(options: ClientOptions<Codecs>): CompleteOptions {
  const complete = completed("client", CLIENT_OPTIONS, options) as ClientOptions<Codecs> & {
    readonly clock: Clock;
  };
  return { ...complete, telemetry: Telemetry.of(complete) } as CompleteOptions;
}

/**
 * The options with the defaults of a table.
 *
 * @throws {TypeError} for something that is not an object, an unknown name, or if there are no servers.
 * @throws {RangeError} for a value out of range.
 */
export function completed<T extends { readonly servers: readonly ServerAddress[] }>(
  who: "client" | "worker",
  rows: Rows,
  options: T,
): T {
  const unknown = Object.keys(options ?? {}).find((name) => !Object.hasOwn(rows, name));
  const isObject = typeof options === "object" && !Array.isArray(options);
  if (isObject && unknown !== undefined) throw new TypeError(`There is no option ${unknown}`);
  const example = '{ servers: ["localhost:4730"] }';
  checkOptions(rows, options, `The options of a ${who} must be an object, such as ${example}`);
  const { servers = [] } = options;
  if (servers.length === 0) throw new TypeError(`A ${who} needs servers`);
  return withDefaults(rows, options);
}

/** @throws {RangeError} when it is not a time to wait. */
export function checkTime(name: string, value: unknown): void {
  checkOptions({ [name]: { kind: time } }, { [name]: value }, "");
}
