import type { Log, MaxQueue } from "../router/mod.ts";
import type { JobStore } from "../store/store.ts";
import type { KeepAlive } from "../transport/transport.ts";

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

/** How a {@linkcode Server} behaves. All have defaults; a name that is no option is refused. */
export interface ServerOptions {
  /** Listen at once on this TCP port, on all addresses; 0 for any free port. */
  readonly port?: number;
  /**
   * How many sleeping workers are woken for a job: 0 none, -1 all.
   * @default {3}
   */
  readonly wakeup?: number;
  /**
   * Seconds until more workers are woken while jobs wait: 0 as soon as possible, -1 never.
   * @default {0.1}
   */
  readonly wakeupDelay?: number;
  /**
   * After how many lost workers a job fails: -1 never; 0 and 1 at the first. Up to 255.
   * @default {-1}
   */
  readonly jobRetries?: number;
  /**
   * What handles begin with, at most 36 bytes.
   * @default {"H:<host name>"}
   */
  readonly jobHandlePrefix?: string;
  /**
   * Does every client get WORK_EXCEPTION, whether it asked for it or not?
   * @default {false}
   */
  readonly exceptions?: boolean;
  /** Limits of live jobs by function name. */
  readonly maxQueue?: Readonly<Record<string, MaxQueueSetting>>;
  /**
   * Largest packet in bytes.
   * @default {67108864}
   */
  readonly maxPacketSize?: number;
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
   * Bytes that packets of more than 64 KiB may take in memory together until they are whole. Beyond it
   * the peers with the largest ones are not read from; one packet at a time becomes whole in any case.
   * @default a quarter of the memory of the machine or container, at most 1073741824
   */
  readonly receiveLimit?: number;
  /**
   * How many jobs may live: waiting, scheduled and running. A submit above it gets QUEUE_ERROR, unless
   * it joins a job; stored jobs are there after a start however many they are.
   * @default as many as take, at 512 bytes each, a third of the memory of the machine or container, or
   * on Deno and Node half of what V8 allows, whichever is less
   */
  readonly maxJobs?: number;
  /**
   * Bytes that live jobs may take in memory: 512 each, and their uniques, reducers and payloads but for
   * those that are in the store only. A submit that does not fit gets QUEUE_ERROR.
   * @default half of the memory of the machine or container; of less than 384 MiB, all but 192 MiB, or
   * a quarter if that is more
   */
  readonly maxJobMemory?: number;
  /**
   * How many functions there may be. What would make one more gets QUEUE_ERROR.
   * @default as many as take, at 2048 bytes each, a sixteenth of the memory, at most 1,000,000
   */
  readonly maxFunctions?: number;
  /**
   * May the text command `shutdown` stop the server?
   * @default {false}
   */
  readonly allowShutdown?: boolean;
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
  /** Where log lines go; nowhere by default. */
  readonly log?: Log;
  /** The text command `shutdown` was accepted; without it, the server stops itself. */
  readonly onShutdown?: (graceful: boolean) => void;
}

/** Every option and what its value may be, so that what is misspelt is noticed. */
const TYPES: Record<keyof ServerOptions, readonly string[]> = {
  port: ["number"],
  wakeup: ["number"],
  wakeupDelay: ["number"],
  jobRetries: ["number"],
  jobHandlePrefix: ["string"],
  exceptions: ["boolean"],
  maxQueue: ["object"],
  maxPacketSize: ["number"],
  maxUnsent: ["number"],
  maxConnections: ["number"],
  receiveLimit: ["number"],
  maxJobs: ["number"],
  maxJobMemory: ["number"],
  maxFunctions: ["number"],
  allowShutdown: ["boolean"],
  stopTimeout: ["number"],
  keepAlive: ["boolean", "object"],
  store: ["object"],
  memoryLimit: ["number"],
  jobsInMemory: ["number"],
  log: ["object"],
  onShutdown: ["function"],
};

/**
 * Checks what the router does not check itself.
 *
 * @throws {TypeError} for what is no object, a name that is no option, or a value of another type.
 * @throws {RangeError} for a value out of range.
 */
export function checkServerOptions(options: ServerOptions): void {
  checkTypes(options, TYPES, "The options of a server must be an object, such as { port: 4730 }");
  if (options.port !== undefined) checkPort(options.port);
  checkCount("maxUnsent", options.maxUnsent);
  checkCount("maxConnections", options.maxConnections);
  checkCount("memoryLimit", options.memoryLimit);
  checkCount("receiveLimit", options.receiveLimit);
  checkCount("maxJobs", options.maxJobs);
  checkCount("maxJobMemory", options.maxJobMemory);
  checkCount("maxFunctions", options.maxFunctions);
  checkCount("jobsInMemory", options.jobsInMemory);
  checkStopTimeout(options.stopTimeout);
  for (const limits of Object.values(options.maxQueue ?? {})) maxQueueOf(limits);
  if (typeof options.keepAlive === "object") checkKeepAlive(options.keepAlive);
  for (const name of ["enabled", "write"] as const) {
    if (options.log === undefined || typeof options.log[name] === "function") continue;
    throw new TypeError(`Option log has no method ${name}`);
  }
}

/** Largest signed 32-bit integer: what a system call takes, and a timer in milliseconds. */
const MAX_INT = 2 ** 31 - 1;

function checkStopTimeout(seconds = Infinity): void {
  if (seconds === Infinity || (seconds >= 0 && seconds * 1000 <= MAX_INT)) return;
  const most = Math.floor(MAX_INT / 1000);
  throw new RangeError(
    `Option stopTimeout is ${seconds}; it must be a number of seconds from 0 to ${most}, or Infinity`,
  );
}

/** The same for a listening socket: with a misspelt `localAddr` it would listen to everybody. */
const LISTENING_TYPES: Record<keyof ListeningSockOptions, readonly string[]> = {
  localAddr: ["string"],
  mode: ["number"],
  group: ["number"],
  acceptPerLoop: ["number"],
  backlog: ["number"],
};

/** Those of them that are about the file of a unix socket. */
const FILE_OPTIONS = ["mode", "group"] as const;

/**
 * Checks where to listen, and the options of a listening socket.
 *
 * @throws {TypeError} for a name that is no option, a value of another type, or an option for another
 * kind of socket.
 * @throws {RangeError} for a value out of range.
 */
export function checkListening(
  place: number | { readonly path: string },
  options: ListeningSockOptions,
): void {
  checkPlace(place);
  checkTypes(
    options,
    LISTENING_TYPES,
    'The options of a listening socket must be an object, such as { localAddr: "127.0.0.1" }',
  );
  checkCount("acceptPerLoop", options.acceptPerLoop, MAX_INT);
  checkCount("backlog", options.backlog, MAX_INT);
  checkCount("mode", options.mode, 0o777, 0);
  checkCount("group", options.group, MAX_INT, 0);
  const [given] = FILE_OPTIONS.filter((name) => options[name] !== undefined);
  if (given === undefined || typeof place === "object") return;
  throw new TypeError(`Option ${given} is for unix sockets, not for a TCP port`);
}

/**
 * Checks how a server is to be stopped.
 *
 * @throws {TypeError} for what is no object, a name that is no option, or a value of another type.
 */
export function checkStopOptions(options: { readonly graceful?: boolean }): void {
  const types = { graceful: ["boolean"] };
  checkTypes(options, types, "How to stop must be an object, such as { graceful: true }");
}

/** Refuses what is no object, with `message`, and properties that are not in `types`. */
function checkTypes(
  options: object,
  types: Readonly<Record<string, readonly string[]>>,
  message: string,
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(message);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(types, name)) throw new TypeError(`Unknown option "${name}"`);
    checkType(name, value, types[name]);
  }
}

function checkType(name: string, value: unknown, types: readonly string[]): void {
  const type = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  if (value === undefined || types.includes(type)) return;
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  throw new TypeError(`Option ${name} is ${shown}; its type must be ${types.join(" or ")}`);
}

function checkKeepAlive(keepAlive: KeepAlive): void {
  for (const [name, value] of Object.entries(keepAlive)) {
    if (!["idle", "interval", "count"].includes(name)) {
      throw new TypeError(`Option keepAlive has no "${name}"`);
    }
    checkType(`keepAlive.${name}`, value, ["number"]);
    if (value === undefined || value >= 1) continue;
    throw new RangeError(`Option keepAlive.${name} is ${value}; it must be at least 1`);
  }
}

function checkPlace(place: number | { readonly path: string }): void {
  if (typeof place === "number") return checkPort(place);
  if (typeof place?.path !== "string") {
    throw new TypeError("Where to listen is a port number, or { path } of a unix socket");
  }
  if (place.path === "") throw new RangeError("The path of a unix socket is empty");
}

function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return;
  throw new RangeError(`Option port is ${port}; it must be an integer from 0 to 65535`);
}

/** @throws {RangeError} when it is no integer from `least` to `most`; Infinity is one if `most` is. */
function checkCount(name: string, value: number | undefined, most = Infinity, least = 1): void {
  const isWhole = Number.isInteger(value) || value === Infinity;
  if (value === undefined || (isWhole && value >= least && value <= most)) return;
  const range = most === Infinity ? `from ${least}` : `from ${least} to ${most}`;
  throw new RangeError(`Option ${name} is ${value}; it must be an integer ${range}`);
}

/**
 * A limit as the router takes it.
 *
 * @throws {TypeError} for a name that is no priority, or a value that is no limit.
 * @throws {RangeError} when a limit is no integer from 0.
 */
export function maxQueueOf(setting: MaxQueueSetting): MaxQueue {
  checkType("maxQueue", setting, ["number", "object"]);
  const limits = { high: 0, normal: 0, low: 0 };
  if (typeof setting === "number") limits.high = limits.normal = limits.low = setting;
  else {
    for (const [name, limit] of Object.entries(setting)) {
      if (!Object.hasOwn(limits, name)) {
        throw new TypeError(
          `Option maxQueue has a priority "${name}"; there are high, normal, low`,
        );
      }
      if (limit !== undefined) limits[name as keyof typeof limits] = limit;
    }
  }
  const { high, normal, low } = limits;
  for (const limit of [high, normal, low]) {
    if (Number.isSafeInteger(limit) && limit >= 0) continue;
    throw new RangeError(
      `Option maxQueue has ${limit}; a limit must be an integer from 0 below 2 ** 53`,
    );
  }
  return [high, normal, low];
}
