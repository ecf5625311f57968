import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { memoryLog } from "../../support/memory_log.ts";
import { durableRouter } from "./durable_router.ts";

describe("the log at DEBUG", () => {
  test("has each step of a stored job that waits for its time and loses a worker", async () => {
    const log = memoryLog("DEBUG");
    const { peer, clock, durable } = await durableRouter({ log });
    const epoch = clock.epoch() / 1000 + 60;
    peer().submit("SUBMIT_JOB_EPOCH", "f", "u", `${epoch}`, "");
    durable.writer.settle();
    clock.advance(60_000);
    const lost = peer().canDo("f"), worker = peer().canDo("f");
    lost.grab();
    lost.vanish();
    const [handle] = worker.grab()!;
    worker.send("WORK_COMPLETE", handle, "");
    const steps = log.lines.map(({ fields }) => fields!).filter((fields) => fields.handle);
    assertEquals(new Set(steps.map((fields) => fields.handle)), new Set([handle]));
    assertEquals(steps.map(({ event, ...its }) => [event, its.epoch ?? its.outcome]), [
      ["jobSubmitted", epoch],
      ["jobStored", undefined],
      ["jobDue", undefined],
      ["jobStarted", undefined],
      ["jobRequeued", undefined],
      ["jobStarted", undefined],
      ["jobFinished", "completed"],
    ]);
  });

  test("says of no job that it is stored that is in memory only", async () => {
    const log = memoryLog("DEBUG");
    const { peer, durable } = await durableRouter({ log });
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "background", "");
    client.submit("SUBMIT_JOB", "f", "foreground", "");
    durable.writer.settle();
    const stored = log.lines.flatMap(({ fields }) => fields?.event === "jobStored" ? [fields] : []);
    assertEquals(stored.map(({ unique }) => unique), ["background"]);
  });
});
