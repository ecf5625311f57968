import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { TestApp } from "../../support/http_app.ts";
import { testRouter } from "../../support/router.ts";
import { epoch, routerWithSchedules, schedules } from "../../support/schedules.ts";
import { scrape, starting } from "./scrape.ts";

const HOURLY = { name: "hourly", every: 3600, function: "f", overlap: "skip" } as const;

describe("metrics of schedules", () => {
  test("count the runs of each that no client has made, and tell the last and the next one", async () => {
    const { router, keeper, clock, peer, at } = routerWithSchedules();
    const app = new TestApp({ router }, clock);
    keeper.configure(schedules(HOURLY));
    peer().submit("SUBMIT_JOB_SCHED", "g", "", "0", "3", "", "", "", "");
    for (const time of ["23:00:00", "2023-11-15 00:00:00"]) at(time);
    router.operations.cancel([...router.jobs.values()][0], null);
    clock.setEpoch(epoch("2023-11-15 01:30:00"));
    clock.advance(30_000);
    router.operations.drain(true, null);
    at("2023-11-15 02:00:00");
    const last = epoch("23:00:00") / 1000;
    assertEquals(starting(await scrape(app), "gearman_schedule"), [
      ['gearman_schedules{origin="configuration"}', 1],
      ['gearman_schedules{origin="operator"}', 0],
      ['gearman_schedules{origin="client"}', 1],
      ['gearman_schedule_runs_total{schedule="hourly",outcome="started"}', 1],
      ['gearman_schedule_runs_total{schedule="hourly",outcome="skipped"}', 1],
      ['gearman_schedule_runs_total{schedule="hourly",outcome="refused"}', 1],
      ['gearman_schedule_runs_total{schedule="hourly",outcome="missed"}', 1],
      ['gearman_schedule_last_run_timestamp_seconds{schedule="hourly"}', last],
      ['gearman_schedule_next_run_timestamp_seconds{schedule="hourly"}', last + 4 * 3600],
    ]);
  });

  test("tell no next run of one that is paused, and are not there where there are no schedules", async () => {
    const { router, keeper, clock } = routerWithSchedules();
    keeper.configure(schedules(HOURLY));
    keeper.pause("hourly", true, null);
    const told = starting(await scrape(new TestApp({ router }, clock)), "gearman_schedule_next");
    assertEquals(told, []);
    const others = testRouter();
    const app = new TestApp({ router: others.router }, others.clock);
    assertEquals(starting(await scrape(app), "gearman_schedule"), []);
  });
});
