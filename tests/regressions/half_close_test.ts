import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

// The C server closes at once when a peer shuts its sending side down: `nc -N` gets nothing.
describe("a client that shuts its sending side down", () => {
  test("gets the results of its jobs, byte for byte, and then the end", () => {
    const { peer, clock, router } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const first = client.submit("SUBMIT_JOB", "f", "", "1");
    const second = client.submit("SUBMIT_JOB", "f", "", "2");
    client.connection.peerEnded();
    worker.grab();
    // Probes go out in between; the packets are whole all the same.
    clock.advance(50);
    worker.send("WORK_DATA", first, "d").send("WORK_COMPLETE", first, "r");
    clock.advance(5000);
    assertEquals(client.isClosed, false);
    worker.grab();
    worker.send("WORK_FAIL", second);
    assertEquals(client.packets(), [
      { type: "WORK_DATA", args: [first, "d"] },
      { type: "WORK_COMPLETE", args: [first, "r"] },
      { type: "WORK_FAIL", args: [second] },
    ]);
    assert(client.isClosed);
    assertEquals(router.timers.size, 0);
  });

  test("and waits for nothing is closed after its last reply", () => {
    const { peer } = testRouter();
    const client = peer().raw("version\n");
    client.connection.peerEnded();
    assertEquals(client.bytes(), "OK 1.2.3\n");
    assert(client.isClosed);
  });

  test("is found out when it is really gone, and its waiting jobs end at once", () => {
    const { peer, router } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB", "f", "", "");
    client.connection.peerEnded();
    assertEquals(router.jobs.size, 1);
    // What the probe provokes from a peer that has closed: the link reports a reset.
    client.vanish();
    assertEquals(router.jobs.size, 0);
    assertEquals(router.timers.size, 0);
  });

  test("sends at most the four bytes that its next packet begins with before that packet", () => {
    const { peer, clock } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB", "f", "", "");
    client.connection.peerEnded();
    clock.advance(3600_000);
    assertEquals(client.bytes(), "\0RES");
  });
});

test("a worker that shuts its sending side down can finish nothing: its jobs go to others", () => {
  const { peer } = testRouter();
  const worker = peer().canDo("f"), other = peer().canDo("f");
  const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
  worker.grab();
  worker.connection.peerEnded();
  assert(worker.isClosed);
  assertEquals(other.grab()![0], handle);
});
