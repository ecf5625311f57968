import {
  bytes,
  flag,
  inProgram,
  integer,
  type Kind,
  orInfinity,
  seconds,
  text,
  wrong,
} from "../options/kinds.ts";
import { checkOptions, inGroup, type Row } from "../options/rows.ts";
import type { Policies } from "../policies/mod.ts";
import type { Log, MaxQueue } from "../router/mod.ts";
import { ROUTER_OPTIONS, type RouterSettings } from "../router/options.ts";
import type { SharedQueue } from "../store/shared_queue.ts";
import type { JobStore } from "../store/store.ts";
import type { KeepAlive } from "../transport/transport.ts";
import { type ScheduleRequest, schedulesOf } from "../router/schedule_request.ts";
import { checkHttp, HTTP_OPTIONS, type HttpSettings } from "./http_options.ts";
import { scheduleList } from "./schedule_list.ts";
import { checkPolicies, policyList } from "./policies.ts";

const MIB = 1024 * 1024;

/** Limit of the live jobs of a function: one for all priorities, or by priority. 0 is no limit. */
export type MaxQueueSetting = number | {
  readonly high?: number;
  readonly normal?: number;
  readonly low?: number;
};

/** How one listening socket behaves. */
export interface ListeningSockOptions {
  /** Listen on this address only; all addresses by default. */
  readonly localAddr?: string;
  /**
   * Who may connect to a unix socket: the permission bits of its file, such as `0o660`. Those of the
   * process's umask by default, or `0o660` with a group.
   */
  readonly mode?: number;
  /** Number of the group that the file of a unix socket is given to; the process's by default. */
  readonly group?: number;
  /**
   * How many waiting connections are accepted before the others have their turn, of a millisecond at
   * least. Without it the runtime alone decides: Deno serves others every some dozen connections.
   */
  readonly acceptPerLoop?: number;
  /**
   * How many connections may wait to be accepted.
   * @default {1024}
   */
  readonly backlog?: number;
}

/** How a {@linkcode Server} behaves. All have defaults; an unknown name is refused. */
export interface ServerOptions extends RouterSettings, HttpSettings {
  /** Listen at once on this TCP port, on all addresses; 0 for any free port. */
  readonly port?: number;
  /**
   * Rules for the jobs of functions, by patterns of their names: see docs/policies.md.
   * @default none
   */
  readonly policies?: Policies;
  /** Limits of live jobs by function name. */
  readonly maxQueue?: Readonly<Record<string, MaxQueueSetting>>;
  /**
   * Bytes of output that a peer may leave unread before it is cut off.
   * @default {268435456}
   */
  readonly maxUnsent?: number;
  /**
   * Connections at most; more are told so and closed, but for 24 that ask by text commands and may
   * stay for 5 seconds: 16 from this machine, 8 from others for `version` and `ready`.
   * @default {Infinity}
   */
  readonly maxConnections?: number;
  /**
   * Seconds after which a graceful stop becomes an immediate one. Jobs that still run are there at the
   * next start, if there is a store; clients that still wait for one lose their connection.
   * @default {Infinity}
   */
  readonly stopTimeout?: number;
  /** TCP keepalive on accepted connections; `true` with the system's times. */
  readonly keepAlive?: boolean | KeepAlive;
  /**
   * Where background jobs are kept, so that a restart does not lose them. The server closes it when
   * it stops. In memory only by default.
   */
  readonly store?: JobStore;
  /**
   * Where background jobs are kept that several servers share: each takes them, and the workers of each
   * get them. The server lets go of it when it stops. It takes the place of a `store`.
   */
  readonly sharedQueue?: SharedQueue;
  /**
   * Seconds that a background submit is held while the shared queue cannot be reached; then it is
   * refused.
   * @default {10}
   */
  readonly storeTimeout?: number;
  /**
   * What operators of a shared queue know this server by.
   * @default the name of the machine, or `localhost` where that may not be read
   */
  readonly serverName?: string;
  /**
   * Bytes that the payloads of stored jobs that wait may take in memory; those of further ones are
   * read from the store when a worker takes them.
   * @default 268435456, or half of `maxJobMemory` if that is less
   */
  readonly memoryLimit?: number;
  /**
   * How many stored jobs may be in memory; of further ones that wait there are some 40 bytes each, and
   * what is stored is read when it is their turn, or somebody asks for them.
   * @default half of the default of `maxJobs`
   */
  readonly jobsInMemory?: number;
  /** Jobs that are submitted at times of a calendar. With a shared queue there can be none. */
  readonly schedules?: readonly ScheduleRequest[];
  /**
   * How many schedules clients and operators may make.
   * @default {1000}
   */
  readonly maxSchedules?: number;
  /**
   * The time zone of schedules that name none, and of those that clients make: a name of the IANA
   * database.
   * @default {"UTC"}
   */
  readonly scheduleTimezone?: string;
  /** Where log lines go; nowhere by default. */
  readonly log?: Log;
  /** The text command `shutdown` was accepted; without it, the server stops itself. */
  readonly onShutdown?: (graceful: boolean) => void;
}

/** Limits by function name: `FUNC=N` or `FUNC=HIGH,NORMAL,LOW`. An equals sign may be in FUNC. */
const maxQueues: Kind<Readonly<Record<string, MaxQueueSetting>>> = {
  ...inProgram(["object"], "an object with limits by function name"),
  label: "FUNC=N",
  parse(text) {
    const [, name, sizes] = /^(.+)=(\d{1,15}(?:,\d{1,15}){0,2})$/s.exec(text) ?? [];
    if (name === undefined) throw wrong(text, "FUNC=N or FUNC=HIGH,NORMAL,LOW");
    const [first, normal, low = 0] = sizes.split(",").map(Number);
    return { [name]: normal === undefined ? first : { high: first, normal, low } };
  },
};

/** Largest signed 32-bit integer: what a system call takes. */
const MAX_INT = 2 ** 31 - 1;
const port = integer(0, 65535);
const count = orInfinity(integer(1));
const timezone: Kind<string> = {
  ...text("ZONE"),
  wanted: "a time zone such as Europe/Berlin",
  accepts: isTimezone,
  parse(text) {
    if (isTimezone(text)) return text;
    throw wrong(text, "a time zone such as Europe/Berlin");
  },
};

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

/** Every option of a server, with those of its router. */
export const SERVER_OPTIONS: {
  readonly [Name in keyof ServerOptions]-?: Row<NonNullable<ServerOptions[Name]>>;
} = {
  ...inGroup("Limits", {
    maxQueue: {
      repeatable: true,
      kind: maxQueues,
      defaultText: "no limit",
      help: "Refuse jobs of a function above this number of waiting and running ones; " +
        "FUNC=HIGH,NORMAL,LOW by priority. 0 is no limit. May be repeated.",
    },
    maxConnections: {
      kind: count,
      default: Infinity,
      defaultText: "96 below the limit of file descriptors",
      help: "Further connections get an error and are closed, except for a few that ask by text " +
        "commands: any of them from this machine, version and ready from others.",
    },
    maxUnsent: {
      kind: orInfinity(bytes()),
      default: 256 * MIB,
      help: "Disconnect a peer that leaves this much output unread.",
    },
  }),
  ...ROUTER_OPTIONS,
  ...inGroup("Jobs and workers", {
    policies: {
      name: "policy",
      repeatable: true,
      kind: policyList,
      defaultText: "none",
      help: "A rule for the jobs of functions, as a table in JSON: see docs/policies.md. In a " +
        'configuration file it is a table [policy."GLOB"], which SIGHUP reads again. May be ' +
        "repeated.",
    },
  }),
  ...HTTP_OPTIONS,
  port: { kind: port },
  keepAlive: { kind: inProgram(["boolean", "object"], "true, false or an object"), default: true },
  store: { kind: inProgram(["object"], "a store") },
  sharedQueue: { kind: inProgram(["object"], "a shared queue") },
  log: { kind: inProgram(["object"], "an object with the methods enabled and write") },
  onShutdown: { kind: inProgram(["function"], "a function") },
  ...inGroup("Durability", {
    memoryLimit: {
      kind: orInfinity(bytes()),
      default: 256 * MIB,
      help: "Memory for the payloads of stored jobs that wait; further payloads stay on disk.",
    },
    jobsInMemory: {
      kind: count,
      defaultText: "half of the default of --max-jobs",
      help:
        "Stored jobs in memory; of further ones that wait there are some 40 bytes each, and the " +
        "rest stays on disk until it is their turn.",
    },
    storeTimeout: {
      kind: seconds,
      default: 10,
      help: "How long a background submit is held while the queue that servers share cannot be " +
        "reached; then it gets an error, so that clients turn to another server.",
    },
    serverName: {
      kind: text("NAME"),
      defaultText: "the name of the machine",
      help: "What operators know this server by where several share a queue.",
    },
  }),
  ...inGroup("Schedules", {
    schedules: {
      name: "schedule",
      repeatable: true,
      kind: scheduleList,
      defaultText: "none",
      help: "A job that is submitted at times of a calendar, as a table in JSON: see " +
        "docs/policies.md. In a configuration file it is a table [[schedule]], which SIGHUP reads " +
        "again. May be repeated.",
    },
    maxSchedules: {
      kind: integer(0),
      default: 1000,
      help:
        "How many schedules clients and operators may make, besides those of the configuration.",
    },
    scheduleTimezone: {
      kind: timezone,
      default: "UTC",
      help: "The time zone of schedules that name none, such as Europe/Berlin.",
    },
  }),
  stopTimeout: {
    group: "Process",
    // A program may also want to stop at once, or to wait for ever.
    kind: {
      ...seconds,
      wanted: `${seconds.wanted!.replace(">", ">=")}, or Infinity`,
      accepts: (value) => value === 0 || value === Infinity || seconds.accepts!(value),
    },
    default: Infinity,
    defaultText: "none",
    help: "How long a graceful stop may take; after that the server stops at once.",
  },
};

/**
 * Checks the options of a server, also those that are its router's: nothing is started before.
 *
 * @throws {TypeError} for something that is not an object, an unknown name, or a value of another type.
 * @throws {RangeError} for a value out of range.
 */
export function checkServerOptions(options: ServerOptions): void {
  const example = "The options of a server must be an object, such as { port: 4730 }";
  checkOptions(SERVER_OPTIONS, options, example);
  for (const limits of Object.values(options.maxQueue ?? {})) maxQueueOf(limits);
  checkHttp(options);
  checkPolicies(options.policies);
  const { keepAlive, log, store, sharedQueue, schedules = [] } = options;
  checkSchedules(schedules);
  if (sharedQueue !== undefined && schedules.length > 0) {
    throw new TypeError("Options schedules and sharedQueue exclude each other");
  }
  if (store !== undefined && sharedQueue !== undefined) {
    throw new TypeError("Options store and sharedQueue exclude each other: jobs are in one place");
  }
  if (typeof keepAlive === "object") checkOptions(KEEP_ALIVE, keepAlive, "", "keepAlive.");
  for (const name of ["enabled", "write"] as const) {
    if (log === undefined || typeof log[name] === "function") continue;
    throw new TypeError(`Option log has no method ${name}`);
  }
}

function checkSchedules(schedules: readonly ScheduleRequest[]): void {
  try {
    schedulesOf(schedules, SERVER_OPTIONS.scheduleTimezone.default!);
  } catch (error) {
    const { message } = error as Error;
    throw message.includes("schedules") ? error : new TypeError(`Option schedules: ${message}`);
  }
}

const limit = { kind: integer(0) };
const PRIORITIES = { high: limit, normal: limit, low: limit };

/**
 * A limit as the router takes it.
 *
 * @throws {TypeError} for an unknown priority, or a value of another type.
 * @throws {RangeError} when a limit is not an integer >= 0.
 */
export function maxQueueOf(setting: MaxQueueSetting): MaxQueue {
  const limits = typeof setting === "number"
    ? { high: setting, normal: setting, low: setting }
    : setting;
  checkOptions(PRIORITIES, limits, "Option maxQueue must have numbers or objects", "maxQueue.");
  const { high = 0, normal = 0, low = 0 } = limits;
  return [high, normal, low];
}

const time = { kind: inProgram<number>(["number"], "a number >= 1", (value) => value >= 1) };
const KEEP_ALIVE: { readonly [Name in keyof KeepAlive]-?: Row<number> } = {
  idle: time,
  interval: time,
  count: time,
};

/** With a misspelt `localAddr` it would listen to everybody. */
const LISTENING_OPTIONS: {
  readonly [Name in keyof ListeningSockOptions]-?: Row<NonNullable<ListeningSockOptions[Name]>>;
} = {
  localAddr: { kind: inProgram(["string"], "a text") },
  mode: { kind: integer(0, 0o777) },
  group: { kind: integer(0, MAX_INT) },
  acceptPerLoop: { kind: integer(1, MAX_INT) },
  backlog: { kind: integer(1, MAX_INT) },
};

/** The options that are about the file of a unix socket. */
const FILE_OPTIONS = ["mode", "group"] as const;

/**
 * Checks where to listen, and the options of a listening socket.
 *
 * @throws {TypeError} for an unknown name, a value of another type, or an option for another kind of
 * socket.
 * @throws {RangeError} for a value out of range.
 */
export function checkListening(
  place: number | { readonly path: string },
  options: ListeningSockOptions,
): void {
  checkPlace(place);
  const example =
    'The options of a listening socket must be an object, such as { localAddr: "127.0.0.1" }';
  checkOptions(LISTENING_OPTIONS, options, example);
  const [given] = FILE_OPTIONS.filter((name) => options[name] !== undefined);
  if (given === undefined || typeof place === "object") return;
  throw new TypeError(`Option ${given} is for unix sockets, not for a TCP port`);
}

function checkPlace(place: number | { readonly path: string }): void {
  if (typeof place === "number") return checkOptions({ port: { kind: port } }, { port: place }, "");
  if (typeof place?.path !== "string") {
    throw new TypeError("Where to listen is a port number, or { path } of a unix socket");
  }
  if (place.path === "") throw new RangeError("The path of a unix socket is empty");
}

/**
 * Checks how a server is to be stopped.
 *
 * @throws {TypeError} for an unknown name, or a value of another type.
 */
export function checkStopOptions(options: { readonly graceful?: boolean }): void {
  const example = "How to stop must be an object, such as { graceful: true }";
  checkOptions({ graceful: { kind: flag } }, options, example);
}
