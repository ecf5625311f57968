import {
  bytes,
  flag,
  inProgram,
  integer,
  type Kind,
  OptionError,
  orInfinity,
  secondsOrNever,
} from "../options/kinds.ts";
import { checkOptions, inGroup, type Row, withDefaults } from "../options/rows.ts";
import { BOOT_ID_LENGTH, handleFormOf, MAX_HANDLE_PREFIX_LENGTH } from "../protocol/handles.ts";
import { type Log, SILENT_LOG } from "./log/log.ts";

/** What may be said of jobs, functions and workers: a part of the options of a server. */
export interface RouterSettings {
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
  /**
   * May the text command `shutdown` stop the server?
   * @default {false}
   */
  readonly allowShutdown?: boolean;
  /**
   * Does it remember how the last jobs ended, who ran them, and how long jobs waited and ran? The text
   * command `why` tells more then.
   * @default {false}
   */
  readonly history?: boolean;
  /**
   * Largest packet in bytes.
   * @default {67108864}
   */
  readonly maxPacketSize?: number;
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
   * Bytes that the results may take in memory which rules with `keepResult` keep: 512 each, and what their
   * workers sent. With more, the oldest go before their time.
   * @default {67108864}
   */
  readonly maxResultMemory?: number;
  /**
   * How many functions there may be. What would make one more gets QUEUE_ERROR.
   * @default as many as take, at 2048 bytes each, a sixteenth of the memory, at most 1,000,000
   */
  readonly maxFunctions?: number;
}

/** How long the jobs of some functions should wait and run at most. */
export interface Target {
  /** Names of functions, where `*` stands for any characters and `?` for one. */
  readonly function: string;
  /** Seconds that a job should wait for a worker at most. */
  readonly wait?: number;
  /** Seconds that a worker should take for a job at most. */
  readonly run?: number;
}

/** How a router behaves, and what it is told of the process that it runs in. All have defaults. */
export interface RouterOptions extends Required<RouterSettings> {
  /** Twelve digits that differ from start to start: no handle comes back after a restart. */
  readonly bootId: string;
  /** How many functions workers can do, summed up over all workers. */
  readonly maxAbilities: number;
  /** How many clients may wait for jobs that another one waits for, summed up over all jobs. */
  readonly maxSharing: number;
  /** Two secret 32-bit numbers: nobody without them can choose names that collide. */
  readonly hashKey: readonly [number, number];
  /** How long jobs should wait and run at most: the first one that fits a function counts. */
  readonly targets: readonly Target[];
  /** Where log lines go. */
  readonly log: Log;
  /** What `version` answers. */
  readonly version: string;
  /** What `getpid` answers. */
  readonly pid: number;
  /** The text command `shutdown` was accepted. */
  readonly onShutdown: (graceful: boolean) => void;
}

/** What handles begin with. */
export const handlePrefix: Kind<string> = {
  label: "TEXT",
  types: ["string"],
  wanted: `1 to ${MAX_HANDLE_PREFIX_LENGTH} bytes without spaces and control characters`,
  parse(text) {
    // deno-lint-ignore no-control-regex
    if (/[\x00-\x20\x7f]/.test(text)) {
      throw new OptionError(`must have no space and no control character: ${JSON.stringify(text)}`);
    }
    if (new TextEncoder().encode(text).length <= MAX_HANDLE_PREFIX_LENGTH) return text;
    throw new OptionError(
      `must have at most ${MAX_HANDLE_PREFIX_LENGTH} bytes: ${JSON.stringify(text)}`,
    );
  },
};

const count = orInfinity(integer(1));

/** The options of jobs, functions and workers. */
export const ROUTER_OPTIONS: {
  readonly [Name in keyof RouterSettings]-?: Row<RouterOptions[Name]>;
} = {
  ...inGroup("Jobs and workers", {
    jobRetries: {
      aliases: ["j"],
      kind: integer(-1, 255),
      default: -1,
      help: "After how many lost workers a job fails: 0 and 1 at the first, -1 never.",
    },
    jobHandlePrefix: {
      kind: handlePrefix,
      default: "H:localhost",
      defaultText: "H:<host name>",
      help:
        `What job handles begin with, at most ${MAX_HANDLE_PREFIX_LENGTH} bytes without spaces.`,
    },
    exceptions: {
      kind: flag,
      default: false,
      help: "Send every client the exceptions of workers, not only those that ask for them.",
    },
    wakeup: {
      kind: integer(-1),
      default: 3,
      help:
        "How many sleeping workers are woken for a job: 0 none, -1 all (as in Perl's gearmand).",
    },
    wakeupDelay: {
      kind: secondsOrNever,
      default: 0.1,
      help:
        "How long until more workers are woken if jobs still wait: 0 as soon as possible, -1 never.",
    },
    allowShutdown: {
      kind: flag,
      default: false,
      help: "Let the text command 'shutdown' stop the server.",
    },
    history: {
      kind: flag,
      default: false,
      defaultText: "false; true with --http",
      help: "Remember how the last 1,000 jobs ended and how long jobs waited and ran, for 'why'.",
    },
  }),
  // A router alone has no limit where a server takes one from the memory of the machine.
  ...inGroup("Limits", {
    maxPacketSize: {
      kind: bytes(0xffffffff),
      default: 64 * 1024 * 1024,
      help: "Largest packet; K, M and G (or KiB, MiB, GiB) are powers of 1024.",
    },
    receiveLimit: {
      kind: orInfinity(bytes()),
      default: Infinity,
      defaultText: "a quarter of the memory, at most 1G",
      help:
        "Memory for packets above 64 KiB that are being received. Beyond it the peers with the " +
        "largest ones wait, and one at a time goes on.",
    },
    maxJobs: {
      kind: count,
      default: Infinity,
      defaultText: "as many as fit in a third of the memory",
      help: "Refuse submits while this many jobs wait or run, but for those that join a job.",
    },
    maxJobMemory: {
      kind: orInfinity(bytes()),
      default: Infinity,
      defaultText: "half of the memory; less below 384M",
      help:
        "Refuse jobs that do not fit in this much memory: 512 bytes each and their payloads, but " +
        "for payloads on disk.",
    },
    maxResultMemory: {
      kind: bytes(),
      default: 64 * 1024 * 1024,
      help:
        "Keep results in this much memory, where rules say keep-result: 512 bytes each and what the " +
        "worker sent. With more, the oldest go before their time.",
    },
    maxFunctions: {
      kind: count,
      default: Infinity,
      defaultText: "as many as fit in a sixteenth of the memory",
      help: "Refuse what would make one more function than this: submits, workers, and commands.",
    },
  }),
};

const part = inProgram<never>(undefined, "what the server gives");
/** What the process gives, and not who starts the server: nobody else can give it wrongly. */
const PARTS: {
  readonly [Name in Exclude<keyof RouterOptions, keyof RouterSettings>]: Row<RouterOptions[Name]>;
} = {
  bootId: { kind: part, default: "000000000000" },
  maxAbilities: { kind: part, default: Infinity },
  maxSharing: { kind: part, default: Infinity },
  hashKey: { kind: part, default: [0, 0] },
  targets: { kind: part, default: [] },
  log: { kind: part, default: SILENT_LOG },
  version: { kind: part, default: "unknown" },
  pid: { kind: part, default: 0 },
  onShutdown: { kind: part, default: () => {} },
};

/**
 * Fills in what is not given.
 *
 * @throws {TypeError} for a name that is not an option, and a value of another type.
 * @throws {RangeError} for a value out of range; the message names option and value.
 */
export function routerOptions(given: Partial<RouterOptions>): RouterOptions {
  const rows = { ...ROUTER_OPTIONS, ...PARTS };
  checkOptions(rows, given, "");
  const options = withDefaults(rows, given) as RouterOptions;
  checkHandleParts(options.jobHandlePrefix, options.bootId);
  return options;
}

function checkHandleParts(prefix: string, bootId: string): void {
  // Stores of the first form have longer prefixes and shorter boot ids.
  if (handleFormOf(`${prefix}:${bootId}`) !== null) return;
  const [name, wanted, value] = /^[0-9]+$/.test(bootId) && bootId.length === BOOT_ID_LENGTH
    ? ["jobHandlePrefix", handlePrefix.wanted, prefix]
    : ["bootId", `${BOOT_ID_LENGTH} digits`, bootId];
  throw new RangeError(`Option ${name} must be ${wanted}, not ${JSON.stringify(value)}`);
}
