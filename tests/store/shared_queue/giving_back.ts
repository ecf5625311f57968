import { assertEquals } from "@std/assert";
import {
  assertNumbers,
  bytes,
  claimedJob,
  givenBack,
  jobChange,
  LONG,
  newJob,
  queueTest,
  type SharedQueueKind,
  wish,
} from "./kind.ts";

/** Ends, changes, and jobs that go back. */
export function givingBackTests(kind: SharedQueueKind): void {
  queueTest(kind, "ends jobs for good, and says which were not its own", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [first, second, waiting, never] = await bench.numbers(a, 4);
    await a.add(newJob(first), newJob(second));
    await a.claimOf([wish({ most: 1 })]);
    await b.claim();
    await a.add(newJob(waiting));
    assertEquals(sorted(await a.queue.end([first, second, waiting, never])), [
      second,
      waiting,
      never,
    ]);
    assertEquals(await a.queue.end([first]), [first]);
    assertEquals(await a.queue.end([]), []);
    assertNumbers(await a.list(), [second, waiting]);
    assertEquals(await b.queue.end([second]), []);
    assertEquals(await b.claimNumbers(), [waiting]);
  });

  queueTest(kind, "puts a job back where it stood", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const numbers = await bench.numbers(a, 4);
    await a.add(...numbers.map((number) => newJob(number)));
    const taken = await a.claimOf([wish({ most: 3 })]);
    assertNumbers(taken, numbers.slice(0, 3));
    await a.queue.giveBack([givenBack(numbers[2]), givenBack(numbers[0])]);
    assertEquals(await bench.claimSoon(b, 3), [
      claimedJob(numbers[0]),
      claimedJob(numbers[2]),
      claimedJob(numbers[3]),
    ]);
  });

  queueTest(kind, "puts a job behind all others of its priority", async (bench) => {
    const a = await bench.open();
    const [first, second, third] = await bench.numbers(a, 3);
    await a.add(newJob(first), newJob(second));
    await a.claimOf([wish({ most: 1 })]);
    await a.queue.giveBack([givenBack(first, { isLast: true })]);
    await a.add(newJob(third));
    assertNumbers(await bench.claimSoon(a, 3), [second, first, third]);
  });

  queueTest(kind, "puts a job back for a later time, and behind all others then", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [first, second, third, fourth] = await bench.numbers(a, 4);
    await a.add(newJob(first), newJob(second));
    await a.claimOf([wish({ most: 1 })]);
    const due = await bench.under.epoch() + 60_000;
    const failed = { failures: 1, error: bytes("out of memory") };
    await a.queue.giveBack([givenBack(first, { due, ...failed })]);
    assertEquals((await a.queue.find(first))?.state, "scheduled");
    await a.add(newJob(third));
    assertEquals(await b.claimNumbers(), [second, third]);
    await a.add(newJob(fourth));
    await bench.under.advance(61_000);
    assertEquals(await b.claim(), [claimedJob(fourth), claimedJob(first, failed)]);
  });

  queueTest(kind, "keeps what went wrong with a job, and its priority", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [first, second] = await bench.numbers(a, 2);
    await a.add(newJob(first), newJob(second));
    await a.claim();
    const failed = {
      priority: 0,
      losses: 3,
      failures: 70_000,
      error: bytes("no\0such\xff"),
    } as const;
    await a.queue.giveBack([givenBack(first, failed)]);
    await a.queue.change([jobChange(second, { priority: 2, losses: 1 })]);
    const { losses, failures, priority } = (await b.queue.find(second))!;
    assertEquals({ losses, failures, priority }, { losses: 1, failures: 0, priority: 2 });
    assertEquals(await b.claim(), [claimedJob(first, failed)]);
    await b.queue.giveBack([givenBack(first)]);
    // What is given back says anew what went wrong with it.
    assertEquals(await bench.claimSoon(a, 1), [claimedJob(first)]);
  });

  queueTest(kind, "leaves jobs alone that are not its own", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [claimed, waiting, never] = await bench.numbers(a, 3);
    await a.add(newJob(claimed));
    await b.claim();
    await a.add(newJob(waiting));
    const wrong = { priority: 2, losses: 9, failures: 9, error: bytes("wrong") } as const;
    await a.queue.giveBack([claimed, waiting, never].map((number) => givenBack(number, wrong)));
    await a.queue.change([claimed, waiting, never].map((number) => jobChange(number, wrong)));
    assertEquals(await a.claim(), [claimedJob(waiting)]);
    const view = await a.queue.find(claimed);
    assertEquals([view?.server, view?.losses, view?.priority], ["b", 0, 1]);
    await b.queue.giveBack([givenBack(claimed)]);
    assertEquals(await bench.claimSoon(a, 1), [claimedJob(claimed)]);
    await a.queue.giveBack([]);
    await a.queue.change([]);
  });

  queueTest(
    kind,
    "gives back what still belongs to a member that is closed, as it was",
    async (bench) => {
      const [a, b] = [await bench.open("a"), await bench.open("b")];
      const [first, second, ours, later] = await bench.numbers(a, 4);
      await a.add(newJob(first), newJob(second));
      await a.claim();
      await a.add(newJob(ours, { isOurs: true }), newJob(later));
      const changed = { losses: 2, failures: 1, error: bytes("e") };
      await a.queue.change([jobChange(second, changed)]);
      const ending = a.queue.end([first]);
      await a.queue.close(LONG);
      assertEquals(await ending, []);
      assertEquals(await b.claim(), [
        claimedJob(second, changed),
        claimedJob(ours),
        claimedJob(later),
      ]);
    },
  );
}

function sorted(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}
