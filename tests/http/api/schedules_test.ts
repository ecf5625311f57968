import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type {
  ScheduleAnswer,
  ScheduleRunAnswer,
  SchedulesAnswer,
} from "../../../http/api/schedule_types.ts";
import { routerWithSchedules, schedules } from "../../support/schedules.ts";
import { CheckedApi } from "./checked_api.ts";

const NIGHTLY = { name: "nightly", cron: "30 2 * * *", function: "report" } as const;
const POLL = { everySeconds: 900, function: "poll" };

/** An API of a router that has the schedule `nightly` by its configuration. */
async function opened(payloads = false) {
  const tested = routerWithSchedules();
  tested.keeper.configure(schedules({ ...NIGHTLY, payload: "secret" }));
  return { ...tested, api: await CheckedApi.open({ router: tested.router, payloads }) };
}

describe("schedules by HTTP", () => {
  test("are listed with their last runs", async () => {
    const { api, keeper } = await opened();
    keeper.run("nightly", null);
    const { items: [listed] } = await api.json<SchedulesAnswer>("GET", "/schedules");
    const { runs: [{ handle }] } = keeper.get("nightly")!;
    assertEquals(listed, {
      name: "nightly",
      cron: "30 2 * * *",
      everySeconds: null,
      timezone: "UTC",
      function: "report",
      unique: "",
      payloadBytes: 6,
      priority: "normal",
      catchUp: "none",
      catchUpMost: 100,
      overlap: "allow",
      origin: "configuration",
      paused: false,
      next: "2023-11-15T02:30:00.000Z",
      runs: [{
        time: "2023-11-14T22:13:20.000Z",
        ordered: true,
        started: "2023-11-14T22:13:20.000Z",
        handle,
        ended: null,
        outcome: null,
        cause: null,
      }],
    });
    assertEquals(await api.json<ScheduleAnswer>("GET", "/schedules/nightly"), listed);
    await api.ask("GET", "/schedules/other", { status: 404 });
  });

  test("show payloads to those who may see them", async () => {
    const { api } = await opened(true);
    const { payload } = await api.json<ScheduleAnswer>("GET", "/schedules/nightly");
    assertEquals(payload, "secret");
  });

  test("are none where none can be", async () => {
    using api = await CheckedApi.open();
    assertEquals(await api.json("GET", "/schedules"), { items: [] });
    await api.ask("POST", "/schedules/a/run", { status: 404 });
    await api.ask("PUT", "/schedules/a", { body: POLL, status: 503 });
  });

  test("are made, changed and dropped", async () => {
    const { api, keeper } = await opened();
    const body = { ...POLL, functionBase64: btoa("\xff"), function: undefined, payload: "p" };
    const made = await api.json<ScheduleAnswer>("PUT", "/schedules/poll", { body });
    assertEquals([made.functionBase64, made.next], [btoa("\xff"), "2023-11-14T22:15:00.000Z"]);
    const other = { cron: "0 4 * * *", timezone: "Europe/Berlin", function: "poll" };
    const changed = await api.json<ScheduleAnswer>("PUT", "/schedules/poll", { body: other });
    assertEquals([changed.cron, changed.payloadBytes], ["0 4 * * *", 1]);
    assertEquals(changed.next, "2023-11-15T03:00:00.000Z");
    await api.ask("DELETE", "/schedules/poll", { status: 204 });
    await api.ask("DELETE", "/schedules/poll", { status: 404 });
    assertEquals(keeper.all().map(({ name }) => name), ["nightly"]);
  });

  test("of clients are changed by their handles, and keep them", async () => {
    const { api, peer, keeper } = await opened();
    const client = peer();
    const submit = () => client.submit("SUBMIT_JOB_SCHED", "f", "u", "1", "", "", "", "", "data");
    const handle = submit();
    const body = { cron: "2 * * * *", function: "f", unique: "v" };
    await api.json("PUT", `/schedules/${encodeURIComponent(handle)}`, { body });
    assertEquals(keeper.get(handle)!.cron, "2 * * * *");
    const { origin } = await api.json<ScheduleAnswer>("GET", `/schedules/${handle}`);
    assertEquals(origin, "client");
    assertEquals(submit() === handle, false);
  });

  const wrong: [what: string, body: object][] = [
    ["no time", { function: "f" }],
    ["two times", { ...POLL, cron: "* * * * *" }],
    ["no function", { everySeconds: 900 }],
    ["a cron expression that is wrong", { cron: "61 * * * *", function: "f" }],
    ["a time zone that is wrong", { cron: "1 * * * *", timezone: "Mars", function: "f" }],
    ["another field", { ...POLL, name: "b" }],
    ["a time too short", { ...POLL, everySeconds: 0.5 }],
    ["a function with a NUL", { ...POLL, function: "a\0b" }],
    ["a long payload", { ...POLL, payload: "x".repeat(65_537) }],
    ["a rule that there is not", { ...POLL, overlap: "queue" }],
  ];
  for (const [what, body] of wrong) {
    test(`are refused with ${what}`, async () => {
      const { api, keeper } = await opened();
      await api.ask("PUT", "/schedules/poll", { body, status: 400 });
      assertEquals(keeper.all().length, 1);
    });
  }

  test("are refused with a name that would be none, and above the number there may be", async () => {
    const { api } = await opened();
    await api.ask("PUT", "/schedules/S%3A1", { body: POLL, status: 400 });
    const full = routerWithSchedules({ maxSchedules: 0 });
    using other = await CheckedApi.open({ router: full.router });
    await other.ask("PUT", "/schedules/poll", { body: POLL, status: 503 });
  });

  test("of the configuration are paused and run, but not changed", async () => {
    const { api, router, keeper, clock } = await opened();
    await api.ask("PUT", "/schedules/nightly", { body: POLL, status: 409 });
    await api.ask("DELETE", "/schedules/nightly", { status: 409 });
    await api.ask("PUT", "/schedules/nightly/pause", { status: 204 });
    assertEquals(keeper.get("nightly")!.isPaused, true);
    const run = await api.json<ScheduleRunAnswer>("POST", "/schedules/nightly/run");
    assertEquals(run.handle, [...router.jobs.values()][0].handle);
    await api.ask("DELETE", "/schedules/nightly/pause", { status: 204 });
    assertEquals(keeper.get("nightly")!.isPaused, false);
    // Runs of one second would be one job.
    clock.advance(1000);
    router.operations.drain(true, null);
    await api.ask("POST", "/schedules/nightly/run", { status: 409 });
    await api.ask("PUT", "/schedules/x/pause", { status: 404 });
  });
});
