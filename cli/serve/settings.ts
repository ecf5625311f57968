import type { LogLevel } from "../../router/mod.ts";
import type { MaxQueueSetting } from "../../server/options.ts";
import type { ListenAddress } from "./listen_address.ts";
import type { SyncTime } from "../../store/sqlite/sync.ts";
import type { LogFormat } from "./log_line.ts";

/** What the options of `geartrain serve` say; what is not said is undefined. */
export interface ServeSettings {
  port?: number;
  listen?: readonly ListenAddress[];
  /** Permission bits of unix sockets. */
  listenMode?: number;
  /** Name or number of the group of unix sockets. */
  listenGroup?: string;
  backlog?: number;
  accept?: number;
  keepalive?: boolean;
  /** Seconds; -1 for the system's. */
  keepaliveIdle?: number;
  /** Seconds; -1 for the system's. */
  keepaliveInterval?: number;
  /** Probes; -1 for the system's. */
  keepaliveCount?: number;

  jobRetries?: number;
  jobHandlePrefix?: string;
  exceptions?: boolean;
  maxQueue?: readonly (readonly [string, MaxQueueSetting])[];
  wakeup?: number;
  /** Seconds. */
  wakeupDelay?: number;
  allowShutdown?: boolean;

  maxConnections?: number;
  fileDescriptors?: number;
  /** Bytes. */
  maxPacketSize?: number;
  /** Bytes. */
  maxUnsent?: number;
  /** Bytes. */
  receiveLimit?: number;
  maxJobs?: number;
  /** Bytes. */
  maxJobMemory?: number;
  maxFunctions?: number;

  /** Where the SQLite database is. */
  store?: string;
  sync?: SyncTime;
  /** Bytes. */
  memoryLimit?: number;
  jobsInMemory?: number;
  /** gearmand's name of what keeps jobs. */
  queueType?: "builtin" | "libsqlite3";
  /** gearmand's name of the database. */
  libsqlite3Db?: string;

  daemon?: boolean;
  pidFile?: string;
  user?: string;
  /** Seconds. */
  stopTimeout?: number;
  configFile?: string;
  checkArgs?: boolean;

  /** A path, `stderr` or `none`. */
  logFile?: string;
  logFormat?: LogFormat;
  verbose?: LogLevel;
  syslog?: boolean;

  help?: boolean;
  version?: boolean;

  /** Options that were understood but change nothing. */
  withoutEffect?: readonly string[];
}

/** Settings where what is said in the first has precedence over what is said in the second. */
export function merged(first: ServeSettings, second: ServeSettings): ServeSettings {
  const withoutEffect = new Set([...first.withoutEffect ?? [], ...second.withoutEffect ?? []]);
  return { ...second, ...first, withoutEffect: [...withoutEffect] };
}
