import { assert, assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../../../store/store.ts";
import {
  assertNumbers,
  bytes,
  claimedJob,
  demand,
  givenBack,
  jobChange,
  newJob,
  queueTest,
  type SharedQueueKind,
} from "./kind.ts";

/** A member that was declared dead has nothing any more. */
export function fencingTests(kind: SharedQueueKind): void {
  queueTest(
    kind,
    "gives what a dead member had to others, as lost once more, in its place",
    async (bench) => {
      const [a, b] = [await bench.open("a"), await bench.open("b")];
      const [first, second, ours, ended] = await bench.numbers(a, 4);
      await a.add(newJob(first), newJob(second));
      await a.claim();
      await a.add(newJob(ours, { isOurs: true }), newJob(ended, { isOurs: true }));
      await a.queue.change([jobChange(first, { losses: 1, failures: 2, error: bytes("e") })]);
      await a.queue.end([ended]);
      await bench.under.declareDead(a.queue);
      assertEquals(await bench.claimSoon(b, 3), [
        claimedJob(first, { losses: 2, failures: 2, error: bytes("e") }),
        claimedJob(second, { losses: 1 }),
        claimedJob(ours, { losses: 1 }),
      ]);
      await bench.until(() => a.losses === 1);
      assertEquals(b.losses, 0);
    },
  );

  queueTest(
    kind,
    "lets a member do nothing with what it had before it was declared dead",
    async (bench) => {
      const [a, b] = [await bench.open("a"), await bench.open("b")];
      const numbers = await bench.numbers(a, 3);
      await a.add(...numbers.map((number) => newJob(number)));
      await a.claim();
      await bench.under.declareDead(a.queue);
      assertNumbers(await bench.claimSoon(b, 3), numbers);
      assertEquals(await a.queue.end([numbers[0]]), [numbers[0]]);
      await a.queue.giveBack([givenBack(numbers[1], { priority: 0 })]);
      await a.queue.change([jobChange(numbers[2], { priority: 0, losses: 7 })]);
      a.queue.progress(numbers[2], true, 1, 2);
      await bench.until(() => a.losses === 1);
      assertEquals(await a.claim(), []);
      for (const { server, priority, losses, numerator } of await b.list()) {
        assertEquals({ server, priority, losses, numerator }, {
          server: "b",
          priority: 1,
          losses: 1,
          numerator: 0,
        });
      }
      assertEquals(await b.queue.end(numbers), []);
      assertEquals([a.losses, b.losses], [1, 0]);
    },
  );

  queueTest(kind, "fences a member that was cut off, whose calls come late", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [first, second] = await bench.numbers(a, 2);
    await a.add(newJob(first), newJob(second));
    await a.claim();
    await bench.under.cutOff(a.queue);
    let isLost = false;
    const ending = a.queue.end([first]).finally(() => isLost = a.losses === 1);
    const giving = a.queue.giveBack([givenBack(second, { priority: 0 })]);
    await bench.under.declareDead(a.queue);
    assertNumbers(await bench.claimSoon(b, 2), [first, second]);
    await bench.under.heal(a.queue);
    assertEquals(await bench.settle(ending), [first]);
    assert(isLost, "it was told that nothing belongs to it before it was told what did not");
    await bench.settle(giving);
    assertEquals((await b.list()).map(({ server, priority }) => [server, priority]), [
      ["b", 1],
      ["b", 1],
    ]);
    assertEquals(await b.queue.end([first, second]), []);
  });

  queueTest(kind, "does not end a job in the name of a life that is over", async (bench) => {
    const a = await bench.open();
    const [number] = await bench.numbers(a, 1);
    await a.add(newJob(number, { isOurs: true }));
    await bench.under.cutOff(a.queue);
    const ending = a.queue.end([number]);
    await bench.under.declareDead(a.queue);
    await bench.under.heal(a.queue);
    // It may claim the job again before the call of its former life has come through.
    const claimed = [];
    while (claimed.length === 0) {
      await bench.until(() => a.losses === 1);
      claimed.push(...await a.claim().catch(() => []));
      await bench.under.pause();
    }
    assertEquals(claimed, [claimedJob(number, { losses: 1 })]);
    assertEquals(await bench.settle(ending), [number]);
    assertEquals((await a.queue.find(number))?.state, "claimed");
    assertEquals(await a.queue.end([number]), []);
  });

  queueTest(kind, "is a new member after that, with the same demand", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [first, second, third] = await bench.numbers(a, 3);
    await a.queue.demand([demand("resize", { workers: 3, running: 1, hungry: 2 })]);
    await a.add(newJob(first, { isOurs: true }));
    await bench.under.declareDead(a.queue);
    await bench.until(() => a.losses === 1);
    await bench.until(async () => (await b.queue.servers()).some(({ name }) => name === "a"));
    assertNumbers(await bench.claimSoon(a, 1), [first]);
    assertEquals(await a.add(newJob(second, { isOurs: true })), ["ours"]);
    assertEquals(await a.queue.end([first]), []);
    await bench.until(async () => (await b.queue.counts())[0]?.workers === 3);
    a.worksFor.length = 0;
    await b.add(newJob(third));
    await bench.until(() => a.isToldOf("resize"));
    assertEquals(await b.claimNumbers(), [third]);
    assertEquals(a.losses, 1);
  });

  queueTest(kind, "never leaves a job with the dead, however they claim", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    for (let round = 0; round < 10; round++) {
      const numbers = await bench.numbers(a, 20);
      await b.add(...numbers.slice(0, 10).map((number) => newJob(number)));
      const calls = await Promise.allSettled([
        a.claim(),
        bench.under.declareDead(a.queue),
        a.claim(),
        a.add(...numbers.slice(10).map((number) => newJob(number, { isOurs: true }))),
        a.claim(),
      ]);
      for (const call of calls) {
        if (call.status === "rejected") assert(call.reason instanceof StoreError, `${call.reason}`);
      }
      await bench.until(() => a.losses === round + 1);
      // What it has now, it can give back; all else is to be had by others.
      await a.queue.giveBack(numbers.map((number) => givenBack(number)));
      const claimed = await bench.claimSoon(b, numbers.length);
      assertEquals(claimed.map(({ number }) => number).toSorted((x, y) => x - y), numbers);
      assertEquals(await b.queue.end(numbers), []);
    }
  });

  queueTest(
    kind,
    "says nothing of a claim that was under way when it was declared dead",
    async (bench) => {
      const [a, b] = [await bench.open("a"), await bench.open("b")];
      const [number] = await bench.numbers(a, 1);
      await a.add(newJob(number));
      await bench.under.cutOff(a.queue);
      await assertRejects(() => bench.settle(a.claim()), StoreError);
      await bench.under.declareDead(a.queue);
      await bench.under.heal(a.queue);
      await bench.until(() => a.losses === 1);
      const [job] = await bench.claimSoon(b, 1);
      assertEquals(job.number, number);
      assertEquals(await b.queue.end([number]), []);
    },
  );
}
