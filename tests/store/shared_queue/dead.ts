import { assert, assertEquals } from "@std/assert";
import {
  assertNumbers,
  bytes,
  demand,
  givenBack,
  jobChange,
  newJob,
  queueTest,
  type SharedQueueKind,
} from "./kind.ts";

const TROUBLE = { losses: 1, failures: 5, error: bytes("no\0"), runs: bytes("[1]") };

/** Jobs that no worker gets, and that do not live. */
export function deadTests(kind: SharedQueueKind): void {
  queueTest(
    kind,
    "has dead jobs, which all members know, and nobody claims or joins",
    async (bench) => {
      const [a, b] = [await bench.open("a"), await bench.open("b")];
      const [first, second, foreign, other] = await bench.numbers(a, 4);
      await a.add(
        newJob(first, { unique: bytes("u"), isOurs: true, reducer: bytes("r") }),
        newJob(second, { unique: bytes("-"), isOurs: true, priority: 2 }),
      );
      await b.add(newJob(foreign, { isOurs: true }));
      await a.queue.bury([first, second, foreign].map((number) => jobChange(number, TROUBLE)));
      await bench.until(() => b.dead.size === 2 && a.dead.size === 2);
      const { functionName, unique, reducer, error, runs, ...facts } = b.dead.get(first)!;
      assertEquals(
        [functionName, unique, reducer, error, runs].map((part) => Uint8Array.from(part)),
        [
          bytes("resize"),
          bytes("u"),
          bytes("r"),
          TROUBLE.error,
          TROUBLE.runs,
        ],
      );
      assertEquals(facts, {
        number: first,
        priority: 1,
        losses: 1,
        failures: 5,
        payloadLength: `payload ${first}`.length,
      });
      assertEquals(new TextDecoder().decode(b.dead.get(second)!.unique), "-");
      assertEquals(await b.claim(), []);
      assertNumbers(await b.list(), [foreign]);
      assertEquals([await a.queue.find(first), await a.queue.cancel([first])], [null, []]);
      assertEquals(await b.add(newJob(other, { unique: bytes("u") })), ["stored"]);
      const counts = (await a.queue.counts())[0];
      assertEquals([counts.waiting, counts.claimed], [[0, 1, 0], [0, 1, 0]]);
      // One that comes later knows them, too.
      const c = await bench.open("c");
      await c.readRecords();
      assertEquals([...c.dead.keys()].sort((x, y) => x - y), [first, second]);
    },
  );

  queueTest(
    kind,
    "brings dead jobs back behind all others, for whoever wants them",
    async (bench) => {
      const [a, b] = [await bench.open("a"), await bench.open("b")];
      const [first, second, third] = await bench.numbers(a, 3);
      await a.add(
        newJob(first, { unique: bytes("u"), isOurs: true }),
        newJob(second, { isOurs: true }),
      );
      await a.queue.bury([jobChange(first, TROUBLE), jobChange(second)]);
      await a.add(newJob(third, { unique: bytes("u") }));
      // One whose unique a live job has stays dead.
      assertEquals(await b.queue.kick([first], 0), []);
      assertNumbers(await b.claim(), [third]);
      await b.queue.end([third]);
      await b.queue.demand([demand("resize", { hungry: 2 })]);
      b.worksFor.length = 0;
      const both = await Promise.all([
        a.queue.kick([second, first], 60_000),
        b.queue.kick([first, 987_654_321], 60_000),
      ]);
      assertEquals(both.flat().sort((x, y) => x - y), [first, second]);
      await bench.until(() => b.isToldOf("resize") && b.dead.size === 0 && a.dead.size === 0);
      const jobs = await bench.claimSoon(b, 2);
      const back = jobs.find(({ number }) => number === first)!;
      assertEquals([back.failures, back.losses, new TextDecoder().decode(back.unique)], [
        0,
        0,
        "u",
      ]);
      assertEquals(Uint8Array.from(back.runs), TROUBLE.runs);
      assert(back.timeLeft! > 50_000 && back.timeLeft! <= 60_000);
    },
  );

  queueTest(kind, "drops dead jobs for good, each once", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    const [dead, live] = await bench.numbers(a, 2);
    await a.add(newJob(dead, { isOurs: true }), newJob(live));
    await a.queue.bury([jobChange(dead)]);
    await bench.until(() => b.dead.size === 1);
    const both = await Promise.all([a.queue.dropDead([dead, live]), b.queue.dropDead([dead])]);
    assertEquals(both.flat(), [dead]);
    await bench.until(() => b.dead.size === 0);
    assertEquals(await b.queue.kick([dead], 0), []);
    assertNumbers(await b.list(), [live]);
  });

  queueTest(
    kind,
    "claims the job with a number, and asks whoever has it to bury it",
    async (bench) => {
      const [a, b] = [await bench.open("a"), await bench.open("b")];
      const [waiting, later, taken] = await bench.numbers(a, 3);
      const due = await bench.under.epoch() + 60_000;
      await a.add(newJob(waiting), newJob(later, { due }), newJob(taken, { isOurs: true }));
      assertEquals((await b.queue.claimNumber(waiting))?.number, waiting);
      assertEquals((await b.queue.claimNumber(later))?.functionName.length, 6);
      assertEquals([await b.queue.claimNumber(taken), await b.queue.claimNumber(987_654_321)], [
        null,
        null,
      ]);
      await b.queue.askToBury(taken);
      await bench.until(() => a.buried.length === 1);
      assertEquals([a.buried, b.buried], [[taken], []]);
      await b.queue.giveBack([givenBack(waiting)]);
      const counts = (await b.queue.counts())[0];
      assertEquals([counts.waiting[1], counts.scheduled[1], counts.claimed[1]], [1, 0, 2]);
    },
  );

  queueTest(
    kind,
    "buries jobs once whose answer was lost, and none of a life that is over",
    async (bench) => {
      const [a, b] = [await bench.open("a"), await bench.open("b")];
      const [first, second] = await bench.numbers(a, 2);
      await a.add(newJob(first, { isOurs: true }), newJob(second, { isOurs: true }));
      await bench.under.loseAnswer(a.queue);
      const burying = a.queue.bury([jobChange(first)]);
      await bench.until(() => b.dead.size === 1);
      assertEquals(await b.queue.kick([first], 0), [first]);
      await bench.under.heal(a.queue);
      await bench.settle(burying);
      await bench.until(() => a.dead.size === 0 && b.dead.size === 0);
      await bench.under.declareDead(a.queue);
      await bench.settle(a.queue.bury([jobChange(second)]));
      assertNumbers(await bench.claimSoon(b, 2), [second, first]);
      assertEquals((await b.queue.records(0)).dead, []);
    },
  );
}
