import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { PacketType } from "../../protocol/mod.ts";
import { Router } from "../../router/mod.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { binary, FakePeer, request } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

/** Packets that a peer has in a turn. */
const MOST = 2048;

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);
/** So many submits of jobs, as one chunk. */
const submits = (count: number) =>
  binary(latin1(request(PacketType.SUBMIT_JOB_BG, "f", "", "x")).repeat(count));

/** Each look at it takes some time. */
class SlowClock extends ManualClock {
  override now(): number {
    this.advance(0.2);
    return super.now();
  }
}

describe("the turn of a peer that sends much at once", () => {
  test("ends after 2048 packets, and goes on where it stopped", () => {
    const { peer, router } = testRouter();
    const greedy = peer();
    greedy.hasTurns = true;
    greedy.raw(submits(2 * MOST + 10));
    const { connection } = greedy;
    for (const taken of [MOST, 2 * MOST]) {
      assertEquals([router.jobs.size, connection.isHolding, connection.isTurnOver], [
        taken,
        true,
        true,
      ]);
      connection.resume();
    }
    assertEquals([router.jobs.size, connection.isHolding, connection.isTurnOver], [
      2 * MOST + 10,
      false,
      false,
    ]);
  });

  for (
    const [what, last] of [
      ["forgets thousands of abilities", request(PacketType.RESET_ABILITIES)],
      ["wakes thousands of workers", request(PacketType.SUBMIT_JOB_BG, "f", "", "")],
    ] as const
  ) {
    test(`ends after a packet that ${what}`, () => {
      const { peer } = testRouter({ wakeup: -1 });
      const greedy = peer();
      for (let number = 0; number < 3000; number++) {
        greedy.canDo(`function ${number}`);
        peer().canDo("f").send("PRE_SLEEP");
      }
      greedy.hasTurns = true;
      greedy.raw(latin1(last) + latin1(request(PacketType.ECHO_REQ, "")));
      assertEquals(greedy.connection.isTurnOver, true);
      assertEquals(greedy.types().at(-1), "ECHO_RES");
    });
  }

  test("ends the sooner the more abilities there are for CANT_DO to look through", () => {
    const { peer, clock } = testRouter();
    const greedy = peer();
    const count = 20_000;
    for (let number = 0; number < count; number++) greedy.canDo(`function ${number}`);
    clock.advance(1);
    greedy.hasTurns = true;
    const packets = Array.from(
      { length: 100 },
      (_, number) => latin1(request(PacketType.CANT_DO, `function ${number}`)),
    );
    greedy.raw(packets.join(""));
    const { abilities, isTurnOver } = greedy.connection;
    assertEquals([isTurnOver, count - abilities.length], [true, 14]);
  });

  test("counts anew with each chunk", () => {
    const { peer, router } = testRouter();
    const greedy = peer();
    greedy.hasTurns = true;
    for (let chunk = 0; chunk < 3; chunk++) greedy.raw(submits(MOST));
    assertEquals([router.jobs.size, greedy.connection.isHolding], [3 * MOST, false]);
  });

  test("ends after half a millisecond of work, which is looked at every 32 packets", () => {
    const { peer, router, clock } = testRouter();
    router.hooks.jobSubmitted.add(() => clock.advance(0.02));
    const greedy = peer();
    greedy.hasTurns = true;
    greedy.raw(submits(100));
    assertEquals([router.jobs.size, greedy.connection.isTurnOver], [64, true]);
  });

  test("is looked at before each text line: one may cost more than thousands of packets", () => {
    const greedy = new FakePeer(new Router(new SlowClock(), { version: "1.2.3" }));
    greedy.hasTurns = true;
    greedy.raw("version\n".repeat(10));
    const { out } = greedy.connection;
    assertEquals(out.size, 3 * "OK 1.2.3\n".length);
    assert(greedy.connection.isTurnOver);
    assertEquals(greedy.bytes(), "OK 1.2.3\n".repeat(10));
  });

  test("copies nothing of the chunk: what is held stays where it is", () => {
    const { peer, router } = testRouter();
    const greedy = peer();
    greedy.hasTurns = true;
    const chunk = submits(MOST + 1);
    greedy.raw(chunk);
    // Such a change breaks the rule of the seam; here it shows whose bytes are read.
    chunk[chunk.length - 1] = "y".charCodeAt(0);
    greedy.connection.resume();
    assertEquals([...router.jobs.values()].at(-1)!.payload, binary("y"));
  });

  test("is followed by what came behind the chunk, and then by the end of the peer", () => {
    const { peer, router } = testRouter();
    const greedy = peer();
    greedy.hasTurns = true;
    greedy.raw(submits(MOST + 1)).raw("vers").raw("ion\n");
    greedy.connection.peerEnded();
    assertEquals([router.jobs.size, greedy.isClosed], [MOST, false]);
    assert(greedy.bytes().endsWith("OK 1.2.3\n"));
    assertEquals([router.jobs.size, greedy.isClosed], [MOST + 1, true]);
  });
});
