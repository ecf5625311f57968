import { assert, assertEquals, assertRejects } from "@std/assert";
import type { NumberBlock } from "../../../store/shared_queue.ts";
import { StoreError } from "../../../store/store.ts";
import {
  assertNumbers,
  bytes,
  claimedJob,
  EMPTY,
  LONG,
  newJob,
  queueTest,
  type SharedQueueKind,
} from "./kind.ts";

/** Numbers, and what becomes of added jobs. */
export function addingTests(kind: SharedQueueKind): void {
  queueTest(kind, "never gives a number twice", async (bench) => {
    const members = [await bench.open("a"), await bench.open("b")];
    const given: NumberBlock[] = [];
    const take = async (queue: { takeNumbers(): Promise<NumberBlock> }) => {
      const { first, count } = await queue.takeNumbers();
      assert(Number.isSafeInteger(first) && first > 0 && count > 0);
      for (const other of given) {
        assert(first >= other.first + other.count || first + count <= other.first);
      }
      given.push({ first, count });
    };
    for (let round = 0; round < 3; round++) {
      await Promise.all(members.map(({ queue }) => take(queue)));
    }
    await members[0].queue.close(LONG);
    await take((await bench.open("a")).queue);
  });

  queueTest(kind, "has one base of handles for all of its members", async (bench) => {
    const bases = new Set<string>();
    for (const name of ["a", "b"]) {
      const queue = bench.under.member();
      const listener = await bench.open();
      bases.add(
        (await queue.open({ name, address: "", version: "", workers: 0 }, listener)).handleBase,
      );
    }
    assertEquals(bases.size, 1);
  });

  queueTest(
    kind,
    "gives every part of a job to who claims it, also at another server",
    async (bench) => {
      const [a, b] = [await bench.open("a"), await bench.open("b")];
      const [number] = await bench.numbers(a, 1);
      const parts = {
        functionName: bytes("größer"),
        unique: bytes("u"),
        reducer: bytes("sum"),
        payload: bytes("x\0y"),
        priority: 2,
      } as const;
      assertEquals(await a.add(newJob(number, parts)), ["stored"]);
      assertEquals(await b.claim("größer"), [claimedJob(number, parts)]);
    },
  );

  queueTest(kind, "takes names and payloads of all bytes, and of none", async (bench) => {
    const a = await bench.open();
    const every = Uint8Array.from({ length: 256 }, (_, index) => index);
    const functionName = Uint8Array.from({ length: 512 }, (_, index) => index * 7);
    const some = [
      { unique: every.subarray(192), reducer: every.subarray(0, 64), payload: every },
      { unique: bytes("\0"), reducer: bytes("\0"), payload: bytes("\0") },
      { unique: bytes("\\x00"), payload: bytes("\\x00'\"{}") },
      { unique: every.subarray(0, 64), payload: EMPTY },
      { unique: bytes("-"), payload: EMPTY },
      { payload: new Uint8Array(1_000_000).fill(7) },
    ];
    const numbers = await bench.numbers(a, some.length);
    const jobs = some.map((parts, index) => newJob(numbers[index], { functionName, ...parts }));
    assertEquals(await a.add(...jobs), jobs.map(() => "stored"));
    const claimed = await a.claimOf([{ functionName, priority: 1, most: 10 }]);
    const expected = some.map((parts, index) =>
      claimedJob(numbers[index], {
        functionName,
        ...parts,
        ...("unique" in parts ? { unique: Uint8Array.from(parts.unique!) } : {}),
        ...("reducer" in parts ? { reducer: Uint8Array.from(parts.reducer!) } : {}),
      })
    );
    assertEquals(claimed, expected);
  });

  queueTest(kind, "keeps functions apart whose names differ in a byte", async (bench) => {
    const a = await bench.open();
    const names = ["f", "F", "f\0", "f ", "\0f", "ff"];
    const numbers = await bench.numbers(a, names.length);
    await a.add(
      ...names.map((name, index) => newJob(numbers[index], { functionName: bytes(name) })),
    );
    for (const [index, name] of names.entries()) {
      assertEquals(await a.claimNumbers(name), [numbers[index]]);
    }
  });

  queueTest(kind, "copies the bytes of what is added at once", async (bench) => {
    const a = await bench.open();
    const [number] = await bench.numbers(a, 1);
    const payload = bytes("before");
    const functionName = bytes("resize");
    const unique = bytes("u");
    const adding = a.add(newJob(number, { functionName, unique, payload }));
    for (const changed of [payload, functionName, unique]) changed.fill(0);
    await adding;
    const parts = { unique: bytes("u"), payload: bytes("before") };
    assertEquals(await a.claim(), [claimedJob(number, parts)]);
  });

  queueTest(kind, "takes 1000 jobs at once, and none", async (bench) => {
    const a = await bench.open();
    const numbers = await bench.numbers(a, 1000);
    assertEquals(await a.add(), []);
    const added = await a.add(...numbers.map((number) => newJob(number)));
    assertEquals(added.filter((result) => result === "stored").length, 1000);
    assertEquals(await a.claimNumbers(), numbers);
  });

  queueTest(kind, "makes a job ours from the start, and nobody else gets it", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [ours, others] = await bench.numbers(a, 2);
    const added = await a.add(newJob(ours, { isOurs: true }), newJob(others));
    assertEquals(added, ["ours", "stored"]);
    assertEquals(await b.claimNumbers(), [others]);
    assertEquals(await a.claimNumbers(), []);
    assertEquals(await a.queue.end([ours]), []);
    assertEquals(await a.queue.find(ours), null);
  });

  queueTest(
    kind,
    "holds a job back until its time, and puts it behind all others then",
    async (bench) => {
      const a = await bench.open();
      const [late, past, first, later, last] = await bench.numbers(a, 5);
      const now = await bench.under.epoch();
      await a.add(
        newJob(late, { due: now + 60_000 }),
        newJob(later, { due: now + 120_000 }),
        newJob(past, { due: now - 60_000 }),
        newJob(first),
      );
      assertEquals(await a.claimNumbers(), [past, first]);
      await bench.under.advance(61_000);
      await a.add(newJob(last));
      assertEquals(await a.claimNumbers(), [late, last]);
      await bench.under.advance(60_000);
      assertEquals(await a.claimNumbers(), [later]);
    },
  );

  queueTest(kind, "is closed for calls that come later", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [number] = await bench.numbers(a, 1);
    await a.queue.close(LONG);
    await assertRejects(() => a.add(newJob(number)), StoreError);
    await assertRejects(() => a.claim(), StoreError);
    await assertRejects(() => a.queue.end([number]), StoreError);
    await a.queue.close(LONG);
    assertNumbers(await b.list(), []);
  });
}
