import { describe, test } from "node:test";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { encodeName } from "../../protocol/mod.ts";
import { type Diagnosis, whyFunction, whyJob } from "../../router/why.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { durableRouter } from "../durability/journal/durable_router.ts";
import { memoryLog } from "../support/memory_log.ts";
import { testRouter } from "../support/router.ts";

const NOW = 1_700_000_000_000;
const codes = (reasons: Diagnosis[]) => reasons.map(({ code }) => code);

describe("pause", () => {
  test("lets submits in, offers nothing, and wakes nobody; resume wakes for what waits", () => {
    const { router, peer } = testRouter();
    const worker = peer().canDo("resize").send("PRE_SLEEP"), client = peer(), admin = peer();
    assertEquals(admin.text("pause resize"), "OK\n");
    const first = client.submit("SUBMIT_JOB", "resize", "", "a");
    client.submit("SUBMIT_JOB_HIGH_BG", "resize", "", "b");
    assertEquals(worker.types(), []);
    assertEquals(worker.grab(), null);
    worker.send("PRE_SLEEP");
    assertEquals(worker.types(), []);
    assertInvariants(router);
    assertEquals(admin.text("resume resize"), "OK\n");
    assertEquals(worker.types(), ["NOOP"]);
    assertEquals(worker.grab()![2], "b");
    assertEquals(worker.grab()![0], first);
    assertInvariants(router);
  });

  test("lets a running job end, and its result count", () => {
    const { peer } = testRouter();
    const worker = peer().canDo("f"), client = peer();
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    peer().text("pause f");
    worker.send("WORK_COMPLETE", handle, "done");
    assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "done"] }]);
  });

  test("keeps what a worker has lost, until it is resumed", () => {
    const { router, peer } = testRouter();
    const lost = peer().canDo("f"), other = peer().canDo("f");
    const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
    lost.grab();
    const admin = peer();
    admin.text("pause f");
    lost.vanish();
    assertEquals(other.grab(), null);
    admin.text("resume f");
    assertEquals(other.grab()![0], handle);
    assertInvariants(router);
  });

  test("lets due times go on: a job whose time comes waits for the resume", () => {
    const { router, peer, clock } = testRouter();
    const worker = peer().canDo("f").send("PRE_SLEEP");
    const handle = peer().submit("SUBMIT_JOB_EPOCH", "f", "", `${NOW / 1000 + 10}`, "");
    const admin = peer();
    admin.text("pause f");
    assertEquals(codes(whyJob(router, handle)), ["not_due", "paused"]);
    clock.advance(10_000);
    assertEquals(worker.types(), []);
    assertEquals(codes(whyJob(router, handle)), ["is_next", "paused"]);
    admin.text("resume f");
    assertEquals(worker.types(), ["NOOP"]);
    assertEquals(worker.grab()![0], handle);
  });

  test("of a while ends by itself, at its time on the wall", () => {
    const { router, peer, clock } = testRouter();
    const worker = peer().canDo("f").send("PRE_SLEEP"), admin = peer();
    assertEquals(admin.text("pause f 10m"), "OK\n");
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    clock.advance(599_999);
    assertEquals(worker.types(), []);
    clock.advance(1);
    assertEquals(worker.types(), ["NOOP"]);
    assertEquals(admin.text("list pauses"), "function\tsince\tuntil\tby\treason\n.\n");
    assertEquals(admin.text("resume f"), "ERR NOT_PAUSED the+function+is+not+paused\r\n");
    assertInvariants(router);
  });

  test("said again holds from now on, with the new end and reason", () => {
    const { router, peer, clock } = testRouter();
    const admin = peer(7);
    admin.text("pause f 10 first");
    clock.advance(5000);
    admin.text("pause f second");
    clock.advance(60_000);
    assertEquals(
      admin.text("list pauses"),
      "function\tsince\tuntil\tby\treason\n" +
        `f\t${NOW + 5000}\t-\t1@127.0.0.1:7\tsecond\n.\n`,
    );
    assertEquals(router.timers.size, 0);
  });

  test("is of a name: a function that is made later is paused, and one that is dropped is not", () => {
    const { router, peer } = testRouter();
    const admin = peer();
    admin.text("pause f 1h");
    assertEquals(admin.text("status"), ".\n");
    assertEquals(codes(whyFunction(router, encodeName("f"))), ["unknown_function", "paused"]);
    admin.submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = peer().canDo("f", "g");
    assertEquals(worker.grab(), null);
    assertInvariants(router);
    worker.vanish();
    admin.text("purge function f");
    assertEquals(admin.text("drop function f"), "OK\r\n");
    assertEquals(router.timers.size, 0);
    admin.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(peer().canDo("f").grab()?.[1], "f");
  });

  test("says who, why, since when and until when: in the listing and in why", () => {
    const { router, peer, clock } = testRouter();
    const admin = peer(7);
    admin.send("SET_CLIENT_ID", "deploy");
    admin.text("pause f 10m new version of caf\xc3\xa9");
    admin.text("pause g - 3 servers are down");
    admin.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(
      admin.text("list pauses"),
      "function\tsince\tuntil\tby\treason\n" +
        `f\t${NOW}\t${NOW + 600_000}\tdeploy (1@127.0.0.1:7)\tnew version of caf\xc3\xa9\n` +
        `g\t${NOW}\t-\tdeploy (1@127.0.0.1:7)\t3 servers are down\n.\n`,
    );
    assertEquals(admin.text("list pauses function=g").split("\n").length, 4);
    clock.advance(60_000);
    assertEquals(whyFunction(router, encodeName("f")), [{
      code: "paused",
      text: '"f" is paused (new version of café) by deploy (1@127.0.0.1:7) since 22:13:20 UTC, ' +
        "for 9 min more, until 22:23:20 UTC: no worker gets its jobs; 1 job of it waits.",
      numbers: {
        waiting: 1,
        by: "deploy (1@127.0.0.1:7)",
        since: NOW,
        until: NOW + 600_000,
        reason: "new version of café",
      },
    }]);
    assertMatch(
      whyFunction(router, encodeName("g"))[1].text,
      /until somebody resumes it: no worker gets its jobs; 0 jobs/,
    );
    assertMatch(admin.text("list functions"), /\tworkers\tpaused\t/);
  });

  test("refuses what is no pause", () => {
    const { peer } = testRouter();
    const admin = peer();
    const incomplete = (command: string) =>
      `ERR INVALID_ARGUMENTS An+incomplete+set+of+arguments+was+sent+to+this+command+${command}\r\n`;
    assertEquals(admin.text("pause"), incomplete("pause"));
    assertEquals(admin.text("resume"), incomplete("resume"));
    assertEquals(admin.text("resume f now"), incomplete("resume"));
    assertEquals(
      admin.text("pause f 0"),
      "ERR INVALID_ARGUMENTS a+pause+of+no+time+is+none\r\n",
    );
    assertEquals(
      admin.text(`pause f ${"x".repeat(201)}`),
      "ERR ARGUMENT_TOO_LARGE a+reason+has+at+most+200+characters\r\n",
    );
    assertEquals(
      admin.text(`pause ${"f".repeat(513)}`),
      "ERR ARGUMENT_TOO_LARGE Function+name+too+large\r\n",
    );
    assertEquals(admin.text("list pauses").split("\n").length, 3);
  });

  test("is refused when very many functions are paused, but not of one that is", () => {
    const { router, peer } = testRouter();
    for (let index = 0; index < 10_000; index++) {
      router.operations.pause(encodeName(`f${index}`), { duration: null, reason: "" }, null);
    }
    const admin = peer();
    assertEquals(
      admin.text("pause g"),
      "ERR QUEUE_ERROR Too+many+functions+are+paused\r\n",
    );
    assertEquals(admin.text("pause f7 again"), "OK\n");
    admin.text("resume f8");
    assertEquals(admin.text("pause g"), "OK\n");
  });

  test("is logged, with its reason and its end", () => {
    const log = memoryLog("NOTICE");
    const { peer, clock } = testRouter({ log });
    const admin = peer(7);
    admin.text("pause f 10 deploy");
    clock.advance(10_000);
    admin.text("pause f");
    admin.text("resume f");
    assertEquals(log.texts, [
      "NOTICE Function paused: function=f epoch=1700000010 cause=deploy client=1@127.0.0.1:7",
      'NOTICE Function resumed: function=f cause="its time is over"',
      "NOTICE Function paused: function=f client=1@127.0.0.1:7",
      "NOTICE Function resumed: function=f client=1@127.0.0.1:7",
    ]);
  });

  test("survives a restart with a store, with its end and reason; a resume does too", async () => {
    const durable = await durableRouter();
    const admin = durable.peer();
    admin.send("SET_CLIENT_ID", "deploy");
    for (const command of ["pause f 10m new version", "pause g", "pause h"]) {
      assertEquals(admin.text(command), "OK\n");
    }
    admin.text("resume h");
    const handle = admin.submit("SUBMIT_JOB_BG", "f", "", "x");
    const listed = admin.text("list pauses");
    const again = await durable.restart();
    assertEquals(again.peer().text("list pauses"), listed);
    const worker = again.peer().canDo("f", "g", "h").send("PRE_SLEEP");
    assertEquals(worker.types(), []);
    assertInvariants(again.router);
    again.clock.advance(600_000);
    assertEquals(worker.types(), ["NOOP"]);
    assertEquals(worker.grab()![0], handle);
    assertEquals(again.peer().text("resume g"), "OK\n");
    const last = await again.restart();
    assertEquals(last.peer().text("list pauses"), "function\tsince\tuntil\tby\treason\n.\n");
  });

  test("that ended while the server was down has ended when it is back", async () => {
    const durable = await durableRouter();
    const admin = durable.peer();
    admin.submit("SUBMIT_JOB_BG", "f", "", "x");
    admin.text("pause f 10m");
    durable.clock.advance(600_000 - 1);
    durable.clock.setEpoch(durable.clock.epoch() + 3_600_000);
    const again = await durable.restart();
    assertEquals(again.peer().canDo("f").grab()?.[1], "f");
    assertInvariants(again.router);
  });

  test("is answered when it is stored, and not before", async () => {
    const durable = await durableRouter();
    const admin = durable.peer();
    admin.raw("pause f\n");
    assertEquals([...(await durable.restart()).router.pauses.values()], []);
    assertEquals(admin.bytes(), "OK\n");
    assertEquals([...(await durable.restart()).router.pauses.values()].length, 1);
  });

  test("of a function with 100,000 jobs costs a worker of others nothing", () => {
    const { router, peer } = testRouter();
    const client = peer();
    for (let index = 0; index < 100_000; index++) router.enqueueJob({ function: "f" });
    client.text("pause f");
    const func = router.functions.find(encodeName("f"), 0, 1)!;
    let looks = 0;
    for (const queue of func.queues) {
      const { shift } = queue;
      queue.shift = () => {
        looks++;
        return shift.call(queue);
      };
    }
    const worker = peer().canDo("f", "g");
    client.submit("SUBMIT_JOB_BG", "g", "", "x");
    assertEquals(worker.grab()![1], "g");
    assertEquals(worker.grab(), null);
    assertEquals(looks, 0);
    assert(func.waiting === 100_000);
  });
});
