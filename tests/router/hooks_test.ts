import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { Job } from "../../router/mod.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { testRouter } from "../support/router.ts";

describe("a job that the jobStarted hook", () => {
  test("ends goes to nobody: the worker gets the next one", () => {
    const { peer, router } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "", "unwanted");
    const wanted = client.submit("SUBMIT_JOB_BG", "f", "", "wanted");
    router.hooks.jobStarted.add((job) => {
      if (job.handle !== wanted) router.operations.complete(job);
    });
    const worker = peer().canDo("f");
    assertEquals(worker.grab(), [wanted, "f", "wanted"]);
    assertEquals(worker.grab(), null);
    assertInvariants(router);
  });

  test("cancels tells its client so, and the worker that there is none", () => {
    const { peer, router } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB", "f", "", "");
    router.hooks.jobStarted.add((job) => router.cancel(job));
    assertEquals(peer().canDo("f").grab(), null);
    assertEquals(client.types(), ["WORK_FAIL"]);
    assertInvariants(router);
  });

  test("takes from its worker by closing it waits for another", () => {
    const { peer, router } = testRouter();
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = peer().canDo("f");
    const remove = router.hooks.jobStarted.add(() => worker.vanish());
    assertEquals(worker.send("GRAB_JOB").types(), []);
    remove();
    assertEquals(peer().canDo("f").grab(), [handle, "f", ""]);
    assertInvariants(router);
  });

  test("ends one after the other holds no grab up for ever: it goes on with the next", () => {
    const { peer, router } = testRouter();
    const client = peer();
    for (let job = 0; job < 100; job++) client.submit("SUBMIT_JOB_BG", "f", "", "");
    let ended = 0;
    router.hooks.jobStarted.add((job) => {
      ended++;
      router.operations.complete(job);
    });
    const worker = peer().canDo("f");
    assertEquals(worker.grab(), null);
    assertEquals(ended < 100, true);
    while (worker.send("PRE_SLEEP").types().includes("NOOP")) worker.grab();
    assertEquals(ended, 100);
    assertInvariants(router);
  });
});

describe("a hook", () => {
  test("tells each that was added once, in that order, until it is removed", () => {
    const { router } = testRouter();
    const told: string[] = [];
    const first = ({ functionName }: Job) => told.push(`first ${functionName}`);
    const removeFirst = router.hooks.jobSubmitted.add(first);
    router.hooks.jobSubmitted.add(({ functionName }) => told.push(`second ${functionName}`));
    router.hooks.jobSubmitted.add(first);
    router.enqueueJob({ function: "f" });
    removeFirst();
    router.enqueueJob({ function: "g" });
    assertEquals(told, ["first f", "second f", "second g"]);
  });

  test("tells the others when one of them removes itself", () => {
    const { router } = testRouter();
    const outcomes: string[] = [];
    const remove = router.hooks.jobFinished.add(() => remove());
    router.hooks.jobFinished.add((_job, outcome) => outcomes.push(outcome));
    for (let count = 0; count < 2; count++) router.cancel(router.enqueueJob({ function: "f" })!);
    assertEquals(outcomes, ["cancelled", "cancelled"]);
  });
});
