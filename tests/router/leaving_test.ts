import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { assertInvariants } from "../../testing/invariants.ts";
import { testRouter } from "../support/router.ts";

const MANY = 5000;
/** So many of its jobs are dealt with at once. */
const AT_ONCE = 1024;

describe("a peer with thousands of jobs that leaves", () => {
  test("as a client has them ended in turns, and what workers do meanwhile reaches nobody", () => {
    const { router, clock, peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    for (let count = 0; count < MANY; count++) client.send("SUBMIT_JOB", "f", "", "");
    const [running] = worker.grab()!;
    client.vanish();
    assertEquals(router.jobs.size, MANY - AT_ONCE);
    const [handle] = worker.grab()!;
    worker.send("WORK_COMPLETE", handle, "x".repeat(100));
    assertEquals(router.jobs.size, MANY - AT_ONCE - 1);
    clock.advance(0);
    // The one that ran when it left runs on.
    assertEquals([router.jobs.size, router.jobByHandle(running)?.subscriberCount], [1, 0]);
    assertEquals(client.connection.out.size, 0);
    worker.send("WORK_COMPLETE", running, "");
    assertEquals(worker.types(), []);
    assertEquals([...router.functions.values()][0].counts.ended.abandoned, MANY - 2);
    assertInvariants(router);
  });

  test("as a worker has them put back in turns, in the order in which they were", () => {
    const { router, clock, peer } = testRouter();
    const client = peer(), worker = peer().canDo("f"), other = peer().canDo("f");
    for (let count = 0; count < MANY; count++) client.send("SUBMIT_JOB_BG", "f", "", `${count}`);
    client.bytes();
    for (let count = 0; count < MANY; count++) worker.send("GRAB_JOB");
    worker.bytes();
    assertEquals(worker.connection.jobs, MANY);
    worker.vanish();
    assertEquals([worker.connection.jobs, [...router.functions.values()][0].waiting], [
      MANY - AT_ONCE,
      AT_ONCE,
    ]);
    clock.advance(0);
    assertInvariants(router);
    const payloads = Array.from({ length: MANY }, () => other.grab()![2]);
    assertEquals(payloads, Array.from({ length: MANY }, (_, count) => `${count}`));
  });
});
