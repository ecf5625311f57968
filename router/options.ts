import { BOOT_ID_LENGTH, handleFormOf, MAX_HANDLE_PREFIX_LENGTH } from "../protocol/handles.ts";
import { type Log, SILENT_LOG } from "./log/log.ts";

/** How a router behaves. All have defaults. */
export interface RouterOptions {
  /**
   * How many sleeping workers are woken for a job: 0 none, -1 all.
   * @default {3}
   */
  readonly wakeup: number;
  /**
   * Seconds until more workers are woken while jobs wait: 0 as soon as possible, -1 never.
   * @default {0.1}
   */
  readonly wakeupDelay: number;
  /**
   * After how many lost workers a job fails: -1 never; 0 and 1 at the first.
   * @default {-1}
   */
  readonly jobRetries: number;
  /**
   * What handles begin with, at most 36 bytes.
   * @default {"H:localhost"}
   */
  readonly jobHandlePrefix: string;
  /**
   * Twelve digits that differ from start to start: no handle comes back after a restart.
   */
  readonly bootId: string;
  /**
   * Does every connection get WORK_EXCEPTION without asking?
   * @default {false}
   */
  readonly exceptions: boolean;
  /**
   * Largest packet body in bytes.
   * @default {67108864}
   */
  readonly maxPacketSize: number;
  /**
   * Bytes that packets of more than 64 KiB may take in memory together until they are whole. Beyond it
   * the peers with the largest ones wait.
   * @default {Infinity}
   */
  readonly receiveLimit: number;
  /**
   * How many jobs may live: waiting, scheduled and running. Further submits are refused, but for those
   * that join a job.
   * @default {Infinity}
   */
  readonly maxJobs: number;
  /**
   * How much memory live jobs may take, in bytes: 512 each, and their uniques, reducers and payloads.
   * @default {Infinity}
   */
  readonly maxJobMemory: number;
  /**
   * How many functions there may be.
   * @default {Infinity}
   */
  readonly maxFunctions: number;
  /**
   * How many functions workers can do, summed up over all workers.
   * @default {Infinity}
   */
  readonly maxAbilities: number;
  /**
   * How many clients may wait for jobs that another one waits for, summed up over all jobs.
   * @default {Infinity}
   */
  readonly maxSharing: number;
  /**
   * May the text command `shutdown` stop the server?
   * @default {false}
   */
  readonly allowShutdown: boolean;
  /** Two secret 32-bit numbers: nobody without them can choose names that collide. */
  readonly hashKey: readonly [number, number];
  /** Where log lines go. */
  readonly log: Log;
  /** What `version` answers. */
  readonly version: string;
  /** What `getpid` answers. */
  readonly pid: number;
  /** The text command `shutdown` was accepted. */
  readonly onShutdown: (graceful: boolean) => void;
}

const DEFAULTS: RouterOptions = {
  wakeup: 3,
  wakeupDelay: 0.1,
  jobRetries: -1,
  jobHandlePrefix: "H:localhost",
  bootId: "000000000000",
  exceptions: false,
  maxPacketSize: 64 * 1024 * 1024,
  receiveLimit: Infinity,
  maxJobs: Infinity,
  maxJobMemory: Infinity,
  maxFunctions: Infinity,
  maxAbilities: Infinity,
  maxSharing: Infinity,
  allowShutdown: false,
  hashKey: [0, 0],
  log: SILENT_LOG,
  version: "unknown",
  pid: 0,
  onShutdown: () => {},
};

const LIMITS = [
  "receiveLimit",
  "maxJobs",
  "maxJobMemory",
  "maxFunctions",
  "maxAbilities",
  "maxSharing",
] as const;

/**
 * Fills in what is not given.
 *
 * @throws {TypeError} for a name that is no option.
 * @throws {RangeError} for a value out of range; the message names option and value.
 */
export function routerOptions(given: Partial<RouterOptions>): RouterOptions {
  for (const name of Object.keys(given)) {
    if (!(name in DEFAULTS)) throw new TypeError(`Unknown option "${name}"`);
  }
  const defined = Object.entries(given).filter(([, value]) => value !== undefined);
  const options: RouterOptions = { ...DEFAULTS, ...Object.fromEntries(defined) };
  integer("wakeup", options.wakeup, -1, Number.MAX_SAFE_INTEGER);
  integer("jobRetries", options.jobRetries, -1, 255);
  integer("maxPacketSize", options.maxPacketSize, 1, 0xffffffff);
  for (const name of LIMITS) {
    if (options[name] !== Infinity) integer(name, options[name], 1, Number.MAX_SAFE_INTEGER);
  }
  const { wakeupDelay } = options;
  if (wakeupDelay !== -1 && !(wakeupDelay >= 0 && wakeupDelay < Infinity)) {
    throw outOfRange("wakeupDelay", wakeupDelay, "-1 or a number of seconds from 0");
  }
  checkHandleParts(options.jobHandlePrefix, options.bootId);
  return options;
}

function checkHandleParts(prefix: string, bootId: string): void {
  // Stores of the first form have longer prefixes and shorter boot ids.
  if (handleFormOf(`${prefix}:${bootId}`) !== null) return;
  if (bootId.length !== BOOT_ID_LENGTH || !/^[0-9]+$/.test(bootId)) {
    throw outOfRange("bootId", bootId, `${BOOT_ID_LENGTH} digits`);
  }
  throw outOfRange(
    "jobHandlePrefix",
    prefix,
    `1 to ${MAX_HANDLE_PREFIX_LENGTH} bytes without spaces and control characters`,
  );
}

function integer(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw outOfRange(name, value, `an integer from ${least} to ${most}`);
}

function outOfRange(name: string, value: unknown, wanted: string): RangeError {
  return new RangeError(`Option ${name} is ${JSON.stringify(value)}; it must be ${wanted}`);
}
