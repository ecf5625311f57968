import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { Server } from "../../mod.ts";
import { timersFiredDuring } from "../support/fired_timers.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { startServer } from "../support/server.ts";
import { assertServes } from "./round_trip.ts";

/** An immediate stop does not wait long; a graceful one does. */
const HOW_TO_STOP = [
  ["an immediate stop", {}, 100_000],
  ["a graceful stop", { graceful: true }, 2_000_000],
] as const;

test("a stop with options that there are not is a TypeError, and the server goes on", async () => {
  await using server = new Server();
  for (const wrong of ["graceful", true, { gracefull: true }, { graceful: "yes" }] as unknown[]) {
    await assertRejects(() => server.stop(wrong as { graceful: boolean }), TypeError);
  }
  assertEquals(server.toInprocessServer().constructor.name, "InprocessConn");
});

describe("stop", () => {
  test("closes all connections and resolves, with jobs left", async () => {
    const { server, port } = startServer();
    using client = await RawPeer.connect(port);
    await client.packet("SUBMIT_JOB", "f", "", "").expect("JOB_CREATED");
    await server.stop();
    assertEquals(await client.allUntilClose(), "");
    assertEquals(server.clients(), []);
  });

  for (const [how, options, size] of HOW_TO_STOP) {
    test(`${how} lets a peer read what was sent to it: ${size} bytes`, async () => {
      const { server, port } = startServer();
      using client = await RawPeer.connect(port);
      using worker = await RawPeer.connect(port);
      const [handle] = await client.packet("SUBMIT_JOB", "f", "", "").expect("JOB_CREATED");
      await worker.packet("CAN_DO", "f").packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
      // Nothing of the result has been sent when this is called.
      const stopped = new Promise<void>((resolve) => {
        server.on("jobFinished", () => resolve(server.stop(options)));
      });
      worker.packet("WORK_COMPLETE", handle, "x".repeat(size));
      const [, result] = await client.expect("WORK_COMPLETE", 2);
      assertEquals(result.length, size);
      assertEquals(await client.allUntilClose(), "");
      await stopped;
    });
  }

  test("a second call resolves when the first does", async () => {
    const { server } = startServer();
    server.toInprocessServer();
    const order: string[] = [];
    await Promise.all([
      server.stop().then(() => order.push("first")),
      server.stop().then(() => order.push("second")),
      server.stop({ graceful: true }).then(() => order.push("third")),
    ]);
    assertEquals(order, ["first", "second", "third"]);
    await server.stop();
  });

  test("a server that never listened stops at once", async () => {
    await new Server().stop();
    await new Server().stop({ graceful: true });
  });

  test("await using stops", async () => {
    let port: number;
    {
      await using server = new Server();
      port = server.createListeningSock(0, { localAddr: "127.0.0.1" }).addr.port;
      await assertServes(port);
    }
    await using next = new Server();
    next.createListeningSock(port, { localAddr: "127.0.0.1" });
    await assertServes(port);
  });

  test("no timer of a job that waits for its time is left", async () => {
    const server = new Server();
    server.enqueueJob({ function: "f", at: new Date(Date.now() + 3_600_000) });
    // The test would not end if a timer kept the process.
    await server.stop();
  });
});

describe("a graceful stop", () => {
  test("serves open connections, new submits too, until the last job has ended", async () => {
    const { server, port } = startServer();
    using client = await RawPeer.connect(port);
    using worker = await RawPeer.connect(port);
    const [first] = await client.packet("SUBMIT_JOB", "f", "", "1").expect("JOB_CREATED");
    let isStopped = false;
    const stopped = server.stop({ graceful: true }).then(() => isStopped = true);

    const [second] = await client.packet("SUBMIT_JOB", "f", "", "2").expect("JOB_CREATED");
    for (const handle of [first, second]) {
      assert(!isStopped);
      worker.packet("CAN_DO", "f");
      const [assigned] = await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
      assertEquals(assigned, handle);
      worker.packet("WORK_COMPLETE", handle, "done");
      assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, "done"]);
    }
    await stopped;
    assertEquals(await client.allUntilClose(), "");
    assertEquals(await worker.allUntilClose(), "");
  });

  test("takes no new connections", async () => {
    const { server, port } = startServer();
    server.enqueueJob({ function: "f" });
    const stopped = server.stop({ graceful: true });
    assertEquals(server.listeners(), []);
    await refusal(port);
    await server.stop();
    await stopped;
  });

  test("ends when the last job is abandoned", async () => {
    const { server, port } = startServer();
    const client = await RawPeer.connect(port);
    await client.packet("SUBMIT_JOB", "f", "", "").expect("JOB_CREATED");
    const stopped = server.stop({ graceful: true });
    client.destroy();
    await stopped;
  });

  test("becomes an immediate one by a second call", async () => {
    const { server, port } = startServer();
    using client = await RawPeer.connect(port);
    await client.packet("SUBMIT_JOB_BG", "f", "", "").expect("JOB_CREATED");
    const stopped = server.stop({ graceful: true });
    await server.stop();
    await stopped;
    assertEquals(await client.allUntilClose(), "");
  });

  test("is not held up by a peer that does not close, once it is made an immediate one", async () => {
    const server = new Server();
    // Its other end is never closed.
    server.toInprocessServer();
    const fired = await timersFiredDuring(async () => {
      const stopped = server.stop({ graceful: true });
      await new Promise((resolve) => setTimeout(resolve));
      await server.stop();
      await stopped;
    });
    // A graceful stop gives it five seconds.
    assertEquals(Math.max(...fired), 200);
  });
});

describe("two servers in one process", () => {
  test("share no state", async () => {
    await using first = startServer({ allowShutdown: true });
    await using second = startServer();
    using client = await first.peer();
    using other = await second.peer();
    client.packet("CAN_DO", "f").send("maxqueue f 1\n");
    await client.nextLine();
    const [handle] = await client.packet("SUBMIT_JOB", "f", "u", "").expect("JOB_CREATED");
    assertEquals(first.server.jobsOutstanding(), 1);
    assertEquals(second.server.jobsOutstanding(), 0);
    assertEquals(second.server.jobByHandle(handle), undefined);
    assertEquals(await other.send("status\n").textReply(), []);
    await other.packet("SUBMIT_JOB_BG", "f", "u", "").expect("JOB_CREATED");
    await other.packet("SUBMIT_JOB_BG", "f", "", "").expect("JOB_CREATED");
    assertEquals(second.server.clients().length, 1);

    client.send("shutdown\n");
    await client.allUntilClose();
    await first.stop();
    await assertServes(second.port);
    assertEquals(second.server.jobsOutstanding(), 2);
  });
});

describe("the text command shutdown", () => {
  test("is refused unless the server allows it", async () => {
    await using listening = startServer();
    using peer = await listening.peer();
    for (const command of ["shutdown", "shutdown graceful"]) {
      assert((await peer.send(`${command}\n`).nextLine()).startsWith("ERR "));
    }
    await assertServes(listening.port);
  });

  test("stops a server that allows it, after the answer", async () => {
    const { server, port } = startServer({ allowShutdown: true });
    using peer = await RawPeer.connect(port);
    await peer.packet("SUBMIT_JOB", "f", "", "").expect("JOB_CREATED");
    assertEquals(await peer.send("shutdown\n").allUntilClose(), "OK\n");
    await refusal(port);
    await server.stop();
  });

  test("shutdown graceful waits for the last job", async () => {
    const { server, port } = startServer({ allowShutdown: true });
    using peer = await RawPeer.connect(port);
    const [handle] = await peer.packet("SUBMIT_JOB_BG", "f", "", "").expect("JOB_CREATED");
    assertEquals(await peer.send("shutdown graceful\n").nextRawLine(), "OK\n");
    await refusal(port);
    peer.packet("CAN_DO", "f");
    await peer.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
    peer.packet("WORK_COMPLETE", handle, "");
    assertEquals(await peer.allUntilClose(), "");
    await server.stop();
  });

  test("asks onShutdown instead, if there is one", async () => {
    const asked: boolean[] = [];
    const onShutdown = (graceful: boolean) => void asked.push(graceful);
    await using listening = startServer({ allowShutdown: true, onShutdown });
    using peer = await listening.peer();
    await peer.send("shutdown graceful\n").nextLine();
    await peer.send("shutdown\n").nextLine();
    assertEquals(asked, [true, false]);
    await assertServes(listening.port);
  });
});

/** Nobody serves the port any more; what the kernel had accepted meanwhile is closed. */
async function refusal(port: number): Promise<void> {
  try {
    using peer = await RawPeer.connect(port);
    assertEquals(await peer.allUntilClose(), "");
  } catch (error) {
    const { code } = error as { code?: string };
    assert(code === "ECONNREFUSED" || code === "ECONNRESET", String(error));
  }
}
