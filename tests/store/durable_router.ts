import { decodeName } from "../../protocol/mod.ts";
import { ManualClock, Router } from "../../router/mod.ts";
import { DurableJobs } from "../../store/durable_jobs.ts";
import { FakePeer } from "../support/fake_peer.ts";
import { TestStore } from "./test_store.ts";

/** A router whose background jobs are in a store. */
export interface DurableRouter {
  readonly router: Router;
  readonly clock: ManualClock;
  readonly durable: DurableJobs;
  readonly store: TestStore;
  readonly reports: string[];
  /** A peer whose output leaves as soon as all is written that it promises. */
  peer(): FakePeer;
  /** Payloads of the stored jobs, in their order. */
  stored(): string[];
  /** The process dies and begins again, with what is in the store. */
  restart(): Promise<DurableRouter>;
}

/** Begins with what is in the store; `epoch` is the time of the clock. */
export async function durableRouter(
  { store = new TestStore(), memoryLimit = Infinity, epoch = 1_700_000_000_000, jobRetries = -1 } =
    {},
): Promise<DurableRouter> {
  const clock = new ManualClock(epoch);
  const router = new Router(clock, { jobHandlePrefix: "H:test", jobRetries });
  const reports: string[] = [];
  const durable = new DurableJobs(router, store, {
    memoryLimit,
    // Rounds end when a test reads; what is to happen later happens when the clock moves.
    later: (run, delay) => delay === undefined ? queueMicrotask(run) : clock.after(delay, run),
    report: (message) => reports.push(message),
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
      peer.beforeReading = () => durable.settle();
      return peer;
    },
    stored: () =>
      [...store.jobs.values()].sort((a, b) => a.number - b.number)
        .map(({ payload }) => decodeName(payload)),
    restart: () => durableRouter({ store, memoryLimit, epoch: clock.epoch(), jobRetries }),
  };
}
