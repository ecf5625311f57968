import { describe, test } from "node:test";
import { assertEquals, assertRejects } from "@std/assert";
import { Admin, CommandRefusedError } from "../../mod.ts";
import { ManualClock, testServer } from "../../testing/mod.ts";

const START = Date.UTC(2026, 10, 30, 2, 0);
const NIGHTLY = { name: "nightly", cron: "30 2 * * *", function: "report" } as const;

describe("an admin", () => {
  test("makes, lists, runs, pauses and drops schedules", async () => {
    const clock = new ManualClock(START);
    await using server = await testServer({ clock, schedules: [NIGHTLY] });
    await server.loaded;
    await using admin = new Admin(server);
    const payload = "two  spaces, \u00e4\n";
    await admin.setSchedule({ name: "poll", every: 900, function: "p", payload, catchUp: "last" });
    const handle = await admin.runSchedule("poll");
    assertEquals(server.jobByHandle(handle)?.functionName, "p");
    await admin.pauseSchedule("poll");
    assertEquals(await admin.schedules(), [
      {
        schedule: "nightly",
        paused: false,
        next: START + 1_800_000,
        last: null,
        outcome: null,
        handle: null,
        function: "report",
        times: "30 2 * * *",
        timezone: "UTC",
        origin: "configuration",
      },
      {
        schedule: "poll",
        paused: true,
        next: null,
        last: START,
        outcome: null,
        handle,
        function: "p",
        times: "every 900s",
        timezone: "UTC",
        origin: "operator",
      },
    ]);
    await admin.pauseSchedule("poll", false);
    clock.advance(900_000);
    assertEquals(server.jobsOutstanding(), 2);
    await admin.dropSchedule("poll");
    const error = await assertRejects(() => admin.dropSchedule("nightly"), CommandRefusedError);
    assertEquals(error.code, "OF_CONFIGURATION");
    await assertRejects(() => admin.setSchedule({ ...NIGHTLY, payload: new Uint8Array(1) }));
    await assertRejects(
      () => admin.setSchedule({ ...NIGHTLY, name: "x", cron: "61 * * * *" }),
      CommandRefusedError,
      "Invalid value for minute: 61",
    );
  });
});
