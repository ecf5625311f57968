import { BOOT_ID_LENGTH, type RouterOptions } from "../router/mod.ts";
import { ROUTER_OPTIONS, type RouterSettings } from "../router/options.ts";
import {
  defaultHandlePrefix,
  processId,
  type ProcessMemory,
  processMemory,
} from "../transport/machine.ts";
import { SERVER_OPTIONS, type ServerOptions } from "./options.ts";
import { JOB_MEMORY } from "../router/flow/job_table.ts";

/** What the router is told of the server's options, and of the process it runs in. */
export function optionsOfRouter(
  options: ServerOptions,
  memory: MemoryLimits,
  parts: Pick<RouterOptions, "log" | "version" | "onShutdown">,
): Partial<RouterOptions> {
  // A store, when it is open, says what its handles begin with.
  const { jobHandlePrefix = defaultHandlePrefix() } = options;
  // Whoever looks by HTTP wants to know what has happened, too.
  const { history = options.http !== undefined } = options;
  const all = { ...options, ...memory, jobHandlePrefix, history };
  const names = Object.keys(ROUTER_OPTIONS) as (keyof RouterSettings)[];
  return {
    ...parts,
    ...Object.fromEntries(names.map((name) => [name, all[name]])),
    targets: options.targets ?? [],
    bootId: newBootId(),
    maxAbilities: memory.maxAbilities,
    maxSharing: memory.maxSharing,
    hashKey: [...crypto.getRandomValues(new Uint32Array(2))] as [number, number],
    pid: processId(),
  };
}

/** What the last server of this process began with. */
let lastStart = 0;

/** Digits that no earlier start of a server on this machine had in the last three years. */
function newBootId(): string {
  lastStart = Math.max(Date.now(), lastStart + 1);
  // For a clock that was set back.
  const [random] = crypto.getRandomValues(new Uint8Array(1));
  return `${lastStart}${random % 10}`.slice(-BOOT_ID_LENGTH);
}

const MIB = 1024 * 1024;
/** What a function takes, in bytes: as measured, see docs/configuration.md. */
const MEMORY_OF_FUNCTION = 2048;
/** What it takes that a worker can do a function, in bytes: 170 were measured. */
const MEMORY_OF_ABILITY = 256;
/** What it takes that a client waits for a job with others, in bytes: 115 were measured, and a table. */
const MEMORY_OF_SHARING = 192;
const MOST_RECEIVING = 1024 * MIB;
const MOST_FUNCTIONS = 1_000_000;
/** Half of a small memory is not for jobs: the runtime and one packet take so much, in bytes. */
const REST = 192 * MIB;

/** Limits of what peers can make the server hold. */
export type MemoryLimits =
  & Required<
    Pick<
      ServerOptions,
      "receiveLimit" | "maxJobs" | "maxJobMemory" | "maxFunctions" | "memoryLimit" | "jobsInMemory"
    >
  >
  & Pick<RouterOptions, "maxAbilities" | "maxSharing">
  & {
    /** What all peers together may leave unread, in bytes. */
    readonly unreadLimit: number;
  };

/** Those of the options; what they do not say, the machine survives. */
export function memoryLimits(options: ServerOptions): MemoryLimits {
  const limits = { ...defaultLimits(processMemory()) };
  // Payloads leave for the disk before jobs are refused.
  const { jobsInMemory = Math.floor(limits.maxJobs / 2) } = options;
  for (const name of ["receiveLimit", "maxJobs", "maxJobMemory", "maxFunctions"] as const) {
    limits[name] = options[name] ?? limits[name];
  }
  const { memoryLimit = Math.min(SERVER_OPTIONS.memoryLimit.default!, limits.maxJobMemory / 2) } =
    options;
  return { ...limits, jobsInMemory, memoryLimit };
}

/** Limits that a process with so much memory survives when all are reached at once. */
export function defaultLimits(
  { total, objects }: ProcessMemory,
): Omit<MemoryLimits, "memoryLimit" | "jobsInMemory"> {
  return {
    receiveLimit: Math.floor(Math.min(total / 4, MOST_RECEIVING)),
    unreadLimit: Math.floor(total / 6),
    maxJobMemory: Math.floor(Math.max(total / 4, Math.min(total / 2, total - REST))),
    maxJobs: Math.floor(Math.min(total / 3, objects / 2) / JOB_MEMORY),
    maxFunctions: Math.min(MOST_FUNCTIONS, Math.floor(objects / 16 / MEMORY_OF_FUNCTION)),
    maxAbilities: Math.floor(objects / 8 / MEMORY_OF_ABILITY),
    maxSharing: Math.floor(objects / 8 / MEMORY_OF_SHARING),
  };
}
