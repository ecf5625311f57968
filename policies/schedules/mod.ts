/**
 * Schedules: jobs that are submitted at times of a calendar. `calendar.ts` knows the times, by the library
 * croner; `due.ts` decides what runs; `runs.ts` submits the jobs, and learns how they end; `keeper.ts` has
 * them all, and carries out orders. Loaded only for a server that has schedules.
 *
 * @module
 */
import { EMPTY } from "../../protocol/buffer_pool.ts";
import { submissionOfBytes } from "../../router/flow/job_request.ts";
import type { Router } from "../../router/router.ts";
import { type KeeperOptions, ScheduleKeeper } from "./keeper.ts";

export { checkTimes } from "./calendar.ts";
export type { ScheduleKeeper } from "./keeper.ts";

/** What keeps the schedules of a router. */
export function keeperOf(router: Router, options: KeeperOptions): ScheduleKeeper {
  const { clock, hooks, log, timers, records, options: { jobHandlePrefix, bootId } } = router;
  return new ScheduleKeeper({
    clock,
    hooks,
    log,
    timers,
    records,
    options: { jobHandlePrefix, bootId },
    get hasStopBegun() {
      return router.hasStopBegun;
    },
    submit: (job) => router.take(submissionOfBytes({ ...job, reducer: EMPTY, due: 0 }), null),
    cancel: (job, by) => void router.operations.cancel(job, by),
    jobByHandle: (handle) => router.jobByHandle(handle),
    mustFollow: (peer) => router.durability?.mustFollow(peer),
  }, options);
}
