import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type { ReceivedPacket } from "../../support/fake_peer.ts";
import { handleOf, TestServers } from "./servers.ts";

/** Jobs of f: one runs at b, two wait; one of g waits at nobody. */
async function busyCluster() {
  const all = await TestServers.begin(2);
  const worker = await all.b.worker("f");
  const client = all.a.peer();
  const handles: string[] = [];
  for (const unique of ["one", "two", "three"]) {
    handles.push(await client.background("f", unique, unique));
  }
  const other = await client.submitted("SUBMIT_JOB_HIGH_BG", "g", "four", "");
  await worker.grabbed();
  worker.send("WORK_STATUS", handles[0], "1", "4");
  await all.advance(3000);
  return { all, a: all.a.peer(), b: all.b.peer(), worker, handles, other };
}

describe("any server tells of the whole cluster", () => {
  test("by status and prioritystatus, a second old at most", async () => {
    const { all, a, b } = await busyCluster();
    for (const peer of [a, b]) {
      assertEquals(await peer.told("status"), "f\t3\t1\t1\ng\t1\t0\t0\n.\n");
      assertEquals(await peer.told("prioritystatus"), "f\t0\t2\t0\t1\ng\t1\t0\t0\t0\n.\n");
    }
    const [f] = all.a.router.facts.functions();
    assertEquals([f!.here!.jobs, f!.here!.workers, f!.jobs, f!.workers], [0, 0, 3, 1]);
    await all.close();
  });

  test("by GET_STATUS and GET_STATUS_UNIQUE, in the order of the questions", async () => {
    const { all, a, b, handles, other } = await busyCluster();
    const unknown = handleOf(99_999);
    for (const peer of [a, b]) {
      peer.send("GET_STATUS", handles[0]).send("GET_STATUS_UNIQUE", "two").send("ECHO_REQ", "x");
      peer.send("GET_STATUS", unknown).send("GET_STATUS", other);
      peer.send("GET_STATUS_UNIQUE", "nobody").send("ECHO_REQ", "y");
      const packets: ReceivedPacket[] = [];
      for (let answer = 0; answer < 8; answer++) {
        await all.settled();
        packets.push(...peer.packets());
      }
      assertEquals(packets.map(({ args }) => args), [
        [handles[0], "1", "1", "1", "4"],
        ["two", "1", "0", "0", "0", "0"],
        ["x"],
        [unknown, "0", "0", "0", "0"],
        [other, "1", "0", "0", "0"],
        ["nobody", "0", "0", "0", "0", "0"],
        ["y"],
      ]);
    }
    await all.close();
  });

  test("an error says that it cannot", async () => {
    const { all, a, handles } = await busyCluster();
    all.a.member.cutOff();
    const [{ type, args }] = await a.answer("GET_STATUS", handles[0]);
    assertEquals(`${type} ${args[0]}`, "ERROR QUEUE_ERROR");
    const text = "ERR QUEUE_ERROR The+shared+queue+cannot+be+reached\r\n";
    assertEquals(await a.told(`cancel job ${handles[0]}`), text);
    const ready = await a.told("ready");
    assert(ready.startsWith("ERR NOT_READY The+shared+queue+cannot+be+reached"), ready);
    await all.close();
  });

  test("by listings of jobs, oldest first", async () => {
    const { all, a, b, handles, other } = await busyCluster();
    const handlesIn = (text: string) => text.trimEnd().split("\n").slice(0, -1);
    for (const peer of [a, b]) {
      const shown = handlesIn(await peer.told("show jobs"));
      assertEquals(shown.map((line) => line.split("\t")[0]), [...handles, other]);
      const unique = await peer.told("show unique jobs");
      assertEquals(unique, "one\ntwo\nthree\nfour\n.\n");
      const waiting = handlesIn(await peer.told("list jobs function=f state=waiting"));
      assertEquals(waiting.slice(1).map((line) => line.split("\t")[0]), handles.slice(1));
      const running = handlesIn(await peer.told("list jobs state=running"));
      const cells = running[1].split("\t");
      assertEquals([cells[0], cells[10], cells[11]], [handles[0], "1", "4"]);
      const job = handlesIn(await peer.told(`list job ${handles[1]}`));
      assertEquals(job[1].split("\t").slice(0, 4), [handles[1], "f", "two", "waiting"]);
    }
    assertEquals(await a.told(`list job ${handleOf(99_999)}`), "ERR UNKNOWN_JOB\r\n");
    await all.close();
  });

  test("by long listings, page by page", async () => {
    const all = await TestServers.begin(2);
    const client = all.a.peer();
    for (let count = 0; count < 1201; count++) client.send("SUBMIT_JOB_BG", "f", "", "");
    await client.submitted("SUBMIT_JOB", "g", "", "");
    const lines = (await client.told("show jobs")).trimEnd().split("\n");
    assertEquals(lines.length, 1203);
    const handles = lines.slice(0, -1);
    assertEquals(handles, handles.toSorted());
    // What was asked behind it is answered behind it.
    client.raw("show jobs\nversion\n");
    let text = client.bytes();
    for (let page = 0; page < 6; page++) {
      await all.settled();
      text += client.bytes();
    }
    assert(text.endsWith(".\nOK 1.2.3\n") || /\.\nOK [^\n]*\n$/.test(text), text.slice(-80));
    await all.close();
  });

  test("by why", async () => {
    const { all, a, b, handles, other } = await busyCluster();
    const codesIn = (text: string) => text.split("\n").map((line) => line.split("\t")[0]);
    assertEquals(codesIn(await a.told(`why ${handles[0]}`)), ["runs_elsewhere", ".", ""]);
    assert((await a.told(`why ${handles[0]}`)).includes('at the server "b"; it has done 1 of 4'));
    assertEquals(codesIn(await b.told(`why ${handles[0]}`)), ["running", ".", ""]);
    assertEquals(codesIn(await a.told(`why ${handles[1]}`)), ["in_shared_queue", ".", ""]);
    assertEquals(codesIn(await b.told(`why ${other}`)), ["no_worker_anywhere", ".", ""]);
    assertEquals(codesIn(await a.told("why g")), ["no_worker_anywhere", ".", ""]);
    assertEquals(codesIn(await a.told("why f")), ["in_shared_queue", ".", ""]);
    assertEquals(codesIn(await a.told(`why ${handleOf(99_999)}`))[0], "ended_unknown");
    await all.close();
  });
});

describe("any server orders for the whole cluster", () => {
  test("the end of a job that waits, or that another one has", async () => {
    const { all, a, worker, handles } = await busyCluster();
    assertEquals(await a.told(`cancel job ${handles[1]}`), "OK\r\n");
    assertEquals(await a.told(`cancel job ${handles[0]}`), "OK\r\n");
    assertEquals(await a.told(`cancel job ${handles[0]}`), "ERR UNKNOWN_JOB\r\n");
    assertEquals(all.queue.numbers.length, 2);
    assertEquals(all.b.router.jobByHandle(handles[0]), undefined);
    const [late] = await worker.answer("WORK_COMPLETE", handles[0], "");
    assertEquals(late.type, "ERROR");
    await all.close();
  });

  test("the end of all of a function, or with a unique; purge leaves those that run", async () => {
    const { all, a, handles } = await busyCluster();
    assertEquals(await a.told("cancel unique two"), "OK 1\n");
    assertEquals(await a.told("purge function f"), "OK 1\n");
    assertEquals(all.queue.numbers.map(handleOf)[0], handles[0]);
    assertEquals(await a.told("cancel function f"), "OK 1\n");
    assertEquals(await a.told("cancel function g"), "OK 1\n");
    assertEquals(all.queue.numbers, []);
    await all.close();
  });

  test("a limit, which holds for all servers", async () => {
    const { all, a, b } = await busyCluster();
    assertEquals(await a.told("maxqueue f 5"), "OK\n");
    await all.advance(1000);
    assertEquals(
      await b.told("list limits"),
      "function\tmax_high\tmax_normal\tmax_low\nf\t5\t5\t5\n.\n",
    );
    assert((await b.background("f")).startsWith("H:"));
    assert((await a.background("f")).startsWith("H:"));
    await all.advance(1000);
    const full = "ERROR QUEUE_ERROR Job queue is full";
    assertEquals([await a.background("f"), await b.background("f")], [full, full]);
    assertEquals(await b.told("maxqueue f"), "OK\n");
    await all.advance(1000);
    assert((await a.background("f")).startsWith("H:"));
    await all.close();
  });

  test("a function is forgotten when no server has jobs or workers of it", async () => {
    const { all, a, b } = await busyCluster();
    const inUse = "ERR there are still connected workers or executing clients\r\n";
    assertEquals(await a.told("drop function f"), inUse);
    assertEquals(await b.told("drop function g"), inUse);
    assertEquals(await a.told("drop function h"), "ERR function not found\r\n");
    assertEquals(await a.told("cancel function g"), "OK 1\n");
    assertEquals(await b.told("drop function g"), "OK\r\n");
    await all.advance(1000);
    assertEquals(await a.told("status"), "f\t3\t1\t1\n.\n");
    await all.close();
  });

  test("a program may move a job of the queue to another priority, and look at its payload", async () => {
    const { all, handles } = await busyCluster();
    const { everywhere } = all.a.router;
    const bytes = new TextEncoder().encode(handles[2]);
    const told: unknown[] = [];
    const fail = () => told.push("failed");
    everywhere.find(bytes, 0, bytes.length, (job) => {
      everywhere.payload(job!, (payload) => told.push(new TextDecoder().decode(payload!)), fail);
      everywhere.reprioritize(job!, 0, (refusal) => told.push(refusal), fail);
    }, fail);
    await all.settled();
    assertEquals(told, ["three", null]);
    everywhere.servers((servers) => told.push(servers.map(({ name }) => name)), fail);
    await all.settled();
    assertEquals(told.at(-1), ["a", "b"]);
    await all.close();
  });
});
