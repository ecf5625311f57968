import { describe, test } from "node:test";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { type ScheduleRequest, Server, type ServerOptions } from "../../mod.ts";
import type { SharedQueue } from "../../store/mod.ts";
import { ManualClock } from "../../testing/mod.ts";
import { TestServer } from "../../testing/test_server.ts";
import { RawPeer } from "../support/raw_peer.ts";

const NIGHTLY = { name: "nightly", cron: "30 2 * * *", function: "report" } as const;

/** Something that is not what the types say. */
function wrong(schedule: object): ServerOptions {
  return { schedules: [schedule as ScheduleRequest] };
}

describe("the option schedules", () => {
  test("submits jobs to workers at their times", async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 30, 2, 29));
    await using server = await TestServer.start({ clock, schedules: [NIGHTLY] });
    await server.loaded;
    await using worker = await RawPeer.connect(server.port);
    worker.packet("CAN_DO", "report").packet("PRE_SLEEP").packet("ECHO_REQ", "");
    await worker.expect("ECHO_RES", 1);
    clock.advance(60_000);
    await worker.expect("NOOP", 0);
    const [, , unique] = await worker.packet("GRAB_JOB_UNIQ").expect("JOB_ASSIGN_UNIQ", 4);
    assertEquals(unique, "nightly@2026-11-30T02:30:00Z");
    server.assertInvariants();
  });

  test("takes time zone and times of a running server anew, or leaves all as it was", async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 30, 0, 0));
    await using server = await TestServer.start({ clock, schedules: [NIGHTLY] });
    await server.loaded;
    await server.setSchedules([{ ...NIGHTLY, timezone: "Europe/Berlin" }]);
    await assertRejects(() => server.setSchedules([{ ...NIGHTLY, cron: "x" }]), Error, "nightly");
    clock.advance(90 * 60_000);
    assertEquals(server.jobs().map(({ unique }) => unique), ["nightly@2026-11-30T01:30:00Z"]);
    await server.setSchedules([]);
    clock.advance(48 * 3_600_000);
    assertEquals(server.jobsOutstanding(), 1);
  });

  test("with a cron expression that is wrong makes loaded reject with the reason", async () => {
    await using server = new Server({ schedules: [{ ...NIGHTLY, cron: "61 * * * *" }] });
    const error = await assertRejects(() => server.loaded, Error);
    assertMatch(error.message, /^schedule nightly: "61 \* \* \* \*" is not a cron expression/);
  });

  const refused: [what: string, schedule: object, why: string][] = [
    ["no name", { cron: "* * * * *", function: "f" }, "A schedule must have a name"],
    ["no function", { name: "a", cron: "* * * * *" }, "A schedule must have a function"],
    ["no time", { name: "a", function: "f" }, "Schedule a must have either cron or every"],
    ["two times", { ...NIGHTLY, every: 5 }, "Schedule nightly must have either cron or every"],
    ["a word too much", { ...NIGHTLY, zone: "UTC" }, 'Unknown option "schedules.zone"'],
    ["a name like a handle", { ...NIGHTLY, name: "S:1" }, "Option schedules.name must be a letter"],
    ["a time too short", { name: "a", function: "f", every: 0.5 }, "seconds from 1 to 31622400"],
    ["a long payload", { ...NIGHTLY, payload: "x".repeat(65_537) }, "at most 65536 bytes"],
    ["another rule", { ...NIGHTLY, overlap: "queue" }, "must be one of allow, skip, replace"],
  ];
  for (const [what, schedule, why] of refused) {
    test(`refuses a schedule with ${what}`, () => {
      assertThrows(() => new Server(wrong(schedule)), Error, why);
    });
  }

  test("refuses two of one name, and a shared queue, whose servers would all run them", () => {
    assertThrows(
      () => new Server({ schedules: [NIGHTLY, NIGHTLY] }),
      TypeError,
      "There are two schedules with the name nightly",
    );
    assertThrows(
      () => new Server({ schedules: [NIGHTLY], sharedQueue: {} as SharedQueue }),
      TypeError,
      "Options schedules and sharedQueue exclude each other",
    );
    assertThrows(
      () => new Server({ scheduleTimezone: "Mars" }),
      RangeError,
      'Option scheduleTimezone must be a time zone such as Europe/Berlin, not "Mars"',
    );
  });
});

describe("SUBMIT_JOB_SCHED through a socket", () => {
  test("loads what keeps schedules; the answers come in the order of what was asked", async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 30, 2, 29));
    await using server = await TestServer.start({ clock });
    await using client = await RawPeer.connect(server.port);
    client.packet("SUBMIT_JOB_SCHED", "f", "u", "", "", "", "", "", "data");
    client.packet("SUBMIT_JOB_BG", "g", "", "");
    const [handle] = await client.expect("JOB_CREATED", 1);
    assertMatch(handle, /^S:.*:\d{26}$/);
    assertMatch((await client.expect("JOB_CREATED", 1))[0], /^H:/);
    const status = await client.packet("GET_STATUS", handle).expect("STATUS_RES", 5);
    assertEquals(status, [handle, "1", "0", "0", "0"]);
    clock.advance(60_000);
    assertEquals(server.jobs().map(({ unique }) => unique), ["", "u"]);
  });
});
