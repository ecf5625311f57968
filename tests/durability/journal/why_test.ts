import { describe, test } from "node:test";
import { assertEquals, assertMatch } from "@std/assert";
import { encodeName } from "../../../protocol/mod.ts";
import { whyFunction, whyJob } from "../../../router/mod.ts";
import { batch, storedJob } from "../../store/contract.ts";
import { durableRouter } from "./durable_router.ts";
import { TestStore } from "./test_store.ts";

const NAME = encodeName("f");

describe("why a stored job does not run", () => {
  test("is that it is not written yet", async () => {
    const { router, peer, durable } = await durableRouter();
    peer().canDo("f");
    const { handle } = router.enqueueJob({ function: "f" })!;
    const texts = () => whyJob(router, handle).map(({ code }) => code);
    assertEquals(whyJob(router, handle).map(({ text }) => text), [
      "It waits for the disk: until it is written, or what came before it, or until it is read again.",
    ]);
    assertEquals(whyFunction(router, NAME).map(({ text }) => text), [
      'No job of "f" waits for a worker; 0 jobs run.',
      "1 job waits for the disk, to be written or read.",
    ]);
    durable.writer.settle();
    assertEquals(texts(), ["is_next", "workers_do_not_ask"]);
  });

  test("is that it is dead, as it was stored", async () => {
    const store = new TestStore();
    const error = encodeName("out of paper");
    const dead = { functionName: NAME, state: "dead", failures: 3, error } as const;
    store.write(batch({ added: [storedJob(1, dead)], nextNumber: 2 }));
    const { router } = await durableRouter({ store });
    const [{ job }] = router.dead.all();
    const [{ code, text }, ...others] = whyJob(router, job.handle);
    assertEquals([code, others], ["dead", []]);
    assertMatch(text, /^It is dead since .*, as 3 runs of it failed: "out of paper"\. No worker/);
  });

  test("is that the server stops, and the job stays for the next start", async () => {
    const { router, peer } = await durableRouter();
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    router.hasStopBegun = true;
    router.stopWhenIdle(() => {});
    peer().canDo("f").grab();
    assertEquals(whyJob(router, handle).map(({ code }) => code), ["not_ready", "kept"]);
  });

  test("is that others are before it, whether they are in memory or not", async () => {
    const { router, peer, durable } = await durableRouter({ jobLimit: 1 });
    const client = peer();
    const handles = ["a", "b", "c", "d"].map((payload) =>
      client.submit("SUBMIT_JOB_BG", "f", "", payload)
    );
    durable.writer.settle();
    assertEquals(
      handles.map((handle) => whyJob(router, handle)[0].numbers.before),
      [0, 1, 2, 3],
    );
  });
});
