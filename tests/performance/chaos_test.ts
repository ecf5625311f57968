import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { ATTACKERS } from "../../bench/chaos/attackers.ts";
import { Canary } from "../../bench/chaos/canary.ts";
import { Server } from "../../server.ts";

async function listening() {
  const server = new Server();
  const listener = server.createListeningSock(0, { localAddr: "127.0.0.1" });
  await listener.ready;
  return { server, port: listener.addr.port };
}

/** Resolves when the server has ended so many jobs. */
function ended(server: Server, count: number): Promise<void> {
  return new Promise((resolve) => {
    server.on("jobFinished", () => {
      if (--count === 0) resolve();
    });
  });
}

describe("the canary of the chaos trials", () => {
  test("counts the jobs that were done, and finds no fault with a server that does them", async () => {
    const { server, port } = await listening();
    await using _ = server;
    const canary = await Canary.connect(port);
    const done = ended(server, 3);
    canary.start();
    await done;
    assertEquals(await canary.stop(10_000), 0);
    assert(canary.done >= 3);
    assertEquals(canary.faults, []);
  });

  test("notices a job that ends without its result", async () => {
    const { server, port } = await listening();
    await using _ = server;
    const canary = await Canary.connect(port);
    server.on("jobSubmitted", ({ job }) => server.noteJobFinished(job));
    const done = ended(server, 2);
    canary.start();
    await done;
    assert(await canary.stop(1) >= 2);
  });
});

describe("the attackers of the chaos trials", () => {
  for (const [name, attack] of Object.entries(ATTACKERS)) {
    test(`end when their time is over: ${name}`, async () => {
      const { server, port } = await listening();
      await using _ = server;
      const isConnected = new Promise<void>((resolve) =>
        server.on("connectionOpened", () => resolve())
      );
      const time = new AbortController();
      const over = attack(port, time.signal);
      await isConnected;
      time.abort();
      await over;
    });
  }
});
