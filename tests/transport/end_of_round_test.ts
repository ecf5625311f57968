import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { later, nextRound } from "../../transport/event_loop.ts";

describe("the end of a round", () => {
  test("comes once for all who asked, in their order; who asks then waits for the next one", async () => {
    const order: string[] = [];
    const ask = globalThis.setImmediate;
    let asked = 0;
    globalThis.setImmediate = ((run: () => void) => (asked++, ask(run))) as typeof setImmediate;
    try {
      later(() => {
        order.push("a");
        later(() => order.push("next"));
      });
      later(() => order.push("b"));
      later(() => order.push("c"));
    } finally {
      globalThis.setImmediate = ask;
    }
    setImmediate(() => order.push("after"));
    for (let round = 0; round < 3; round++) await nextRound();
    assertEquals(order, ["a", "b", "c", "after", "next"]);
    assertEquals(asked, 1);
  });
});
