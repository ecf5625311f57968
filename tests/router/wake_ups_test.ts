import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { assertInvariants } from "../../testing/invariants.ts";
import type { FakePeer } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

function sleepers(peer: () => FakePeer, count: number, ...functions: string[]): FakePeer[] {
  return Array.from({ length: count }, () => peer().canDo(...functions).send("PRE_SLEEP"));
}

/** How many of the peers got a NOOP since the last look. */
function woken(peers: FakePeer[]): number {
  return peers.filter((peer) => peer.types().includes("NOOP")).length;
}

describe("PRE_SLEEP", () => {
  test("is answered with NOOP at once when there is work, every time", () => {
    const { peer } = testRouter();
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    const worker = peer().canDo("f");
    assertEquals(worker.send("PRE_SLEEP").types(), ["NOOP"]);
    assertEquals(worker.send("PRE_SLEEP").types(), ["NOOP"]);
  });

  test("without work is not answered until a job comes", () => {
    const { peer } = testRouter();
    const [worker] = sleepers(peer, 1, "f");
    assertEquals(worker.types(), []);
    peer().submit("SUBMIT_JOB_BG", "other", "", "");
    assertEquals(worker.types(), []);
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(worker.types(), ["NOOP"]);
  });
});

describe("wakeup", () => {
  for (const [wakeup, expected] of [[0, 0], [1, 1], [3, 3], [-1, 10]]) {
    test(`${wakeup} wakes ${expected} of ten sleeping workers for a job`, () => {
      const { peer, router } = testRouter({ wakeup });
      const workers = sleepers(peer, 10, "f");
      peer().submit("SUBMIT_JOB_BG", "f", "", "");
      assertEquals(woken(workers), expected);
      assertInvariants(router);
    });
  }

  test("a worker is not woken twice before it looked for work", () => {
    const { peer } = testRouter({ wakeup: -1 });
    const [worker] = sleepers(peer, 1, "f");
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(worker.types(), ["NOOP"]);
  });

  for (const [wakeupDelay, each] of [[0.1, [3, 1, 1, 1]], [-1, [3, 3, 3, 1]]] as const) {
    test(`of a burst of jobs wakes ${each} sleeping workers with a delay of ${wakeupDelay}`, () => {
      const { peer, router } = testRouter({ wakeup: 3, wakeupDelay });
      const workers = sleepers(peer, 10, "f");
      const client = peer();
      const counts = each.map(() => {
        client.submit("SUBMIT_JOB_BG", "f", "", "");
        return woken(workers);
      });
      assertEquals(counts, [...each]);
      assertInvariants(router);
    });
  }

  test("counts a woken worker no more when it has looked for work, or is gone", () => {
    const { peer, router } = testRouter({ wakeup: 2 });
    const workers = sleepers(peer, 10, "f");
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    const [first, second] = workers.filter((worker) => worker.types().includes("NOOP"));
    first.grab();
    // One of two is left, and one job waits now.
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(woken(workers), 1);
    second.vanish();
    assertEquals(woken(workers), 1);
    assertInvariants(router);
  });

  test("workers that have just worked are woken first", () => {
    const { peer } = testRouter({ wakeup: 1 });
    const workers = sleepers(peer, 5, "f");
    const client = peer();
    const busy = peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    busy.grab();
    // The other worker comes too late, and sleeps again.
    const [late] = workers.filter((worker) => worker.types().includes("NOOP"));
    late.send("GRAB_JOB").send("PRE_SLEEP").types();
    busy.send("WORK_COMPLETE", handle, "").send("PRE_SLEEP");
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(busy.types(), ["NOOP"]);
    assertEquals(woken(workers), 0);
  });

  test("a worker that has just worked on one function is woken first for its others", () => {
    const { peer } = testRouter({ wakeup: 1 });
    const client = peer();
    const busy = peer().canDo("a", "b").send("PRE_SLEEP");
    const idle = sleepers(peer, 3, "b");
    const handle = client.submit("SUBMIT_JOB_BG", "a", "", "");
    busy.grab();
    busy.send("WORK_COMPLETE", handle, "").send("PRE_SLEEP");
    idle.forEach((worker) => worker.types());
    client.submit("SUBMIT_JOB_BG", "b", "", "");
    assertEquals(busy.types(), ["NOOP"]);
    assertEquals(woken(idle), 0);
  });
});

describe("wakeupDelay", () => {
  test("wakes as many again after the delay while the job waits", () => {
    const { peer, clock } = testRouter({ wakeup: 3, wakeupDelay: 0.1 });
    const workers = sleepers(peer, 10, "f");
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(woken(workers), 3);
    clock.advance(99);
    assertEquals(woken(workers), 0);
    clock.advance(1);
    assertEquals(woken(workers), 3);
    clock.advance(100);
    assertEquals(woken(workers), 3);
    clock.advance(100);
    assertEquals(woken(workers), 1);
    clock.advance(1000);
    assertEquals(woken(workers), 0);
  });

  test("wakes nobody when the job is gone by then", () => {
    const { peer, clock } = testRouter({ wakeup: 3 });
    const workers = sleepers(peer, 10, "f");
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    woken(workers);
    workers[0].grab();
    clock.advance(10_000);
    assertEquals(woken(workers), 0);
  });

  test("0 wakes the others as soon as the loop comes round, but not at once", () => {
    const { peer, clock } = testRouter({ wakeup: 3, wakeupDelay: 0 });
    const workers = sleepers(peer, 10, "f");
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(woken(workers), 3);
    clock.advance(0);
    assert(woken(workers) >= 3);
  });

  test("counts those that were woken before it and never looked no more", () => {
    const { peer, clock, router } = testRouter({ wakeup: 3, wakeupDelay: 0.1 });
    const hung = sleepers(peer, 3, "f");
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(woken(hung), 3);
    const workers = sleepers(peer, 10, "f");
    // They find the job that the others do not fetch.
    for (const worker of workers) {
      if (worker.types().includes("NOOP")) worker.grab();
      worker.send("PRE_SLEEP").types();
    }
    const counts = [1, 2, 3].map(() => {
      client.submit("SUBMIT_JOB_BG", "f", "", "");
      const atOnce = woken(workers);
      clock.advance(100);
      while (workers[0].grab() !== null);
      for (const worker of workers) worker.send("GRAB_JOB").send("PRE_SLEEP").types();
      assertInvariants(router);
      return atOnce;
    });
    // The first of the three waited for those that hang.
    assertEquals(counts, [0, 3, 3]);
    // One that looks after all, or goes, is not taken for one of those that count.
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    hung[0].send("GRAB_JOB");
    hung[1].vanish();
    assertInvariants(router);
  });

  test("counts a worker no more when its time is over, though nothing waited then", () => {
    const { peer, clock, router } = testRouter({ wakeup: 1, wakeupDelay: 0.1 });
    const workers = sleepers(peer, 3, "f");
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    const [hung] = workers.filter((worker) => worker.types().includes("NOOP"));
    const others = workers.filter((worker) => worker !== hung);
    others[0].grab();
    others[0].send("PRE_SLEEP");
    clock.advance(100);
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(woken(others), 1);
    assertInvariants(router);
  });

  test("-1 wakes nobody later", () => {
    const { peer, clock } = testRouter({ wakeup: 3, wakeupDelay: -1 });
    const workers = sleepers(peer, 10, "f");
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(woken(workers), 3);
    clock.advance(100_000);
    assertEquals(woken(workers), 0);
    assertEquals(clock.timers, 0);
  });

  test("-1: a woken worker that dies before it took the job is replaced by another", () => {
    const { peer } = testRouter({ wakeup: 1, wakeupDelay: -1 });
    const workers = sleepers(peer, 3, "f");
    peer().submit("SUBMIT_JOB_BG", "f", "", "");
    const first = workers.findIndex((worker) => worker.types().includes("NOOP"));
    workers[first].vanish();
    assertEquals(woken(workers.filter((_, index) => index !== first)), 1);
  });
});

describe("a woken worker that gives the function up", () => {
  for (const type of ["CANT_DO", "RESET_ABILITIES"] as const) {
    test(`by ${type} is replaced by another`, () => {
      const { peer } = testRouter({ wakeup: 1, wakeupDelay: -1 });
      const workers = sleepers(peer, 3, "f");
      peer().submit("SUBMIT_JOB_BG", "f", "", "");
      const [first] = workers.filter((worker) => worker.types().includes("NOOP"));
      if (type === "CANT_DO") first.send("CANT_DO", "f");
      else first.send("RESET_ABILITIES");
      assertEquals(woken(workers.filter((worker) => worker !== first)), 1);
    });
  }
});

describe("10,000 sleeping workers of one function", () => {
  test("cost `wakeup` wake-ups for a job, and one for each further one that waits", () => {
    const { peer } = testRouter();
    const workers = sleepers(peer, 10_000, "f");
    const client = peer();
    for (let job = 0; job < 100; job++) {
      client.submit("SUBMIT_JOB_BG", "f", "", "");
      assertEquals(woken(workers.slice(0, 102)), job === 0 ? 3 : 1);
    }
    assertEquals(woken(workers.slice(102)), 0);
  });
});

describe("a worker with many functions", () => {
  test("is woken for each of them, and sleeping again costs it nothing for the others", () => {
    const { peer, router } = testRouter({ wakeup: 1 });
    const names = Array.from({ length: 5000 }, (_, index) => `f${index}`);
    const worker = peer().canDo(...names).send("PRE_SLEEP");
    const client = peer();
    for (const name of ["f0", "f4999", "f17", "f0"]) {
      const handle = client.submit("SUBMIT_JOB_BG", name, "", "");
      assertEquals(worker.types(), ["NOOP"]);
      assertEquals(worker.grab()![0], handle);
      worker.send("WORK_COMPLETE", handle, "");
      assertEquals(worker.connection.unlisted.length, 1);
      worker.send("PRE_SLEEP");
    }
    assertInvariants(router);
  });
});
