import type { Socket } from "node:net";
import { describe, test } from "node:test";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  Client,
  ConnectionLostError,
  JobFailedError,
  JobTimeoutError,
  NoServerError,
  Worker,
} from "../../mod.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { startServer } from "../support/server.ts";
import { ForeignServer, onRequests, responseBytes } from "./foreign_server.ts";
import { Gate } from "./gate.ts";

/** So many may wait at once without harm to the stack. */
const MANY = 100_000;

/** Has it not settled, as far as what came in before can tell? */
async function isOpen(promise: Promise<unknown>): Promise<boolean> {
  const later = Symbol();
  const turn = new Promise((resolve) => setTimeout(() => resolve(later), 0));
  return await Promise.race([promise.catch(() => {}), turn]) === later;
}

describe("Submits beyond maxPending", () => {
  test("wait in the client, in their order, until a job is over", async () => {
    await using server = startServer();
    await using client = new Client({ servers: [server.server], maxPending: 2 });
    const jobs = ["a", "b", "c", "d", "e"].map((payload) => client.submit("f", payload));
    await jobs[1].handle;
    await client.echo("all that was sent has arrived");
    assertEquals(server.server.jobs().length, 2);
    const gate = new Gate();
    await using worker = new Worker({
      servers: [server.server],
      functions: { f: gate.pass },
      concurrency: 5,
    });
    const order: string[] = [];
    const ends = jobs.map((job) => job.text().then((text) => order.push(text)));
    for (let ended = 0; ended < jobs.length; ended = order.length) {
      if (gate.running === 0) await gate.arrival();
      gate.letGo();
      await Promise.race(ends.slice(ended));
    }
    await Promise.all(ends);
    assert(gate.most <= 2, `${gate.most} ran at once`);
    assertEquals(order, ["a", "b", "c", "d", "e"]);
    await worker.stop();
  });

  test("are what whoever awaits each handle waits for", async () => {
    await using server = startServer();
    await using client = new Client({ servers: [server.server], maxPending: 1 });
    const first = client.submit("f", "1");
    const second = client.submit("f", "2");
    await first.handle;
    assert(await isOpen(second.handle));
    await using _worker = new Worker({ servers: [server.server], functions: { f: () => "" } });
    await second.handle;
    await second;
  });

  test("in the background wait for handles only", async () => {
    const asked: Socket[] = [];
    let arrived: (() => void) | undefined;
    await using server = await ForeignServer.start((socket) =>
      onRequests(socket, (type) => {
        assertEquals(type, "SUBMIT_JOB_BG");
        asked.push(socket);
        arrived?.();
      })
    );
    const arrival = (count: number) =>
      new Promise<void>((resolve) => {
        arrived = () => asked.length === count ? resolve() : undefined;
        arrived();
      });
    await using client = new Client({ servers: [server.address], maxPending: 3 });
    const handles = Array.from({ length: 7 }, () => client.submit("f", "", { background: true }));
    for (let answered = 0; answered < 7; answered++) {
      await arrival(Math.min(7, answered + 3));
      asked[answered].write(responseBytes("JOB_CREATED", `H:${answered}`));
      assertEquals(await handles[answered], `H:${answered}`);
    }
  });

  test("that have a timeout or a signal are given up at that, and never sent", async () => {
    await using server = startServer();
    const clock = new ManualClock();
    await using client = new Client({
      servers: [server.server],
      maxPending: 1,
      jobTimeout: 1000,
      clock,
    });
    const first = client.submit("f", "1", { timeout: 300 });
    first.catch(() => {});
    await first.handle;
    const enough = new AbortController();
    let isCancelled = false;
    const stream = new ReadableStream<Uint8Array>({ cancel: () => void (isCancelled = true) });
    const late = [
      client.submit("late", "2", { timeout: 200 }),
      client.submit("late", "3", { timeout: 200, background: true }),
    ];
    const aborted = [
      client.submit("aborted", stream, { signal: enough.signal }),
      client.submit("aborted", "4", { signal: enough.signal, background: true }),
    ];
    const last = client.submit("last", "5");
    enough.abort();
    for (const job of aborted) await assertRejects(() => Promise.resolve(job), DOMException);
    assert(isCancelled);
    clock.advance(250);
    for (const job of late) await assertRejects(() => Promise.resolve(job), JobTimeoutError);
    clock.advance(100);
    await last.handle;
    assertEquals(server.server.jobs().map((job) => job.functionName).sort(), ["f", "last"]);
    // The client's own time begins when it is sent.
    clock.advance(900);
    assert(await isOpen(last.bytes()));
    clock.advance(100);
    await assertRejects(() => last.bytes(), JobTimeoutError, "1000 ms");
  });

  test("get the places of jobs that failed, were refused, or could not be sent", async () => {
    await using server = startServer();
    await using _worker = new Worker({
      servers: [server.server],
      functions: {
        fails: () => {
          throw new JobFailedError("no");
        },
        f: () => "done",
      },
    });
    await using client = new Client({ servers: [server.server], maxPending: 1 });
    const wrong = [
      client.submit("fails", ""),
      client.submit("f", 5 as unknown as string),
      client.submit("f", "", { unique: "x".repeat(100) }),
      client.submit("", ""),
      client.submit("f", "", { background: true, unique: "x".repeat(100) }),
    ];
    for (const job of wrong) await assertRejects(() => Promise.resolve(job));
    assertEquals(await client.submit("f", "").text(), "done");
    await using nowhere = new Client({
      servers: ["127.0.0.1:1"],
      maxPending: 1,
      backoff: { first: 0, longest: 0 },
    });
    const lost = [nowhere.submit("f"), nowhere.submit("f"), nowhere.submit("f")];
    for (const job of lost) await assertRejects(() => job.bytes(), NoServerError);
  });

  test("reject when the client is closed, however many there are", async () => {
    await using server = startServer();
    await using client = new Client({ servers: [server.server], maxPending: 10 });
    const jobs = Array.from({ length: MANY }, () => client.submit("f", ""));
    await jobs[9].handle;
    await client.close();
    await assertRejects(() => jobs[0].bytes(), ConnectionLostError);
    await assertRejects(() => jobs[MANY - 1].bytes(), ConnectionLostError);
  });

  test("that were given up by the thousand do not pile up on the stack", async () => {
    await using server = startServer();
    await using client = new Client({ servers: [server.server], maxPending: 1 });
    const first = client.submit("f", "");
    const enough = new AbortController();
    const { signal } = enough;
    for (let count = 0; count < 20_000; count++) {
      client.submit("g", "", { signal, background: true }).catch(() => {});
    }
    enough.abort();
    const last = client.submit("last", "");
    await using _worker = new Worker({
      servers: [server.server],
      functions: { f: () => "", last: () => "last" },
    });
    await first;
    assertEquals(await last.text(), "last");
  });
});

test("maxPending is a number of jobs", () => {
  for (const maxPending of [0, -1, 1.5, NaN, "7" as unknown as number]) {
    assertThrows(() => new Client({ servers: ["x"], maxPending }), RangeError, "maxPending");
  }
});
