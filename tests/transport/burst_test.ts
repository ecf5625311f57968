import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { Burst, type Bursting, FIRST_PAUSE } from "../../transport/burst.ts";
import { Turns, turns } from "../../transport/turns.ts";
import { timersFiredDuring } from "../support/fired_timers.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** A link of which the test says what it does. */
class FakeLink implements Bursting {
  isInTurns = false;
  mayPause = false;
  ends = 0;
  onEnd: () => void = () => {};

  endBurst(): void {
    this.ends++;
    this.onEnd();
  }
}

/** A burst on turns whose rounds the test ends. */
function watched(): { burst: Burst; link: FakeLink; endRound: () => void } {
  const rounds: (() => void)[] = [];
  const link = new FakeLink();
  const burst = new Burst(link, new Turns((run) => rounds.push(run)));
  link.onEnd = () => burst.end();
  return { burst, link, endRound: () => rounds.shift()?.() };
}

describe("a burst", () => {
  test("is on from its first bytes until it is ended", () => {
    const { burst } = watched();
    assertEquals(burst.isOn, false);
    burst.add(1);
    assertEquals(burst.isOn, true);
    burst.end();
    assertEquals(burst.isOn, false);
  });

  test("may pause if it is the first one, is long and has many packets", () => {
    const { burst } = watched();
    burst.add(64 * KIB - 1);
    assertEquals(burst.mayPause(8), false);
    burst.add(1);
    assertEquals([burst.mayPause(8), burst.mayPause(7)], [true, false]);
    burst.answered();
    burst.add(64 * KIB);
    assertEquals(burst.mayPause(8), false);
  });

  test("delays at most half a mebibyte of answers to at most 16 MiB", () => {
    const { burst } = watched();
    burst.add(1);
    const delays = (size: number, most = Infinity) => burst.delays(size, most);
    assertEquals([delays(512 * KIB), delays(512 * KIB + 1)], [true, false]);
    assertEquals([delays(100, 100), delays(101, 100)], [true, false]);
    burst.add(16 * MIB);
    assertEquals(delays(1), false);
    burst.answered();
    assertEquals(delays(1), true);
  });

  test("ends after the first round that brings nothing, once", () => {
    const { burst, link, endRound } = watched();
    for (let rounds = 0; rounds < 5; rounds++) {
      burst.add(1);
      endRound();
      assertEquals(link.ends, 0, `round ${rounds}`);
    }
    for (let rounds = 0; rounds < 5; rounds++) endRound();
    assertEquals(link.ends, 1);
    burst.add(1);
    for (let rounds = 0; rounds < 5; rounds++) endRound();
    assertEquals(link.ends, 2);
  });

  test("is not over while its link waits for its turn, and has not read on", () => {
    const { burst, link, endRound } = watched();
    link.isInTurns = true;
    burst.add(1);
    for (let rounds = 0; rounds < 5; rounds++) endRound();
    assertEquals(link.ends, 0);
    link.isInTurns = false;
    endRound();
    assertEquals(link.ends, 1);
  });

  test("waits a few milliseconds where it may pause, and goes on with what comes then", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let more = 2;
    const link = {
      isInTurns: false,
      get mayPause(): boolean {
        // It comes during the pause.
        if (more-- > 0) setTimeout(() => burst.add(1), 1);
        return true;
      },
      endBurst: resolve,
    };
    const burst: Burst = new Burst(link, turns);
    const fired = await timersFiredDuring(() => {
      burst.add(1);
      return promise;
    });
    assertEquals(fired, [1, FIRST_PAUSE, 1, FIRST_PAUSE, FIRST_PAUSE]);
  });
});
