import { describe, test } from "node:test";
import { assertEquals, assertMatch } from "@std/assert";
import { assertInvariants } from "../../testing/invariants.ts";
import { durableRouter } from "../durability/journal/durable_router.ts";
import { testRouter } from "../support/router.ts";

/** What the wall of a test router shows at first, in seconds. */
const NOW = 1_700_000_000;

describe("a job that waits for its time", () => {
  test("is moved to an earlier and to a later time", () => {
    const { router, peer, clock } = testRouter();
    const worker = peer().canDo("f").send("PRE_SLEEP"), client = peer();
    const handle = client.submit("SUBMIT_JOB_EPOCH", "f", "", `${NOW + 60}`, "");
    assertEquals(client.text(`move job ${handle} ${NOW + 10}`), "OK\n");
    assertEquals(client.text(`move job ${handle} 20s`), "OK\n");
    assertInvariants(router);
    clock.advance(19_999);
    assertEquals(worker.types(), []);
    clock.advance(1);
    assertEquals(worker.types(), ["NOOP"]);
    assertEquals(worker.grab()![0], handle);
    assertInvariants(router);
  });

  test("is run now, behind those that wait already", () => {
    const { router, peer } = testRouter();
    const worker = peer().canDo("f"), client = peer();
    const handle = client.submit("SUBMIT_JOB_EPOCH", "f", "", `${NOW + 60}`, "");
    const first = client.submit("SUBMIT_JOB_BG", "f", "", "");
    const due: number[] = [];
    router.hooks.jobDue.add((number) => due.push(number));
    assertEquals(client.text(`run job ${handle}`), "OK\n");
    assertEquals(due.length, 1);
    assertEquals([worker.grab()![0], worker.grab()![0]], [first, handle]);
    assertEquals(router.timers.size, 0);
    assertInvariants(router);
  });

  test("is listed with its time, and cancelled", () => {
    const { router, peer } = testRouter();
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_EPOCH", "f", "", `${NOW + 60}`, "");
    client.text(`move job ${handle} ${NOW + 90}.5`);
    const [head, row] = client.text("list jobs state=scheduled").split("\n");
    assertEquals(row.split("\t")[head.split("\t").indexOf("due")], `${NOW + 90}500`);
    assertEquals(client.text(`cancel job ${handle}`), "OK\r\n");
    assertEquals(router.timers.size, 0);
  });

  test("is moved in the store too", async () => {
    const durable = await durableRouter();
    const client = durable.peer();
    const handle = client.submit("SUBMIT_JOB_EPOCH", "f", "", `${NOW + 60}`, "a");
    client.text(`move job ${handle} ${NOW + 10}`);
    const again = await durable.restart();
    const worker = again.peer().canDo("f").send("PRE_SLEEP");
    again.clock.advance(9999);
    assertEquals(worker.types(), []);
    again.clock.advance(1);
    assertEquals(worker.types(), ["NOOP"]);
    assertInvariants(again.router);
  });

  test("is moved while it is being stored", async () => {
    const durable = await durableRouter();
    const client = durable.peer(), admin = durable.peer();
    client.send("SUBMIT_JOB_EPOCH", "f", "", `${NOW + 60}`, "a");
    const [job] = durable.router.jobs.values();
    assertEquals(admin.text(`move job ${job.handle} ${NOW + 10}`), "OK\n");
    client.packets();
    const worker = durable.peer().canDo("f").send("PRE_SLEEP");
    durable.clock.advance(10_000);
    assertEquals(worker.types(), ["NOOP"]);
    assertInvariants(durable.router);
  });

  test("is moved where it is parked: in the store only", async () => {
    const durable = await durableRouter({ jobLimit: 0 });
    const client = durable.peer();
    const handle = client.submit("SUBMIT_JOB_EPOCH", "f", "", `${NOW + 60}`, "a");
    assertEquals(durable.router.parked.size, 1);
    assertEquals(client.text(`run job ${handle}`), "OK\n");
    assertEquals(durable.peer().canDo("f").grab()![0], handle);
    assertInvariants(durable.router);
  });

  test("is another one's affair if it waits for a worker, runs, or is gone", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    const refused = "ERR NOT_SCHEDULED the+job+does+not+wait+for+its+time\r\n";
    assertEquals(client.text(`run job ${handle}`), refused);
    worker.grab();
    assertEquals(client.text(`move job ${handle} 1h`), refused);
    worker.send("WORK_COMPLETE", handle, "");
    assertEquals(client.text(`run job ${handle}`), "ERR UNKNOWN_JOB\r\n");
    assertMatch(client.text(`move job ${handle} soon`), /^ERR INVALID_ARGUMENTS A\+time/);
    assertMatch(client.text(`move job ${handle}`), /^ERR INVALID_ARGUMENTS An\+incomplete/);
    assertMatch(client.text("run"), /^ERR INVALID_ARGUMENTS An\+incomplete/);
  });
});
