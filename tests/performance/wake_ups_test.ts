import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { Router } from "../../router/mod.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { FakePeer } from "../support/fake_peer.ts";

/** Alarms of the lists that tell when jobs were submitted, and when bytes came in. */
const OF_TIMES = 2;

/** A clock that counts what is set on it. */
class CountingClock extends ManualClock {
  alarms = 0;

  override after(delay: number, fire: () => void): () => void {
    this.alarms++;
    return super.after(delay, fire);
  }
}

function sleepers(router: Router, count: number): FakePeer[] {
  return Array.from({ length: count }, () => new FakePeer(router).canDo("f").send("PRE_SLEEP"));
}

describe("a job for a thousand sleeping workers", () => {
  for (const wakeup of [1, 3, 10]) {
    test(`sends ${wakeup} NOOPs with a wakeup of ${wakeup}, each time`, () => {
      const router = new Router(new ManualClock(), { wakeup });
      const client = new FakePeer(router);
      const workers = sleepers(router, 1000);
      for (let job = 0; job < 20; job++) {
        client.submit("SUBMIT_JOB_BG", "f", "", "");
        const woken = workers.filter((worker) => worker.types().includes("NOOP"));
        assertEquals(woken.length, wakeup);
        for (const worker of woken) {
          const [handle] = worker.grab() ?? [];
          if (handle !== undefined) worker.send("WORK_COMPLETE", handle, "");
          worker.send("PRE_SLEEP");
        }
      }
      assertEquals(router.jobs.size, 0);
    });
  }

  test("sets one timer for all of them, however many jobs come", () => {
    const clock = new CountingClock();
    const router = new Router(clock);
    const client = new FakePeer(router);
    sleepers(router, 1000);
    for (let job = 0; job < 100; job++) client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals([router.timers.size, clock.alarms], [1, 1 + OF_TIMES]);
  });
});

describe("jobs of workers that do not sleep", () => {
  test("set no timer, but for the two a second that date submits and what comes in", () => {
    const clock = new CountingClock();
    const router = new Router(clock);
    const client = new FakePeer(router), worker = new FakePeer(router).canDo("f");
    for (let job = 0; job < 100; job++) {
      const handle = client.submit("SUBMIT_JOB", "f", "", "");
      worker.grab();
      worker.send("WORK_COMPLETE", handle, "");
    }
    assertEquals([router.timers.size, clock.alarms], [0, OF_TIMES]);
  });

  test("share one timer of the clock when they have a timeout", () => {
    const clock = new CountingClock();
    const router = new Router(clock);
    const client = new FakePeer(router);
    const worker = new FakePeer(router).send("CAN_DO_TIMEOUT", "f", "60");
    for (let job = 0; job < 100; job++) {
      client.submit("SUBMIT_JOB", "f", "", "");
      worker.grab();
    }
    assertEquals([router.timers.size, clock.alarms], [100, 1 + OF_TIMES]);
  });
});
