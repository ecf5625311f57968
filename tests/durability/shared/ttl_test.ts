import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { type TestServer, TestServers } from "./servers.ts";

const MINUTE = 60_000;
const RULES = { f: { ttl: "10m" } };

/** How many jobs have expired at a server. */
function expiredAt({ router }: TestServer): number {
  return [...router.functions.values()].reduce((sum, { counts }) => sum + counts.ended.expired, 0);
}

describe("where servers share jobs, one with ttl", () => {
  test("expires once, wherever it waits", async () => {
    const all = await TestServers.begin(3, {}, RULES);
    const { a, b, c } = all;
    const client = a.peer();
    for (let count = 0; count < 5; count++) await client.background("f");
    const due = `${all.clock.epoch() / 1000 + 300}`;
    await client.submitted("SUBMIT_JOB_EPOCH", "f", "", due, "");
    await client.background("g");
    await all.advance(10 * MINUTE - 2000);
    assertEquals(all.queue.numbers.length, 7);
    await all.advance(4000);
    assertEquals(all.queue.numbers.length, 2);
    assertEquals([a, b, c].reduce((sum, server) => sum + expiredAt(server), 0), 5);
    await all.advance(5 * MINUTE);
    assertEquals(all.queue.numbers.length, 1);
    await all.close();
  });

  test("has the time that it had when its server dies", async () => {
    const all = await TestServers.begin(2, {}, RULES);
    const { a, b } = all;
    const worker = await a.worker("f");
    await a.peer().background("f");
    assertEquals((await worker.grabbed())?.[1], "f");
    await all.advance(9 * MINUTE);
    a.member.kill();
    await all.advance(MINUTE);
    await all.advance(1000);
    assertEquals([all.queue.numbers, expiredAt(b)], [[], 1]);
    await b.jobs.close();
  });

  test("runs as long as it takes, and does not wait again after that time", async () => {
    const all = await TestServers.begin(2, {}, { f: { ttl: "10m", retry: 5 } });
    const { a, b } = all;
    const worker = await b.worker("f");
    const handles = [await a.peer().background("f"), await a.peer().background("f")];
    for (const handle of handles) assertEquals((await worker.grabbed())?.[0], handle);
    await all.advance(20 * MINUTE);
    worker.send("WORK_COMPLETE", handles[0], "").send("WORK_FAIL", handles[1]);
    await all.settled();
    assertEquals([all.queue.numbers, expiredAt(b)], [[], 1]);
    await all.close();
  });

  test("has the options of its name at all servers", async () => {
    const all = await TestServers.begin(2, {}, { f: { optionsInName: true } });
    const { a, b } = all;
    const client = a.peer();
    await client.background("f?ttl=60s");
    await all.advance(62_000);
    assertEquals(all.queue.numbers, []);
    const handle = await client.background("f?attempts=2");
    for (let run = 1; run <= 2; run++) {
      const worker = await b.worker("f");
      assertEquals((await worker.grabbed())?.[0], handle);
      worker.send("WORK_FAIL", handle).vanish();
      await all.advance(MINUTE);
    }
    assertEquals(all.queue.numbers, []);
    await all.close();
  });
});
