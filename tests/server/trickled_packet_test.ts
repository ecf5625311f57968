import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { connect } from "../../router/mod.ts";
import { RawPeer, requestBytes } from "../support/raw_peer.ts";
import { testRouter } from "../support/router.ts";
import { settings, someRounds, transports } from "../transport/handlers.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const LIMIT = MIB;
/** Time between two looks at the packet that has its turn, in milliseconds. */
const BETWEEN_LOOKS = 10_000;
/** A submit of which all but the payload is here, and what its header announces. */
const SUBMIT = requestBytes("SUBMIT_JOB_BG", "trickled", "", "");

function announced(payload: number): Buffer {
  const bytes = Buffer.from(SUBMIT);
  bytes.writeUInt32BE(SUBMIT.length - 12 + payload, 8);
  return bytes;
}

for (const transport of transports) {
  /** A router with little memory for packets that listens, and a peer that is about to trickle. */
  const listening = async () => {
    const { router, clock } = testRouter({ receiveLimit: LIMIT });
    const listener = transport.listen(
      { hostname: "127.0.0.1", port: 0 },
      settings(),
      (link) => connect(router, link),
    );
    await listener.ready;
    const { port } = listener.addr;
    const slow = connectSocket({ port, host: "127.0.0.1", noDelay: true });
    await once(slow, "connect");
    const { budget } = router.buffers;
    return { router, clock, budget, slow, port, listener };
  };
  const write = (peer: Socket, bytes: Uint8Array) =>
    new Promise<void>((resolve) => peer.write(bytes, () => resolve()));

  describe(`a large packet that comes byte by byte over ${transport.name}`, () => {
    test("holds at most twice what has come of it, and is given back when its peer leaves", async () => {
      const { router, budget, slow, port, listener } = await listening();
      using other = await RawPeer.connect(port);
      let sent = 100 * KIB;
      await write(slow, Buffer.concat([announced(32 * MIB), Buffer.alloc(sent)]));
      sent += SUBMIT.length;
      for (let byte = 0; byte < 300; byte++) {
        await write(slow, Buffer.alloc(1));
        await other.packet("ECHO_REQ", "x").expect("ECHO_RES");
        assert(budget.used <= 2 * ++sent, `${budget.used} bytes for ${sent}`);
      }
      assert(budget.used >= 100 * KIB, `${budget.used} bytes`);
      // Others are taken beside it.
      await other.packet("SUBMIT_JOB_BG", "f", "", "x".repeat(300 * KIB)).expect("JOB_CREATED");
      slow.destroy();
      for (let rounds = 0; budget.used > 0; rounds++) {
        assert(rounds < 100, `${budget.used} bytes`);
        await someRounds(listener.addr);
      }
      assertEquals([router.jobs.size, budget.waiting], [1, 0]);
      await listener.close();
    });

    test("keeps no others waiting beyond the limit, which it may pass alone", async () => {
      const { router, clock, budget, slow, port, listener } = await listening();
      using waiting = await RawPeer.connect(port);
      let answer = "";
      slow.on("data", (bytes) => answer += bytes.toString("latin1"));
      await write(slow, Buffer.concat([announced(8 * MIB), Buffer.alloc(2 * MIB)]));
      while (budget.used < LIMIT) await someRounds(listener.addr);
      waiting.packet("SUBMIT_JOB_BG", "f", "", "x".repeat(2 * MIB));
      while (budget.waiting === 0) await someRounds(listener.addr);
      assert(budget.used <= LIMIT + 8 * MIB, `${budget.used} bytes`);
      using small = await RawPeer.connect(port);
      // It goes on, a byte for each look: that is too slow while others wait.
      for (let look = 0; look < 3 && answer === ""; look++) {
        await write(slow, Buffer.alloc(1));
        await small.packet("SUBMIT_JOB_BG", "small", "", "x".repeat(40 * KIB)).expect(
          "JOB_CREATED",
        );
        clock.advance(BETWEEN_LOOKS);
        await someRounds(listener.addr);
      }
      await waiting.expect("JOB_CREATED");
      assert(answer.includes("TIMEOUT\0Packet comes too slowly"), JSON.stringify(answer));
      assertEquals(budget.used, 0);
      slow.destroy();
      router.close();
      await listener.close();
    });
  });
}
