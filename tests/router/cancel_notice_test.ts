import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { assertInvariants } from "../../testing/invariants.ts";
import { testRouter } from "../support/router.ts";

describe("OPTION_REQ cancel-notice", () => {
  test("tells a worker by WORK_FAIL that a job which it runs was cancelled", () => {
    const { router, peer } = testRouter();
    const client = peer(), admin = peer();
    const worker = peer().canDo("f").send("OPTION_REQ", "Cancel-Notice");
    assertEquals(worker.packets(), [{ type: "OPTION_RES", args: ["Cancel-Notice"] }]);
    const handle = client.submit("SUBMIT_JOB", "f", "u", "");
    worker.grab();
    assertEquals(admin.text("cancel unique u"), "OK 1\n");
    assertEquals(worker.packets(), [{ type: "WORK_FAIL", args: [handle] }]);
    assertEquals(client.packets(), [{ type: "WORK_FAIL", args: [handle] }]);
    worker.send("WORK_COMPLETE", handle, "late");
    assertEquals(worker.packets()[0].args[0], "JOB_NOT_FOUND");
    assertEquals(client.packets(), []);
    assertInvariants(router);
  });

  test("tells nothing of jobs that end otherwise, and nothing to others", () => {
    const { peer } = testRouter();
    const client = peer();
    const worker = peer().canDo("f", "g").send("OPTION_REQ", "cancel-notice");
    const other = peer().canDo("g");
    const first = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    worker.send("WORK_FAIL", first);
    assertEquals(worker.types(), ["OPTION_RES", "JOB_ASSIGN"].slice(2));
    const second = client.submit("SUBMIT_JOB", "g", "", "");
    other.grab();
    client.text(`cancel job ${second}`);
    assertEquals(other.types(), []);
    assertEquals(worker.types(), []);
  });

  test("is not sent for a job that waits, or that took too long for the worker", () => {
    const { peer, clock } = testRouter();
    const client = peer();
    const worker = peer().send("CAN_DO_TIMEOUT", "f", "1000").send("OPTION_REQ", "cancel-notice");
    worker.packets();
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    clock.advance(1000);
    client.text(`cancel job ${handle}`);
    assertEquals(worker.types(), []);
  });
});
