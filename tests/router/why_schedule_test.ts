import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";
import { routerWithSchedules, schedules } from "../support/schedules.ts";

const NIGHTLY = { name: "nightly", cron: "30 2 * * *", function: "report" } as const;

/** The codes and sentences of an answer. */
function told(answer: string): string[][] {
  return answer.split("\n").slice(0, -2).map((line) => line.split("\t").slice(0, 2));
}

describe("why SCHEDULE", () => {
  test("tells when one of a client runs next, and what became of its last run", () => {
    const { peer, at } = routerWithSchedules();
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_SCHED", "f", "", "0", "", "", "", "", "");
    const about = 'The schedule submits a job of "f" by "0 * * * *" in UTC';
    const next = (time: string) => ["schedule", `${about}, next in ${time} UTC.`];
    assertEquals(told(client.text(`why ${handle}`)), [next("47 min, at 23:00:00")]);
    at("23:00:00");
    const [job] = peer().canDo("f").grab()!;
    const run = (
      what: string,
    ) => ["last_run", `Its last run, of 23:00:00 UTC, 0 ms ago, ${what}.`];
    assertEquals(told(client.text(`why ${handle}`)), [
      next("60 min, at 00:00:00"),
      run(`has the job ${job}, which has not ended`),
    ]);
    client.text(`cancel job ${job}`);
    assertEquals(
      told(client.text(`why ${handle}`))[1],
      run(`had the job ${job}, which ended as cancelled`),
    );
  });

  test("tells of one with a name, unless there is a function of that name", () => {
    const { router, keeper, peer, at } = routerWithSchedules();
    keeper.configure(schedules(NIGHTLY, { name: "often", every: 90, function: "f" }));
    const client = peer();
    keeper.pause("nightly", true, null);
    const paused =
      'The schedule submits a job of "report" by "30 2 * * *" in UTC, but it is paused.';
    assertEquals(told(client.text("why nightly")), [["schedule_paused", paused]]);
    router.operations.drain(true, null);
    at("22:13:30");
    const [[, often], [, left]] = told(client.text("why often"));
    assertEquals([often.includes('a job of "f" every 90 s'), left], [
      true,
      "Its last run, of 22:13:30 UTC, 0 ms ago, was left out: Server takes no new jobs.",
    ]);
    router.operations.drain(false, null);
    peer().canDo("nightly");
    assertEquals(told(client.text("why nightly"))[0][0], "nothing_waits");
  });

  test("says that there is none", () => {
    const unknown = [["unknown_schedule", 'There is no schedule "S:x:1".']];
    for (const { peer } of [testRouter(), routerWithSchedules()]) {
      assertEquals(told(peer().text("why S:x:1")), unknown);
    }
  });
});
