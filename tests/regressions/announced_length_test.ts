import process from "node:process";
import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { PacketDecoder } from "../../protocol/mod.ts";
import { testRouter } from "../support/router.ts";

// The C server allocates at once what a header announces, up to 4 GiB.
test("an announced length costs no memory until the bytes come", () => {
  const { peer } = testRouter({ maxPacketSize: 0xffffffff });
  const before = performanceMemory();
  const peers = Array.from({ length: 200 }, () => peer().raw("\0REQ\0\0\0\x07\x7f\xff\xff\xff"));
  assert(performanceMemory() - before < 100 * 1024 * 1024);
  assert(peers.every((each) => !each.isClosed));
});

test("what is kept of an unfinished packet is what has come", () => {
  const decoder = new PacketDecoder(
    { packet: () => {}, line: () => {}, fault: () => {} },
    { maxPacketSize: 0xffffffff, maxLineLength: 8192 },
  );
  decoder.push(new TextEncoder().encode("\0REQ\0\0\0\x07\x7f\x7f\x7f\x7fabc"));
  assertEquals(decoder.pendingBytes, 15);
});

test("a length above the limit is refused as soon as it is read", () => {
  const { peer } = testRouter({ maxPacketSize: 1000 });
  const client = peer().raw("\0REQ\0\0\0\x10\0\0\x03\xe9");
  assertEquals(client.packets(), [
    { type: "ERROR", args: ["DATA_TOO_LARGE", "Packet is larger than the server allows"] },
  ]);
  assert(client.isClosed);
  assertEquals(peer().send("ECHO_REQ", "x".repeat(1000)).types(), ["ECHO_RES"]);
});

/** Bytes that buffers outside the heap take. */
function performanceMemory(): number {
  return process.memoryUsage().arrayBuffers;
}
