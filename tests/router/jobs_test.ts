import { describe, test } from "node:test";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { assertInvariants } from "../../testing/invariants.ts";
import { testRouter } from "../support/router.ts";

describe("a foreground job", () => {
  test("goes to a worker and its result comes back", () => {
    const { router, peer } = testRouter();
    const client = peer(), worker = peer();
    worker.canDo("reverse");
    const handle = client.submit("SUBMIT_JOB", "reverse", "", "hello");
    assertEquals(worker.grab(), [handle, "reverse", "hello"]);
    worker.send("WORK_STATUS", handle, "1", "2").send("WORK_DATA", handle, "ol");
    worker.send("WORK_WARNING", handle, "slow").send("WORK_COMPLETE", handle, "leh");
    assertEquals(client.packets(), [
      { type: "WORK_STATUS", args: [handle, "1", "2"] },
      { type: "WORK_DATA", args: [handle, "ol"] },
      { type: "WORK_WARNING", args: [handle, "slow"] },
      { type: "WORK_COMPLETE", args: [handle, "leh"] },
    ]);
    assertEquals(router.jobs.size, 0);
    assertInvariants(router);
  });

  test("that fails tells its client so", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    worker.send("WORK_FAIL", handle);
    assertEquals(client.packets(), [{ type: "WORK_FAIL", args: [handle] }]);
  });

  test("is removed at once when its client is gone before a worker took it", () => {
    const { router, peer } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB", "f", "", "");
    client.vanish();
    assertEquals(router.jobs.size, 0);
    assertInvariants(router);
  });

  test("goes on without its client once a worker has it, and its result is dropped", () => {
    const { router, peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    client.vanish();
    assertInvariants(router);
    worker.send("WORK_COMPLETE", handle, "x");
    assertEquals(worker.packets(), []);
    assertEquals(router.jobs.size, 0);
  });
});

describe("a background job", () => {
  test("survives its client and tells it nothing more", () => {
    const { router, peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB_BG", "f", "u", "data");
    client.vanish();
    assertEquals(router.jobs.size, 1);
    assertEquals(worker.grab("GRAB_JOB_UNIQ"), [handle, "f", "u", "data"]);
    worker.send("WORK_COMPLETE", handle, "");
    assertEquals(router.jobs.size, 0);
  });
});

describe("priorities", () => {
  const KINDS = [
    "SUBMIT_JOB_LOW_BG",
    "SUBMIT_JOB_BG",
    "SUBMIT_JOB_HIGH_BG",
    "SUBMIT_JOB_LOW",
    "SUBMIT_JOB",
    "SUBMIT_JOB_HIGH",
  ] as const;

  test("high goes before normal before low, first come first served within each", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    for (const kind of KINDS) client.submit(kind, "f", "", kind);
    const order = KINDS.map(() => worker.grab()![2]);
    assertEquals(order, [
      "SUBMIT_JOB_HIGH_BG",
      "SUBMIT_JOB_HIGH",
      "SUBMIT_JOB_BG",
      "SUBMIT_JOB",
      "SUBMIT_JOB_LOW_BG",
      "SUBMIT_JOB_LOW",
    ]);
  });

  test("high of one function goes before normal of another", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("a", "b");
    client.submit("SUBMIT_JOB_BG", "a", "", "normal");
    client.submit("SUBMIT_JOB_HIGH_BG", "b", "", "high");
    assertEquals(worker.grab()![2], "high");
    assertEquals(worker.grab()![2], "normal");
  });

  for (const functions of [3, 40]) {
    test(`${functions} functions take turns at the same priority`, () => {
      const { peer } = testRouter();
      const names = Array.from({ length: functions }, (_, index) => `f${index}`);
      const client = peer(), worker = peer().canDo(...names);
      for (const name of names) {
        for (const number of [1, 2, 3]) client.submit("SUBMIT_JOB_BG", name, "", `${number}`);
      }
      for (const number of ["1", "2", "3"]) {
        const served = names.map(() => worker.grab()!);
        assertEquals(new Set(served.map(([, name]) => name)).size, functions);
        assert(served.every(([, , payload]) => payload === number));
      }
      assertEquals(worker.grab(), null);
    });
  }
});

describe("GRAB_JOB", () => {
  test("without work answers NO_JOB", () => {
    const { peer } = testRouter();
    const worker = peer();
    assertEquals(worker.grab(), null);
    worker.canDo("f");
    assertEquals(worker.grab(), null);
  });

  test("assigns what the worker can do and nothing else", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("mine");
    client.submit("SUBMIT_JOB_HIGH_BG", "other", "", "");
    client.submit("SUBMIT_JOB_LOW_BG", "mine", "", "x");
    assertEquals(worker.grab()![1], "mine");
    assertEquals(worker.grab(), null);
  });

  test("may be sent again before the first job is done", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const first = client.submit("SUBMIT_JOB", "f", "", "1");
    const second = client.submit("SUBMIT_JOB", "f", "", "2");
    worker.grab();
    worker.grab();
    worker.send("WORK_COMPLETE", second, "two").send("WORK_COMPLETE", first, "one");
    assertEquals(client.packets().map((packet) => packet.args), [[second, "two"], [first, "one"]]);
  });

  test("a connection may work the job it submitted itself", () => {
    const { peer } = testRouter();
    const both = peer().canDo("f");
    const handle = both.submit("SUBMIT_JOB", "f", "", "x");
    assertEquals(both.grab(), [handle, "f", "x"]);
    both.send("WORK_COMPLETE", handle, "y");
    assertEquals(both.packets(), [{ type: "WORK_COMPLETE", args: [handle, "y"] }]);
  });
});

describe("reducers", () => {
  for (const kind of ["SUBMIT_REDUCE_JOB", "SUBMIT_REDUCE_JOB_BACKGROUND"] as const) {
    test(`${kind} reaches GRAB_JOB_ALL with the reducer`, () => {
      const { peer } = testRouter();
      const client = peer(), worker = peer().canDo("f");
      const handle = client.submit(kind, "f", "u", "sum", "unused", "data\0more");
      worker.send("GRAB_JOB_ALL");
      assertEquals(worker.packets(), [
        { type: "JOB_ASSIGN_ALL", args: [handle, "f", "u", "sum", "data\0more"] },
      ]);
    });
  }

  test("other grabs get the job without it", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const first = client.submit("SUBMIT_REDUCE_JOB", "f", "u", "sum", "", "x");
    assertEquals(worker.grab(), [first, "f", "x"]);
    const second = client.submit("SUBMIT_REDUCE_JOB", "f", "v", "sum", "", "y");
    assertEquals(worker.grab("GRAB_JOB_UNIQ"), [second, "f", "v", "y"]);
  });
});

describe("two routers", () => {
  test("share nothing", () => {
    const a = testRouter({ bootId: "1".repeat(12) }), b = testRouter({ bootId: "2".repeat(12) });
    const handle = a.peer().submit("SUBMIT_JOB_BG", "f", "", "");
    assertNotEquals(a.router.jobByHandle(handle), undefined);
    assertEquals(b.router.jobByHandle(handle), undefined);
    assertEquals(b.peer().canDo("f").grab(), null);
  });
});
