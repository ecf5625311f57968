import { assert, assertEquals } from "@std/assert";
import {
  assertNumbers,
  bytes,
  demand,
  givenBack,
  jobChange,
  LONG,
  newJob,
  queueTest,
  type SharedQueueKind,
  wish,
} from "./kind.ts";

/** What the queue tells by itself. */
export function noticeTests(kind: SharedQueueKind): void {
  queueTest(kind, "tells those that wait for a function of each new job", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const numbers = await bench.numbers(a, 5);
    await b.queue.demand([demand("resize", { hungry: 1 }), demand("crop", { hungry: 0 })]);
    for (const [index, priority] of ([1, 0, 1] as const).entries()) {
      b.worksFor.length = 0;
      await a.add(newJob(numbers[index], { priority }));
      await bench.until(() => b.isToldOf("resize"));
      assertEquals(await b.claimNumbers(), [numbers[index]]);
    }
    b.worksFor.length = 0;
    await a.add(newJob(numbers[3], { priority: 0, functionName: bytes("crop") }));
    await bench.until(() => b.isToldOf("crop"));
    // Hunger ends when it says so.
    await b.queue.demand([demand("crop", { hungry: -1 })]);
    await b.queue.demand([demand("resize", { hungry: 2 })]);
    b.worksFor.length = 0;
    await a.add(newJob(numbers[4], { priority: 2 }));
    await bench.until(() => b.isToldOf("resize"));
  });

  queueTest(kind, "tells of jobs that others give back, or whose time comes", async (bench) => {
    const [a, b, c] = [await bench.open("a"), await bench.open("b"), await bench.open("c")];
    const [first, second, third] = await bench.numbers(a, 3);
    await c.queue.demand([demand("resize", { hungry: 2 })]);
    await a.add(newJob(first, { isOurs: true }), newJob(second, { isOurs: true }));
    const told = async (number: number, happens: () => unknown) => {
      assertEquals(await c.claimNumbers(), []);
      c.worksFor.length = 0;
      await happens();
      await bench.until(() => c.isToldOf("resize"));
      assertNumbers(await bench.claimSoon(c, 1), [number]);
      assertEquals(await c.queue.end([number]), []);
    };
    await told(first, () => a.queue.giveBack([givenBack(first)]));
    await told(second, () => bench.under.declareDead(a.queue));
    const due = await bench.under.epoch() + 60_000;
    await b.add(newJob(third, { due }));
    await told(third, () => bench.under.advance(61_000));
  });

  queueTest(kind, "tells of jobs of a member that is closed", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [number] = await bench.numbers(a, 1);
    await b.queue.demand([demand("resize", { hungry: 2 })]);
    await a.add(newJob(number, { isOurs: true }));
    assertEquals(await b.claim(), []);
    b.worksFor.length = 0;
    await a.queue.close(LONG);
    await bench.until(() => b.isToldOf("resize"));
    assertEquals(await b.claimNumbers(), [number]);
  });

  queueTest(
    kind,
    "tells of a job that is moved to a priority that is waited for",
    async (bench) => {
      const [a, b] = [await bench.open("a"), await bench.open("b")];
      const [number] = await bench.numbers(a, 1);
      await a.add(newJob(number, { priority: 2 }));
      await b.queue.demand([demand("resize", { hungry: 0 })]);
      b.worksFor.length = 0;
      assert(await a.queue.reprioritize(number, 0));
      await bench.until(() => b.isToldOf("resize"));
      assertNumbers(await b.claimOf([wish({ priority: 0 })]), [number]);
    },
  );

  queueTest(kind, "tells of what came while a member became hungry", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    for (const number of await bench.numbers(a, 20)) {
      b.worksFor.length = 0;
      await b.queue.demand([demand("resize", { hungry: -1 })]);
      await Promise.all([
        a.add(newJob(number)),
        b.queue.demand([demand("resize", { hungry: 2 })]),
      ]);
      // Either it is there when it looks once more, or it is told.
      const claimed = await b.claimNumbers();
      if (claimed.length === 0) await bench.until(() => b.isToldOf("resize"));
      else assertEquals(claimed, [number]);
      await b.claim();
    }
  });

  queueTest(kind, "tells of work without a notice, at the latest after a while", async (bench) => {
    const b = await bench.open("b");
    const [number] = await bench.numbers(b, 1);
    // Its own job: nobody tells it of that at once.
    await b.add(newJob(number));
    await b.queue.demand([demand("resize", { hungry: 1 })]);
    await bench.until(() => b.isToldOf("resize"));
  });

  queueTest(kind, "tells all that a limit was set, or a function dropped", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const happens = async (change: () => Promise<unknown>) => {
      a.changesOfFunctions = b.changesOfFunctions = 0;
      await change();
      await bench.until(() => a.changesOfFunctions > 0 && b.changesOfFunctions > 0);
    };
    await happens(() => a.queue.setMaxQueue(bytes("resize"), [1, 2, 3]));
    await happens(() => b.queue.dropFunction(bytes("resize")));
  });

  queueTest(
    kind,
    "asks the server that has a job to cancel it, and waits for it",
    async (bench) => {
      const [a, b] = [await bench.open("a"), await bench.open("b")];
      const [first, second, third] = await bench.numbers(a, 3);
      await a.add(newJob(first, { isOurs: true }), newJob(second, { isOurs: true }));
      a.onCancel = (number) => void a.queue.end([number]);
      assertEquals(await bench.settle(b.queue.cancel([first])), [first]);
      assertEquals(await bench.settle(a.queue.cancel([second])), [second]);
      assertEquals([a.cancelled, b.cancelled], [[first, second], []]);
      assertEquals(await b.list(), []);
      // One that is given back instead is gone as well.
      await a.add(newJob(third, { isOurs: true }));
      a.onCancel = (number) => void a.queue.giveBack([givenBack(number)]);
      assertEquals(await bench.settle(b.queue.cancel([third])), [third]);
      assertEquals(await b.claim(), []);
    },
  );

  queueTest(kind, "says that a job is not gone whose server does not end it", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [number] = await bench.numbers(a, 1);
    await a.add(newJob(number, { isOurs: true }));
    assertEquals(await bench.settle(b.queue.cancel([number])), []);
    assertEquals(a.cancelled, [number]);
    assertEquals((await b.queue.find(number))?.server, "a");
    await a.queue.change([jobChange(number, { losses: 1 })]);
    await a.queue.giveBack([givenBack(number)]);
    assertNumbers(await bench.claimSoon(b, 1), [number]);
  });
}
