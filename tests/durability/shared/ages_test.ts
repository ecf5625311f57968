import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { encodeName } from "../../../protocol/mod.ts";
import { type TestServer, TestServers } from "./servers.ts";

const NAME = encodeName("f");

/** Sums of the seconds that jobs waited, and took with that, and how many were timed. */
function timed({ router }: TestServer) {
  const { waiting, total } = router.history!.timings(NAME)!;
  return [waiting.count, Math.round(waiting.sum), total.count, Math.round(total.sum)];
}

describe("a job that another server took in", () => {
  test("has waited since its submit, wherever it runs", async () => {
    const all = await TestServers.begin(2, { history: true });
    const { a, b } = all;
    const handle = await b.peer().background("f");
    await all.advance(30_000);
    const worker = await a.worker("f");
    assertEquals(a.router.facts.job(a.router.jobByHandle(handle)!).age, 30_000);
    assertEquals(a.router.history!.oldestWaiting(NAME), [null, 30, null]);
    await worker.grabbed();
    await all.advance(2000);
    worker.send("WORK_COMPLETE", handle, "");
    assertEquals(timed(a), [1, 30, 1, 32]);
    const [ended] = a.router.history!.ended();
    assertEquals(ended.ended! - ended.submitted!, 32_000);
    await all.settled();
    // Nothing is left of it.
    assertEquals(a.router.submitTimes.jobsFromElsewhere, 0);
    await all.close();
  });

  test("has waited since its time, if it had one", async () => {
    const all = await TestServers.begin(2, { history: true });
    const { a, b } = all;
    const due = Math.ceil(all.clock.epoch() / 1000) + 60;
    const [{ args: [handle] }] = await b.peer().answer("SUBMIT_JOB_EPOCH", "f", "", `${due}`, "");
    await all.advance(due * 1000 - all.clock.epoch() + 5000);
    const worker = await a.worker("f");
    assertEquals((await worker.grabbed())?.[0], handle);
    assertEquals(timed(a).slice(0, 2), [1, 5]);
    await all.close();
  });

  test("is nobody's any more here when it is given back, or taken away", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const client = b.peer();
    await client.background("f");
    await client.background("f");
    const first = await a.worker("f");
    await first.grabbed();
    const second = await a.worker("f");
    assertEquals(a.router.submitTimes.jobsFromElsewhere, 2);
    first.send("CANT_DO", "f");
    second.destroy();
    await all.settled();
    assertEquals(a.router.submitTimes.jobsFromElsewhere, 1);
    a.member.declareDead();
    await all.advance(1000);
    assertEquals(a.router.submitTimes.jobsFromElsewhere, 0);
    await all.close();
  });
});
