import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { assertInvariants } from "../../testing/invariants.ts";
import { testRouter } from "../support/router.ts";

describe("a worker that vanishes", () => {
  test("leaves its jobs at the head of their queue, in their order", () => {
    const { peer, router } = testRouter();
    const client = peer(), worker = peer().canDo("f"), other = peer().canDo("f");
    for (const payload of ["1", "2", "3", "4"]) client.submit("SUBMIT_JOB_BG", "f", "", payload);
    worker.grab();
    worker.grab();
    worker.vanish();
    assertInvariants(router);
    const order = [1, 2, 3, 4].map(() => other.grab()![2]);
    assertEquals(order, ["1", "2", "3", "4"]);
  });

  test("and others after it leave the order as it was", () => {
    const { peer } = testRouter();
    const client = peer(), last = peer().canDo("f");
    for (const payload of ["1", "2", "3", "4"]) client.submit("SUBMIT_JOB_BG", "f", "", payload);
    const workers = [1, 2, 3].map(() => peer().canDo("f"));
    for (const worker of workers) worker.grab();
    for (const worker of workers) worker.vanish();
    const order = [1, 2, 3, 4].map(() => last.grab()![2]);
    assertEquals(order, ["1", "2", "3", "4"]);
  });

  test("twice in a row leaves the job at the end of its priority", () => {
    const { peer, router } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "", "poison");
    client.submit("SUBMIT_JOB_BG", "f", "", "1");
    client.submit("SUBMIT_JOB_LOW_BG", "f", "", "low");
    const order: string[] = [];
    for (let worker = 0; worker < 5; worker++) {
      const unlucky = peer().canDo("f");
      const payload = unlucky.grab()![2];
      order.push(payload);
      if (payload !== "poison") {
        unlucky.send("WORK_COMPLETE", unlucky.connection.firstJob!.handle, "");
      } else if (worker === 1) client.submit("SUBMIT_JOB_BG", "f", "", "2");
      unlucky.vanish();
      assertInvariants(router);
    }
    assertEquals(order, ["poison", "poison", "1", "2", "poison"]);
  });

  test("wakes a sleeper, and the status begins again at 0", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    worker.send("WORK_STATUS", handle, "5", "10");
    const sleeper = peer().canDo("f").send("PRE_SLEEP");
    worker.vanish();
    assertEquals(sleeper.types(), ["NOOP"]);
    client.packets();
    client.send("GET_STATUS", handle);
    assertEquals(client.packets()[0].args, [handle, "1", "0", "0", "0"]);
  });

  test("ends a job that nobody needs any more", () => {
    const { peer, router } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    client.vanish();
    assertEquals(router.jobs.size, 1);
    worker.vanish();
    assertEquals(router.jobs.size, 0);
    assertInvariants(router);
  });
});

describe("jobRetries", () => {
  for (const [jobRetries, losses] of [[0, 1], [1, 1], [2, 2], [5, 5]]) {
    test(`${jobRetries} fails a job at the ${losses}. lost worker`, () => {
      const { peer, router } = testRouter({ jobRetries });
      const client = peer();
      const handle = client.submit("SUBMIT_JOB", "f", "", "");
      for (let loss = 1; loss <= losses; loss++) {
        assertEquals(client.packets(), []);
        const worker = peer().canDo("f");
        assertEquals(worker.grab()![0], handle);
        worker.vanish();
      }
      assertEquals(client.packets(), [{ type: "WORK_FAIL", args: [handle] }]);
      assertEquals(router.jobs.size, 0);
    });
  }

  test("-1 never does", () => {
    const { peer, router } = testRouter();
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    for (let loss = 0; loss < 300; loss++) {
      const worker = peer().canDo("f");
      worker.grab();
      worker.vanish();
    }
    assertEquals(router.jobs.size, 1);
    assertEquals(peer().text("show jobs").split("\t")[1], "300");
  });

  test("WORK_FAIL is no loss: the job ends", () => {
    const { peer, router } = testRouter();
    const worker = peer().canDo("f");
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    worker.send("WORK_FAIL", handle);
    assertEquals(router.jobs.size, 0);
  });
});

describe("CAN_DO_TIMEOUT", () => {
  test("gives the job to another when it takes too long; the late result is refused", () => {
    const { peer, clock } = testRouter();
    const client = peer(), slow = peer().send("CAN_DO_TIMEOUT", "f", "2000");
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    slow.grab();
    clock.advance(1999);
    const other = peer().canDo("f");
    assertEquals(other.grab(), null);
    clock.advance(1);
    assertEquals(other.grab()![0], handle);
    slow.send("WORK_COMPLETE", handle, "late");
    assertEquals(slow.packets(), [
      { type: "ERROR", args: ["JOB_NOT_FOUND", "Job given in work result not found"] },
    ]);
    other.send("WORK_COMPLETE", handle, "good");
    assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "good"] }]);
    // The last one notes that bytes came in, within a second.
    clock.advance(1000);
    assertEquals(clock.timers, 0);
  });

  test("times each job by itself", () => {
    const { peer, clock, router } = testRouter();
    const client = peer();
    const worker = peer().send("CAN_DO_TIMEOUT", "short", "1000")
      .send("CAN_DO_TIMEOUT", "long", "5000");
    const short = client.submit("SUBMIT_JOB_BG", "short", "", "");
    worker.grab();
    const long = client.submit("SUBMIT_JOB_BG", "long", "", "");
    worker.grab();
    clock.advance(1000);
    assertEquals(router.jobByHandle(short)!.isRunning, false);
    assertEquals(router.jobByHandle(long)!.isRunning, true);
    clock.advance(4000);
    assertEquals(router.jobByHandle(long)!.isRunning, false);
  });

  test("counts as a retry", () => {
    const { peer, clock } = testRouter({ jobRetries: 1 });
    const client = peer(), worker = peer().send("CAN_DO_TIMEOUT", "f", "1000");
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    clock.advance(1000);
    assertEquals(client.packets(), [{ type: "WORK_FAIL", args: [handle] }]);
  });

  test("lets others of the function come when one job always takes too long", () => {
    const { peer, clock } = testRouter();
    const client = peer(), worker = peer().send("CAN_DO_TIMEOUT", "f", "1000");
    for (const payload of ["slow", "1", "2"]) client.submit("SUBMIT_JOB_BG", "f", "", payload);
    const order: string[] = [];
    for (let run = 0; run < 6; run++) {
      const job = worker.grab();
      order.push(job?.[2] ?? "none");
      if (job?.[2] === "slow") clock.advance(1000);
      else if (job !== null) worker.send("WORK_COMPLETE", job[0], "");
    }
    assertEquals(order, ["slow", "slow", "1", "2", "slow", "slow"]);
  });

  test("0 means no limit", () => {
    const { peer, clock, router } = testRouter();
    const worker = peer().send("CAN_DO_TIMEOUT", "f", "0");
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    assertEquals(router.timers.size, 0);
    clock.advance(10 ** 9);
    assertEquals(router.jobs.size, 1);
  });
});

describe("CANT_DO and RESET_ABILITIES", () => {
  for (const type of ["CANT_DO", "RESET_ABILITIES"] as const) {
    test(`${type} takes no new job, but the result of a running one is accepted`, () => {
      const { peer, router } = testRouter();
      const client = peer(), worker = peer().canDo("f");
      const handle = client.submit("SUBMIT_JOB", "f", "", "");
      worker.grab();
      client.submit("SUBMIT_JOB", "f", "", "");
      if (type === "CANT_DO") worker.send("CANT_DO", "f");
      else worker.send("RESET_ABILITIES");
      assertEquals(worker.grab(), null);
      worker.send("WORK_COMPLETE", handle, "r");
      assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "r"] }]);
      assertInvariants(router);
    });
  }

  test("CANT_DO for a function that it never could do is ignored", () => {
    const { peer } = testRouter();
    assertEquals(peer().send("CANT_DO", "f").packets(), []);
  });
});
