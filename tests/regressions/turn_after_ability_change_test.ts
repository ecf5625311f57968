import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { FakePeer } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

/** Which functions the worker is given, one after the other. */
function served(worker: FakePeer, count: number): string {
  return Array.from({ length: count }, () => worker.grab()![1]).join(" ");
}

function routerWithJobs(...functions: string[]): () => FakePeer {
  const { peer } = testRouter();
  const client = peer();
  for (const name of functions) {
    for (let job = 0; job < 5; job++) client.submit("SUBMIT_JOB_BG", name, "", "");
  }
  return peer;
}

describe("the function last served comes last, although", () => {
  test("it was the only one then", () => {
    const peer = routerWithJobs("a", "b");
    const worker = peer().canDo("a");
    assertEquals(served(worker, 1), "a");
    worker.canDo("b");
    assertEquals(served(worker, 2), "b a");
  });

  test("the worker gave up one before it since", () => {
    const peer = routerWithJobs("a", "b", "c");
    const worker = peer().canDo("a", "b", "c");
    assertEquals(served(worker, 2), "a b");
    worker.send("CANT_DO", "a");
    assertEquals(served(worker, 2), "c b");
  });

  for (const count of [2, 20]) {
    test(`the worker says all its ${count} abilities anew before every job`, () => {
      const names = Array.from({ length: count }, (_, index) => `f${index}`);
      const peer = routerWithJobs(...names);
      const worker = peer();
      const functions = names.map(() => served(worker.send("RESET_ABILITIES").canDo(...names), 1));
      assertEquals(new Set(functions).size, count);
    });
  }

  test("a function came back: none starves another by that", () => {
    const peer = routerWithJobs("a", "b");
    const worker = peer().canDo("a", "b");
    assertEquals(served(worker, 1), "a");
    worker.send("CANT_DO", "a").canDo("a");
    assertEquals(served(worker, 2), "b a");
  });
});
