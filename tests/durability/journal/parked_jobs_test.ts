import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type { Job } from "../../../router/mod.ts";
import { memoryLog } from "../../support/memory_log.ts";
import type { LoadedJob } from "../../../store/store.ts";
import { assertInvariants } from "../../../testing/invariants.ts";
import { type DurableRouter, durableRouter } from "./durable_router.ts";
import { TestStore } from "./test_store.ts";

/** A store in which jobs may be damaged. */
class DamagedStore extends TestStore {
  readonly damaged: Set<number> = new Set();

  override load(after: number, count: number, payloadBytes: number): LoadedJob[] {
    return super.load(after, count, payloadBytes).filter(({ number }) => !this.damaged.has(number));
  }

  override payloads(numbers: readonly number[]): Map<number, Uint8Array> {
    return super.payloads(numbers.filter((number) => !this.damaged.has(number)));
  }
}

/** A store that counts the bytes of payloads that it was asked for by way of jobs. */
class CountingStore extends TestStore {
  payloadBytes = 0;

  override load(after: number, count: number, payloadBytes: number): LoadedJob[] {
    const jobs = super.load(after, count, payloadBytes);
    for (const { payload } of jobs) this.payloadBytes += payload?.length ?? 0;
    return jobs;
  }
}

const SUBMITS = ["SUBMIT_JOB_BG", "SUBMIT_JOB_HIGH_BG", "SUBMIT_JOB_LOW_BG"] as const;

/** What a worker gets, one after the other, until there is nothing. */
function drained({ peer, router }: DurableRouter, func = "f"): string[] {
  const worker = peer().canDo(func);
  const payloads: string[] = [];
  for (let packet = worker.grab(); packet !== null; packet = worker.grab()) {
    payloads.push(packet[2]);
    worker.send("WORK_COMPLETE", packet[0], "").packets();
    assertInvariants(router);
  }
  worker.vanish();
  return payloads;
}

/** The numbers of the jobs that are in memory. */
function inMemory({ router }: DurableRouter): number[] {
  return [...router.jobs.objects()].map(({ number }) => number);
}

describe("stored jobs of which there are more than may be in memory", () => {
  test("come in the order of their priorities and submits, before and after a restart", async () => {
    for (const restarts of [false, true]) {
      let now = await durableRouter({ jobLimit: 3 });
      const client = now.peer();
      for (let number = 0; number < 30; number++) {
        client.submit(SUBMITS[number % 3], "f", "", `${number}`);
      }
      assertInvariants(now.router);
      assertEquals([inMemory(now).length, now.router.parked.size, now.router.jobs.size], [
        3,
        27,
        30,
      ]);
      if (restarts) now = await now.restart();
      const expected = [1, 0, 2].flatMap((rest) =>
        Array.from({ length: 10 }, (_, index) => `${3 * index + rest}`)
      );
      assertEquals(drained(now), expected);
      assertEquals([now.router.jobs.size, now.store.jobs.size], [0, 0]);
    }
  });

  test("count in all listings, and are listed as others are", async () => {
    const now = await durableRouter({ jobLimit: 1 });
    const client = now.peer();
    const handles = ["a", "b", "c"].map((unique) =>
      client.submit("SUBMIT_JOB_BG", "f", unique, unique)
    );
    const later = `${now.clock.epoch() / 1000 + 60}`;
    const epoch = client.submit("SUBMIT_JOB_EPOCH", "f", "d", later, "d");
    assertEquals(now.router.parked.size, 3);
    assertEquals(client.text("status"), "f\t4\t0\t0\n.\n");
    assertEquals(client.text("prioritystatus"), "f\t0\t4\t0\t0\n.\n");
    const all = [...handles, epoch].map((handle) => `${handle}\t0\t0\t1\n`).join("");
    assertEquals(client.text("show jobs"), `${all}.\n`);
    assertEquals(client.text("show unique jobs"), "a\nb\nc\nd\n.\n");
    assertEquals(client.text("jobs"), "f\ta\t-\t0\nf\tb\t-\t0\nf\tc\t-\t0\nf\td\t-\t0\n.\n");
    const listed = client.text("list jobs").split("\n");
    assertEquals(listed.filter((line) => line.includes("scheduled")).length, 1);
    assertEquals(now.router.parked.size, 3, "a look at them does not bring them back");
  });

  test("are known by their handles and uniques without coming back", async () => {
    const now = await durableRouter({ jobLimit: 0 });
    const client = now.peer();
    const handle = client.submit("SUBMIT_JOB_BG", "f", "u", "x");
    client.send("GET_STATUS", handle);
    assertEquals(client.packets(), [{ type: "STATUS_RES", args: [handle, "1", "0", "0", "0"] }]);
    assertEquals(inMemory(now), []);
    client.send("GET_STATUS_UNIQUE", "u").send("GET_STATUS_UNIQUE", "v");
    assertEquals(client.packets().map(({ args }) => args), [
      ["u", "1", "0", "0", "0", "0"],
      ["v", "0", "0", "0", "0", "0"],
    ]);
    assertInvariants(now.router);
  });

  test("are joined by who submits the same, in the background and to wait for it", async () => {
    for (const [unique, payload] of [["u", "x"], ["-", "payload"]]) {
      let now = await durableRouter({ jobLimit: 0 });
      const handle = now.peer().submit("SUBMIT_JOB_BG", "f", unique, payload);
      for (let restarts = 0; restarts < 2; restarts++) {
        const client = now.peer();
        assertEquals(client.submit("SUBMIT_JOB_BG", "f", unique, payload), handle);
        assertEquals(client.submit("SUBMIT_JOB", "f", unique, payload), handle);
        assert(client.submit("SUBMIT_JOB_BG", "g", unique, payload) !== handle);
        assertInvariants(now.router);
        const worker = now.peer().canDo("g");
        worker.send("WORK_COMPLETE", worker.grab()![0], "").packets();
        if (restarts === 0) now = await now.restart();
        else {
          const other = now.peer().canDo("f");
          other.grab();
          other.send("WORK_COMPLETE", handle, "result");
          assertEquals(client.types(), ["WORK_COMPLETE"]);
        }
      }
      assertEquals(now.router.jobs.size, 0);
    }
  });

  test("whose payload is their key are joined without reading it", async () => {
    const store = new CountingStore();
    const now = await durableRouter({ jobLimit: 0, store });
    const client = now.peer();
    const handle = client.submit("SUBMIT_JOB_BG", "f", "-", "payload");
    const other = client.submit("SUBMIT_JOB_BG", "f", "-", "Payload");
    for (let round = 0; round < 2; round++) {
      assertEquals(client.submit("SUBMIT_JOB_BG", "f", "-", "payload"), handle);
      assertEquals(client.submit("SUBMIT_JOB_BG", "f", "-", "Payload"), other);
      // Parked once more, they are found all the same.
      for (const job of [...now.router.jobs.objects()].reverse()) now.router.parked.park(job);
      assertEquals(inMemory(now), []);
    }
    assert(client.submit("SUBMIT_JOB_BG", "f", "-", "pay") !== handle);
    assertInvariants(now.router);
    assertEquals(store.payloadBytes, 0);
    assertEquals(drained(now), ["payload", "Payload", "pay"]);
  });

  test("are cancelled by their handles, wherever they stand", async () => {
    const now = await durableRouter({ jobLimit: 0 });
    const client = now.peer();
    const handles = Array.from({ length: 5 }, (_, number) => {
      return client.submit("SUBMIT_JOB_BG", "f", "", `${number}`);
    });
    for (const index of [2, 0, 4]) {
      assertEquals(client.text(`cancel job ${handles[index]}`), "OK\r\n");
      assertInvariants(now.router);
    }
    assertEquals(client.text(`cancel job ${handles[2]}`), "ERR UNKNOWN_JOB\r\n");
    assertEquals(drained(now), ["1", "3"]);
  });

  test("let those that somebody waits for take their place behind them", async () => {
    const now = await durableRouter({ jobLimit: 0 });
    const client = now.peer();
    for (const payload of ["1", "2"]) client.submit("SUBMIT_JOB_BG", "f", "", payload);
    client.submit("SUBMIT_JOB", "f", "", "3");
    client.submit("SUBMIT_JOB_BG", "f", "", "4");
    assertEquals(inMemory(now).length, 1);
    assertEquals(drained(now), ["1", "2", "3", "4"]);
  });

  test("run at their times, in the order of those", async () => {
    let now = await durableRouter({ jobLimit: 1 });
    const client = now.peer();
    const at = (seconds: number) => `${now.clock.epoch() / 1000 + seconds}`;
    for (const seconds of [30, 10, 20, 10]) {
      client.submit("SUBMIT_JOB_EPOCH", "f", "", at(seconds), `${seconds}`);
    }
    now = await now.restart();
    assertEquals(drained(now), []);
    now.clock.advance(10_000);
    assertInvariants(now.router);
    assertEquals(drained(now), ["10", "10"]);
    now.clock.advance(20_000);
    assertEquals(drained(now), ["20", "30"]);
    assertEquals(now.router.jobs.size, 0);
  });

  test("that came due while no server ran come between those in memory, in the order of their times", async () => {
    let now = await durableRouter({ jobLimit: 2 });
    const client = now.peer();
    const at = (seconds: number) => `${now.clock.epoch() / 1000 + seconds}`;
    // The first two come back as objects, all others parked.
    for (const [index, seconds] of [40, 20, 10, 30, 20, 50, 40].entries()) {
      client.submit("SUBMIT_JOB_EPOCH", "f", "", at(seconds), `${seconds} ${index}`);
    }
    now.clock.setEpoch(now.clock.epoch() + 60_000);
    now = await now.restart();
    assertEquals(drained(now), ["10 2", "20 1", "20 4", "30 3", "40 0", "40 6", "50 5"]);
    assertInvariants(now.router);
  });

  test("wake a worker that sleeps", async () => {
    const now = await durableRouter({ jobLimit: 0 });
    const worker = now.peer().canDo("f").send("PRE_SLEEP");
    now.peer().submit("SUBMIT_JOB_BG", "f", "", "1");
    assertEquals(worker.types(), ["NOOP"]);
    assertEquals(worker.grab()![2], "1");
  });

  test("that cannot be read let others go first, and come a second later", async () => {
    const now = await durableRouter({ jobLimit: 0 });
    const client = now.peer(), worker = now.peer().canDo("f");
    client.submit("SUBMIT_JOB_BG", "f", "", "1");
    now.store.failing.add("load");
    assertEquals(worker.grab(), null);
    assertInvariants(now.router);
    assertEquals(now.reports, ["test: the disk is full"]);
    client.submit("SUBMIT_JOB", "f", "", "2");
    assertEquals(worker.grab()![2], "2");
    now.store.failing.clear();
    assertEquals(worker.grab(), null);
    now.clock.advance(1000);
    assertEquals(worker.grab()![2], "1");
    assertInvariants(now.router);
  });

  test("that cannot be read end a listing with one line in the log, and are listed later", async () => {
    const now = await durableRouter({ jobLimit: 0 });
    const client = now.peer();
    const handles = ["1", "2", "3"].map((payload) =>
      client.submit("SUBMIT_JOB_BG", "f", "", payload)
    );
    now.store.failing.add("load");
    for (let time = 0; time < 2; time++) assertEquals(client.text("show jobs"), ".\n");
    assertEquals(now.reports, ["test: the disk is full"]);
    now.store.failing.clear();
    const all = handles.map((handle) => `${handle}\t0\t0\t1\n`).join("");
    assertEquals(client.text("show jobs"), `${all}.\n`);
  });

  test("are not looked for in a store that is closed", async () => {
    const log = memoryLog("ERROR");
    const now = await durableRouter({ jobLimit: 0, log });
    const client = now.peer(), worker = now.peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB_BG", "f", "u", "1");
    client.submit("SUBMIT_JOB_BG", "f", "", "2");
    await now.durable.close();
    assertEquals([client.text("list jobs").split("\n").length, worker.grab()], [3, null]);
    client.text(`cancel job ${handle}`);
    now.router.close();
    assertEquals([log.texts, now.reports], [[], []]);
  });

  test("that are damaged go to nobody and count as ended", async () => {
    const store = new DamagedStore();
    const now = await durableRouter({ jobLimit: 0, store });
    const client = now.peer();
    for (const unique of ["a", "b", "c"]) client.submit("SUBMIT_JOB_BG", "f", unique, unique);
    store.damaged.add(1).add(2);
    assert(client.submit("SUBMIT_JOB_BG", "f", "b", "again").endsWith("4"));
    assertInvariants(now.router);
    assertEquals(drained(now), ["c", "again"]);
    const [func] = now.router.functions.values();
    assertEquals([func.live, func.counts.ended.damaged, now.reports.length], [0, 2, 2]);
  });

  test("stay for the next start when the server stops, unless somebody waits for one", async () => {
    const now = await durableRouter({ jobLimit: 0 });
    const client = now.peer();
    for (const unique of ["a", "b", "c"]) client.submit("SUBMIT_JOB_BG", "f", unique, unique);
    let isDone = false;
    now.router.stopWhenIdle(() => isDone = true);
    assertEquals([isDone, drained(now)], [true, []]);
    const worker = now.peer().canDo("f");
    client.submit("SUBMIT_JOB", "f", "b", "b");
    assertInvariants(now.router);
    assertEquals(worker.grab()![2], "b");
  });

  test("that a worker lost come first again", async () => {
    const now = await durableRouter({ jobLimit: 0 });
    const client = now.peer();
    for (const payload of ["1", "2", "3"]) client.submit("SUBMIT_JOB_BG", "f", "", payload);
    const worker = now.peer().canDo("f");
    assertEquals([worker.grab()![2], worker.grab()![2]], ["1", "2"]);
    worker.vanish();
    assertInvariants(now.router);
    const again = await now.restart();
    assertInvariants(again.router);
    assertEquals(drained(again), ["1", "2", "3"]);
  });

  test("that many ask for do not all stay in memory", async () => {
    const now = await durableRouter({ jobLimit: 0 });
    const client = now.peer();
    const handles = Array.from({ length: 3000 }, (_, number) => {
      return client.submit("SUBMIT_JOB_BG", "f", `${number}`, `${number}`);
    });
    for (const handle of handles) assertEquals(now.router.jobByHandle(handle)!.handle, handle);
    assert(inMemory(now).length <= 1024, `${inMemory(now).length} are in memory`);
    assertInvariants(now.router);
    assertEquals(drainedFast(now), handles.map((_, number) => `${number}`));
  });

  test("are all ended by a purge", async () => {
    const now = await durableRouter({ jobLimit: 2 });
    const client = now.peer();
    for (let number = 0; number < 10; number++) client.submit("SUBMIT_JOB_BG", "f", "", "");
    const answer = client.text("purge function f");
    now.clock.advance(1000);
    assertInvariants(now.router);
    assertEquals([now.router.jobs.size, answer.startsWith("OK")], [0, true], answer);
  });
});

describe("a program that holds a job which is parked", () => {
  test("can still read and end it, and learns when it has ended", async () => {
    const now = await durableRouter({ jobLimit: 0 });
    const request = { function: "f", unique: "u", payload: "payload" };
    const job: Job = now.router.enqueueJob(request)!;
    now.durable.writer.settle();
    assertEquals([inMemory(now), job.isFinished, job.unique], [[], false, "u"]);
    assertEquals(new TextDecoder().decode(job.payload), "payload");
    now.router.operations.reprioritize(job, 0);
    assertEquals(now.router.jobByHandle(job.handle)!.priority, "high");
    now.router.operations.cancel(job, null);
    assertEquals([job.isFinished, now.router.jobs.size], [true, 0]);
    now.router.operations.cancel(job, null);
    assertInvariants(now.router);
  });
});

function drainedFast({ peer }: DurableRouter): string[] {
  const worker = peer().canDo("f");
  const payloads: string[] = [];
  for (let packet = worker.grab(); packet !== null; packet = worker.grab()) {
    payloads.push(packet[2]);
  }
  return payloads;
}
