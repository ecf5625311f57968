import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { encodeName } from "../../protocol/mod.ts";
import { testRouter } from "../support/router.ts";

const FULL = [{ type: "ERROR", args: ["QUEUE_ERROR", "Job queue is full"] }];

describe("max queue", () => {
  test("refuses what is too much, waiting and running together, in the order of submits", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    client.text("maxqueue f 2");
    client.submit("SUBMIT_JOB", "f", "", "");
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    client.send("SUBMIT_JOB", "f", "", "").send("SUBMIT_JOB", "g", "", "");
    assertEquals(client.types(), ["ERROR", "JOB_CREATED"]);
    client.send("SUBMIT_JOB_EPOCH", "f", "", "9999999999", "");
    assertEquals(client.packets(), FULL);
  });

  test("leaves room again when a job ends, however it ends", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    client.text("maxqueue f 1");
    const first = client.submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    worker.send("WORK_COMPLETE", first, "");
    const second = client.submit("SUBMIT_JOB_BG", "f", "", "");
    client.text(`cancel job ${second}`);
    const leaver = peer();
    leaver.submit("SUBMIT_JOB", "f", "", "");
    leaver.vanish();
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(client.send("SUBMIT_JOB_BG", "f", "", "").packets(), FULL);
  });

  test("may differ by priority, each held against all live jobs of the function", () => {
    const { peer } = testRouter();
    const client = peer();
    client.text("maxqueue f 3 2 1");
    client.submit("SUBMIT_JOB_LOW_BG", "f", "", "");
    assertEquals(client.send("SUBMIT_JOB_LOW_BG", "f", "", "").packets(), FULL);
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(client.send("SUBMIT_JOB_BG", "f", "", "").packets(), FULL);
    client.submit("SUBMIT_JOB_HIGH_BG", "f", "", "");
    assertEquals(client.send("SUBMIT_JOB_HIGH_BG", "f", "", "").packets(), FULL);
  });

  test("with two sizes does not limit low priority", () => {
    const { peer } = testRouter();
    const client = peer();
    client.text("maxqueue f 1 1");
    for (let job = 0; job < 5; job++) client.submit("SUBMIT_JOB_LOW_BG", "f", "", "");
    assertEquals(client.send("SUBMIT_JOB_BG", "f", "", "").packets(), FULL);
  });

  test("set before the function exists holds once it does", () => {
    const { peer, router } = testRouter();
    router.functions.setMaxQueue(encodeName("later"), [1, 1, 1]);
    const client = peer();
    assertEquals(client.text("status"), ".\n");
    client.submit("SUBMIT_JOB_BG", "later", "", "");
    assertEquals(client.send("SUBMIT_JOB_BG", "later", "", "").packets(), FULL);
  });

  for (const reset of ["maxqueue f", "maxqueue f 0", "maxqueue f -1", "maxqueue f junk"]) {
    test(`${JSON.stringify(reset)} removes the limit`, () => {
      const { peer } = testRouter();
      const client = peer();
      client.text("maxqueue f 1");
      client.submit("SUBMIT_JOB_BG", "f", "", "");
      assertEquals(client.text(reset), "OK\n");
      client.submit("SUBMIT_JOB_BG", "f", "", "");
    });
  }
});
