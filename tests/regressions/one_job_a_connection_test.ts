import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { FakePeer } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

type NewPeer = () => FakePeer;

/** Peers of a router with ten jobs of each function. */
function routerWithJobs(...functions: string[]): NewPeer {
  const { peer } = testRouter();
  const client = peer();
  for (const name of functions) {
    for (let job = 0; job < 10; job++) client.submit("SUBMIT_JOB_BG", name, "", "");
  }
  return peer;
}

/** Which function a worker is given that connects, does one job, and leaves. */
function served(peer: NewPeer, ...functions: string[]): string {
  const worker = peer().canDo(...functions);
  const job = worker.grab();
  if (job === null) return "none";
  worker.send("WORK_COMPLETE", job[0], "");
  worker.vanish();
  return job[1];
}

/** The same several times over. */
function servedTimes(times: number, peer: NewPeer, ...functions: string[]): string {
  return Array.from({ length: times }, () => served(peer, ...functions)).join(" ");
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `f${index}`);

// Where each worker begins with the first function that it names, all others starve.
describe("workers that connect anew for each job", () => {
  test("are given their functions in turn", () => {
    const peer = routerWithJobs("a", "b", "c");
    assertEquals(servedTimes(6, peer, "a", "b", "c"), "a b c a b c");
    assertEquals(servedTimes(4, peer, "c", "b", "a"), "a b c a");
  });

  test("are given as many jobs of each when they connect before the first of them asks", () => {
    const peer = routerWithJobs("a", "b");
    const workers = Array.from({ length: 6 }, () => peer().canDo("a", "b"));
    assertEquals(workers.map((worker) => worker.grab()![1]).join(" "), "a b a b a b");
  });

  test("are given every one of more functions than are tried one after the other", () => {
    const functions = names(40);
    const peer = routerWithJobs(...functions);
    const given = servedTimes(80, peer, ...functions).split(" ");
    assertEquals(new Set(given.slice(0, 40)).size, 40);
    assertEquals(given.slice(40), given.slice(0, 40));
  });

  test("are given every function though others of other functions come between", () => {
    for (const count of [2, 20]) {
      const functions = names(count);
      const peer = routerWithJobs(...functions, "z");
      const given = functions.map(() => {
        served(peer, "z");
        return served(peer, ...functions);
      });
      assertEquals(new Set(given).size, count);
    }
  });

  test("are given what has waited while it had no jobs, at once", () => {
    const peer = routerWithJobs("a");
    assertEquals(servedTimes(3, peer, "a", "b"), "a a a");
    peer().submit("SUBMIT_JOB_BG", "b", "", "");
    assertEquals(servedTimes(2, peer, "a", "b"), "b a");
  });

  test("are given jobs of high priority first all the same", () => {
    const peer = routerWithJobs("a", "b");
    for (let job = 0; job < 2; job++) peer().submit("SUBMIT_JOB_HIGH_BG", "a", "", "");
    assertEquals(servedTimes(4, peer, "a", "b"), "a a b a");
  });

  test("have no influence on the turns of one that stays, nor it on theirs", () => {
    const peer = routerWithJobs("a", "b");
    const worker = peer().canDo("a", "b");
    const stays = () => worker.grab()![1];
    const comes = () => served(peer, "a", "b");
    assertEquals([stays(), comes(), comes(), stays(), stays(), comes()].join(" "), "a b a b a b");
  });
});

test("a worker that gives up its seventeenth function goes on with the one that waits longest", () => {
  const functions = names(17);
  const peer = routerWithJobs(...functions);
  const worker = peer().canDo(...functions);
  assertEquals(worker.grab()![1], "f0");
  worker.send("CANT_DO", "f16");
  assertEquals(worker.grab()![1], "f1");
});
