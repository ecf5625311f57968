import { describe, test } from "node:test";
import { assertEquals, assertMatch } from "@std/assert";
import { testRouter } from "../support/router.ts";
import { epoch, routerWithSchedules } from "../support/schedules.ts";

const EVERY = ["", "", "", "", ""];

describe("SUBMIT_JOB_SCHED", () => {
  test("makes a schedule with a handle of its own; an empty field is a star", () => {
    const { peer, keeper, at, router } = routerWithSchedules();
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_SCHED", "f", "u", "15", "", "", "", "", "data");
    assertEquals(handle, "S:test:12345678901200000000000001");
    const { cron, origin, next } = keeper.get(handle)!;
    assertEquals([cron, origin, next], ["15 * * * *", "client", epoch("22:15:00")]);
    at("22:15:00");
    assertEquals(client.packets(), []);
    const worker = peer().canDo("f").send("GRAB_JOB_UNIQ");
    assertEquals(worker.packets()[0].args.slice(1), ["f", "u", "data"]);
    assertEquals(router.jobs.size, 1);
  });

  test("changes the schedule of the same function and unique, and makes one more without unique", () => {
    const { peer, keeper } = routerWithSchedules();
    const client = peer();
    const first = client.submit("SUBMIT_JOB_SCHED", "f", "u", "1", "2", "", "", "", "1");
    assertEquals(
      client.submit("SUBMIT_JOB_SCHED", "f", "u", "2", "2", "", "", "", "2"),
      first,
    );
    assertEquals(keeper.get(first)!.cron, "2 2 * * *");
    const others = ["g", "f", "f"].map((name, index) =>
      client.submit("SUBMIT_JOB_SCHED", name, index === 0 ? "u" : "", ...EVERY, "")
    );
    assertEquals(new Set([first, ...others]).size, 4);
  });

  test("without a unique gives each job one of the schedule and the time", () => {
    const { peer, at, router } = routerWithSchedules();
    peer().submit("SUBMIT_JOB_SCHED", "f", "", ...EVERY, "");
    at("22:14:00");
    const [job] = router.jobs.values();
    assertEquals(job.unique, "S:12345678901200000000000001@2023-11-14T22:14:00Z");
  });

  const refused: [what: string, args: string[], code: string, text: RegExp][] = [
    [
      "a field that is wrong",
      ["f", "", "60", "", "", "", "", ""],
      "INVALID_ARGUMENT",
      /minute: 60/,
    ],
    [
      "a field of two words",
      ["f", "", "1 2", "", "", "", "", ""],
      "INVALID_ARGUMENT",
      /five fields/,
    ],
    [
      "a date that never comes",
      ["f", "", "0", "0", "31", "2", "", ""],
      "INVALID_ARGUMENT",
      /never/,
    ],
    [
      "a payload above 64 KiB",
      ["f", "", ...EVERY, "x".repeat(65_537)],
      "DATA_TOO_LARGE",
      /^Payload of a schedule is too large$/,
    ],
    ["a long unique", ["f", "u".repeat(65), ...EVERY, ""], "ARGUMENT_TOO_LARGE", /Unique/],
    ["a long name", ["f".repeat(513), "", ...EVERY, ""], "ARGUMENT_TOO_LARGE", /Function/],
  ];
  for (const [what, args, code, text] of refused) {
    test(`is refused for ${what}, and the connection goes on`, () => {
      const { peer, keeper } = routerWithSchedules();
      const client = peer().send("SUBMIT_JOB_SCHED", ...args).send("ECHO_REQ", "x");
      const [error, echo] = client.packets();
      assertEquals([error.type, error.args[0], echo.type], ["ERROR", code, "ECHO_RES"]);
      assertMatch(error.args[1], text);
      assertEquals(keeper.all(), []);
    });
  }

  test("is refused by a server that keeps no schedules", () => {
    const client = testRouter().peer().send("SUBMIT_JOB_SCHED", "f", "", ...EVERY, "");
    assertEquals(client.packets()[0].args, ["INVALID_COMMAND", "Server keeps no schedules"]);
  });

  test("is answered when what keeps schedules is there, and what is behind it waits", () => {
    const { router, peer, keeper } = routerWithSchedules();
    let arrive = () => {};
    router.schedules = {
      schedules: null,
      timezone: "UTC",
      isComing: true,
      load: (then) => void (arrive = () => then(keeper)),
    };
    const client = peer().send("SUBMIT_JOB_SCHED", "f", "", ...EVERY, "").send("ECHO_REQ", "x");
    assertEquals(client.types(), []);
    arrive();
    assertEquals(client.types(), ["JOB_CREATED", "ECHO_RES"]);
  });
});

describe("GET_STATUS of a schedule", () => {
  test("says that it is known, until it is dropped", () => {
    const { peer, keeper } = routerWithSchedules();
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_SCHED", "f", "", ...EVERY, "");
    assertEquals(client.send("GET_STATUS", handle).packets()[0].args, [handle, "1", "0", "0", "0"]);
    keeper.drop(handle, null);
    assertEquals(client.send("GET_STATUS", handle).packets()[0].args, [handle, "0", "0", "0", "0"]);
  });
});
