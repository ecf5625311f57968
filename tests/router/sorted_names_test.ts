import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Named, SortedNames } from "../../router/containers/sorted_names.ts";
import { binary } from "../support/fake_peer.ts";
import { elementsWalkedBy } from "../performance/counting.ts";

const MANY = 20_000;
/** Neither the order in which they are added nor that of numbers is the order of names. */
const named = (number: number): Named => ({ name: binary(`f${(number * 7919) % MANY}`) });
const text = ({ name }: Named) => String.fromCharCode(...name);

describe("names in their order", () => {
  test("are those of a sorted array, whatever comes and goes", () => {
    const name = fc.uint8Array({ maxLength: 2, max: 3 });
    fc.assert(fc.property(fc.array(name, { maxLength: 200 }), (names) => {
      const model = new Map<string, Named>();
      const sorted = new SortedNames<Named>();
      for (const name of names) {
        const key = text({ name });
        const item = model.get(key);
        if (item === undefined) {
          model.set(key, { name });
          sorted.add({ name });
        } else {
          model.delete(key);
          sorted.remove(item);
        }
      }
      const expected = [...model.keys()].sort();
      assertEquals([...sorted.values()].map(text), expected);
      assertEquals([...sorted.values()].map(text), expected);
    }));
  });

  test("of thousands are cut in chunks, and each leaves its own", () => {
    const sorted = new SortedNames<Named>();
    const items = Array.from({ length: MANY }, (_, number) => named(number));
    for (const item of items) sorted.add(item);
    assertEquals([...sorted.values()].map(text), items.map(text).sort());
    for (const item of items.slice(10)) sorted.remove(item);
    assertEquals([...sorted.values()].map(text), items.slice(0, 10).map(text).sort());
    for (const item of items.slice(0, 10)) sorted.remove(item);
    assertEquals([...sorted.values()], []);
  });

  test("come once each while others come and go, and those of before and after as it happens", () => {
    const sorted = new SortedNames<Named>();
    const items = Array.from({ length: MANY }, (_, number) => named(number));
    const [stay, leave, come] = [0, 1, 2].map((rest) => items.filter((_, n) => n % 3 === rest));
    for (const item of [...stay, ...leave]) sorted.add(item);
    const seen: string[] = [];
    for (const item of sorted.values()) {
      seen.push(text(item));
      const gone = leave.pop();
      if (gone !== undefined) sorted.remove(gone);
      const added = come.pop();
      if (added !== undefined) sorted.add(added);
    }
    assertEquals(seen, [...new Set(seen)].sort());
    const there = new Set(seen);
    assertEquals(stay.filter((item) => !there.has(text(item))), []);
    assert(seen.length > stay.length, "some of those that left or came are seen");
    assertEquals(
      [...sorted.values()].length,
      stay.length + items.filter((_, n) => n % 3 === 2).length,
    );
  });

  test("go on behind one that is gone, or is there anew", () => {
    const sorted = new SortedNames<Named>();
    const [a, b, c] = ["a", "b", "c"].map((name) => ({ name: binary(name) }));
    for (const item of [a, b, c]) sorted.add(item);
    const values = sorted.values();
    assertEquals([values.next().value, values.next().value], [a, b]);
    sorted.remove(b);
    sorted.add({ name: binary("b") });
    sorted.remove(a);
    assertEquals([values.next().value, values.next().done], [c, true]);
  });

  test("cost a move within a chunk when one comes among thousands, and nothing when they are listed", () => {
    const sorted = new SortedNames<Named>();
    for (let number = 0; number < MANY; number++) sorted.add(named(number));
    const moved = elementsWalkedBy(() => sorted.add({ name: binary("f5000x") }));
    assert(moved > 0 && moved < 1024, `${moved} elements are moved`);
    assertEquals(elementsWalkedBy(() => [...sorted.values()].length), 0);
  });
});
