import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { parse } from "smol-toml";
import { policyTables } from "../../cli/serve/policy_tables.ts";
import { scheduleInTable } from "../../router/schedule_request.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import type { FakePeer } from "../support/fake_peer.ts";
import { routerWithRules } from "../support/router.ts";
import { epoch, routerWithSchedules, schedules } from "../support/schedules.ts";

const SECOND = 1000;
const PAGE = readFileSync(new URL("../../docs/policies.md", import.meta.url), "utf8");

/** What a configuration file says that is shown under a heading of docs/policies.md. */
function recipe(title: string): { text: string; table: Record<string, unknown> } {
  const section = PAGE.split("### Recipe: ").find((section) => section.startsWith(`${title}\n`))!;
  const [, text] = /```toml\n(.*?)```/s.exec(section)!;
  return { text, table: parse(text) };
}

/** A router with the rules of a recipe, and a client and a worker of a function. */
function routerOf(title: string, func: string) {
  const { text, table } = recipe(title);
  const rules = policyTables(text, table.policy).map(({ pattern, rule }) => [pattern, rule]);
  const made = routerWithRules(Object.fromEntries(rules));
  return { ...made, client: made.peer(), worker: made.peer().canDo(func) };
}

function fail(worker: FakePeer, handle: string): void {
  assertEquals(worker.grab()?.[0], handle);
  worker.send("WORK_FAIL", handle);
}

describe("a recipe of docs/policies.md does what it says:", () => {
  test("retry with backoff", () => {
    const { router, clock, client, worker } = routerOf("retry with backoff", "mail-welcome");
    const handle = client.submit("SUBMIT_JOB_BG", "mail-welcome", "", "");
    const waits: number[] = [];
    for (;;) {
      fail(worker, handle);
      const job = router.jobByHandle(handle);
      if (job === undefined) break;
      waits.push((job.due! - clock.epoch()) / SECOND);
      clock.advance(job.due! - clock.epoch());
    }
    assertEquals(waits, [2, 6, 18, 54, 162, 486, 1458, 1800]);
  });

  test("deploy without losing attempts", () => {
    const { router, clock, peer, client, worker } = routerOf("deploy without losing attempts", "f");
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    for (let deploy = 0; deploy < 20; deploy++) {
      const old = peer().canDo("f");
      assertEquals(old.grab()?.[0], handle);
      old.vanish();
    }
    for (let run = 0; run < 6; run++) {
      assertEquals(router.jobByHandle(handle)?.failures, run);
      fail(worker, handle);
      clock.advance(3600 * SECOND);
    }
    assertEquals(router.jobByHandle(handle), undefined);
  });

  test("API quota", () => {
    const { router, clock, client, worker } = routerOf("API quota", "weather-api");
    for (let job = 0; job < 100; job++) client.submit("SUBMIT_JOB_BG", "weather-api", "", "");
    const running: string[] = [];
    let starts = 0;
    for (let second = 0; second < 60; second++) {
      for (let job = worker.grab(); job !== null; job = worker.grab()) {
        running.push(job[0]);
        starts++;
      }
      assertEquals(running.length <= 4, true);
      for (const handle of running.splice(0)) worker.send("WORK_COMPLETE", handle, "");
      clock.advance(SECOND);
      assertInvariants(router);
    }
    // A whole burst, at most 4 at a time, and one each 2 seconds from then on.
    assertEquals(starts, 59);
    const refused = worker.grab()![0];
    worker.send("WORK_FAIL", refused);
    assertEquals(router.jobByHandle(refused)!.due! - clock.epoch(), 60 * SECOND);
  });

  test("nightly job", () => {
    const [request] = recipe("nightly job").table.schedule as Record<string, unknown>[];
    const { router, keeper, at, peer } = routerWithSchedules();
    keeper.configure(schedules(scheduleInTable(request)));
    const worker = peer().canDo("report");
    at("2023-11-15 01:29:59");
    assertEquals(worker.grab("GRAB_JOB_UNIQ"), null);
    at("2023-11-15 01:30:00");
    const [handle, , unique] = worker.grab("GRAB_JOB_UNIQ")!;
    assertEquals(unique, "nightly@2023-11-15T01:30:00Z");
    // It takes more than a day: the next night is left out, not the one after it.
    at("2023-11-16 12:00:00");
    assertEquals(router.jobs.size, 1);
    worker.send("WORK_COMPLETE", handle, "");
    at("2023-11-17 01:30:00");
    assertEquals(worker.grab("GRAB_JOB_UNIQ")?.[2], "nightly@2023-11-17T01:30:00Z");
    assertEquals(epoch("2023-11-17 01:30:00"), router.clock.epoch());
  });

  test("poison pill", () => {
    const { router, clock, peer, client } = routerOf("poison pill", "f");
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    for (let run = 1; run <= 3; run++) {
      const worker = peer().canDo("f");
      assertEquals(worker.grab()?.[0], handle, `run ${run}`);
      worker.vanish();
      clock.advance(SECOND);
    }
    assertEquals(router.jobByHandle(handle), undefined);
    assertEquals(router.dead.byHandle(handle)?.job.losses, 3);
  });
});
