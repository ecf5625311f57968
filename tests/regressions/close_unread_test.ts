import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { Server } from "../../mod.ts";
import { requestBytes } from "../support/raw_peer.ts";
import { testRouter } from "../support/router.ts";
import { startServer } from "../support/server.ts";

/** A peer that never reads. */
async function unreading(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  socket.pause();
  return socket;
}

/** Sends, and closes as soon as its system has all, with the answers unread. */
async function sendAndClose(server: Server, socket: Socket, bytes: Uint8Array): Promise<void> {
  const port = socket.localPort;
  const closed = new Promise<void>((resolve) => {
    const ignore = server.on("connectionClosed", ({ connection }) => {
      if (connection.peer.port !== port) return;
      ignore();
      resolve();
    });
  });
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  socket.destroy();
  await closed;
}

// The C server takes all that has arrived; this one looked at no more when an answer did not get out.
describe("a peer that closes without reading", () => {
  for (const [count, size] of [[100, 10_000], [10_000, 40], [500, 100]]) {
    test(`has ${count} background jobs of ${size} bytes taken`, async () => {
      await using listening = startServer();
      const { server } = listening;
      const submit = requestBytes("SUBMIT_JOB_BG", "f", "", "x".repeat(size));
      const submits = Buffer.concat(Array.from({ length: count }, () => submit));
      await sendAndClose(server, await unreading(listening.port), submits);
      assertEquals(server.jobs().length, count);
    });
  }

  test("has its results taken if it is a worker", async () => {
    await using listening = startServer();
    using client = await listening.peer();
    const [handle] = await client.packet("SUBMIT_JOB", "f", "", "x").expect("JOB_CREATED");
    const worker = await unreading(listening.port);
    worker.write(Buffer.concat([requestBytes("CAN_DO", "f"), requestBytes("GRAB_JOB")]));
    await listening.untilListed("status", /^f\t1\t1\t1$/);
    const result = "r".repeat(20_000);
    const results = Buffer.concat([
      requestBytes("ECHO_REQ", "never read"),
      requestBytes("WORK_DATA", handle, result),
      requestBytes("WORK_STATUS", handle, "1", "2"),
      requestBytes("WORK_COMPLETE", handle, result),
    ]);
    await sendAndClose(listening.server, worker, results);
    assertEquals(await client.expect("WORK_DATA", 2), [handle, result]);
    assertEquals(await client.expect("WORK_STATUS", 3), [handle, "1", "2"]);
    assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, result]);
  });
});

describe("a worker that is gone", () => {
  test("may end its job, but gets no other, which it would only lose", () => {
    const { peer, router } = testRouter({ jobRetries: 1 });
    const client = peer();
    const worker = peer().canDo("f");
    const first = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    client.submit("SUBMIT_JOB", "f", "", "");
    worker.connection.peerGone();
    worker.send("WORK_COMPLETE", first, "done");
    worker.send("PRE_SLEEP").canDo("f").send("CAN_DO_TIMEOUT", "f", "5000");
    assertEquals(worker.grab(), null);
    worker.vanish();
    assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [first, "done"] }]);
    assertEquals([...router.jobs.values()].map(({ losses }) => losses), [0]);
    assertEquals(peer().canDo("f").grab()?.length, 3);
  });

  test("loses the job that it has not ended", () => {
    const { peer } = testRouter();
    const client = peer();
    const worker = peer().canDo("f");
    client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    worker.connection.peerGone();
    const next = peer().canDo("f");
    assertEquals(next.grab(), null);
    worker.vanish();
    assertEquals(next.grab()?.length, 3);
  });
});
