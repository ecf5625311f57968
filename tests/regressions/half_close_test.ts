import { connect as connectSocket, type Socket } from "node:net";
import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { connect } from "../../router/mod.ts";
import { requestBytes } from "../support/raw_peer.ts";
import { testRouter } from "../support/router.ts";
import { settings, someRounds, transports } from "../transport/handlers.ts";

const NOOP = "\0RES\0\0\0\x06\0\0\0\0";
const SECOND = 1000;

// The C server closes at once when a peer shuts its sending side down: `nc -N` gets nothing.
describe("a client that shuts its sending side down", () => {
  test("gets the results of its jobs, and then the end", () => {
    const { peer, clock, router } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const first = client.submit("SUBMIT_JOB", "f", "", "1");
    const second = client.submit("SUBMIT_JOB", "f", "", "2");
    client.connection.peerEnded();
    worker.grab();
    clock.advance(50);
    worker.send("WORK_DATA", first, "d").send("WORK_COMPLETE", first, "r");
    clock.advance(5 * SECOND);
    assertEquals(client.isClosed, false);
    worker.grab();
    worker.send("WORK_FAIL", second);
    assertEquals(client.packets().filter(({ type }) => type !== "NOOP"), [
      { type: "WORK_DATA", args: [first, "d"] },
      { type: "WORK_COMPLETE", args: [first, "r"] },
      { type: "WORK_FAIL", args: [second] },
    ]);
    assert(client.isClosed);
    assertEquals(router.timers.size, 0);
  });

  test("and waits for nothing is closed after its last reply", () => {
    const { peer } = testRouter();
    const client = peer().raw("version\n");
    client.connection.peerEnded();
    assertEquals(client.bytes(), "OK 1.2.3\n");
    assert(client.isClosed);
  });

  test("is found out when it is really gone, and its waiting jobs end at once", () => {
    const { peer, router } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB", "f", "", "");
    client.connection.peerEnded();
    assertEquals(router.jobs.size, 1);
    // What the probe provokes from a peer that has closed: the link reports a reset.
    client.vanish();
    assertEquals(router.jobs.size, 0);
    assertEquals(router.timers.size, 0);
  });

  test("is sent whole packets that clients skip, soon and then every three seconds", () => {
    const { peer, clock } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB", "f", "", "");
    client.connection.peerEnded();
    assertEquals(client.bytes(), NOOP);
    clock.advance(105);
    assertEquals(client.bytes(), NOOP.repeat(2));
    for (let hour = 0; hour < 2; hour++) {
      clock.advance(3600 * SECOND);
      assertEquals(client.bytes(), NOOP.repeat(1200));
    }
  });
});

for (const transport of transports) {
  test(`a half-closed peer is noticed by two probes whenever it goes (${transport.name})`, async () => {
    const { router, clock } = testRouter();
    const listener = transport.listen(
      { hostname: "127.0.0.1", port: 0 },
      settings(),
      (link) => connect(router, link),
    );
    await listener.ready;
    const client = connectSocket({
      host: "127.0.0.1",
      port: listener.addr.port,
      allowHalfOpen: true,
    });
    let received = "";
    client.on("data", (bytes) => received += bytes.toString("latin1"));
    client.end(requestBytes("SUBMIT_JOB", "f", "", ""));
    // It reads all that it is sent, so that its system has nothing to say when it goes.
    await untilReceived(client, () => received.endsWith(NOOP));
    for (let probe = 0; probe < 5; probe++) {
      received = "";
      clock.advance(3 * SECOND);
      await untilReceived(client, () => received.endsWith(NOOP));
    }
    client.destroy();
    for (let probe = 0; probe < 2 && router.jobs.size > 0; probe++) {
      clock.advance(3 * SECOND);
      for (let rounds = 0; rounds < 5; rounds++) await someRounds(listener.addr);
    }
    assertEquals([router.jobs.size, router.timers.size], [0, 0]);
    await listener.close();
  });
}

test("a worker that shuts its sending side down can finish nothing: its jobs go to others", () => {
  const { peer } = testRouter();
  const worker = peer().canDo("f"), other = peer().canDo("f");
  const handle = peer().submit("SUBMIT_JOB_BG", "f", "", "");
  worker.grab();
  worker.connection.peerEnded();
  assert(worker.isClosed);
  assertEquals(other.grab()![0], handle);
});

async function untilReceived(client: Socket, isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => client.once("data", resolve));
}
