import { describe, test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { PacketType } from "../../protocol/mod.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { request } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";

/** Bytes that cannot be copied, as if memory were short. */
function uncopiable(packet: Uint8Array): Uint8Array {
  packet.slice = () => {
    throw new RangeError("Array buffer allocation failed");
  };
  return packet;
}

describe("a large result for which there is no memory", () => {
  for (const type of ["WORK_DATA", "WORK_COMPLETE", "WORK_EXCEPTION", "WORK_STATUS"] as const) {
    test(`leaves no part of a ${type} to clients: they get the next worker's`, () => {
      const { peer, router } = testRouter({ exceptions: true });
      const clients = [peer(), peer()];
      const [handle] = clients.map((client) => client.submit("SUBMIT_JOB", "f", "u", ""));
      const worker = peer().canDo("f");
      worker.grab();
      const packet = uncopiable(request(PacketType[type], handle, "9".repeat(100_000), "9"));
      assertThrows(() => worker.connection.receive(packet, 0, packet.length, false), RangeError);
      assertEquals(clients.map((client) => client.bytes()), ["", ""]);
      // Its link closes.
      worker.vanish();
      const next = peer().canDo("f");
      assertEquals(next.grab()![0], handle);
      next.send("WORK_COMPLETE", handle, "done");
      const done = [{ type: "WORK_COMPLETE", args: [handle, "done"] }];
      assertEquals(clients.map((client) => client.packets()), [done, done]);
      assertInvariants(router);
    });
  }
});

describe("a large result", () => {
  test("comes whole to each of several clients, though its chunk is used again", () => {
    const { peer } = testRouter();
    const clients = [peer(), peer()];
    const [handle] = clients.map((client) => client.submit("SUBMIT_JOB", "f", "u", ""));
    const worker = peer().canDo("f");
    worker.grab();
    const data = "x".repeat(100_000);
    const chunk = request(PacketType.WORK_COMPLETE, handle, data);
    worker.connection.receive(chunk, 0, chunk.length, false);
    chunk.fill(0);
    for (const client of clients) {
      assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, data] }]);
    }
  });
});
