import { assert, assertEquals, assertRejects } from "@std/assert";
import { StoreError } from "../../../store/store.ts";
import {
  assertNumbers,
  bytes,
  claimedJob,
  demand,
  givenBack,
  jobChange,
  LONG,
  newJob,
  queueTest,
  type SharedQueueKind,
} from "./kind.ts";

const SHORT = 700;

/** What is promised when the queue cannot be reached. */
export function faultTests(kind: SharedQueueKind): void {
  queueTest(kind, "says that it cannot be reached, and that it can again", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    await bench.under.cutOff(a.queue);
    // It may find out only when it is asked for something.
    a.claim().catch(() => {});
    await bench.until(() => a.reachability.at(-1) instanceof Error);
    await bench.under.heal(a.queue);
    await bench.until(() => a.reachability.length > 0 && a.reachability.at(-1) === null);
    assertEquals(b.reachability, []);
    assertEquals(await a.claim(), []);
    assertEquals(a.losses, 0);
  });

  queueTest(
    kind,
    "refuses jobs that it cannot store in time, and has none of them",
    async (bench) => {
      const [a, b] = [await bench.open("a"), await bench.open("b")];
      const [first, second, third] = await bench.numbers(a, 3);
      await bench.under.cutOff(a.queue);
      const adding = a.queue.add([newJob(first), newJob(second, { isOurs: true })], SHORT);
      const error = await assertRejects(() => bench.settle(adding), StoreError);
      assertEquals(error.message.split("\n").length, 1);
      assert(error.message.startsWith(`${a.queue.name}: `), error.message);
      await bench.under.heal(a.queue);
      assertEquals(await bench.settle(a.add(newJob(third))), ["stored"]);
      await bench.until(async () => (await b.list()).length === 1);
      assertEquals(await b.claimNumbers(), [third]);
    },
  );

  queueTest(kind, "stores jobs if it can be reached again in time", async (bench) => {
    const a = await bench.open();
    const [first, second] = await bench.numbers(a, 2);
    await bench.under.cutOff(a.queue);
    const adding = a.add(newJob(first), newJob(second, { isOurs: true }));
    await bench.under.pause();
    await bench.under.heal(a.queue);
    assertEquals(await bench.settle(adding), ["stored", "ours"]);
    assertEquals(await a.claim(), [claimedJob(first)]);
  });

  queueTest(kind, "claims nothing when it cannot be reached", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [number] = await bench.numbers(a, 1);
    const unique = bytes("u");
    await a.add(newJob(number, { unique }));
    await bench.under.cutOff(a.queue);
    await assertRejects(() => bench.settle(a.claim()), StoreError);
    const claiming = a.queue.claimByUnique(bytes("resize"), unique, unique);
    await assertRejects(() => bench.settle(claiming), StoreError);
    assertNumbers(await bench.claimSoon(b, 1), [number]);
    await bench.under.heal(a.queue);
    await bench.until(() => a.reachability.at(-1) === null);
    assertEquals((await b.queue.find(number))?.server, "b");
  });

  queueTest(kind, "rejects what only looks at it, or is an operator's wish", async (bench) => {
    const a = await bench.open();
    const [number] = await bench.numbers(a, 1);
    await a.add(newJob(number));
    await bench.under.cutOff(a.queue);
    const calls: Promise<unknown>[] = [
      a.queue.find(number),
      a.queue.findByUnique(bytes("u")),
      a.queue.payload(number),
      a.queue.list({}, 0, 10),
      a.queue.cancel([number]),
      a.queue.reprioritize(number, 0),
      a.queue.setMaxQueue(bytes("resize"), [1, 1, 1]),
      a.queue.dropFunction(bytes("crop")),
    ];
    await bench.settle(Promise.all(calls.map((call) => assertRejects(() => call, StoreError))));
    await bench.under.heal(a.queue);
    await bench.until(() => a.reachability.at(-1) === null);
    assertEquals((await bench.settle(a.queue.find(number)))?.state, "waiting");
  });

  queueTest(
    kind,
    "keeps ends, changes and what goes back until it can be reached",
    async (bench) => {
      const [a, b] = [await bench.open("a"), await bench.open("b")];
      const [ended, changed, given] = await bench.numbers(a, 3);
      await a.add(newJob(ended), newJob(changed), newJob(given));
      await a.claim();
      await bench.under.cutOff(a.queue);
      const failed = { losses: 1, failures: 2, error: bytes("e") };
      const calls = [
        a.queue.end([ended]),
        a.queue.change([jobChange(changed, failed)]),
        a.queue.giveBack([givenBack(given, { priority: 0, ...failed })]),
        a.queue.demand([demand("resize", { workers: 5 })]),
        a.queue.takeNumbers().then(({ count }) => count > 0),
      ];
      await bench.under.pause();
      assertEquals((await b.list()).length, 3);
      await bench.under.heal(a.queue);
      const results = await bench.settle(Promise.all<unknown>(calls));
      assertEquals([results[0], results[4]], [[], true]);
      assertEquals(await bench.claimSoon(b, 1), [claimedJob(given, { priority: 0, ...failed })]);
      await bench.until(async () => (await b.queue.counts())[0]?.workers === 5);
      assertEquals(
        (await b.list()).map(({ number, losses, server }) => [number, losses, server]),
        [[changed, 1, "a"], [given, 1, "b"]],
      );
      assertEquals(a.losses, 0);
    },
  );

  queueTest(kind, "tells a member that was cut off what it has missed", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [number] = await bench.numbers(a, 1);
    await a.queue.demand([demand("resize", { hungry: 2 })]);
    await bench.under.cutOff(a.queue);
    await b.add(newJob(number));
    await b.queue.setMaxQueue(bytes("resize"), [1, 2, 3]);
    await bench.under.pause();
    a.worksFor.length = 0;
    a.changesOfFunctions = 0;
    await bench.under.heal(a.queue);
    await bench.until(() => a.isToldOf("resize") && a.changesOfFunctions > 0);
    await bench.until(() => a.reachability.at(-1) === null);
    assertNumbers(await bench.claimSoon(a, 1), [number]);
  });

  queueTest(kind, "is closed in time, reachable or not", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [number] = await bench.numbers(a, 1);
    await a.add(newJob(number, { isOurs: true }));
    await bench.under.cutOff(a.queue);
    const ending = assertRejects(() => a.queue.end([number]), StoreError);
    await bench.settle(a.queue.close(SHORT));
    await bench.settle(ending);
    // Others see in time that it is gone.
    assertEquals(await bench.claimSoon(b, 1), [claimedJob(number, { losses: 1 })]);
  });

  lostAnswerTests(kind);
}

function lostAnswerTests(kind: SharedQueueKind): void {
  queueTest(kind, "adds jobs once whose answer was lost", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [first, second, third] = await bench.numbers(a, 3);
    await a.add(newJob(first, { unique: bytes("u") }));
    await bench.under.loseAnswer(a.queue);
    const adding = a.add(newJob(second), newJob(third, { unique: bytes("u") }));
    await bench.until(async () => (await b.list()).length === 2);
    // It has run and is gone before the member learns that it was ever there.
    assertEquals(await b.claimNumbers(), [first, second]);
    await b.queue.end([first, second]);
    await bench.under.heal(a.queue);
    assertEquals(await bench.settle(adding), ["stored", { joined: first }]);
    await bench.until(() => a.reachability.at(-1) === null);
    assertNumbers(await a.list(), []);
  });

  queueTest(kind, "takes jobs out whose answer came too late", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [ours, waiting, claimed, next] = await bench.numbers(a, 4);
    await bench.under.loseAnswer(a.queue);
    const jobs = [
      newJob(ours, { isOurs: true }),
      newJob(waiting),
      newJob(claimed, { priority: 0 }),
    ];
    const adding = assertRejects(() => a.queue.add(jobs, SHORT), StoreError);
    await bench.until(async () => (await b.list()).length === 3);
    const wishes = [{ functionName: bytes("resize"), priority: 0, most: 1 } as const];
    assertNumbers(await b.claimOf(wishes), [claimed]);
    await bench.settle(adding);
    await bench.under.heal(a.queue);
    await bench.until(async () => (await b.list()).length === 1);
    // What comes next is not taken for it.
    assertEquals(await bench.settle(a.add(newJob(next))), ["stored"]);
    assertNumbers(await b.list(), [claimed, next]);
    assertEquals(await b.queue.end([claimed]), []);
  });

  queueTest(kind, "gives back what a claim brought whose answer was lost", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [first, second] = await bench.numbers(a, 2);
    await a.add(newJob(first, { isOurs: true }), newJob(second));
    await bench.under.loseAnswer(a.queue);
    await assertRejects(() => bench.settle(a.claim()), StoreError);
    await bench.under.heal(a.queue);
    assertEquals(await bench.claimSoon(b, 1), [claimedJob(second)]);
    assertEquals(await bench.settle(a.queue.end([first])), []);
    const [next] = await bench.numbers(a, 1);
    assertEquals(await bench.settle(a.add(newJob(next))), ["stored"]);
    assertNumbers(await bench.claimSoon(a, 1), [next]);
    await bench.settle(a.queue.close(LONG));
  });
}
