/**
 * A server that sends what nobody asked for, at any time: neither client nor worker stumbles over it.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { Client } from "../../client/client.ts";
import { Worker } from "../../client/worker.ts";
import { PACKETS } from "../../protocol/mod.ts";
import { PACKET_NAMES } from "../support/raw_peer.ts";
import { ForeignServer, onRequests, responseBytes } from "./foreign_server.ts";

const OPEN = responseBytes("OPTION_RES", "exceptions");
/** A packet of each type of the protocol, but for an ERROR, which is an answer. */
const UNEXPECTED = PACKETS.flatMap((info) => {
  if (info === undefined || info.name === "ERROR") return [];
  const words = info.args.map((_, index) => index === 0 ? "H:foreign:1" : "1");
  return [responseBytes(info.name, ...words, ...(info.data ? ["data"] : []))];
});

/** Where the unexpected stands: before the first answer, in one piece with it, or before the second. */
const PLACES = ["before", "behind", "after"] as const;

/** When something was asked for, its answer is not unexpected. */
function unexpectedAt(place: typeof PLACES[number], answers: readonly string[]): Buffer[] {
  if (place !== "after") return UNEXPECTED;
  return UNEXPECTED.filter((bytes) => !answers.includes(PACKET_NAMES[bytes.readUInt32BE(4)]));
}

/** A server that sends a packet at a place, and otherwise answers so. */
function serverSending(
  bytes: Buffer,
  place: typeof PLACES[number],
  answer: (socket: Socket, type: string, body: string) => void,
): Promise<ForeignServer> {
  return ForeignServer.start((socket) => {
    const parts = { before: [bytes, OPEN], behind: [OPEN, bytes], after: [OPEN] }[place];
    let requests = 0;
    onRequests(socket, (type, body) => {
      if (place === "after" && requests++ === 0) socket.write(bytes);
      answer(socket, type, body);
    }, (name) => {
      return name === "exceptions" ? Buffer.concat(parts) : responseBytes("OPTION_RES", name);
    });
  });
}

describe("A server that sends what nobody asked for", () => {
  for (const place of PLACES) {
    test(`${place} its first answer does not disturb a client`, async () => {
      for (const bytes of unexpectedAt(place, ["ECHO_RES"])) {
        await using server = await serverSending(bytes, place, (socket, type, body) => {
          if (type === "ECHO_REQ") socket.write(responseBytes("ECHO_RES", body));
        });
        await using client = new Client({ servers: [server.address] });
        assertEquals(await client.echo("hello"), new TextEncoder().encode("hello"));
      }
    });

    test(`${place} its first answer does not disturb a worker`, async () => {
      for (const bytes of unexpectedAt(place, ["NO_JOB", "JOB_ASSIGN_UNIQ"])) {
        const done = Promise.withResolvers<string>();
        let isAssigned = false;
        await using server = await serverSending(bytes, place, (socket, type, body) => {
          if (type === "WORK_COMPLETE") done.resolve(body);
          if (type === "ECHO_REQ") socket.write(responseBytes("ECHO_RES", body));
          if (type !== "GRAB_JOB_UNIQ") return;
          const job = responseBytes("JOB_ASSIGN_UNIQ", "H:foreign:2", "f", "", "payload");
          socket.write(isAssigned ? responseBytes("NO_JOB") : job);
          isAssigned = true;
        });
        await using _worker = new Worker({
          servers: [server.address],
          functions: { f: () => "result" },
          concurrency: 2,
        });
        assertEquals(await done.promise, "H:foreign:2\0result");
      }
    });
  }
});
