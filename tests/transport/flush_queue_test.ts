import { describe, test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { type Flushable, FlushQueue } from "../../transport/flush_queue.ts";

/** A queue whose rounds end, and whose next rounds come, when the test says so. */
function loadedQueue(): {
  queue: FlushQueue;
  /** One round brings output for these. */
  round(...items: Flushable[]): void;
  /** The next round comes. */
  next(): void;
} {
  const ends: (() => void)[] = [];
  const nexts: (() => void)[] = [];
  const queue = new FlushQueue((run) => ends.push(run), (run) => nexts.push(run));
  return {
    queue,
    round(...items) {
      for (const item of items) queue.add(item);
      ends.shift()?.();
    },
    next() {
      nexts.shift()?.();
    },
  };
}

/** A queue whose rounds end when the test says so. */
function handQueue(): { queue: FlushQueue; rounds: (() => void)[] } {
  const rounds: (() => void)[] = [];
  return { queue: new FlushQueue((run) => rounds.push(run)), rounds };
}

function flushable(log: string[], name: string, act = () => {}, mayWait = false): Flushable {
  return {
    isQueued: false,
    mayWait,
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

  test("sends for the others when one throws, and goes on; then it throws what that threw", () => {
    const { queue, rounds } = handQueue();
    const log: string[] = [];
    const [a, c] = [flushable(log, "a"), flushable(log, "c")];
    const b = flushable(log, "b", () => {
      throw new Error("a defect");
    });
    for (let round = 0; round < 3; round++) {
      for (const item of [a, b, c]) queue.add(item);
      assertThrows(rounds[round], Error, "a defect");
    }
    assertEquals(log.join(""), "abc".repeat(3));
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

describe("FlushQueue under load", () => {
  const log: string[] = [];
  const worker = (name: string) => flushable(log, name);
  const client = (name: string) => flushable(log, name, () => {}, true);
  const workers = ["1", "2", "3", "4", "5", "6"].map(worker);

  test("gathers what may wait over four rounds, and sends the rest at once", () => {
    const { round } = loadedQueue();
    log.length = 0;
    const a = client("a");
    for (let rounds = 0; rounds < 4; rounds++) round(a, ...workers);
    assertEquals(log.join(""), "123456".repeat(4));
    round(...workers);
    assertEquals(log.join(""), "123456".repeat(4) + "a123456");
  });

  test("sends what waits as soon as a round brings nothing", () => {
    const { round, next } = loadedQueue();
    log.length = 0;
    round(client("a"), ...workers);
    next();
    assertEquals(log.join(""), "123456a");
  });

  test("sends it only behind a round that brings nothing", () => {
    const { queue, round, next } = loadedQueue();
    log.length = 0;
    const a = client("a");
    round(a, ...workers);
    round(workers[0]);
    next();
    assertEquals(log.join(""), "1234561");
    queue.add(workers[1]);
    next();
    assertEquals(log.join(""), "1234561");
    round();
    next();
    next();
    assertEquals(log.join(""), "12345612a");
  });

  test("sends what may not wait any more at the end of the round", () => {
    const { round } = loadedQueue();
    log.length = 0;
    const a: Flushable & { mayWait: boolean } = client("a");
    const b = client("b");
    round(a, b, ...workers);
    a.mayWait = false;
    round(workers[0]);
    assertEquals(log.join(""), "123456a1");
    assertEquals([a.isQueued, b.isQueued], [false, true]);
  });

  test("ends a round for what waits and may no longer, though nothing else has output", () => {
    const { queue, round } = loadedQueue();
    log.length = 0;
    const a: Flushable & { mayWait: boolean } = client("a");
    round(a, ...workers);
    a.mayWait = false;
    queue.hurry();
    queue.hurry();
    round();
    assertEquals(log.join(""), "123456a");
    queue.hurry();
    round(workers[0]);
    assertEquals(log.join(""), "123456a1");
  });

  test("counts the rounds anew when nobody waits any more", () => {
    const { round } = loadedQueue();
    log.length = 0;
    const a: Flushable & { mayWait: boolean } = client("a");
    for (let rounds = 0; rounds < 3; rounds++) round(a, ...workers);
    a.mayWait = false;
    round(workers[0]);
    a.mayWait = true;
    log.length = 0;
    for (let rounds = 0; rounds < 4; rounds++) round(a, ...workers);
    assertEquals(log.join(""), "123456".repeat(4));
  });

  test("lets nothing wait when there is little to do", () => {
    const { round } = loadedQueue();
    log.length = 0;
    round(client("a"), ...workers.slice(2));
    assertEquals(log.join(""), "a3456");
  });

  test("lets nothing wait when it is not told of the next round", () => {
    const { queue, rounds } = handQueue();
    log.length = 0;
    for (const item of [client("a"), ...workers]) queue.add(item);
    rounds[0]();
    assertEquals(log.join(""), "a123456");
  });

  test("sends for the others that waited when one throws, and goes on", () => {
    const { round, next } = loadedQueue();
    const log: string[] = [];
    const throwing = flushable(log, "a", () => {
      throw new Error("a defect");
    }, true);
    const b = flushable(log, "b", () => {}, true);
    const others = ["1", "2", "3", "4", "5", "6"].map((name) => flushable(log, name));
    round(throwing, b, ...others);
    assertThrows(next, Error, "a defect");
    round(b);
    assertEquals(log.join(""), "123456abb");
  });
});
