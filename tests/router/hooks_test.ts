import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { assertInvariants } from "../../router/mod.ts";
import { testRouter } from "../support/router.ts";

describe("a job that the jobStarted hook", () => {
  test("ends goes to nobody: the worker gets the next one", () => {
    const { peer, router } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "", "unwanted");
    const wanted = client.submit("SUBMIT_JOB_BG", "f", "", "wanted");
    router.hooks.jobStarted = (job) => {
      if (job.handle !== wanted) router.complete(job);
    };
    const worker = peer().canDo("f");
    assertEquals(worker.grab(), [wanted, "f", "wanted"]);
    assertEquals(worker.grab(), null);
    assertInvariants(router);
  });

  test("cancels tells its client so, and the worker that there is none", () => {
    const { peer, router } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB", "f", "", "");
    router.hooks.jobStarted = (job) => router.cancel(job);
    assertEquals(peer().canDo("f").grab(), null);
    assertEquals(client.types(), ["WORK_FAIL"]);
    assertInvariants(router);
  });

  test("takes from its worker by closing it waits for another", () => {
    const { peer, router } = testRouter();
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = peer().canDo("f");
    router.hooks.jobStarted = () => worker.vanish();
    assertEquals(worker.send("GRAB_JOB").types(), []);
    router.hooks.jobStarted = null;
    assertEquals(peer().canDo("f").grab(), [handle, "f", ""]);
    assertInvariants(router);
  });

  test("ends one after the other holds no grab up for ever: it goes on with the next", () => {
    const { peer, router } = testRouter();
    const client = peer();
    for (let job = 0; job < 100; job++) client.submit("SUBMIT_JOB_BG", "f", "", "");
    let ended = 0;
    router.hooks.jobStarted = (job) => {
      ended++;
      router.complete(job);
    };
    const worker = peer().canDo("f");
    assertEquals(worker.grab(), null);
    assertEquals(ended < 100, true);
    while (worker.send("PRE_SLEEP").types().includes("NOOP")) worker.grab();
    assertEquals(ended, 100);
    assertInvariants(router);
  });
});
