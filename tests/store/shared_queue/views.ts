import { assert, assertEquals } from "@std/assert";
import type { QueueCounts } from "../../../store/shared_queue.ts";
import {
  assertNumbers,
  type Bench,
  bytes,
  demand,
  EMPTY,
  givenBack,
  LONG,
  type Member,
  newJob,
  plainView,
  queueTest,
  type SharedQueueKind,
  wish,
} from "./kind.ts";

/** What any server sees of the whole queue. */
export function viewTests(kind: SharedQueueKind): void {
  countTests(kind);
  jobViewTests(kind);
  operatorTests(kind);
}

function countTests(kind: SharedQueueKind): void {
  queueTest(kind, "counts what waits, is scheduled and is claimed, by priority", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const numbers = await bench.numbers(a, 8);
    const [high, low, later] = [{ priority: 0 }, { priority: 2 }, {
      due: await bench.under.epoch() + 60_000,
    }] as const;
    const parts = [{}, {}, {}, high, low, { ...later, ...low }, later, {
      functionName: bytes("crop"),
    }];
    await a.add(...parts.map((some, index) => newJob(numbers[index], some)));
    await b.claimOf([wish({ most: 2 })]);
    await assertCounts(bench, a, {
      resize: { waiting: [1, 1, 1], scheduled: [0, 1, 1], claimed: [0, 2, 0] },
      crop: { waiting: [0, 1, 0] },
    });
    await b.queue.end([numbers[0]]);
    await b.queue.giveBack([givenBack(numbers[1], { priority: 2 })]);
    await bench.under.advance(61_000);
    await assertCounts(bench, b, {
      resize: { waiting: [1, 2, 3] },
      crop: { waiting: [0, 1, 0] },
    });
    await a.queue.cancel([numbers[5]]);
    await a.queue.reprioritize(numbers[6], 0);
    await bench.claimSoon(a, 5);
    await assertCounts(bench, b, {
      resize: { claimed: [2, 1, 2] },
      crop: { waiting: [0, 1, 0] },
    });
    await bench.under.declareDead(a.queue);
    await assertCounts(bench, b, {
      resize: { waiting: [2, 1, 2] },
      crop: { waiting: [0, 1, 0] },
    });
  });

  queueTest(kind, "counts workers at all servers, until they are gone", async (bench) => {
    const members = [await bench.open("a"), await bench.open("b"), await bench.open("c")];
    const [a, b, c] = members;
    await a.queue.demand([demand("resize", { workers: 2, running: 1 }), demand("crop")]);
    await b.queue.demand([demand("resize", { workers: 3, running: 3 })]);
    await c.queue.demand([demand("resize", { workers: 5 })]);
    for (const member of members) {
      await assertCounts(bench, member, {
        resize: { workers: 10, running: 4 },
        crop: { workers: 1 },
      });
    }
    await a.queue.demand([demand("crop", { workers: 0 })]);
    await b.queue.close(LONG);
    await bench.under.declareDead(c.queue);
    // One that was declared dead and lives is a new member with the same workers.
    await bench.until(() => c.losses === 1);
    await assertCounts(bench, a, { resize: { workers: 7, running: 1 }, crop: {} });
    await c.queue.close(LONG);
    await assertCounts(bench, a, { resize: { workers: 2, running: 1 }, crop: {} });
  });

  queueTest(kind, "keeps limits for all servers", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    await a.queue.setMaxQueue(bytes("resize"), [1, 2, 3]);
    await b.queue.setMaxQueue(bytes("crop"), [0, 0, 2 ** 40]);
    await assertCounts(bench, b, {
      resize: { maxQueue: [1, 2, 3] },
      crop: { maxQueue: [0, 0, 2 ** 40] },
    });
    await b.queue.setMaxQueue(bytes("resize"), [0, 0, 0]);
    const some = { resize: {}, crop: { maxQueue: [0, 0, 2 ** 40] as const } };
    await assertCounts(bench, a, some);
    await a.queue.close(LONG);
    await b.queue.close(LONG);
    await assertCounts(bench, await bench.open("c"), some);
  });

  queueTest(kind, "forgets a function that has neither jobs nor workers", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [number, later] = await bench.numbers(a, 2);
    const resize = bytes("resize");
    assertEquals(await a.queue.dropFunction(bytes("unknown")), true);
    await a.add(newJob(number, { isOurs: true }));
    assertEquals(await b.queue.dropFunction(resize), false);
    await a.queue.end([number]);
    await b.queue.demand([demand("resize")]);
    assertEquals(await a.queue.dropFunction(resize), false);
    await b.queue.demand([demand("resize", { workers: 0 })]);
    await a.queue.setMaxQueue(resize, [1, 1, 1]);
    await assertCounts(bench, a, { resize: { maxQueue: [1, 1, 1] } });
    assertEquals(await a.queue.dropFunction(resize), true);
    await assertCounts(bench, b, {});
    // It can come again, as a new one.
    await b.add(newJob(later));
    await assertCounts(bench, a, { resize: { waiting: [0, 1, 0] } });
    assertEquals(await a.claimNumbers(), [later]);
  });
}

type Counts = Partial<Omit<QueueCounts, "functionName">>;

/** In time a member counts this, and nothing else. */
async function assertCounts(bench: Bench, member: Member, expected: Record<string, Counts>) {
  let counted: Record<string, Counts> = {};
  const wanted = Object.fromEntries(
    Object.entries(expected).map(([name, counts]) => [name, { ...NOTHING, ...counts }]),
  );
  try {
    await bench.until(async () => {
      counted = Object.fromEntries((await member.queue.counts()).map(
        ({ functionName, ...counts }) => [new TextDecoder().decode(functionName), counts],
      ));
      return Object.keys(counted).length === Object.keys(wanted).length &&
        Object.entries(wanted).every(([name, counts]) => isLike(counted[name], counts));
    });
  } catch {
    assertEquals(counted, wanted);
  }
}

const NONE = [0, 0, 0] as const;
const NOTHING = {
  waiting: NONE,
  scheduled: NONE,
  claimed: NONE,
  workers: 0,
  running: 0,
  maxQueue: NONE,
};

function isLike(counted: Counts | undefined, wanted: Counts): boolean {
  return Object.entries(wanted).every(([name, value]) =>
    `${counted?.[name as keyof Counts]}` === `${value}`
  );
}

function jobViewTests(kind: SharedQueueKind): void {
  queueTest(kind, "shows a job to all servers, from its submit to its end", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [number, later] = await bench.numbers(a, 2);
    const now = await bench.under.epoch();
    const named = { unique: bytes("u\xff"), reducer: bytes("sum"), priority: 2 } as const;
    await a.add(newJob(number, named), newJob(later, { due: now + 60_000, payload: EMPTY }));
    const seen = async (wanted: number) => {
      const view = await b.queue.find(wanted);
      if (view === null) return null;
      const { age, ...parts } = plainView(view);
      assert(age >= 0 && age < 600_000, `${age}`);
      return parts;
    };
    const waiting = {
      number,
      functionName: bytes("resize"),
      ...named,
      payloadLength: bytes(`payload ${number}`).length,
      losses: 0,
      failures: 0,
      state: "waiting",
      due: 0,
      isRunning: false,
      numerator: 0,
      denominator: 0,
      server: null,
    } as const;
    assertEquals(await seen(number), waiting);
    assertEquals(await seen(later), {
      ...waiting,
      number: later,
      unique: EMPTY,
      reducer: EMPTY,
      priority: 1,
      payloadLength: 0,
      state: "scheduled",
      due: now + 60_000,
    });
    await a.claim();
    assertEquals(await seen(number), { ...waiting, state: "claimed", server: "a" });
    a.queue.progress(number, true, 1, 3);
    a.queue.progress(number, true, 2, 3);
    await bench.until(async () => (await seen(number))?.numerator === 2);
    const running = { state: "claimed", server: "a", isRunning: true, denominator: 3 } as const;
    assertEquals(await seen(number), { ...waiting, ...running, numerator: 2 });
    await a.queue.giveBack([givenBack(number, { priority: 2 })]);
    assertEquals(await seen(number), waiting);
    await a.claim();
    assertEquals((await seen(number))?.isRunning, false);
    await a.queue.end([number]);
    assertEquals(await seen(number), null);
  });

  queueTest(kind, "shows the payload of a live job", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [first, empty, never] = await bench.numbers(a, 3);
    const payload = Uint8Array.from({ length: 256 }, (_, index) => index);
    await a.add(newJob(first, { payload, isOurs: true }), newJob(empty, { payload: EMPTY }));
    const seen = async (number: number) => Uint8Array.from((await b.queue.payload(number))!);
    assertEquals(await seen(first), payload);
    assertEquals(await seen(empty), EMPTY);
    assertEquals(await b.queue.payload(never), null);
    await a.queue.end([first]);
    assertEquals(await b.queue.payload(first), null);
  });

  queueTest(kind, "finds the newest job with a unique", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [first, second, third] = await bench.numbers(a, 3);
    const [unique, hyphen] = [bytes("u"), bytes("-")];
    const find = async (wanted: Uint8Array) => (await b.queue.findByUnique(wanted))?.number ?? null;
    assertEquals(await find(unique), null);
    await a.add(newJob(first, { unique }), newJob(third, { unique: hyphen, payload: bytes("p") }));
    await a.add(newJob(second, { unique, functionName: bytes("crop") }));
    assertEquals(await find(unique), second);
    assertEquals([await find(hyphen), await find(bytes("p"))], [null, null]);
    assertEquals([await find(bytes("u\0")), await find(EMPTY)], [null, null]);
    await a.claim("crop");
    assertEquals(await find(unique), second);
    await a.queue.end([second]);
    assertEquals(await find(unique), first);
  });

  queueTest(kind, "lists jobs in pages, in the order of their numbers", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const numbers = await bench.numbers(a, 7);
    const [crop, unique] = [bytes("crop"), bytes("u")];
    const due = await bench.under.epoch() + 60_000;
    const parts = [{}, {}, { functionName: crop, unique }, { unique }, { due }, {}, {
      functionName: crop,
    }];
    for (const at of [4, 6, 0, 2, 5, 1, 3]) await a.add(newJob(numbers[at], parts[at]));
    await b.claimOf([wish({ most: 2 })]);
    const listed = async (...args: Parameters<typeof a.queue.list>) =>
      (await a.queue.list(...args)).map(({ number }) => numbers.indexOf(number));
    assertEquals(await listed({}, 0, 100), [0, 1, 2, 3, 4, 5, 6]);
    assertEquals(await listed({}, 0, 2), [0, 1]);
    assertEquals(await listed({}, numbers[1], 3), [2, 3, 4]);
    assertEquals(await listed({}, numbers[6], 3), []);
    assertEquals(await listed({ functionName: crop }, 0, 100), [2, 6]);
    assertEquals(await listed({ functionName: bytes("unknown") }, 0, 100), []);
    assertEquals(await listed({ unique }, 0, 100), [2, 3]);
    assertEquals(await listed({ unique, functionName: crop }, 0, 100), [2]);
    assertEquals(await listed({ state: "claimed" }, 0, 100), [0, 5]);
    assertEquals(await listed({ state: "scheduled" }, 0, 100), [4]);
    assertEquals(await listed({ state: "waiting" }, numbers[1], 100), [2, 3, 6]);
    assertEquals(await listed({ state: "waiting", functionName: crop }, 0, 1), [2]);
  });
}

function operatorTests(kind: SharedQueueKind): void {
  queueTest(kind, "cancels jobs that belong to nobody", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [waiting, later, never, again] = await bench.numbers(a, 4);
    const unique = bytes("u");
    const due = await bench.under.epoch() + 60_000;
    await a.add(newJob(waiting, { unique }), newJob(later, { due }));
    assertEquals(await b.queue.cancel([waiting]), [waiting]);
    assertEquals(new Set(await b.queue.cancel([waiting, never, later])), new Set([later]));
    assertEquals(await b.queue.cancel([never]), []);
    assertEquals(await b.queue.cancel([]), []);
    await bench.under.advance(61_000);
    assertEquals(await a.claim(), []);
    assertEquals(await a.add(newJob(again, { unique })), ["stored"]);
  });

  queueTest(kind, "moves jobs that belong to nobody to another priority", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [first, second, high, claimed, later] = await bench.numbers(a, 5);
    const due = await bench.under.epoch() + 60_000;
    await a.add(newJob(claimed));
    await a.claim();
    await a.add(newJob(first), newJob(second), newJob(high, { priority: 0 }));
    await a.add(newJob(later, { due, priority: 2 }));
    assertEquals(await b.queue.reprioritize(second, 0), true);
    assertEquals(await b.queue.reprioritize(first, 0), true);
    assertEquals(await b.queue.reprioritize(later, 0), true);
    assertEquals(await b.queue.reprioritize(claimed, 0), false);
    assertEquals(await b.queue.reprioritize(later + 1_000_000, 0), false);
    const jobs = await bench.claimSoon(b, 3);
    assertNumbers(jobs, [high, second, first]);
    assertEquals(jobs.map(({ priority }) => priority), [0, 0, 0]);
    assertEquals((await b.queue.find(later))?.state, "scheduled");
    await bench.under.advance(61_000);
    assertEquals((await b.claimOf([wish({ priority: 0 })])).map(({ number }) => number), [later]);
  });

  queueTest(kind, "shows its servers, what they have, and which of them it is", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const numbers = await bench.numbers(a, 3);
    await a.add(...numbers.map((number) => newJob(number)));
    await b.claimOf([wish({ most: 2 })]);
    const shown = async (member: Member) =>
      (await member.queue.servers()).map(({ silence, ...server }) => {
        assert(silence >= 0 && silence < 60_000, `${silence}`);
        return server;
      }).toSorted((x, y) => x.name < y.name ? -1 : 1);
    const server = (name: string, claimed: number, isThis: boolean) => ({
      name,
      address: `${name}:4730`,
      version: "1.2.3",
      claimed,
      workers: 0,
      isThis,
    });
    await bench.until(async () => (await shown(a))[1]?.claimed === 2);
    assertEquals(await shown(a), [server("a", 0, true), server("b", 2, false)]);
    assertEquals((await shown(b)).map(({ isThis }) => isThis), [false, true]);
    await b.queue.close(LONG);
    await bench.until(async () => (await shown(a)).length === 1);
    assertEquals(await shown(a), [server("a", 0, true)]);
  });

  queueTest(
    kind,
    "shows where its servers are and how many workers they have by now",
    async (bench) => {
      const self = { name: "a", address: "", version: "1.2.3", workers: 0 };
      const [a, b] = [await bench.open("a", self), await bench.open("b")];
      self.address = "web1:4730";
      self.workers = 3;
      // One worker may be able to do several functions.
      await a.queue.demand([demand("resize", { workers: 3 }), demand("rotate", { workers: 2 })]);
      for (const asked of [a, b]) {
        await bench.until(async () => {
          const shown = (await asked.queue.servers()).find(({ name }) => name === "a");
          return shown?.address === "web1:4730" && shown.workers === 3;
        });
      }
    },
  );
}
