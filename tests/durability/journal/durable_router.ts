import { decodeName } from "../../../protocol/mod.ts";
import { type Log, Router } from "../../../router/mod.ts";
import type { Policy } from "../../../router/policy.ts";
import { DurableJobs } from "../../../durability/journal/durable_jobs.ts";
import { FakePeer } from "../../support/fake_peer.ts";
import type { LocalStore } from "../../../store/store.ts";
import { ManualClock } from "../../../testing/manual_clock.ts";
import { TestStore } from "./test_store.ts";

/** A router whose background jobs are in a store. */
export interface DurableRouter<Store extends LocalStore = TestStore> {
  readonly router: Router;
  readonly clock: ManualClock;
  readonly durable: DurableJobs;
  readonly store: Store;
  readonly reports: string[];
  /** A peer whose output leaves as soon as all is written that it promises. */
  peer(): FakePeer;
  /** Payloads of the stored jobs, in their order. */
  stored(): string[];
  /** The process dies and begins again, with what is in the store. */
  restart(): Promise<DurableRouter<Store>>;
}

/** What a {@linkcode DurableRouter} is told. */
export interface DurableRouterSettings {
  readonly memoryLimit?: number;
  readonly jobLimit?: number;
  /** Time of the clock. */
  readonly epoch?: number;
  readonly jobRetries?: number;
  readonly maxResultMemory?: number;
  readonly log?: Log;
  readonly policy?: Policy;
}

/** Begins with a {@linkcode TestStore}, a new one if none is given. */
export function durableRouter(
  { store = new TestStore(), ...settings }: DurableRouterSettings & { store?: TestStore } = {},
): Promise<DurableRouter> {
  return durableRouterOn(store, settings);
}

/** Begins with what is in a store. */
export async function durableRouterOn<Store extends LocalStore>(
  store: Store,
  { memoryLimit = Infinity, jobLimit, epoch = 1_700_000_000_000, log, policy, ...settings }:
    DurableRouterSettings,
): Promise<DurableRouter<Store>> {
  const clock = new ManualClock(epoch);
  const { jobRetries = -1, maxResultMemory = 64 * 2 ** 20 } = settings;
  const options = { jobRetries, maxResultMemory };
  const router = new Router(clock, { jobHandlePrefix: "H:test", ...options, log }, policy);
  const reports: string[] = [];
  const durable = new DurableJobs(router, store, {
    memoryLimit,
    jobLimit,
    // Rounds end when a test reads; what is to happen later happens when the clock moves.
    later: (run, delay) => delay === undefined ? queueMicrotask(run) : clock.after(delay, run),
    inNextRound: queueMicrotask,
    report: (message, level = "ERROR") => {
      reports.push(level === "ERROR" ? message : `${level}: ${message}`);
    },
  });
  await durable.load();
  return {
    router,
    clock,
    durable,
    store,
    reports,
    peer() {
      const peer = new FakePeer(router);
      peer.beforeReading = () => durable.writer.settle();
      return peer;
    },
    stored: () => store.load(0, 1_000_000, Infinity).map(({ payload }) => decodeName(payload!)),
    restart: () =>
      durableRouterOn(store, { memoryLimit, jobLimit, epoch: clock.epoch(), policy, ...options }),
  };
}
