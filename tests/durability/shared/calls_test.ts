import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type { MemoryMember } from "../../support/memory_queue.ts";
import { TestServers } from "./servers.ts";

const COUNTED = ["add", "claim", "claimByUnique", "demand", "end", "giveBack"] as const;

/** Counts the calls of a member from now on. */
function counted(member: MemoryMember): Record<(typeof COUNTED)[number], number> {
  const calls = { add: 0, claim: 0, claimByUnique: 0, demand: 0, end: 0, giveBack: 0 };
  for (const name of COUNTED) {
    const call = member[name].bind(member) as (...args: unknown[]) => unknown;
    Object.assign(member, {
      [name]: (...args: unknown[]) => {
        calls[name]++;
        return call(...args);
      },
    });
  }
  return calls;
}

const NONE = { add: 0, claim: 0, claimByUnique: 0, demand: 0, end: 0, giveBack: 0 };

describe("the queue is asked", () => {
  test("for nothing while nothing happens, whether workers sleep or run", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    await a.worker("f", "g");
    const busy = await b.worker("f");
    await all.a.peer().background("g");
    for (let count = 0; count < 5; count++) await b.peer().background("h");
    await b.peer().background("f");
    await busy.grabbed();
    await all.advance(5000);
    const calls = [counted(a.member), counted(b.member)];
    await all.advance(10_000);
    assertEquals(calls, [NONE, NONE]);
    await all.close();
  });

  test("once for many submits and ends of a round", async () => {
    const all = await TestServers.begin(1);
    const { a } = all;
    const calls = counted(a.member);
    const client = a.peer();
    for (let count = 0; count < 300; count++) client.send("SUBMIT_JOB_BG", "f", "", "");
    await all.settled();
    assertEquals(calls, { ...NONE, add: 1 });
    const workers = [];
    for (let count = 0; count < 20; count++) workers.push(await a.worker("f"));
    calls.end = 0;
    for (const worker of workers) {
      const assigned = worker.grab();
      if (assigned !== null) worker.send("WORK_COMPLETE", assigned[0], "");
    }
    await all.settled();
    assert(calls.end <= 2, `${calls.end} calls for ends`);
    await all.close();
  });

  test("for foreground jobs only if a background job may wait that has their unique", async () => {
    const all = await TestServers.begin(2);
    const { a } = all;
    const worker = await a.worker("f");
    const calls = counted(a.member);
    for (let count = 0; count < 10; count++) {
      const [handle] = [await a.peer().submitted("SUBMIT_JOB", "f", `u${count}`, "")];
      await worker.grabbed();
      worker.send("WORK_COMPLETE", handle, "");
    }
    assertEquals([calls.add, calls.claimByUnique, calls.end], [0, 0, 0]);
    await all.b.peer().background("g", "x");
    await all.advance(1000);
    await a.peer().submitted("SUBMIT_JOB", "g", "y", "");
    await a.peer().submitted("SUBMIT_JOB", "g", "", "");
    assertEquals(calls.claimByUnique, 1);
    await all.close();
  });

  test("for jobs of a limited number of functions and priorities at a time, and then for the others", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const names = Array.from({ length: 600 }, (_, index) => `f${index}`);
    for (const name of names) await b.peer().background(name, "", name);
    const asked: number[] = [];
    const claim = a.member.claim.bind(a.member);
    a.member.claim = (wishes, most, bytes) => {
      asked.push(wishes.length);
      return claim(wishes, most, bytes);
    };
    const worker = await a.worker(...names);
    const payloads = await worker.drained();
    assertEquals(payloads.sort(), names.sort());
    assertEquals(Math.max(...asked), 512);
    await all.close();
  });
});
