import { describe, test } from "node:test";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { Client, GearmanError } from "../../mod.ts";
import { routerOf } from "../../server.ts";
import { ManualClock, testServer } from "../../testing/mod.ts";
import { FakePeer } from "../support/fake_peer.ts";

describe("testServer()", () => {
  test("listens on a free port of 127.0.0.1, and takes the options of a server", async () => {
    await using server = await testServer({ maxQueue: { resize: 1 } });
    assertMatch(server.address, /^127\.0\.0\.1:[1-9]\d*$/);
    assertEquals(server.address, `127.0.0.1:${server.port}`);
    await using client = new Client({ servers: [server.address] });
    await client.submit("resize", "", { background: true });
    const second = client.submit("resize", "", { background: true });
    await assertRejects(() => second, GearmanError, "Job queue is full");
  });

  test("is given a clock, by which times pass when the test says so", async () => {
    const clock = new ManualClock();
    await using server = await testServer({ clock });
    const at = new Date(clock.epoch() + 3_600_000);
    const job = server.enqueueJob({ function: "resize", at })!;
    clock.advance(3_599_999);
    assertEquals(job.due, at.getTime());
    clock.advance(1);
    assertEquals(job.due, null);
  });

  test("rejects for an option that does not exist", async () => {
    const options = { wakup: 3 } as object;
    await assertRejects(() => testServer(options), TypeError, 'Unknown option "wakup"');
  });
});

test("assertInvariants() of a test server names what does not agree", async () => {
  await using server = await testServer();
  const router = routerOf(server);
  const worker = new FakePeer(router, { hostname: "127.0.0.1", port: 1 });
  worker.canDo("resize");
  server.enqueueJob({ function: "resize" });
  server.assertInvariants();
  const [func] = router.functions.values();
  func.waiting++;
  assertThrows(() => server.assertInvariants(), Error, "queues have 1 of 2");
  func.waiting--;
});
