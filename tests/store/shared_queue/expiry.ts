import { assertEquals } from "@std/assert";
import {
  assertNumbers,
  bytes,
  claimedJob,
  givenBack,
  jobChange,
  newJob,
  plainJob,
  queueTest,
  type SharedQueueKind,
} from "./kind.ts";

/** What is kept with a job, and jobs that wait for no longer than a time. */
export function expiryTests(kind: SharedQueueKind): void {
  queueTest(kind, "gives jobs whose time to wait is over, each to one member", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [waiting, later, long, plain, taken] = await bench.numbers(a, 5);
    const due = await bench.under.epoch() + 1000 * 3600;
    await a.add(
      newJob(waiting, { ttl: 60_000 }),
      newJob(later, { ttl: 60_000, due }),
      newJob(long, { ttl: 5 * 3_600_000, functionName: bytes("crop") }),
      newJob(plain, { functionName: bytes("crop") }),
      newJob(taken, { ttl: 60_000, isOurs: true, functionName: bytes("crop") }),
    );
    assertEquals(await b.queue.claimExpired(10), []);
    await bench.under.advance(61_000);
    const both = await Promise.all([a.queue.claimExpired(10), b.queue.claimExpired(10)]);
    assertNumbers(both.flat(), [waiting]);
    assertEquals(await a.claim(), []);
    // One that is given back has its time still.
    await a.queue.giveBack([givenBack(taken)]);
    const [expired] = await bench.settle(b.queue.claimExpired(10));
    assertEquals([expired.number, expired.functionName.length, expired.timeLeft! <= 0], [
      taken,
      4,
      true,
    ]);
    assertNumbers(await a.list(), [waiting, later, long, plain, taken]);
  });

  queueTest(kind, "gives those too that wait for a time, in their turn", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const numbers = await bench.numbers(a, 3);
    await a.add(...numbers.map((number) => newJob(number, { ttl: 60_000, isOurs: true })));
    const due = await bench.under.epoch() + 3_600_000;
    await a.queue.giveBack(numbers.map((number) => givenBack(number, { due })));
    await bench.under.advance(61_000);
    assertEquals((await b.queue.claimExpired(2)).length, 2);
    assertEquals((await a.queue.claimExpired(2)).length, 1);
    assertEquals(await b.claim(), []);
    const counts = (await a.queue.counts()).find(({ claimed }) => claimed[1] > 0);
    assertEquals([counts?.waiting, counts?.scheduled, counts?.claimed], [
      [0, 0, 0],
      [0, 0, 0],
      [0, 3, 0],
    ]);
  });

  queueTest(kind, "keeps how many runs a job may have, and what they came to", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [number] = await bench.numbers(a, 1);
    await a.add(newJob(number, { attempts: 7, ttl: 60_000 }));
    const [{ timeLeft, ...job }] = await a.claim();
    assertEquals(job, withoutTime(claimedJob(number, { attempts: 7 })));
    assertEquals(timeLeft! > 0 && timeLeft! <= 60_000, true);
    const trouble = { losses: 1, failures: 1, error: bytes("e\0"), runs: bytes("[]\0") };
    await a.queue.change([jobChange(number, { ...trouble, failures: 0 })]);
    await a.queue.giveBack([givenBack(number, trouble)]);
    const [again] = await bench.claimSoon(b, 1);
    assertEquals(withoutTime(plainJob(again)), {
      ...withoutTime(claimedJob(number, { attempts: 7 })),
      ...trouble,
    });
  });
}

function withoutTime<T extends { timeLeft: number | null }>({ timeLeft: _, ...job }: T) {
  return job;
}
