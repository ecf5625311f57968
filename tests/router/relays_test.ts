import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { Router } from "../../router/mod.ts";
import { PacketType } from "../../protocol/mod.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { FakePeer, request } from "../support/fake_peer.ts";

const MANY = 1000;
/** So many clients, or packets for one client, have their packet in a portion at most. */
const MOST_CLIENTS = 256;
const MOST_PACKETS = 4096;

/** Tells when the router has done what it does at one time. */
class RoundClock extends ManualClock {
  between: () => void = () => {};

  override after(delay: number, fire: () => void): () => void {
    return super.after(delay, () => {
      fire();
      this.between();
    });
  }
}

/** A job that runs, and clients that wait for it, each so many times. */
function coalesced(clients: number, joins = 1) {
  const clock = new RoundClock();
  const router = new Router(clock, { jobHandlePrefix: "H:test", jobRetries: 1 });
  const all = Array.from({ length: clients }, (_, port) => {
    const client = new FakePeer(router, { hostname: "127.0.0.1", port });
    for (let join = 0; join < joins; join++) client.send("SUBMIT_JOB", "f", "u", "");
    client.bytes();
    return client;
  });
  const worker = new FakePeer(router).canDo("f");
  const [handle] = worker.grab()!;
  return { clock, router, all, worker, handle };
}

const hasOutput = ({ connection }: FakePeer) => connection.out.size > 0;
/** The largest step from one number to the next. */
const largestStep = (numbers: number[]) =>
  Math.max(...numbers.map((number, index) => number - (numbers[index - 1] ?? 0)));

describe("a packet for very many clients of a job", () => {
  for (const type of ["WORK_DATA", "WORK_COMPLETE", "WORK_FAIL", "WORK_EXCEPTION"] as const) {
    test(`goes out in portions: ${type}`, () => {
      const { clock, all, worker, handle } = coalesced(MANY);
      worker.send(type, ...(type === "WORK_FAIL" ? [handle] : [handle, "x"]));
      const counts = [all.filter(hasOutput).length];
      clock.between = () => counts.push(all.filter(hasOutput).length);
      clock.advance(0);
      assert(largestStep(counts) <= MOST_CLIENTS, counts.join());
      assertEquals(counts.at(-1), MANY);
      // Nobody asked for exceptions.
      const expected = type === "WORK_EXCEPTION" ? "WORK_FAIL" : type;
      for (const client of all) assertEquals(client.types(), [expected]);
    });
  }

  test("goes out in portions to one that has joined very often, once for each time", () => {
    const joins = 10 * MOST_PACKETS;
    const { clock, all: [client], worker, handle } = coalesced(1, joins);
    worker.send("WORK_COMPLETE", handle, "x");
    const packet = 12 + handle.length + 2;
    const counts: number[] = [];
    clock.between = () => counts.push(client.connection.out.size / packet);
    clock.advance(0);
    assert(largestStep(counts) <= MOST_PACKETS, counts.join());
    assertEquals(counts.at(-1), joins);
  });

  test("comes before all that its worker sends next, and each comes once", () => {
    const { clock, router, all, worker, handle } = coalesced(MANY);
    worker.send("WORK_DATA", handle, "1").send("WORK_STATUS", handle, "1", "2")
      .send("WORK_COMPLETE", handle, "2").send("ECHO_REQ", "done");
    assertEquals(worker.types(), []);
    for (let packet = 0; packet < 2; packet++) {
      clock.advance(0);
      // Its link goes on with what it has sent.
      assertEquals(worker.types(), packet === 0 ? [] : ["ECHO_RES"]);
    }
    clock.advance(0);
    for (const client of all) {
      assertEquals(client.packets(), [
        { type: "WORK_DATA", args: [handle, "1"] },
        { type: "WORK_STATUS", args: [handle, "1", "2"] },
        { type: "WORK_COMPLETE", args: [handle, "2"] },
      ]);
    }
    assertEquals([router.jobs.size, router.timers.size], [0, 0]);
  });

  test("reaches those that stay although others leave, and the worker too", () => {
    const { clock, router, all, worker, handle } = coalesced(MANY, 2);
    worker.send("WORK_DATA", handle, "1");
    let round = 0;
    clock.between = () => {
      // From the front, from the back and from in between.
      for (const index of [round, MANY - 1 - round, 300 + round, 500 + round]) all[index].vanish();
      if (round++ === 1) worker.send("WORK_COMPLETE", handle, "2");
      worker.bytes();
      if (router.jobs.size === 0) worker.vanish();
    };
    clock.advance(0);
    assert(round > 6 && worker.isClosed);
    for (const client of all.filter(({ isClosed }) => !isClosed)) {
      assertEquals(client.types(), ["WORK_DATA", "WORK_DATA", "WORK_COMPLETE", "WORK_COMPLETE"]);
      assertEquals(client.connection.subscriptions, 0);
    }
    assertEquals([router.jobs.size, router.timers.size], [0, 0]);
    assertInvariants(router);
  });

  test("is the last of a job that is gone from then on: the next submit begins a new one", () => {
    const { clock, router, all, worker, handle } = coalesced(MANY);
    worker.send("WORK_COMPLETE", handle, "");
    assertEquals(router.jobs.size, 0);
    const other = all[MANY - 1].submit("SUBMIT_JOB", "f", "u", "");
    assert(other !== handle);
    assertInvariants(router);
    clock.advance(0);
    assertEquals(all[MANY - 1].packets(), [{ type: "WORK_COMPLETE", args: [handle, ""] }]);
    assertEquals(router.jobByHandle(other)?.subscriberCount, 1);
    assertInvariants(router);
  });

  test("goes to half-closed ones too, which are closed when they have it", () => {
    const { clock, all, worker, handle } = coalesced(MANY);
    for (const client of all) client.connection.peerEnded();
    worker.send("WORK_COMPLETE", handle, "");
    clock.advance(0);
    for (const client of all) {
      assertEquals([client.types().at(-1), client.isClosed], ["WORK_COMPLETE", true]);
    }
  });

  test("is awaited by a graceful stop", () => {
    const { clock, router, all, worker, handle } = coalesced(MANY);
    const told: number[] = [];
    router.stopWhenIdle(() => told.push(all.filter(hasOutput).length));
    worker.send("WORK_COMPLETE", handle, "");
    assertEquals(told, []);
    clock.advance(0);
    assertEquals(told[0], MANY);
  });

  test("goes to all when the job ends as its worker is gone, or on somebody's order", () => {
    for (const how of ["gone", "cancelled"]) {
      const { clock, router, all, worker, handle } = coalesced(MANY);
      if (how === "gone") worker.vanish();
      else assertEquals(new FakePeer(router).text(`cancel job ${handle}`), "OK\r\n");
      clock.advance(0);
      for (const client of all) assertEquals(client.types(), ["WORK_FAIL"]);
    }
  });
});

test("the turn of a worker ends after so many packets to clients, not after as many of its own", () => {
  const clients = 200;
  const { all, worker, handle } = coalesced(clients);
  worker.hasTurns = true;
  const status = String.fromCharCode(...request(PacketType.WORK_STATUS, handle, "1", "2"));
  worker.raw(status.repeat(100));
  assertEquals([worker.connection.isHolding, worker.connection.isTurnOver], [true, true]);
  const relayed = all[0].types().length;
  assert(relayed >= 5 && relayed <= 2048 / clients + 1, `${relayed} in a turn`);
});
