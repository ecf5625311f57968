import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";
import { epoch, routerWithSchedules, runsText, schedules } from "../support/schedules.ts";

const NIGHTLY = { name: "nightly", cron: "30 2 * * *", function: "report" } as const;
const HEAD = "schedule\tstate\tnext\tlast\toutcome\thandle\tfunction\ttimes\ttimezone\torigin\n";

/** A router with the schedule `nightly`, and a client that asks. */
function asked(maxSchedules = 1000) {
  const tested = routerWithSchedules({ maxSchedules });
  tested.keeper.configure(schedules(NIGHTLY));
  const client = tested.peer();
  return { ...tested, client, text: (line: string) => client.text(line) };
}

describe("show schedules", () => {
  test("lists them by name, with the last run and the next one", () => {
    const { text, keeper, at } = asked();
    keeper.set(schedules({ name: "a", every: 900, function: "f\tg" })[0], null);
    at("22:30:00");
    const [job] = keeper.get("a")!.runs;
    const a = ["a", "active", epoch("22:45:00"), epoch("22:30:00"), "-", job.handle, "f%09g"];
    const nightly = ["nightly", "active", epoch("2023-11-15 02:30:00"), "-", "-", "-", "report"];
    const rows = `${[...a, "every 900s", "UTC", "operator"].join("\t")}\n` +
      `${[...nightly, "30 2 * * *", "UTC", "configuration"].join("\t")}\n.\n`;
    assertEquals(text("show schedules"), rows);
    assertEquals(text("list schedules"), HEAD + rows);
  });

  test("lists none where none were ever made, or can be", () => {
    assertEquals(testRouter().peer().text("show schedules"), ".\n");
    assertEquals(routerWithSchedules().peer().text("show schedules"), ".\n");
  });
});

describe("run schedule", () => {
  test("answers with the handle of the job", () => {
    const { text, keeper } = asked();
    const answer = text("run schedule nightly");
    assertEquals(answer, `OK ${keeper.get("nightly")!.runs[0].handle}\n`);
    assertEquals(runsText(keeper.get("nightly")!.runs), ["22:13 runs"]);
  });

  test("says why there is no job", () => {
    const { text, router } = asked();
    router.operations.drain(true, null);
    assertEquals(text("run schedule nightly"), "ERR NOT_RUN Server+takes+no+new+jobs\r\n");
    assertEquals(text("run schedule x"), "ERR UNKNOWN_SCHEDULE There+is+no+such+schedule\r\n");
  });
});

describe("pause schedule and resume schedule", () => {
  test("hold it and let it go on", () => {
    const { text, keeper } = asked();
    assertEquals(text("pause schedule nightly"), "OK\n");
    assertEquals([keeper.get("nightly")!.isPaused, keeper.get("nightly")!.next], [true, null]);
    assert(text("show schedules").startsWith("nightly\tpaused\t-\t"));
    assertEquals(text("resume schedule nightly"), "OK\n");
    assertEquals(keeper.get("nightly")!.isPaused, false);
    assertEquals(text("PAUSE schedule x"), "ERR UNKNOWN_SCHEDULE There+is+no+such+schedule\r\n");
  });
});

describe("set schedule", () => {
  const JSON_TEXT = '{"name":"a","cron":"0 4 * * *","function":"f","catch-up":"last"}';

  test("makes one, and changes it", () => {
    const { text, keeper } = asked();
    assertEquals(text(`set schedule ${JSON_TEXT}`), "OK\n");
    const { cron, catchUp, origin } = keeper.get("a")!;
    assertEquals([cron, catchUp, origin], ["0 4 * * *", "last", "operator"]);
    assertEquals(text('set schedule {"name":"a","every":"10m","function":"\\u00e4"}'), "OK\n");
    assertEquals(keeper.get("a")!.every, 600_000);
    assertEquals([...keeper.get("a")!.job.function], [0xc3, 0xa4]);
  });

  const refused: [json: string, error: RegExp][] = [
    ["", /^ERR INVALID_ARGUMENTS set\+schedule\+takes\+a\+table\+in\+JSON\r\n$/],
    ["{", /^ERR INVALID_ARGUMENTS /],
    ["5", /^ERR INVALID_ARGUMENTS A\+schedule\+must\+have\+a\+name\r\n$/],
    ['{"name":"a","zone":""}', /^ERR INVALID_ARGUMENTS zone\+does\+not\+exist\r\n$/],
    ['{"name":"a","every":5,"function":"f","payload":5}', /^ERR INVALID_ARGUMENTS payload\+must/],
    ['{"name":"a","cron":"99 * * * *","function":"f"}', /^ERR INVALID_ARGUMENT .*minute:\+99\r\n$/],
    ['{"name":"nightly","every":5,"function":"f"}', /^ERR OF_CONFIGURATION nightly\+is\+a\+/],
  ];
  for (const [json, error] of refused) {
    test(`refuses ${json}`, () => {
      const { text, keeper } = asked();
      assert(error.test(text(`set schedule ${json}`.trim())), text(`set schedule ${json}`.trim()));
      assertEquals(keeper.all().length, 1);
    });
  }
});

describe("drop schedule and cancel job", () => {
  test("forget schedules that are not of the configuration", () => {
    const { text, client, keeper } = asked();
    const handle = client.submit("SUBMIT_JOB_SCHED", "f", "", "", "", "", "", "", "");
    const other = client.submit("SUBMIT_JOB_SCHED", "f", "", "", "", "", "", "", "");
    assertEquals(text(`cancel job ${handle}`), "OK\r\n");
    assertEquals(text(`cancel job ${handle}`), "ERR UNKNOWN_JOB\r\n");
    assertEquals(text(`drop schedule ${other}`), "OK\n");
    assert(text("drop schedule nightly").startsWith("ERR OF_CONFIGURATION nightly+is+a+schedule"));
    assertEquals(keeper.all().map(({ name }) => name), ["nightly"]);
  });
});
