import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { ConfiguredPolicy } from "../../../policies/mod.ts";
import { encodeName } from "../../../protocol/mod.ts";
import { GearmanPolicy } from "../../../router/policy.ts";
import { ManualClock } from "../../../testing/manual_clock.ts";
import { type DurableRouter, durableRouter } from "./durable_router.ts";

const HOUR = 3600 * 1000;
/** What all results may take together. */
const MOST = 4 * 512 + 100;

function begin(): Promise<DurableRouter> {
  const [clock, otherwise] = [new ManualClock(), new GearmanPolicy(-1)];
  const policy = new ConfiguredPolicy({ otherwise, clock, random: () => 0 });
  policy.use({ f: { keepResult: "1h" } });
  return durableRouter({ policy, maxResultMemory: MOST });
}

/** Jobs that run at once, and end in this order with a result of that text; returns their handles. */
function done({ peer, durable, clock }: DurableRouter, results: readonly string[]): string[] {
  const [client, worker] = [peer(), peer().canDo("f")];
  const handles = results.map(() => client.submit("SUBMIT_JOB_BG", "f", "", ""));
  durable.writer.settle();
  for (const _ of handles) worker.grab();
  const lastFirst = [...results.keys()].reverse();
  for (const index of lastFirst) {
    worker.send("WORK_COMPLETE", handles[index], results[index]);
    clock.advance(1);
  }
  durable.writer.settle();
  return handles;
}

function resultOf({ router }: DurableRouter, handle: string): Uint8Array | string {
  const found = router.results.ask(encodeName(handle));
  return "code" in found ? found.code : found.data;
}

function recordsIn({ store }: DurableRouter): number {
  return store.records().filter(({ kind }) => kind === "result").length;
}

describe("kept results in a store", () => {
  test("are there after a restart, and go when their time has come", async () => {
    const begun = await begin();
    const [handle] = done(begun, ["result"]);
    assertEquals([begun.store.jobs.size, recordsIn(begun)], [0, 1]);
    begun.clock.advance(HOUR / 2);
    const again = await begun.restart();
    assertEquals(resultOf(again, handle), encodeName("result"));
    const client = again.peer().send("GET_STATUS", handle);
    assertEquals(client.packets()[0].args, [handle, "1", "0", "1", "1"]);
    again.clock.advance(HOUR / 2);
    again.durable.writer.settle();
    assertEquals([resultOf(again, handle), recordsIn(again)], ["UNKNOWN_RESULT", 0]);
  });

  test("are the oldest first after a restart, too: in the order in which their jobs ended", async () => {
    const begun = await begin();
    const handles = done(begun, ["a", "b", "c"]);
    const again = await begun.restart();
    // With this one there is room for two.
    done(again, ["d".repeat(MOST - 2 * 512 - 1)]);
    // The last one had ended first.
    const there = handles.map((handle) => typeof resultOf(again, handle) !== "string");
    assertEquals([there, again.router.results.dropped], [[true, false, false], 2]);
  });
});
