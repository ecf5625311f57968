import { describe, test } from "node:test";
import { assertEquals, assertNotEquals } from "@std/assert";
import { assertInvariants } from "../../testing/invariants.ts";
import { testRouter } from "../support/router.ts";

// Four ways in which the C server loses a job that it has confirmed.
describe("a coalesced job is not lost", () => {
  test("(a) when a client that joined a background job leaves", () => {
    const { peer, router } = testRouter();
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "u", "x");
    const joiner = peer();
    joiner.submit("SUBMIT_JOB", "f", "u", "");
    joiner.vanish();
    assertInvariants(router);
    assertEquals(peer().canDo("f").grab()![0], handle);
  });

  test("(b) when the client of a foreground job leaves that a background submit joined", () => {
    const { peer, router } = testRouter();
    const client = peer();
    const handle = client.submit("SUBMIT_JOB", "f", "u", "x");
    assertEquals(peer().submit("SUBMIT_JOB_BG", "f", "u", ""), handle);
    client.vanish();
    assertInvariants(router);
    assertEquals(peer().canDo("f").grab(), [handle, "f", "x"]);
  });

  test("(c) when a new client comes with the same unique right after the first one left", () => {
    const { peer } = testRouter();
    const first = peer();
    first.submit("SUBMIT_JOB", "f", "u", "old");
    first.vanish();
    const second = peer(), worker = peer().canDo("f");
    const handle = second.submit("SUBMIT_JOB", "f", "u", "new");
    assertEquals(worker.grab(), [handle, "f", "new"]);
    worker.send("WORK_COMPLETE", handle, "r");
    assertEquals(second.packets(), [{ type: "WORK_COMPLETE", args: [handle, "r"] }]);
  });

  test("(c) when a new client joins a running job whose first client left, and the worker dies", () => {
    const { peer } = testRouter();
    const first = peer(), worker = peer().canDo("f"), other = peer().canDo("f");
    const handle = first.submit("SUBMIT_JOB", "f", "u", "x");
    worker.grab();
    first.vanish();
    const second = peer();
    assertEquals(second.submit("SUBMIT_JOB", "f", "u", ""), handle);
    worker.vanish();
    assertEquals(other.grab()![0], handle);
    other.send("WORK_COMPLETE", handle, "r");
    assertEquals(second.types(), ["WORK_COMPLETE"]);
  });

  test("(d) when a cancelled background job is submitted again", () => {
    const { peer } = testRouter();
    const client = peer();
    const cancelled = client.submit("SUBMIT_JOB_BG", "f", "u", "x");
    client.text(`cancel job ${cancelled}`);
    const handle = client.submit("SUBMIT_JOB_BG", "f", "u", "y");
    assertNotEquals(handle, cancelled);
    assertEquals(peer().canDo("f").grab(), [handle, "f", "y"]);
  });

  test("a background submit that joins a running foreground job survives the loss of its worker", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB", "f", "u", "x");
    worker.grab();
    peer().submit("SUBMIT_JOB_BG", "f", "u", "");
    client.vanish();
    worker.vanish();
    assertEquals(peer().canDo("f").grab()![0], handle);
  });
});

test("exactly one assignment per unique while workers come and go", () => {
  const { peer, router } = testRouter();
  const clients = [peer(), peer(), peer()];
  const handles = new Set<string>();
  for (let round = 0; round < 30; round++) {
    for (const client of clients) {
      handles.add(client.submit("SUBMIT_JOB_BG", "f", `u${round % 10}`, ""));
    }
    const worker = peer().canDo("f");
    const job = worker.grab("GRAB_JOB_UNIQ");
    if (round % 3 === 0) worker.vanish();
    else if (job !== null) worker.send("WORK_COMPLETE", job[0], "");
    assertInvariants(router);
    const running = [...router.jobs.values()].filter((j) => j.isRunning);
    assertEquals(new Set(running.map((j) => j.unique)).size, running.length);
  }
});
