import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { startServer } from "../support/server.ts";
import { BulkPeer } from "./bulk_peer.ts";

const MIB = 1024 * 1024;
const SUBMIT_JOB_BG = 18;
const PEERS = 20;

/** A submit of a background job for function `f` with a payload of `size` bytes. */
function submit(size: number): Uint8Array {
  const bytes = new Uint8Array(12 + 3 + size).fill(7);
  bytes.set([0, 0x52, 0x45, 0x51, 0, 0, 0, SUBMIT_JOB_BG]);
  new DataView(bytes.buffer).setUint32(8, 3 + size);
  bytes.set([0x66, 0, 0], 12);
  return bytes;
}

describe("a server with little memory for packets", () => {
  test("serves others while peers leave large packets unfinished, and takes all in the end", async () => {
    await using listening = startServer({ receiveLimit: 8 * MIB });
    const { port, server } = listening;
    const large = submit(4 * MIB);
    const peers = await Promise.all(Array.from({ length: PEERS }, () => BulkPeer.connect(port)));
    for (const peer of peers) peer.send(large.subarray(0, 3.9 * MIB));
    for (let round = 0; round < 10; round++) {
      using small = await listening.peer();
      await small.packet("SUBMIT_JOB_BG", "small", "", "x".repeat(50_000)).expect("JOB_CREATED");
    }
    for (const peer of peers) {
      peer.resume();
      peer.send(large.subarray(3.9 * MIB));
    }
    for (const peer of peers) await peer.until(() => peer.received > 0 || peer.end !== null);
    assertEquals(peers.filter(({ end }) => end !== null).length, 0);
    assertEquals(server.jobsOutstanding(), PEERS + 10);
    for (const peer of peers) peer[Symbol.dispose]();
  });

  test("goes on with those that wait when others have gone", async () => {
    await using listening = startServer({ receiveLimit: 2 * MIB });
    const { port, server } = listening;
    const large = submit(4 * MIB);
    const leavers = await Promise.all(Array.from({ length: 5 }, () => BulkPeer.connect(port)));
    for (const peer of leavers) peer.send(large.subarray(0, 3 * MIB));
    using waiting = await BulkPeer.connect(port);
    waiting.send(large);
    waiting.resume();
    for (const peer of leavers) peer[Symbol.dispose]();
    await waiting.until(() => waiting.received > 0 || waiting.end !== null);
    assertEquals([waiting.end, server.jobsOutstanding()], [null, 1]);
  });
});
