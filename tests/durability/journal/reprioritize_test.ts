import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { Server } from "../../../mod.ts";
import { type Job, Priority } from "../../../router/mod.ts";
import { MemoryStore } from "../../../store/mod.ts";
import { durableRouter } from "./durable_router.ts";
import { TestStore } from "./test_store.ts";

const submit = (name: string) => ({ function: "resize", payload: name });

describe("a job that is moved to another priority", () => {
  test("goes there though it is not stored yet, and is stored so", async () => {
    const { router, peer, store, durable } = await durableRouter();
    router.enqueueJob(submit("a"));
    const late = router.enqueueJob(submit("b"))!;
    router.operations.reprioritize(late, Priority.HIGH);
    durable.writer.settle();
    assertEquals(late.priority, "high");
    assertEquals([...store.jobs.values()].map(({ priority }) => priority), [1, 0]);
    assertEquals(peer().canDo("resize").grab()?.[2], "b");
  });

  test("goes there while it is being written, and the next batch says so", async () => {
    const store = new TestStore();
    const { router, peer, durable } = await durableRouter({ store });
    store.isSlow = true;
    router.enqueueJob(submit("a"));
    const late = router.enqueueJob(submit("b"))!;
    durable.writer.settle();
    router.operations.reprioritize(late, Priority.HIGH);
    for (let write = 0; write < 2; write++) {
      store.pending.shift()!();
      await new Promise(setImmediate);
    }
    assertEquals([...store.jobs.values()].map(({ priority }) => priority), [1, 0]);
    assertEquals(peer().canDo("resize").grab()?.[2], "b");
  });

  test("goes there when its time comes, with a store and without", async () => {
    for (const store of [undefined, new MemoryStore("H:test:000000000001")]) {
      await using server = new Server({ store });
      const at = new Date(Date.now() + 1_000_000);
      const job = server.enqueueJob({ function: "resize", at }) as Job;
      server.enqueueJob(job, true);
      assertEquals([job.priority, job.func.scheduled[Priority.HIGH]], ["high", store ? 0 : 1]);
      if (store === undefined) continue;
      await server.stop();
      assertEquals(store.load(0, 1, 0)[0].priority, 0);
    }
  });
});

describe("a program that submits a job and moves it at once", () => {
  test("finds it among those of high priority, with a store as without", async () => {
    for (const store of [undefined, new MemoryStore("H:test:000000000001")]) {
      await using server = new Server({ store });
      const job = server.enqueueJob(submit("a"))!;
      server.enqueueJob(job, true);
      assertEquals(job.priority, "high");
    }
  });
});
