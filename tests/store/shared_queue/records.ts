import { assert, assertEquals } from "@std/assert";
import type { RecordChange } from "../../../store/store.ts";
import { bytes, type Member, queueTest, type SharedQueueKind } from "./kind.ts";

/** Small things that are no jobs. */
export function recordTests(kind: SharedQueueKind): void {
  queueTest(kind, "tells all members of records, which stay", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    await a.queue.writeRecords([record("pause", "resize", "now"), record("other", "resize", "")]);
    assertEquals(known(b), { "pause resize": "now", "other resize": "" });
    await b.queue.writeRecords([record("pause", "resize", "later"), record("pause", "crop", "x")]);
    assertEquals(known(a), { "pause resize": "later", "other resize": "", "pause crop": "x" });
    await b.queue.writeRecords([record("pause", "resize", null), record("none", "", null)]);
    assertEquals(known(a), { "other resize": "", "pause crop": "x" });
    const c = await bench.open("c");
    await c.readRecords();
    assertEquals(known(c), { "other resize": "", "pause crop": "x" });
  });

  queueTest(kind, "says of records what was written since", async (bench) => {
    const a = await bench.open("a");
    assertEquals((await a.queue.records(0)).records, []);
    await a.queue.writeRecords([record("k", "one", "1"), record("k", "two", "2")]);
    const first = await a.queue.records(0);
    assertEquals(first.records.map(nameOf).sort(), ["one", "two"]);
    assertEquals((await a.queue.records(first.until)).records, []);
    await a.queue.writeRecords([record("k", "one", "3")]);
    const second = await a.queue.records(first.until);
    assertEquals(second.records.map(nameOf), ["one"]);
    assert(second.until > first.until);
    // All of them, each once.
    assertEquals((await a.queue.records(0)).records.map(nameOf), ["two", "one"]);
  });

  queueTest(kind, "has written records when all that live know them", async (bench) => {
    const [a, b, c] = [await bench.open("a"), await bench.open("b"), await bench.open("c")];
    b.isDeaf = true;
    let isWritten = false;
    const writing = a.queue.writeRecords([record("pause", "resize", "now")])
      .then(() => isWritten = true);
    await bench.until(() => c.records.size > 0);
    await bench.under.pause();
    assert(!isWritten);
    b.isDeaf = false;
    await b.readRecords();
    await bench.settle(writing);
    // One that was declared dead is not waited for.
    b.isDeaf = true;
    const next = a.queue.writeRecords([record("pause", "resize", null)]);
    await bench.until(() => c.records.size === 0);
    await bench.under.declareDead(b.queue);
    b.isDeaf = false;
    await bench.settle(next);
  });

  queueTest(kind, "writes records until it is certain", async (bench) => {
    const [a, b] = [await bench.open("a"), await bench.open("b")];
    await bench.under.loseAnswer(a.queue);
    const writing = a.queue.writeRecords([record("pause", "resize", "now")]);
    await bench.until(() => b.records.size > 0);
    const removing = b.queue.writeRecords([record("pause", "resize", null)]);
    await bench.until(async () => (await b.queue.records(0)).records[0].value === null);
    await bench.under.heal(a.queue);
    await bench.settle(Promise.all([writing, removing]));
    // It is not written once more.
    assertEquals((await b.queue.records(0)).records.map(({ value }) => value), [null]);
  });
}

function record(kind: string, key: string, value: string | null): RecordChange {
  return { kind, key: bytes(key), value: value === null ? null : bytes(value) };
}

function nameOf({ key }: RecordChange): string {
  return new TextDecoder().decode(key);
}

function known({ records }: Member): Record<string, string> {
  return Object.fromEntries(records);
}
