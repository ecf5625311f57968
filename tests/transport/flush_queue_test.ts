import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { type Flushable, FlushQueue } from "../../transport/flush_queue.ts";

/** A queue whose rounds end when the test says so. */
function handQueue(): { queue: FlushQueue; rounds: (() => void)[] } {
  const rounds: (() => void)[] = [];
  return { queue: new FlushQueue((run) => rounds.push(run)), rounds };
}

function flushable(log: string[], name: string, act = () => {}): Flushable {
  return {
    isQueued: false,
    send() {
      log.push(name);
      act();
    },
  };
}

describe("FlushQueue", () => {
  test("sends once for each, however often it was added", () => {
    const { queue, rounds } = handQueue();
    const log: string[] = [];
    const [a, b] = [flushable(log, "a"), flushable(log, "b")];
    for (const item of [a, b, a, a, b]) queue.add(item);
    assertEquals([log, rounds.length], [[], 1]);
    rounds[0]();
    assertEquals(log, ["a", "b"]);
  });

  test("what is added while it sends waits for the next round", () => {
    const { queue, rounds } = handQueue();
    const log: string[] = [];
    const b = flushable(log, "b");
    const a: Flushable = flushable(log, "a", () => {
      queue.add(a);
      queue.add(b);
    });
    queue.add(a);
    rounds[0]();
    assertEquals([log, rounds.length], [["a"], 2]);
    rounds[1]();
    assertEquals(log, ["a", "a", "b"]);
  });

  test("may be used again after a round", () => {
    const { queue, rounds } = handQueue();
    const log: string[] = [];
    const a = flushable(log, "a");
    for (let round = 0; round < 3; round++) {
      queue.add(a);
      rounds[round]();
    }
    assertEquals(log, ["a", "a", "a"]);
  });
});
