/**
 * This folder has what the class `Server` is made of: its options, listeners, connections and events, how
 * it starts and how it stops. Only `server.ts`, `mod.ts`, `testing/` and `cli/` may import it; it imports the
 * router, the sockets and the stores.
 *
 * @module
 */

import { DurableJobs } from "../durability/journal/durable_jobs.ts";
import type { SharedJobsOptions } from "../durability/shared/shared.ts";
import { SharedJobs } from "../durability/shared/shared_jobs.ts";
import { ConfiguredPolicy } from "../policies/mod.ts";
import { encodeName } from "../protocol/mod.ts";
import { type Clock, type Log, type LogLevel, Router, SILENT_LOG } from "../router/mod.ts";
import { ROUTER_OPTIONS } from "../router/options.ts";
import { GearmanPolicy } from "../router/policy.ts";
import { inLaterRound, later } from "../transport/event_loop.ts";
import { nameOfMachine } from "../transport/machine.ts";
import { UnreadOutput } from "../transport/outgoing.ts";
import type { LinkSettings } from "../transport/transport.ts";
import { addressOf } from "./address.ts";
import { AwaitingProgram } from "./awaited_job.ts";
import { Connections } from "./connections.ts";
import { FactsOfCluster } from "./cluster_facts.ts";
import { EventListeners } from "./events.ts";
import { factsOfServer } from "./facts.ts";
import { loadOnDemand } from "../on_demand.ts";
import { HttpService } from "./http.ts";
import { Listeners } from "./listeners.ts";
import { CarefulLog, RecentWarnings } from "./log.ts";
import { maxQueueOf, SERVER_OPTIONS, type ServerOptions } from "./options.ts";
import { type MemoryLimits, memoryLimits, optionsOfRouter } from "./router_options.ts";
import { ScheduleService } from "./schedules.ts";
import { ServerStop } from "./stop.ts";

/** Unread output above which nothing more is read from a peer, in bytes. */
const PAUSE_READING_AT = 8 * 1024 * 1024;

/** What a server is made of. */
export interface ServerParts {
  readonly router: Router;
  readonly policy: ConfiguredPolicy;
  readonly log: Log;
  readonly events: EventListeners;
  readonly listeners: Listeners;
  readonly connections: Connections;
  /** Null without a store or a shared queue. */
  readonly durable: DurableJobs | SharedJobs | null;
  /** Null without the option `http`. */
  readonly http: HttpService | null;
  readonly schedules: ScheduleService;
  readonly end: ServerStop;
}

/**
 * Makes the parts of a server from its options, and ties them together.
 *
 * @param version what it says that it is.
 * @param stop stops the server, on the order of a peer.
 */
export function serverParts(
  options: ServerOptions,
  clock: Clock,
  version: string,
  stop: (graceful: boolean) => void,
): ServerParts {
  const { onShutdown = stop, keepAlive = true, stopTimeout = Infinity } = options;
  const { maxUnsent = SERVER_OPTIONS.maxUnsent.default!, maxConnections: max = Infinity } = options;
  const given = options.log === undefined ? SILENT_LOG : new CarefulLog(options.log);
  // Whoever looks by HTTP sees the last ones.
  const warnings = options.http === undefined ? null : new RecentWarnings(given, clock);
  const log = warnings ?? given;
  const memory = memoryLimits(options);
  const forRouter = optionsOfRouter(options, memory, { log, version, onShutdown });
  const policy = new ConfiguredPolicy({
    otherwise: new GearmanPolicy(options.jobRetries ?? ROUTER_OPTIONS.jobRetries.default!),
    clock,
    random: Math.random,
    sharesJobs: options.sharedQueue !== undefined,
  });
  policy.use(options.policies ?? {});
  const router = new Router(clock, forRouter, policy);
  const durable = durableJobs(options, router, memory, {
    address: () => addressOf(listeners),
    version,
    report: (message: string, level: LogLevel = "ERROR") => log.write(level, message),
  });
  const { maxSchedules, scheduleTimezone } = SERVER_OPTIONS;
  const schedules = new ScheduleService(router, {
    maxSchedules: options.maxSchedules ?? maxSchedules.default!,
    timezone: options.scheduleTimezone ?? scheduleTimezone.default!,
    report: (message) => log.write("ERROR", message),
  });
  const unreadOutput = new UnreadOutput(memory.unreadLimit);
  const limits: LinkSettings = {
    pauseReadingAt: Math.min(PAUSE_READING_AT, maxUnsent / 2),
    maxUnsent,
    unreadOutput,
    report: (message, event) => router.log.trouble(event ?? "internalError", message),
    mayLeave: durable === null ? undefined : (sender) => durable.writer.mayLeave(sender),
  };
  const connections = new Connections({ router, limits, max });
  const listeners = new Listeners({ limits, log, accept: connections.acceptSocket, keepAlive });
  const report = (message: string) => log.write("ERROR", `HTTP: ${message}`);
  const http = options.http === undefined ? null : new HttpService(options, {
    async load(forHttp) {
      const server = factsOfServer(
        clock.epoch(),
        unreadOutput,
        options,
        durable?.writer.counts,
        warnings,
        options.sharedQueue === undefined ? null : new FactsOfCluster(router, options.sharedQueue),
      );
      const { makeApp } = await loadOnDemand<typeof import("../http/app.ts")>("http/app");
      return makeApp({ router, server, options: forHttp, clock, report });
    },
    log,
    report,
  });
  const end = new ServerStop({
    router,
    log,
    timeout: stopTimeout,
    hasStore: durable !== null,
    closeListeners: () => listeners.close(),
    closeHttp: async () => await http?.close(),
    closeStore: async () => await durable?.close(),
    endPeers: () => {
      connections.end();
      AwaitingProgram.endAll(router);
    },
  });
  for (const [name, setting] of Object.entries(options.maxQueue ?? {})) {
    // Not stored: it holds as long as the option is given.
    router.functions.setMaxQueue(encodeName(name), maxQueueOf(setting));
  }
  return {
    router,
    policy,
    log,
    events: new EventListeners(router.hooks, log),
    listeners,
    connections,
    durable,
    http,
    schedules,
    end,
  };
}

/** What keeps background jobs beyond the life of the process; null if nothing does. */
function durableJobs(
  { store, sharedQueue, storeTimeout = SERVER_OPTIONS.storeTimeout.default!, serverName }:
    ServerOptions,
  router: Router,
  { memoryLimit, jobsInMemory: jobLimit }: MemoryLimits,
  { address, version, report }: {
    readonly address: () => string;
    readonly version: string;
    readonly report: (message: string, level?: LogLevel) => void;
  },
): DurableJobs | SharedJobs | null {
  if (sharedQueue !== undefined) {
    const member: SharedJobsOptions["member"] = {
      name: serverName ?? nameOfMachine(),
      version,
      get address() {
        return address();
      },
    };
    return new SharedJobs(router, sharedQueue, {
      member,
      timeout: storeTimeout * 1000,
      later,
      report,
    });
  }
  if (store === undefined) return null;
  return new DurableJobs(router, store, {
    memoryLimit,
    jobLimit,
    later,
    inNextRound: inLaterRound,
    report,
  });
}
