import { keeperOf, type ScheduleKeeper } from "../../policies/schedules/mod.ts";
import type { RouterOptions } from "../../router/mod.ts";
import { type ScheduleRequest, schedulesOf } from "../../router/schedule_request.ts";
import type { ScheduleRun } from "../../router/schedules.ts";
import { testRouter } from "./router.ts";

/** A router with what keeps schedules, as if it had been loaded. */
export function routerWithSchedules(
  options: Partial<RouterOptions> & { readonly maxSchedules?: number } = {},
): ReturnType<typeof testRouter> & { keeper: ScheduleKeeper; at: (time: string) => void } {
  const { maxSchedules = 1000, ...others } = options;
  const tested = testRouter({ bootId: "123456789012", ...others });
  const keeper = keeperOf(tested.router, { maxSchedules, timezone: "UTC" });
  tested.router.schedules = {
    schedules: keeper,
    timezone: "UTC",
    isComing: false,
    load: (then) => then(keeper),
  };
  const { clock } = tested;
  return { ...tested, keeper, at: (time) => clock.advance(epoch(time) - clock.epoch()) };
}

/** A time of 2023-11-14, a day whose clock the tests move: `22:13:20` is when they begin. */
export function epoch(time: string): number {
  const day = time.includes(" ") ? time.replace(" ", "T") : `2023-11-14T${time}`;
  return new Date(`${day}Z`).getTime();
}

/** The schedules that are asked for. */
export function schedules(...requests: ScheduleRequest[]) {
  return schedulesOf(requests, "UTC");
}

/** Runs in short: `22:14 completed`, the latest first. */
export function runsText(runs: readonly Readonly<ScheduleRun>[]): string[] {
  return runs.map(({ time, outcome }) =>
    `${new Date(time).toISOString().slice(11, 16)} ${outcome ?? "runs"}`
  );
}
