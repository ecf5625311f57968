import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { PacketType } from "../../protocol/mod.ts";
import { type Job, type RelayedBody, Router } from "../../router/mod.ts";
import type { Policy } from "../../router/policy.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { FakePeer } from "../support/fake_peer.ts";
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
    router.hooks.jobStarted.add((job) => router.operations.cancel(job, null));
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
    for (let count = 0; count < 2; count++) {
      router.operations.cancel(router.enqueueJob({ function: "f" })!, null);
    }
    assertEquals(outcomes, ["cancelled", "cancelled"]);
  });
});

describe("the hooks of a job tell", () => {
  test("what its worker sends about it, and how it ends with which body", () => {
    const { peer, router } = testRouter();
    const told: string[] = [];
    const text = ({ bytes, start, end }: Readonly<RelayedBody>) =>
      String.fromCharCode(...bytes.subarray(start, end)).replaceAll("\0", " ");
    router.hooks.jobReported.add((_job, type, body) => told.push(`${type} ${text(body)}`));
    router.hooks.jobFinished.add((_job, outcome, body) =>
      told.push(`${outcome} ${body === null ? "-" : text(body)}`)
    );
    const client = peer();
    const handles = ["", "", ""].map(() => client.submit("SUBMIT_JOB", "f", "", ""));
    const worker = peer().canDo("f");
    for (const _ of handles) worker.grab();
    worker.send("WORK_DATA", handles[0], "part").send("WORK_WARNING", handles[0], "odd")
      .send("WORK_STATUS", handles[0], "1", "2").send("WORK_COMPLETE", handles[0], "result")
      .send("WORK_EXCEPTION", handles[1], "broken").send("WORK_FAIL", handles[2]);
    assertEquals(told, [
      `${PacketType.WORK_DATA} ${handles[0]} part`,
      `${PacketType.WORK_WARNING} ${handles[0]} odd`,
      `${PacketType.WORK_STATUS} ${handles[0]} 1 2`,
      `completed ${handles[0]} result`,
      `exception ${handles[1]} broken`,
      "failed -",
    ]);
    assertInvariants(router);
  });

  test("that it waits again, and why", () => {
    const { peer, router, clock } = testRouter();
    const told: string[] = [];
    router.hooks.jobRequeued.add((job, cause) =>
      told.push(`${cause} ${job.trouble!.cause} waiting ${job.func.waiting}`)
    );
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    const slow = peer().send("CAN_DO_TIMEOUT", "f", "1000");
    slow.grab();
    clock.advance(1000);
    const vanishing = peer().canDo("f");
    vanishing.grab();
    vanishing.vanish();
    assertEquals(told, ["timeout timeout waiting 1", "lost lost waiting 1"]);
  });

  test("that a policy has it run again after a failure", () => {
    const policy: Policy = { ruleOf: () => null, admit: () => null, afterFailure: () => "again" };
    const router = new Router(new ManualClock(), {}, policy);
    const told: string[] = [];
    router.hooks.jobRequeued.add((_job, cause) => told.push(cause));
    const handle = new FakePeer(router).submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = new FakePeer(router).canDo("f");
    worker.grab();
    worker.send("WORK_FAIL", handle);
    worker.grab();
    worker.send("WORK_EXCEPTION", handle, "broken");
    assertEquals(told, ["fail", "exception"]);
  });

  test("that its due time has come", () => {
    const { peer, router, clock } = testRouter();
    const told: number[] = [];
    router.hooks.jobDue.add((number) => told.push(number));
    peer().submit("SUBMIT_JOB_EPOCH", "f", "", `${clock.epoch() / 1000 + 5}`, "");
    clock.advance(4999);
    assertEquals(told, []);
    clock.advance(1);
    assertEquals(told, [1]);
  });
});
