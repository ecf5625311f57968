import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { handleOf, TestServers } from "./servers.ts";

describe("shared jobs", () => {
  test("a worker of any server gets a job of any server", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const worker = await b.worker("resize");
    const handle = await a.peer().background("resize", "u", "data");
    assertEquals(worker.types(), ["NOOP"]);
    assertEquals(await worker.grabbed(), [handle, "resize", "data"]);
    assertEquals([a.size, b.size], [0, 1]);
    worker.send("WORK_COMPLETE", handle, "");
    await all.settled();
    assertEquals(all.queue.numbers, []);
    await all.close();
  });

  test("a job that a free worker of its server can do never leaves it", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const mine = await a.worker("f");
    const other = await b.worker("f");
    const handle = await a.peer().background("f", "", "x");
    assertEquals([mine.types(), other.types()], [["NOOP"], []]);
    assertEquals(await mine.grabbed(), [handle, "f", "x"]);
    await all.close();
  });

  test("JOB_CREATED does not leave before the job is in the queue", async () => {
    const all = await TestServers.begin(1);
    all.a.member.delay = 5;
    const client = all.a.peer();
    client.send("SUBMIT_JOB_BG", "f", "", "");
    await all.settled();
    assert(!client.mayLeave);
    await all.advance(10);
    assert(client.mayLeave);
    assertEquals(client.packets(), [{ type: "JOB_CREATED", args: [handleOf(1)] }]);
    assertEquals(all.queue.numbers, [1]);
    await all.close();
  });

  test("a worker that submits jobs does not wait for the ends of those that it has done", async () => {
    const all = await TestServers.begin(1);
    const worker = await all.a.worker("f");
    const handle = await worker.background("f", "", "x");
    await worker.grabbed();
    worker.packets();
    all.a.member.delay = 1;
    worker.send("SUBMIT_JOB_BG", "g", "", "");
    await all.settled();
    await all.advance(1);
    worker.send("WORK_COMPLETE", handle, "").send("GRAB_JOB");
    await all.settled();
    await all.advance(1);
    assert(worker.mayLeave);
    assertEquals(worker.types(), ["JOB_CREATED", "NO_JOB"]);
    assert(all.a.jobs.writer.behind.isWriting);
    await all.close();
  });

  test("nor does that of a submit which joins a job that is being written", async () => {
    const all = await TestServers.begin(1);
    all.a.member.delay = 5;
    all.a.peer().send("SUBMIT_JOB_BG", "f", "u", "");
    await all.settled();
    const joining = all.a.peer();
    joining.send("SUBMIT_JOB_BG", "f", "u", "");
    await all.settled();
    assert(!joining.mayLeave);
    await all.advance(10);
    assert(joining.mayLeave);
    assertEquals(joining.packets(), [{ type: "JOB_CREATED", args: [handleOf(1)] }]);
    await all.close();
  });

  test("a backlog is in the queue, not in the memory of servers", async () => {
    const all = await TestServers.begin(2);
    const client = all.a.peer();
    for (let count = 0; count < 400; count++) client.send("SUBMIT_JOB_BG", "f", "", `${count}`);
    await all.settled();
    assertEquals([all.a.size, all.b.size], [0, 0]);
    assertEquals(all.a.router.jobs.memory, 0);
    assertEquals(all.queue.numbers.length, 400);
    const worker = await all.b.worker("f");
    assert(all.b.size <= 1, `${all.b.size} jobs`);
    assertEquals((await worker.drained()).length, 400);
    assertEquals(all.queue.numbers, []);
    await all.close();
  });

  test("jobs of one priority come in the order of their submits, higher ones before", async () => {
    const all = await TestServers.begin(2);
    const client = all.a.peer();
    for (
      const [type, payload] of [
        ["SUBMIT_JOB_LOW_BG", "low 1"],
        ["SUBMIT_JOB_BG", "normal 1"],
        ["SUBMIT_JOB_BG", "normal 2"],
        ["SUBMIT_JOB_HIGH_BG", "high 1"],
        ["SUBMIT_JOB_LOW_BG", "low 2"],
        ["SUBMIT_JOB_HIGH_BG", "high 2"],
      ] as const
    ) await client.submitted(type, "f", "", payload);
    const worker = await all.b.worker("f");
    const expected = ["high 1", "high 2", "normal 1", "normal 2", "low 1", "low 2"];
    assertEquals(await worker.drained(), expected);
    await all.close();
  });

  test("no low job starts while a normal one waits in the queue", async () => {
    const all = await TestServers.begin(2);
    const client = all.a.peer();
    for (
      const [type, payload] of [["SUBMIT_JOB_LOW_BG", "low"], ["SUBMIT_JOB_BG", "normal"]] as const
    ) {
      for (let count = 0; count < 100; count++) {
        client.send(type, count % 2 ? "f" : "g", "", payload);
      }
    }
    await all.settled();
    const workers = [await all.b.worker("f", "g"), await all.b.worker("f", "g")];
    const order: string[] = [];
    while (order.length < 200) {
      for (const worker of workers) {
        const job = await worker.grabbed();
        if (job === null) continue;
        order.push(job[2]);
        worker.send("WORK_COMPLETE", job[0], "");
      }
      await all.advance(1);
    }
    assertEquals(order.slice(0, 100).filter((payload) => payload === "low").length, 0);
    await all.close();
  });

  test("a high job overtakes all but few normal ones that another server has claimed ahead", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const client = a.peer();
    for (let count = 0; count < 100; count++) client.send("SUBMIT_JOB_BG", "f", "", "normal");
    await all.settled();
    const worker = b.peer();
    worker.canDo("f").send("GRAB_JOB");
    await all.settled();
    worker.packets();
    // Jobs start one after the other: some are claimed ahead.
    for (let count = 0; count < 20; count++) {
      const assigned = await worker.grabbed();
      if (assigned === null) continue;
      worker.send("WORK_COMPLETE", assigned[0], "");
    }
    const ahead = b.size;
    assert(ahead > 5, `${ahead} are claimed ahead`);
    await client.submitted("SUBMIT_JOB_HIGH_BG", "f", "", "urgent");
    const payloads: string[] = [];
    while (payloads.at(-1) !== "urgent") {
      const [handle, , payload] = (await worker.grabbed())!;
      payloads.push(payload);
      worker.send("WORK_COMPLETE", handle, "");
    }
    assert(payloads.length <= ahead, `${payloads.length} came before, of ${ahead}`);
    assert(all.queue.numbers.length > 50);
    await all.close();
  });

  test("a job for later waits in the queue until its time", async () => {
    const all = await TestServers.begin(2);
    const worker = await all.b.worker("f");
    const own = await all.a.worker("f");
    own.vanish();
    const at = Math.floor(all.clock.epoch() / 1000) + 60;
    await all.a.peer().submitted("SUBMIT_JOB_EPOCH", "f", "", `${at}`, "later");
    assertEquals([all.a.size, all.b.size], [0, 0]);
    await all.advance(59_000);
    assertEquals(worker.types(), []);
    await all.advance(1_500);
    assertEquals((await worker.grabbed())?.[2], "later");
    await all.close();
  });
});
