import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { SequenceTable } from "../../router/containers/sequence_table.ts";

describe("a table by sequence number", () => {
  test("holds what a Map would hold, whatever is added, looked up and removed", () => {
    const near = fc.integer({ min: 0, max: 2000 });
    const far = fc.integer({ min: 2 ** 51, max: 2 ** 51 + 600 });
    const step = fc.record({
      sequence: fc.oneof(near, far),
      what: fc.constantFrom("change", "get"),
    });
    fc.assert(fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const table = new SequenceTable<string>();
      const model = new Map<number, string>();
      for (const { sequence, what } of steps) {
        assertEquals(table.get(sequence), model.get(sequence));
        if (what === "get") continue;
        if (model.delete(sequence)) {
          table.remove(sequence);
        } else {
          model.set(sequence, `item ${sequence}`);
          table.add(sequence, `item ${sequence}`);
        }
        assertEquals(table.size, model.size);
      }
      const numbers = [...model.keys()].sort((a, b) => a - b);
      assertEquals([...table.values()], numbers.map((number) => `item ${number}`));
      const low = numbers.filter((number) => number <= 1000);
      assertEquals([...table.values(1000)], low.map((number) => `item ${number}`));
    }));
  });

  test("holds few items at a time, in chunks that are used again", () => {
    const table = new SequenceTable<number>();
    for (let sequence = 1; sequence <= 2000; sequence++) {
      table.add(sequence, sequence);
      table.add(sequence + 10_000, sequence);
      assertEquals([table.get(sequence), table.get(sequence + 10_000)], [sequence, sequence]);
      table.remove(sequence);
      table.remove(sequence + 10_000);
      assertEquals([table.get(sequence), table.get(sequence + 10_000)], [undefined, undefined]);
    }
    assertEquals([table.size, ...table.values()], [0]);
  });

  test("lists items in the order of their numbers when they were added so", () => {
    const table = new SequenceTable<number>();
    for (let sequence = 1; sequence <= 1000; sequence++) table.add(sequence, sequence);
    for (let sequence = 1; sequence <= 1000; sequence += 2) table.remove(sequence);
    assertEquals([...table.values()], Array.from({ length: 500 }, (_, index) => 2 * index + 2));
  });

  test("lists once each item that stays, and none above a number, while others come and go for long", () => {
    const table = new SequenceTable<number>();
    for (let sequence = 1; sequence <= 10_000; sequence++) table.add(sequence, sequence);
    let next = 10_001;
    const stays = (sequence: number) => sequence % 10 === 0;
    const seen: number[] = [];
    for (const item of table.values(10_000)) {
      if (stays(item)) seen.push(item);
      else table.remove(item);
      // Whole chunks come and go, and serve for other numbers.
      for (let count = 0; count < 30; count++) table.add(next, next++);
      for (let count = 30; count > 0; count--) table.remove(next - count);
      // So does one that the walk has not come to yet.
      const gone = item + 500;
      if (gone <= 10_000 && !stays(gone) && table.get(gone) !== undefined) table.remove(gone);
    }
    assertEquals(seen, Array.from({ length: 1000 }, (_, index) => 10 * index + 10));
    assertEquals([...table.values()], seen);
    const { length } = [...table.values(next)];
    assertEquals([length, table.size], [1000, 1000]);
  });
});
