import { describe, test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { ServerOptions } from "../../mod.ts";
import { timersFiredDuring } from "../support/fired_timers.ts";
import { RawPeer, requestBytes } from "../support/raw_peer.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { TestStore } from "../durability/journal/test_store.ts";

/** A server with a store, and a worker in the middle of a job that nobody waits for. */
async function working(options: ServerOptions = {}) {
  const store = new TestStore();
  const listening = startServer({ store, ...options });
  const worker = await listening.peer();
  await worker.packet("SUBMIT_JOB_BG", "f", "", "runs").expect("JOB_CREATED");
  worker.packet("CAN_DO", "f");
  const [running] = await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
  return { store, listening, worker, running };
}

function payloads({ jobs }: TestStore): string[] {
  return [...jobs.values()].map(({ payload }) => new TextDecoder().decode(payload));
}

async function submitted({ port }: TestServer, type: string, payload: string): Promise<RawPeer> {
  const client = await RawPeer.connect(port);
  return client.packet(type, "f", "", payload);
}

describe("a graceful stop of a server with a store", () => {
  test("takes background jobs of newcomers until the last running job has ended", async () => {
    const { store, listening, worker, running } = await working();
    const stopped = listening.server.stop({ graceful: true });
    using client = await submitted(listening, "SUBMIT_JOB_BG", "comes late");
    await client.expect("JOB_CREATED");
    worker.packet("WORK_COMPLETE", running, "");
    assertEquals(await worker.allUntilClose(), "");
    assertEquals(await client.allUntilClose(), "");
    await stopped;
    assertEquals([payloads(store), store.isClosed], [["comes late"], true]);
  });

  test("refuses newcomers that would wait for a result, or it might never end", async () => {
    const { listening, worker, running } = await working();
    using early = await submitted(listening, "SUBMIT_JOB", "early");
    const [handle] = await early.expect("JOB_CREATED");
    const stopped = listening.server.stop({ graceful: true });
    for (const type of ["SUBMIT_JOB", "SUBMIT_JOB_HIGH", "SUBMIT_JOB_LOW"]) {
      using late = await submitted(listening, type, "late");
      assertEquals(await late.expect("ERROR", 2), ["SHUTDOWN_GRACEFUL", "Server is shutting down"]);
    }
    using helper = await listening.peer();
    assertEquals(await helper.packet("CAN_DO", "f").packet("GRAB_JOB").expect("JOB_ASSIGN", 3), [
      handle,
      "f",
      "early",
    ]);
    // Those that were there before may submit more.
    const [next] = await early.packet("SUBMIT_JOB", "f", "", "next").expect("JOB_CREATED");
    helper.packet("WORK_COMPLETE", handle, "done");
    assertEquals(await early.expect("WORK_COMPLETE", 2), [handle, "done"]);
    await helper.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
    helper.packet("WORK_COMPLETE", next, "done");
    await early.expect("WORK_COMPLETE", 2);
    worker.packet("WORK_COMPLETE", running, "");
    await stopped;
  });

  test("serves peers that a program brings, until it is over", async () => {
    const { store, listening: { server }, worker, running } = await working();
    const stopped = server.stop({ graceful: true });
    using conn = server.toInprocessServer();
    assertEquals(server.clients().length, 2);
    await conn.write(requestBytes("SUBMIT_JOB_BG", "f", "", "comes late"));
    await conn.read(new Uint8Array(100));
    worker.packet("WORK_COMPLETE", running, "");
    await worker.allUntilClose();
    assertThrows(() => server.toInprocessServer(), Error, "The server has been stopped");
    conn.close();
    await stopped;
    assertEquals(payloads(store), ["comes late"]);
  });

  test("listens no more when it is over, or is made an immediate one", async () => {
    const { listening: { server }, worker, running } = await working();
    const stopped = server.stop({ graceful: true });
    assertEquals(server.listeners().length, 1);
    worker.packet("WORK_COMPLETE", running, "");
    await worker.allUntilClose();
    assertEquals(server.listeners(), []);
    await stopped;

    const { listening: second } = await working();
    const hurried = second.server.stop({ graceful: true });
    await second.server.stop();
    await hurried;
    assertEquals(second.server.listeners(), []);
  });
});

describe("stopTimeout", () => {
  const STOP_TIMEOUT = 0.05;

  test("ends a graceful stop; the job that runs is there at the next start, as often tried", async () => {
    const lines: string[] = [];
    const log = {
      level: "WARNING" as const,
      enabled: () => true,
      write: (level: string, message: string) => void lines.push(`${level} ${message}`),
    };
    const { store, listening, worker } = await working({ stopTimeout: STOP_TIMEOUT, log });
    using client = await submitted(listening, "SUBMIT_JOB", "waits");
    await client.expect("JOB_CREATED");
    await listening.server.stop({ graceful: true });
    assertEquals(await worker.allUntilClose(), "");
    assertEquals(await client.allUntilClose(), "", "who waited hears that his connection ends");
    assertEquals([payloads(store), store.isClosed], [["runs"], true]);
    assertEquals([...store.jobs.values()].map(({ losses }) => losses), [0]);
    const told = lines.filter((line) => line.includes("0.05 s"));
    assertEquals(told, ["WARNING Stopping now: after 0.05 s 1 job still runs, 1 client waits"]);
  });

  test("without a store ends it as well", async () => {
    const { server, port } = startServer({ stopTimeout: STOP_TIMEOUT });
    using client = await RawPeer.connect(port);
    await client.packet("SUBMIT_JOB_BG", "f", "", "").expect("JOB_CREATED");
    await server.stop({ graceful: true });
    assertEquals(await client.allUntilClose(), "");
  });

  test("leaves no timer behind when the stop ends before", async () => {
    const { listening: { server }, worker, running } = await working({ stopTimeout: 3600 });
    const fired = await timersFiredDuring(async () => {
      const stopped = server.stop({ graceful: true });
      worker.packet("WORK_COMPLETE", running, "");
      await stopped;
    });
    // The test would not end if a timer kept the process.
    assert(!fired.includes(3_600_000));
  });

  test("is no bound for one that has ended, or was made an immediate one", async () => {
    const { listening: { server } } = await working({ stopTimeout: 3600 });
    const stopped = server.stop({ graceful: true });
    await server.stop();
    await stopped;
  });
});
