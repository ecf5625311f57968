import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { encodeName } from "../../protocol/mod.ts";
import { type Job, Router } from "../../router/mod.ts";
import type { ByteHash } from "../../router/containers/byte_hash.ts";
import { ChainedTable } from "../../router/containers/chained_table.ts";
import { JobKey } from "../../router/model/job.ts";
import { type SubmittedKey, UniqueIndex } from "../../router/flow/unique_index.ts";
import { ManualClock } from "../../testing/manual_clock.ts";

/** Many uniques have the same hash. */
const POOR_HASH = { of: (bytes: Uint8Array, start: number) => bytes[start] % 3 };

function emptyKey(): SubmittedKey {
  const bytes = new Uint8Array();
  return { hash: 0, uniqueHash: 0, byPayload: false, bytes, start: 0, end: 0 };
}

function newIndex(): UniqueIndex {
  return new UniqueIndex(POOR_HASH as unknown as ByteHash);
}

function addTo(index: UniqueIndex, job: Job): JobKey {
  const key = emptyKey();
  assert(index.keyOf(job, job.func, key));
  const added = new JobKey(job, key.uniqueHash);
  index.add(added);
  return added;
}

describe("the index of uniques", () => {
  const step = fc.record({
    isAdd: fc.boolean(),
    name: fc.constantFrom("f", "g", "h"),
    unique: fc.constantFrom(..."abcdefgh", "-"),
    place: fc.nat(),
  });

  test("finds the job of a function, and the newest of all, though uniques share a hash", () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const router = new Router(new ManualClock());
      const index = newIndex();
      const live: JobKey[] = [];
      for (const { isAdd, name, unique, place } of steps) {
        const job = router.enqueueJob({ function: name, unique, payload: `${place % 3}` })!;
        const wanted = emptyKey();
        index.keyOf(job, job.func, wanted);
        const same = live.find((key) => key.job === job);
        assertEquals(index.find(job.func, wanted), same?.job ?? null);
        if (isAdd && same === undefined) live.push(addTo(index, job));
        if (!isAdd && live.length > 0) {
          const [key] = live.splice(place % live.length, 1);
          index.remove(key);
          router.operations.cancel(key.job, null);
        }
        assertEquals(index.size, live.length);
        for (const text of "abcdefgh") {
          // Whenever it was added: one that was parked comes back late.
          const [newest = null] = live.map(({ job }) => job).filter((job) => job.unique === text)
            .sort((a, b) => b.number - a.number);
          const found = index.newestWith(encodeName(text), 0, 1);
          assert(found === newest, `${found?.handle} for ${newest?.handle}`);
        }
      }
    }));
  });

  test("forgets jobs of one unique in any order, however many functions have it", () => {
    const router = new Router(new ManualClock());
    const index = newIndex();
    const keys = Array.from(
      { length: 500 },
      (_, n) => addTo(index, router.enqueueJob({ function: `f${n}`, unique: "same" })!),
    );
    const newest = () => index.newestWith(encodeName("same"), 0, 4);
    for (let n = 1; n < 500; n += 2) index.remove(keys[n]);
    assertEquals([newest(), index.size], [keys[498].job, 250]);
    for (let n = 498; n > 0; n -= 2) {
      index.remove(keys[n]);
      assertEquals(newest(), keys[n - 2].job);
    }
    index.remove(keys[0]);
    assertEquals([newest(), index.size], [null, 0]);
  });
});

interface Item {
  readonly hash: number;
  next: Item | null;
}

class Table extends ChainedTable<Item> {
  protected hashOf({ hash }: Item): number {
    return hash;
  }

  protected nextOf({ next }: Item): Item | null {
    return next;
  }

  protected setNext(item: Item, next: Item | null): void {
    item.next = next;
  }

  has(item: Item): boolean {
    let other = this.first(item.hash);
    while (other !== null && other !== item) other = other.next;
    return other === item;
  }
}

test("a chained table has what was added and not removed or replaced, also while it grows", () => {
  const table = new Table();
  const items = Array.from({ length: 5000 }, (_, n): Item => ({ hash: n * 7 % 2000, next: null }));
  const live = new Set<Item>();
  const check = () => {
    assertEquals(table.size, live.size);
    for (const item of items) assertEquals(table.has(item), live.has(item));
  };
  for (const [n, item] of items.entries()) {
    table.add(item);
    live.add(item);
    if (n % 3 === 0) {
      table.remove(items[n / 3]);
      live.delete(items[n / 3]);
    }
    if (n % 5 === 4) {
      const by: Item = { hash: item.hash, next: null };
      table.replace(item, by);
      live.delete(item);
      live.add(items[n] = by);
    }
    if (n % 997 === 0) check();
  }
  check();
  for (const item of live) table.remove(item);
  live.clear();
  check();
});
