import { Buffer } from "node:buffer";
import { describe, test } from "node:test";
import { assert } from "@std/assert";
import type { Connection } from "../../router/mod.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { BulkPeer } from "./bulk_peer.ts";
import { untilClients } from "./until_clients.ts";

/** Many bytes take their time on a busy machine. */
const MUCH = { timeout: 60_000 };
const FUNCTIONS = 20_000;
/** Length of the answer to `create function`, and of that to `status`. */
const OK = "OK\r\n".length;
const LISTING = FUNCTIONS * "f12345\t0\t0\t0\n".length + ".\n".length;

async function createFunctions(server: TestServer): Promise<void> {
  const admin = await BulkPeer.connect(server.port);
  admin.resume();
  const lines = Array.from({ length: FUNCTIONS }, (_, n) => `create function f${10_000 + n}\n`);
  admin.send(Buffer.from(lines.join("")));
  await admin.until(() => admin.received === FUNCTIONS * OK);
  admin[Symbol.dispose]();
  await untilClients(server.server, 0);
}

describe("a peer that asks for long listings again and again", () => {
  test("and does not read them is made a few portions, and no more", MUCH, async () => {
    await using server = startServer();
    await createFunctions(server);
    using asking = await BulkPeer.connect(server.port);
    asking.send(Buffer.from("status\n".repeat(10_000)));
    using other = await server.peer();
    const listed = async () => {
      // As long as portions leave, the kernel takes more of them.
      for (let round = 0; round < 200; round++) {
        await other.packet("ECHO_REQ", "").expect("ECHO_RES");
      }
      return (server.server.clients() as Connection[]).map(({ out }) => out.position);
    };
    let before: number[] = [], now = await listed();
    while (before[0] !== now[0]) [before, now] = [now, await listed()];
    const [connection] = server.server.clients() as Connection[];
    assert(
      connection.isHolding && connection.out.size <= 320 * 1024,
      `${connection.out.size} bytes`,
    );
    assert(now[0] < 32 * 1024 * 1024, `${now[0]} bytes were made`);
    asking.resume();
    await asking.until(() => asking.received > 40 * LISTING);
  });
});
