import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { FakePeer, request } from "../support/fake_peer.ts";
import { PacketType } from "../../protocol/mod.ts";
import type { Router } from "../../router/mod.ts";
import { testRouter } from "../support/router.ts";

// tests/performance counts steps; this is for what happens within a step. Times on a shared machine
// say little: these tests compare the same work in a small and in a large
// router and ask for the same order of magnitude, where a cost that grows would differ by thousands.

const MILLION = 1_000_000;

/** Milliseconds of the fastest of several runs. */
function fastest(run: () => void): number {
  let best = Infinity;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Grabs and completes a hundred jobs of `f`, high priority, that are submitted for it. */
function hundredJobs(router: Router): () => void {
  const client = new FakePeer(router), worker = new FakePeer(router).canDo("f");
  return () => {
    for (let job = 0; job < 100; job++) {
      const handle = client.submit("SUBMIT_JOB_HIGH", "f", `id-${job}`, "x");
      assertEquals(worker.grab()![0], handle);
      worker.send("WORK_COMPLETE", handle, "");
      client.packets();
    }
  };
}

function fill(router: Router, count: number, type: number, ...args: string[]): void {
  const client = new FakePeer(router);
  const packet = request(type, ...args);
  for (let job = 0; job < count; job++) {
    client.connection.receive(packet, 0, packet.length, false);
    if (job % 1000 === 0) client.connection.out.clear();
  }
  client.connection.out.clear();
}

describe("the cost of a job", () => {
  test("does not grow with a million waiting jobs or a million jobs for later", () => {
    const small = hundredJobs(testRouter().router);
    const alone = fastest(small);
    const crowded = testRouter().router;
    fill(crowded, MILLION, PacketType.SUBMIT_JOB_BG, "f", "", "payload");
    fill(crowded, MILLION, PacketType.SUBMIT_JOB_EPOCH, "f", "", "9999999999", "payload");
    assertEquals(crowded.jobs.size, 2 * MILLION);
    const among = fastest(hundredJobs(crowded));
    assert(among < 20 * alone + 20, `${alone} ms alone, ${among} ms among two million`);
  });

  test("does not grow with the functions of a worker or of the server", () => {
    const alone = fastest(hundredJobs(testRouter().router));
    const { router, peer } = testRouter();
    const names = Array.from({ length: 20_000 }, (_, index) => `f${index}`);
    const busy = peer().canDo(...names, "f");
    const client = peer();
    // Every function but those of the worker has work, so that it finds none where it looks.
    for (const name of names) client.send("SUBMIT_JOB_LOW_BG", `other-${name}`, "", "");
    client.bytes();
    const among = fastest(() => {
      for (let job = 0; job < 100; job++) {
        assertEquals(busy.grab(), null);
        const handle = client.submit("SUBMIT_JOB", "f", "", "");
        assertEquals(busy.grab()![0], handle);
        busy.send("WORK_COMPLETE", handle, "").send("PRE_SLEEP");
        client.packets();
      }
    });
    assert(among < 20 * alone + 20, `${alone} ms alone, ${among} ms among 20,000 functions`);
    assertEquals(router.functions.size, 40_001);
  });

  test("looking for a unique does not grow with the functions that have jobs", () => {
    const { peer } = testRouter();
    const client = peer();
    const ask = () => {
      for (let question = 0; question < 1000; question++) client.send("GET_STATUS_UNIQUE", "u");
      client.bytes();
    };
    client.submit("SUBMIT_JOB_BG", "first", "u", "");
    const alone = fastest(ask);
    for (let index = 0; index < 20_000; index++) client.send("SUBMIT_JOB_BG", `f${index}`, "u", "");
    client.bytes();
    const among = fastest(ask);
    assert(among < 20 * alone + 20, `${alone} ms alone, ${among} ms among 20,000 functions`);
  });
});
