import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { handleOf, TestServers, TIMEOUT } from "./servers.ts";

const UNREACHABLE = "ERROR QUEUE_ERROR The shared queue cannot be reached";
const NOT_STORED = "ERROR QUEUE_ERROR The job could not be stored";

describe("a server that was declared dead", () => {
  test("that is cut off for long starts nothing that it had claimed: it may be others' by now", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const client = b.peer();
    const worker = await a.worker("f");
    await client.background("f", "", "first");
    await client.background("f", "", "second");
    // Both are claimed, as the worker is quick.
    const claimed = () => a.router.jobs.size;
    await all.advance(100);
    a.member.cutOff();
    await all.advance(500);
    const before = claimed();
    await all.advance(1700);
    assertEquals(before > 0, true);
    assertEquals(await worker.grabbed(), null);
    assertEquals(claimed(), 0);
    await all.close();
  });

  test("forgets what it had: others run it, and what its workers say comes too late", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const worker = await a.worker("f");
    const handle = await b.peer().background("f", "", "x");
    await worker.grabbed();
    a.member.declareDead();
    await all.advance(1000);
    assertEquals(a.size, 0);
    const other = await b.worker("f");
    assertEquals((await other.grabbed())?.[0], handle);
    assertEquals(b.router.jobByHandle(handle)!.losses, 1);
    const [late] = await worker.answer("WORK_COMPLETE", handle, "late");
    assertEquals(late.type, "ERROR");
    assertEquals(all.queue.numbers.map(handleOf), [handle]);
    other.send("WORK_COMPLETE", handle, "");
    await all.settled();
    assertEquals(all.queue.numbers, []);
    assert(a.reports.some((line) => /counted as dead; others have its 1 job/.test(line)));
    await all.close();
  });

  test("goes on: its workers get jobs again", async () => {
    const all = await TestServers.begin(2);
    const worker = await all.a.worker("f");
    all.a.member.declareDead();
    await all.advance(2000);
    const handle = await all.b.peer().background("f", "", "x");
    assertEquals(worker.types(), ["NOOP"]);
    assertEquals((await worker.grabbed())?.[0], handle);
    worker.send("WORK_COMPLETE", handle, "");
    await all.settled();
    assertEquals(all.queue.numbers, []);
    await all.close();
  });

  test("does not end what others have, though its worker had done it before", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const worker = await a.worker("f");
    const handle = await b.peer().background("f", "", "x");
    await worker.grabbed();
    a.member.cutOff();
    worker.send("WORK_COMPLETE", handle, "");
    await all.advance(50);
    a.member.declareDead();
    await all.settled();
    a.member.heal();
    await all.settled();
    assertEquals(all.queue.numbers.map(handleOf), [handle]);
    const other = await b.worker("f");
    assertEquals((await other.grabbed())?.[0], handle);
    await all.close();
  });

  test("goes on with a job for the clients that wait for it here", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const worker = await a.worker("f");
    const handle = await b.peer().background("f", "u", "x");
    await all.settled();
    const client = a.peer();
    assertEquals(await client.submitted("SUBMIT_JOB", "f", "u", "x"), handle);
    await worker.grabbed();
    a.member.declareDead();
    await all.advance(1000);
    worker.send("WORK_COMPLETE", handle, "done");
    await all.settled();
    assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "done"] }]);
    // For the queue it has not run yet.
    assertEquals(all.queue.numbers.map(handleOf), [handle]);
    await all.close();
  });
});

describe("a job that a client waits for at a server that was cut off", () => {
  /** The server `a` has it, and `b` has submitted it; no worker has it yet. */
  const begin = async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const worker = await a.worker("f");
    const handle = await b.peer().background("f", "u", "x");
    const client = a.peer();
    assertEquals(await client.submitted("SUBMIT_JOB", "f", "u", "x"), handle);
    a.member.cutOff();
    await all.advance(2500);
    worker.packets();
    assertEquals(await worker.grabbed(), null);
    return { all, a, b, worker, client, handle };
  };
  /** The worker is woken, and does it. */
  const runs = async ({ all, worker, handle }: Awaited<ReturnType<typeof begin>>) => {
    worker.send("PRE_SLEEP");
    await all.advance(2500);
    assertEquals(worker.types(), ["NOOP"]);
    assertEquals((await worker.grabbed())?.[0], handle);
    worker.send("WORK_COMPLETE", handle, "done");
    await all.settled();
  };

  test("starts when it is known that the server still has it", async () => {
    const all = await begin();
    const { a, client, handle } = all;
    a.member.heal();
    await all.all.settled();
    assertEquals(await all.worker.grabbed(), null);
    await runs(all);
    assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "done"] }]);
    assertEquals([all.all.queue.numbers, a.size], [[], 0]);
    await all.all.close();
  });

  test("is claimed once more if the server was declared dead, and nobody else has it", async () => {
    const all = await begin();
    const { a, client, handle } = all;
    a.member.declareDead();
    a.member.heal();
    await all.all.settled();
    assertEquals(a.router.jobByHandle(handle)?.losses, 1);
    await runs(all);
    assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "done"] }]);
    assertEquals([all.all.queue.numbers, a.size], [[], 0]);
    await all.all.close();
  });

  test("is a job of the client's own if another server has it", async () => {
    const all = await begin();
    const { a, b, client, handle } = all;
    a.member.declareDead();
    const other = await b.worker("f");
    assertEquals((await other.grabbed())?.[0], handle);
    assertEquals(await all.worker.grabbed(), null);
    a.member.heal();
    await runs(all);
    assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "done"] }]);
    assertEquals(all.all.queue.numbers.map(handleOf), [handle]);
    await all.all.close();
  });

  test("is one with what others have for whoever submits it in the background", async () => {
    const all = await begin();
    const { a, b, client, handle } = all;
    a.member.declareDead();
    await (await b.worker("f")).grabbed();
    a.member.heal();
    await all.all.advance(2500);
    assertEquals(await a.peer().background("f", "u", "x"), handle);
    await runs(all);
    assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "done"] }]);
    assertEquals(all.all.queue.numbers.map(handleOf), [handle]);
    await all.all.close();
  });
});

describe("while the queue cannot be reached", () => {
  test("submits are held, then refused; later ones are refused at once", async () => {
    const all = await TestServers.begin(1);
    const { a } = all;
    a.member.cutOff();
    const client = a.peer();
    client.send("SUBMIT_JOB_BG", "f", "", "");
    await all.advance(TIMEOUT - 100);
    assert(!client.mayLeave);
    await all.advance(1500);
    assert(client.mayLeave);
    const [{ type, args }] = client.packets();
    assertEquals(`${type} ${args.join(" ")}`, NOT_STORED);
    assertEquals(await client.background("f"), UNREACHABLE);
    assert(a.router.cluster!.notReady?.startsWith("The shared queue cannot be reached"));
    a.member.heal();
    await all.settled();
    assertEquals(a.router.cluster!.notReady, null);
    const handle = await client.background("f");
    assertEquals(all.queue.numbers.map(handleOf), [handle]);
    await all.close();
  });

  test("a submit that is held is written when it is back", async () => {
    const all = await TestServers.begin(1);
    all.a.member.cutOff();
    const client = all.a.peer();
    client.send("SUBMIT_JOB_BG", "f", "", "");
    await all.advance(TIMEOUT / 2);
    all.a.member.heal();
    await all.settled();
    assertEquals(client.types(), ["JOB_CREATED"]);
    assertEquals(all.queue.numbers.length, 1);
    await all.close();
  });

  test("what is claimed goes on, and ends are written when it is back", async () => {
    const all = await TestServers.begin(1);
    const { a } = all;
    const client = a.peer();
    const workers = [await a.worker("f"), await a.worker("f")];
    const handles = [await client.background("f", "", "1"), await client.background("f", "", "2")];
    a.member.cutOff();
    for (const worker of workers) {
      const [handle] = (await worker.grabbed())!;
      worker.send("WORK_COMPLETE", handle, "");
    }
    for (const worker of workers) assertEquals(await worker.grabbed(), null);
    assertEquals(all.queue.numbers.map(handleOf), handles);
    assertEquals(a.size, 0);
    a.member.heal();
    await all.settled();
    assertEquals(all.queue.numbers, []);
    await all.close();
  });

  test("a batch whose answer was lost is not written twice", async () => {
    const all = await TestServers.begin(1);
    const { a } = all;
    a.member.loseAnswer();
    const client = a.peer();
    client.send("SUBMIT_JOB_BG", "f", "", "1").send("SUBMIT_JOB_BG", "f", "u", "2");
    await all.advance(1000);
    assert(!client.mayLeave);
    a.member.heal();
    await all.settled();
    assertEquals(client.types(), ["JOB_CREATED", "JOB_CREATED"]);
    assertEquals(all.queue.numbers.length, 2);
    await all.close();
  });

  test("foreground jobs go on, also those with a unique", async () => {
    const all = await TestServers.begin(2);
    const { a } = all;
    await all.b.peer().background("f", "u");
    await all.advance(1000);
    const worker = await a.worker("g");
    a.member.cutOff();
    const client = a.peer();
    const [handle] = [await client.submitted("SUBMIT_JOB", "g", "u", "x")];
    assertEquals((await worker.grabbed())?.[0], handle);
    await client.submitted("SUBMIT_JOB", "f", "u", "x");
    await all.close();
  });

  test("a claim that was under way is not forgotten", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    await b.peer().background("f", "", "x");
    a.member.delay = 2;
    const worker = a.peer();
    worker.canDo("f").send("GRAB_JOB");
    await all.advance(1);
    a.member.cutOff();
    await all.advance(50);
    a.member.delay = 0;
    a.member.heal();
    await all.advance(1000);
    worker.packets();
    assertEquals((await worker.drained()).concat(await worker.drained()), ["x"]);
    assertEquals(all.queue.numbers, []);
    await all.close();
  });

  test("a stop takes no longer than a submit is held, whatever is under way", async () => {
    const all = await TestServers.begin(1);
    const { a } = all;
    a.member.cutOff();
    a.peer().send("SUBMIT_JOB_BG", "f", "", "");
    await all.settled();
    let isClosed = false;
    a.jobs.close().then(() => isClosed = true);
    await all.advance(TIMEOUT - 100);
    assertEquals(isClosed, false);
    await all.advance(200);
    assertEquals(isClosed, true);
    await all.close();
  });

  test("handles do not run out at once", async () => {
    const all = await TestServers.begin(1);
    all.a.member.cutOff();
    const client = all.a.peer();
    for (let count = 0; count < 2500; count++) client.send("SUBMIT_JOB", "f", "", "");
    const types = client.types();
    assertEquals(types.filter((type) => type === "JOB_CREATED").length, 2500);
    await all.close();
  });

  test("without numbers new jobs are refused, until there are some", async () => {
    const all = await TestServers.begin(1);
    all.a.member.cutOff();
    const client = all.a.peer();
    for (let count = 0; count < 3001; count++) client.send("SUBMIT_JOB", "f", "", "");
    assertEquals(client.types().at(-1), "ERROR");
    all.a.member.heal();
    await all.settled();
    const handle = await client.submitted("SUBMIT_JOB", "f", "", "");
    assert(handle > handleOf(3000), handle);
    await all.close();
  });
});

describe("a notice that does not arrive", () => {
  test("costs a second or two", async () => {
    const all = await TestServers.begin(2);
    const worker = await all.b.worker("f");
    all.b.member.losesNotices = true;
    await all.a.peer().background("f", "", "x");
    assertEquals(worker.types(), []);
    await all.advance(2000);
    assertEquals(worker.types(), ["NOOP"]);
    await all.close();
  });
});
