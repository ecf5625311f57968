import { assert, assertEquals } from "@std/assert";
import type { Claim } from "../../../store/shared_queue.ts";
import { bytes, newJob, queueTest, type SharedQueueKind, wish } from "./kind.ts";

const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/** Which jobs a claim brings, and in which order. */
export function claimTests(kind: SharedQueueKind): void {
  queueTest(
    kind,
    "brings jobs of a function and priority in the order in which they came",
    async (bench) => {
      const [a, b] = [await bench.open("a"), await bench.open("b")];
      const numbers = await bench.numbers(a, 9);
      // The order is not that of their numbers.
      const order = [4, 0, 8, 2, 6, 1, 7, 3, 5].map((at) => numbers[at]);
      await a.add(...order.slice(0, 3).map((number) => newJob(number)));
      await b.add(...order.slice(3, 5).map((number) => newJob(number)));
      await a.add(...order.slice(5).map((number) => newJob(number)));
      assertEquals(
        (await b.claimOf([wish({ most: 4 })])).map(({ number }) => number),
        order.slice(0, 4),
      );
      assertEquals(await a.claimNumbers(), order.slice(4));
    },
  );

  queueTest(kind, "brings what is wished for first before all else", async (bench) => {
    const a = await bench.open();
    const [low, high, crop, normal] = await bench.numbers(a, 4);
    const other = bytes("crop");
    await a.add(
      newJob(low, { priority: 2 }),
      newJob(high, { priority: 0 }),
      newJob(crop, { functionName: other, priority: 0 }),
      newJob(normal),
    );
    const wishes = [
      wish({ functionName: other, priority: 0 }),
      wish({ priority: 0 }),
      wish({ priority: 1 }),
      wish({ priority: 2 }),
    ];
    const numbersOf = ({ jobs }: Claim) => jobs.map(({ number }) => number).sort((x, y) => x - y);
    assertEquals(numbersOf(await a.queue.claim(wishes, 2, NO_LIMIT)), [high, crop]);
    assertEquals(numbersOf(await a.queue.claim(wishes.toReversed(), 1, NO_LIMIT)), [low]);
    assertEquals(numbersOf(await a.queue.claim(wishes, 2, NO_LIMIT)), [normal]);
  });

  queueTest(
    kind,
    "brings no more than each wish wants, nor of what nobody wishes for",
    async (bench) => {
      const a = await bench.open();
      const numbers = await bench.numbers(a, 8);
      const crop = bytes("crop");
      await a.add(
        ...numbers.slice(0, 4).map((number) => newJob(number)),
        ...numbers.slice(4, 6).map((number) => newJob(number, { functionName: crop })),
        ...numbers.slice(6).map((number) => newJob(number, { priority: 0 })),
      );
      const claimed = await a.claimOf([wish({ most: 3 }), wish({ functionName: crop, most: 5 })]);
      assertEquals(claimed.map(({ number }) => number).sort((x, y) => x - y), [
        ...numbers.slice(0, 3),
        ...numbers.slice(4, 6),
      ]);
      assertEquals(await a.claimOf([]), []);
      assertEquals(await a.claimOf([wish({ functionName: bytes("unknown") })]), []);
    },
  );

  queueTest(
    kind,
    "brings less urgent jobs of a function only as far as more urgent ones leave room",
    async (bench) => {
      const a = await bench.open();
      const numbers = await bench.numbers(a, 6);
      await a.add(
        ...numbers.slice(0, 3).map((number) => newJob(number)),
        ...numbers.slice(3).map((number) => newJob(number, { priority: 2 })),
      );
      const claim = async () => {
        const claimed = await a.claimOf([wish({ most: 2 }), wish({ priority: 2, most: 2 })]);
        return claimed.map(({ number }) => number).sort((x, y) => x - y);
      };
      assertEquals(await claim(), numbers.slice(0, 2));
      assertEquals(await claim(), numbers.slice(2, 4));
      assertEquals(await claim(), numbers.slice(4));
    },
  );

  queueTest(kind, "says of which wishes there may be more", async (bench) => {
    const a = await bench.open();
    const numbers = await bench.numbers(a, 5);
    await a.add(
      ...numbers.slice(0, 3).map((number) => newJob(number)),
      ...numbers.slice(3).map((number) => newJob(number, { priority: 2 })),
    );
    const moreOf = async (most: number, ofAll: number) => {
      const wishes = [wish({ priority: 0 }), wish({ most }), wish({ priority: 2, most: 5 })];
      return (await a.queue.claim(wishes, ofAll, NO_LIMIT)).more;
    };
    const afterTwo = await moreOf(2, 2);
    assert(afterTwo.includes(1) && afterTwo.includes(2) && !afterTwo.includes(0));
    assertEquals(await moreOf(5, 100), []);
    assertEquals(await moreOf(5, 100), []);
  });

  queueTest(kind, "stops when the payloads are longer than wanted", async (bench) => {
    const a = await bench.open();
    const numbers = await bench.numbers(a, 6);
    const payload = new Uint8Array(1000);
    await a.add(...numbers.map((number) => newJob(number, { payload })));
    const claimed = await a.queue.claim([wish()], 100, 2500);
    assertEquals(claimed.jobs.map(({ number }) => number), numbers.slice(0, 3));
    assertEquals(claimed.more, [0]);
    const [one] = await a.claimOf([wish()], 100, 0);
    assertEquals(one.number, numbers[3]);
    assertEquals((await a.claimOf([wish()], 100, 2000)).length, 2);
  });

  queueTest(kind, "gives each job to one of those that claim at once", async (bench) => {
    const members = [await bench.open("a"), await bench.open("b"), await bench.open("c")];
    const numbers = await bench.numbers(members[0], 600);
    await members[0].add(...numbers.map((number) => newJob(number)));
    const got = await Promise.all(members.flatMap((member) =>
      [7, 13].map(async (most) => {
        const claimed: number[] = [];
        for (;;) {
          const jobs = await member.claimOf([wish({ most })]);
          if (jobs.length === 0) return claimed;
          const own = jobs.map(({ number }) => number);
          assertEquals(own, own.toSorted((x, y) => x - y));
          claimed.push(...own);
        }
      })
    ));
    // Those that were passed over because somebody else was about to take them are taken at last.
    got.push(await members[0].claimNumbers());
    assertEquals(got.flat().toSorted((x, y) => x - y), numbers);
    for (const view of await members[1].list()) assertEquals(view.state, "claimed");
  });

  queueTest(kind, "gives a job to one of those that claim while others add", async (bench) => {
    const [a, b, c] = [await bench.open("a"), await bench.open("b"), await bench.open("c")];
    const numbers = await bench.numbers(a, 200);
    let isDone = false;
    const adding = (async () => {
      for (let at = 0; at < numbers.length; at += 10) {
        await a.add(...numbers.slice(at, at + 10).map((number) => newJob(number)));
      }
      isDone = true;
    })();
    const claiming = [b, c].map(async (member) => {
      const claimed: number[] = [];
      for (let isLast = false; !isLast;) {
        isLast = isDone;
        const own = await member.claimNumbers();
        claimed.push(...own);
        assertEquals(await member.queue.end(own.slice(0, own.length >> 1)), []);
      }
      return claimed;
    });
    await adding;
    const got = (await Promise.all(claiming)).flat();
    got.push(...await b.claimNumbers());
    assertEquals(got.toSorted((x, y) => x - y), numbers);
  });

  queueTest(kind, "says how old jobs are, and how long they could run already", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const numbers = await bench.numbers(a, 2);
    const before = await bench.under.epoch();
    await a.add(newJob(numbers[0]), newJob(numbers[1], { due: before + 60_000, priority: 2 }));
    await bench.under.advance(65_000);
    await bench.until(async () => (await b.queue.find(numbers[1]))?.state === "waiting");
    const { jobs } = await b.queue.claim([wish(), wish({ priority: 2 })], 2, NO_LIMIT);
    const elapsed = await bench.under.epoch() - before;
    assertEquals(jobs.map(({ number }) => number), numbers);
    const [{ age, wait }, due] = jobs;
    assert(age === wait && age >= 0 && age <= elapsed + 1, `${age} ${wait} ${elapsed}`);
    assert(
      due.age <= elapsed + 1 && due.wait >= 5000 && due.wait < 60_000,
      `${due.age} ${due.wait}`,
    );
  });
}
