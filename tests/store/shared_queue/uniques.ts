import { assertEquals } from "@std/assert";
import type { Added } from "../../../store/shared_queue.ts";
import {
  assertNumbers,
  bytes,
  claimedJob,
  EMPTY,
  givenBack,
  newJob,
  queueTest,
  type SharedQueueKind,
} from "./kind.ts";

/** A unique has one live job. */
export function uniqueTests(kind: SharedQueueKind): void {
  queueTest(
    kind,
    "joins a live job with the same unique, whatever becomes of it",
    async (bench) => {
      const [a, b] = [await bench.open("a"), await bench.open("b")];
      const [first, ...others] = await bench.numbers(a, 8);
      const unique = bytes("u");
      const again = () => b.add(newJob(others.shift()!, { unique, payload: bytes("other") }));
      assertEquals(await a.add(newJob(first, { unique })), ["stored"]);
      assertEquals(await again(), [{ joined: first }]);
      assertEquals(await a.claim(), [claimedJob(first, { unique })]);
      assertEquals(await again(), [{ joined: first }]);
      await a.queue.giveBack([givenBack(first, { due: await bench.under.epoch() + 60_000 })]);
      assertEquals(await again(), [{ joined: first }]);
      await bench.under.advance(61_000);
      assertNumbers(await bench.claimSoon(a, 1), [first]);
      await a.queue.end([first]);
      const [second] = others;
      assertEquals(await again(), ["stored"]);
      assertNumbers(await b.list(), [second]);
    },
  );

  queueTest(kind, "joins a job that waits for its time, and one that is ours", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [later, ours, ...others] = await bench.numbers(a, 4);
    const due = await bench.under.epoch() + 60_000;
    await a.add(
      newJob(later, { unique: bytes("later"), due }),
      newJob(ours, { unique: bytes("ours"), isOurs: true }),
    );
    const added = await b.add(
      newJob(others[0], { unique: bytes("ours") }),
      newJob(others[1], { unique: bytes("later"), isOurs: true }),
    );
    assertEquals(added, [{ joined: ours }, { joined: later }]);
    assertNumbers(await b.list(), [later, ours]);
  });

  queueTest(kind, "answers each job of a batch in its place", async (bench) => {
    const a = await bench.open();
    const [first, ...others] = await bench.numbers(a, 5);
    await a.add(newJob(first, { unique: bytes("m") }));
    const added = await a.add(
      newJob(others[0], { unique: bytes("z") }),
      newJob(others[1], { unique: bytes("m") }),
      newJob(others[2]),
      newJob(others[3], { unique: bytes("a") }),
    );
    assertEquals(added, ["stored", { joined: first }, "stored", "stored"]);
    assertEquals(await a.claimNumbers(), [first, others[0], others[2], others[3]]);
  });

  queueTest(kind, "keeps the same unique of two functions apart", async (bench) => {
    const a = await bench.open();
    const [first, second] = await bench.numbers(a, 2);
    const unique = bytes("u");
    await a.add(newJob(first, { unique }));
    assertEquals(await a.add(newJob(second, { unique, functionName: bytes("crop") })), ["stored"]);
  });

  queueTest(kind, "joins by all bytes of a unique", async (bench) => {
    const a = await bench.open();
    const uniques = ["u", "U", "u\0", "\0u", "u ", "é", "\\x75", "--", "0"].map(bytes);
    uniques.push(Uint8Array.of(0xff), Uint8Array.of(0xff, 0), new Uint8Array(64).fill(0xff));
    const numbers = await bench.numbers(a, uniques.length * 2);
    const add = (from: number) =>
      a.add(...uniques.map((unique, index) => newJob(numbers[from + index], { unique })));
    assertEquals(await add(0), uniques.map(() => "stored"));
    assertEquals(
      await add(uniques.length),
      uniques.map((_, index) => ({ joined: numbers[index] })),
    );
  });

  queueTest(kind, "joins by the payload if the unique is a hyphen", async (bench) => {
    const a = await bench.open();
    const numbers = await bench.numbers(a, 6);
    const unique = bytes("-");
    const large = new Uint8Array(1_000_000).fill(1);
    const add = async (payload: Uint8Array, own = unique): Promise<Added> =>
      (await a.add(newJob(numbers.shift()!, { unique: own, payload })))[0];
    const [first, second] = numbers;
    assertEquals(await add(bytes("p")), "stored");
    assertEquals(await add(large), "stored");
    assertEquals(await add(bytes("p")), { joined: first });
    assertEquals(await add(large.slice()), { joined: second });
    // The payload of one is the unique of another: they are no equals.
    assertEquals(await add(bytes("x"), bytes("p")), "stored");
    assertEquals((await a.claim())[0].unique, unique);
  });

  queueTest(
    kind,
    "joins nothing by an empty unique, or by the hyphen without a payload",
    async (bench) => {
      const a = await bench.open();
      const numbers = await bench.numbers(a, 4);
      for (const [index, unique] of [EMPTY, EMPTY, bytes("-"), bytes("-")].entries()) {
        assertEquals(await a.add(newJob(numbers[index], { unique, payload: EMPTY })), ["stored"]);
      }
    },
  );

  queueTest(kind, "has one live job of a unique that many submit at once", async (bench) => {
    const members = [await bench.open("a"), await bench.open("b"), await bench.open("c")];
    const uniques = Array.from({ length: 20 }, (_, index) => bytes(`u${index}`));
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(members.map(async (member, index) => {
        const numbers = await bench.numbers(member, uniques.length);
        const order = uniques.map((_, at) => (at * [1, 7, 19][index]) % uniques.length);
        const added = await member.add(
          ...order.map((at, place) => newJob(numbers[place], { unique: uniques[at] })),
        );
        return new Map(order.map((at, place) => [
          at,
          typeof added[place] === "string" ? numbers[place] : added[place].joined,
        ]));
      }));
      const live = await members[0].list();
      assertEquals(live.length, uniques.length);
      for (const [at] of uniques.entries()) {
        const named = new Set(
          answers.map((answer) => answer.get(at)).filter((n) => n !== undefined),
        );
        assertEquals(named.size, 1);
      }
      const claimed = await members[1].claimNumbers();
      assertEquals(claimed.length, uniques.length);
      await members[1].queue.end(claimed);
    }
  });

  queueTest(
    kind,
    "neither runs twice nor loses what is submitted while its like ends, nor moves it",
    async (bench) => {
      const [a, b] = [await bench.open("a"), await bench.open("b")];
      const unique = bytes("u");
      const [first, ...numbers] = await bench.numbers(a, 121);
      let live = first;
      await a.add(newJob(live, { unique, isOurs: true }));
      while (numbers.length > 0) {
        const [number, behind] = numbers.splice(0, 2);
        const [[added], others] = await Promise.all([
          b.add(newJob(number, { unique }), newJob(behind)),
          a.queue.end([live]),
        ]);
        assertEquals(others, []);
        if (added === "stored") {
          assertNumbers(await a.claim(), [number, behind]);
        } else {
          assertEquals(added, { joined: live });
          assertNumbers(await a.claim(), [behind]);
          assertEquals(await a.add(newJob(number, { unique, isOurs: true })), ["ours"]);
        }
        live = number;
      }
    },
  );

  queueTest(kind, "claims a waiting job by what others would join it by", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [first, second, later] = await bench.numbers(a, 3);
    const [unique, hyphen, resize] = [bytes("u"), bytes("-"), bytes("resize")];
    await a.add(
      newJob(first, { unique, priority: 2 }),
      newJob(second, { unique: hyphen, payload: bytes("p") }),
      newJob(later, { unique: bytes("later"), due: await bench.under.epoch() + 60_000 }),
    );
    const claim = (key: Uint8Array, payload = EMPTY, name = resize) =>
      b.queue.claimByUnique(name, key, payload);
    assertEquals(await claim(unique, EMPTY, bytes("crop")), null);
    assertEquals(await claim(bytes("v")), null);
    assertEquals(await claim(bytes("later")), null);
    assertEquals(await claim(hyphen, bytes("q")), null);
    assertEquals(await claim(EMPTY), null);
    assertEquals((await claim(unique))?.number, first);
    assertEquals((await claim(hyphen, bytes("p")))?.number, second);
    // They belong to somebody now.
    assertEquals(await a.queue.claimByUnique(resize, unique, EMPTY), null);
    assertEquals(await claim(unique), null);
    assertEquals(await b.queue.end([first, second]), []);
  });
}
