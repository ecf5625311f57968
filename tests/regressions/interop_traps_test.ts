import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

describe("trap 1: CAN_DO_TIMEOUT in four encodings", () => {
  const CASES: [string, string, number][] = [
    ["milliseconds", "2500", 2500],
    ["milliseconds below a second, which count as one", "200", 1000],
    ["seconds with a fraction, as Perl sends them", "0.5", 500],
    ["four bytes of seconds, as a Go library sends them", "\0\0\0\x03", 3000],
  ];
  for (const [what, sent, milliseconds] of CASES) {
    test(`${what}`, () => {
      const { peer, clock, router } = testRouter();
      const worker = peer().send("CAN_DO_TIMEOUT", "f", sent);
      const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
      worker.grab();
      clock.advance(milliseconds - 1);
      assertEquals(router.jobByHandle(handle)!.isRunning, true);
      clock.advance(1);
      assertEquals(router.jobByHandle(handle)!.isRunning, false);
    });
  }

  test("four digits are milliseconds, not four bytes", () => {
    const { peer } = testRouter();
    assertEquals(peer().send("CAN_DO_TIMEOUT", "f", "1234").connection.abilities[0].timeout, 1234);
  });
});

test("trap 2: commands in one write are answered in one write", () => {
  const { peer } = testRouter();
  const client = peer().raw("status\nversion\n");
  const segment = client.connection.out.take()!;
  assertEquals(segment.end - segment.start, ".\nOK 1.2.3\n".length);
  assertEquals(client.connection.out.take(), undefined);
});

test("trap 3: status has four columns, prioritystatus five, version begins with OK", () => {
  const { peer } = testRouter();
  const client = peer().canDo("f");
  assertEquals(client.text("status").split("\n")[0].split("\t").length, 4);
  assertEquals(client.text("prioritystatus").split("\n")[0].split("\t").length, 5);
  assertEquals(client.text("version").slice(0, 3), "OK ");
});

test("trap 4: all three grabs work; GRAB_JOB_ALL without a reducer answers JOB_ASSIGN_UNIQ", () => {
  const { peer } = testRouter();
  const client = peer(), worker = peer().canDo("f");
  for (let job = 0; job < 3; job++) client.submit("SUBMIT_JOB_BG", "f", `u${job}`, "");
  const answers = (["GRAB_JOB", "GRAB_JOB_UNIQ", "GRAB_JOB_ALL"] as const)
    .map((grab) => worker.send(grab).types()[0]);
  assertEquals(answers, ["JOB_ASSIGN", "JOB_ASSIGN_UNIQ", "JOB_ASSIGN_UNIQ"]);
});

test("trap 5: maxqueue takes one, two and three sizes and answers with a bare LF", () => {
  const { peer, router } = testRouter();
  const client = peer();
  client.text("create function f");
  const limits = () => [...router.functions.values()][0].maxQueue;
  for (
    const [sizes, expected] of [
      ["7", [7, 7, 7]],
      ["7 8", [7, 8, 0]],
      ["7 8 9", [7, 8, 9]],
      ["", [0, 0, 0]],
    ] as const
  ) {
    assertEquals(client.text(`maxqueue f ${sizes}`), "OK\n");
    assertEquals([...limits()], [...expected]);
  }
});

test("trap 6: workers lists every connection, the asking one too", () => {
  const { peer } = testRouter();
  peer();
  peer().canDo("f");
  assertEquals(peer().text("workers").split("\n").length, 3 + 2);
});

// Trap 7, one assignment per unique under worker churn, is in coalescing_losses_test.ts.

test("trap 8: JOB_CREATED and ERROR answer submits strictly in their order", () => {
  const { peer } = testRouter();
  const client = peer();
  client.text("maxqueue full 1");
  client.submit("SUBMIT_JOB_BG", "full", "", "");
  client.send("SUBMIT_JOB", "a", "", "").send("SUBMIT_JOB_BG", "full", "", "")
    .send("SUBMIT_JOB_EPOCH", "b", "", "9999999999", "").send("SUBMIT_JOB", "c", "u".repeat(65), "")
    .send("SUBMIT_REDUCE_JOB", "d", "", "r", "", "").send("SUBMIT_JOB_LOW", "f".repeat(513), "", "")
    .send("SUBMIT_JOB_HIGH", "e", "", "");
  assertEquals(client.types(), [
    "JOB_CREATED",
    "ERROR",
    "JOB_CREATED",
    "ERROR",
    "JOB_CREATED",
    "ERROR",
    "JOB_CREATED",
  ]);
});

test("WORK_FAIL after WORK_EXCEPTION is swallowed once, only from the worker that ran the job", () => {
  const { peer } = testRouter();
  const client = peer(), worker = peer().canDo("f"), stranger = peer();
  const handle = client.submit("SUBMIT_JOB", "f", "", "");
  worker.grab();
  worker.send("WORK_EXCEPTION", handle, "boom");
  assertEquals(stranger.send("WORK_FAIL", handle).types(), ["ERROR"]);
  assertEquals(worker.send("WORK_FAIL", handle).types(), []);
  assertEquals(worker.send("WORK_FAIL", handle).types(), ["ERROR"]);
  assertEquals(client.types(), ["WORK_FAIL"]);
});
