import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { Portions } from "../../http/portions.ts";
import { nextRound } from "../../transport/event_loop.ts";

describe("long work", () => {
  test("lets others have their turn at least every 4,096 items", async () => {
    const portions = new Portions();
    let [looked, isOver, before] = [0, false, 0];
    const work = portions.each(numbers(100_000), () => void looked++).then(() => isOver = true);
    while (!isOver) {
      await nextRound();
      // A portion may end before this turn, and the next one begin after it.
      assertEquals(looked - before <= 2 * (4096 + 32), true);
      before = looked;
    }
    await work;
    assertEquals(looked, 100_000);
  });

  test("of many takes one portion a round, whoever began first", async () => {
    const portions = new Portions();
    const order: string[] = [];
    const work = (name: string) =>
      portions.each(numbers(10_000), (number) => {
        if (number % 5000 === 0) order.push(name);
      });
    await Promise.all([work("a"), work("b"), work("c")]);
    assertEquals(order.slice(0, 3), ["a", "b", "c"]);
    assertEquals(order.length, 6);
  });

  test("ends when nobody wants it any more", async () => {
    const gone = new AbortController();
    let looked = 0;
    const work = new Portions().each(numbers(1_000_000), () => {
      if (++looked === 5000) gone.abort();
    }, gone.signal);
    assertEquals((await work.catch((error) => error)).name, "AbortError");
    assertEquals(looked < 20_000, true);
    await new Portions().each(numbers(10), (number) => number < 3);
  });
});

function* numbers(count: number): Generator<number> {
  for (let number = 0; number < count; number++) yield number;
}
