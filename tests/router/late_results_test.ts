import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { Router } from "../../router/mod.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import type { ManualClock } from "../../testing/manual_clock.ts";
import type { FakePeer } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

/** A client whose job has taken its worker too long: it waits again. */
interface Late {
  readonly router: Router;
  readonly clock: ManualClock;
  readonly peer: () => FakePeer;
  readonly client: FakePeer;
  readonly worker: FakePeer;
  readonly handle: string;
}

function lateJob(jobRetries = -1): Late {
  const { router, clock, peer } = testRouter({ jobRetries });
  const client = peer(), worker = peer().send("CAN_DO_TIMEOUT", "f", "1000");
  const handle = client.submit("SUBMIT_JOB", "f", "u", "data");
  worker.grab();
  clock.advance(1000);
  return { router, clock, peer, client, worker, handle };
}

const NOT_FOUND = "Job given in work result not found";
/** What a worker sends about a job; what the client gets of it; the error if the job is not its own. */
const RESULTS = [
  ["WORK_STATUS", ["1", "2"], NOT_FOUND],
  ["WORK_DATA", ["part"], "Job does not exist on server"],
  ["WORK_WARNING", ["careful"], "Job does not exist on server"],
  ["WORK_COMPLETE", ["result"], NOT_FOUND],
  ["WORK_FAIL", [], NOT_FOUND],
  [
    "WORK_EXCEPTION",
    ["oops"],
    "An exception was received for a job that does not exist",
  ],
] as const;

const ENDS = ["WORK_COMPLETE", "WORK_FAIL", "WORK_EXCEPTION"];

describe("from the worker that had the last run, while no other has begun,", () => {
  for (const [type, args] of RESULTS) {
    test(`${type} reaches the client${ENDS.includes(type) ? " and ends the job" : ""}`, () => {
      const { router, client, worker, handle, peer } = lateJob();
      client.send("OPTION_REQ", "exceptions").packets();
      worker.send(type, handle, ...args);
      assertEquals(worker.packets(), []);
      assertEquals(client.packets(), [{ type, args: [handle, ...args] }]);
      const lives = !ENDS.includes(type);
      assertEquals(peer().text("status"), `f\t${lives ? 1 : 0}\t0\t1\n.\n`);
      assertEquals(peer().canDo("f").grab()?.[0], lives ? handle : undefined);
      assertEquals(router.running.late.size, 0);
      assertInvariants(router);
    });
  }

  test("a status is relayed, but the job does not run as far as GET_STATUS goes", () => {
    const { client, worker, handle } = lateJob();
    worker.send("WORK_STATUS", handle, "1", "2");
    client.send("GET_STATUS", handle);
    assertEquals(client.packets()[1].args, [handle, "1", "0", "0", "0"]);
  });

  test("WORK_FAIL after WORK_EXCEPTION is swallowed", () => {
    const { worker, handle } = lateJob();
    worker.send("WORK_EXCEPTION", handle, "oops").send("WORK_FAIL", handle);
    assertEquals(worker.packets(), []);
  });

  for (const type of ["CANT_DO", "RESET_ABILITIES"] as const) {
    test(`the result counts after ${type}`, () => {
      const { client, worker, handle } = lateJob();
      if (type === "CANT_DO") worker.send("CANT_DO", "f");
      else worker.send("RESET_ABILITIES");
      worker.send("WORK_COMPLETE", handle, "r");
      assertEquals([...worker.types(), ...client.types()], ["WORK_COMPLETE"]);
    });
  }

  test("the result counts after the NOOP that answered its PRE_SLEEP, and there is no job", () => {
    const { client, worker, handle } = lateJob();
    assertEquals(worker.send("PRE_SLEEP").types(), ["NOOP"]);
    worker.send("WORK_COMPLETE", handle, "r");
    assertEquals(client.types(), ["WORK_COMPLETE"]);
    assertEquals(worker.grab(), null);
  });

  test("the result counts though it slept when the time was over", () => {
    const { peer, clock } = testRouter();
    const client = peer(), worker = peer().send("CAN_DO_TIMEOUT", "f", "1000");
    const handle = client.submit("SUBMIT_JOB", "f", "u", "data");
    worker.grab();
    worker.send("PRE_SLEEP");
    clock.advance(1000);
    assertEquals(worker.types(), ["NOOP"]);
    worker.send("WORK_COMPLETE", handle, "r");
    assertEquals(client.types(), ["WORK_COMPLETE"]);
  });

  test("the result reaches who joined the job while it waited", () => {
    const { peer, worker, handle } = lateJob();
    const other = peer();
    assertEquals(other.submit("SUBMIT_JOB", "f", "u", "data"), handle);
    worker.send("WORK_COMPLETE", handle, "r");
    assertEquals(other.packets(), [{ type: "WORK_COMPLETE", args: [handle, "r"] }]);
  });

  test("the result counts though the job was moved to another priority", () => {
    const { router, client, worker, handle } = lateJob();
    router.operations.reprioritize(router.jobByHandle(handle)!, 0);
    worker.send("WORK_COMPLETE", handle, "r");
    assertEquals(client.types(), ["WORK_COMPLETE"]);
    assertInvariants(router);
  });

  test("the result of the second of two late runs counts, that of the first does not", () => {
    const { peer, clock, client, worker, handle } = lateJob();
    const second = peer().send("CAN_DO_TIMEOUT", "f", "1000");
    second.grab();
    clock.advance(1000);
    worker.send("WORK_COMPLETE", handle, "first");
    assertEquals(worker.types(), ["ERROR"]);
    second.send("WORK_COMPLETE", handle, "second");
    assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "second"] }]);
  });

  test("the result counts once when it has begun the job again itself", () => {
    const { client, worker, handle } = lateJob();
    assertEquals(worker.grab()?.[0], handle);
    worker.send("WORK_COMPLETE", handle, "first").send("WORK_COMPLETE", handle, "second");
    assertEquals(worker.types(), ["ERROR"]);
    assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "first"] }]);
  });
});

describe("JOB_NOT_FOUND", () => {
  for (const [type, args, text] of RESULTS) {
    test(`answers ${type} when another run has begun, and when that one is lost too`, () => {
      const { peer, router, client, worker, handle } = lateJob();
      const other = peer().canDo("f");
      other.grab();
      const refused = [{ type: "ERROR", args: ["JOB_NOT_FOUND", text] }];
      assertEquals(worker.send(type, handle, ...args).packets(), refused);
      other.vanish();
      assertEquals(worker.send(type, handle, ...args).packets(), refused);
      assertEquals(client.packets(), []);
      assertEquals(peer().canDo("f").grab()?.[0], handle);
      assertInvariants(router);
    });
  }

  test("answers a worker that never had the job, or had it on another connection", () => {
    const { peer, router, worker, handle } = lateJob();
    worker.vanish();
    const again = peer().send("CAN_DO_TIMEOUT", "f", "1000");
    assertEquals(again.send("WORK_COMPLETE", handle, "r").types(), ["ERROR"]);
    assertInvariants(router);
  });

  test("answers when the time that was over was the last try", () => {
    const { router, client, worker, handle } = lateJob(1);
    assertEquals(client.types(), ["WORK_FAIL"]);
    assertEquals(worker.send("WORK_COMPLETE", handle, "r").types(), ["ERROR"]);
    assertInvariants(router);
  });

  test("answers when the job was cancelled, or its last client has gone, before the result", () => {
    for (const how of ["cancelled", "gone"]) {
      const { peer, router, client, worker, handle } = lateJob();
      if (how === "gone") client.vanish();
      else peer().text(`cancel job ${handle}`);
      assertEquals(router.running.late.size, 0);
      assertEquals(worker.send("WORK_COMPLETE", handle, "r").types(), ["ERROR"]);
      assertInvariants(router);
    }
  });
});
