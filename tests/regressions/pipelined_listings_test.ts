import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { RawPeer } from "../support/raw_peer.ts";
import { testRouter } from "../support/router.ts";
import { startServer } from "../support/server.ts";

// A listing may be a thousand times as long as the line that asks for it. If all lines of a chunk
// were answered before anything is sent, 60 KB of them would hang the server for everybody.
describe("many lines that ask for a long listing", () => {
  test("are answered a few at a time, and no more before those have left", () => {
    const { peer, router } = testRouter();
    const client = peer();
    for (let job = 0; job < 20_000; job++) client.send("SUBMIT_JOB_BG", "f", "", "");
    client.bytes();
    const listing = client.text("show jobs");
    const lines = 20;
    const greedy = peer().raw("show jobs\n".repeat(lines));
    assert(greedy.connection.isHolding);
    const most = 3 * listing.length + 1024 * 1024;
    assert(most < lines * listing.length && greedy.connection.out.size < most);
    // The peer reads: the rest is answered, in order and whole.
    assertEquals(greedy.bytes().length, lines * listing.length);
    assertEquals(greedy.connection.isHolding, false);
    assertEquals(router.jobs.size, 20_000);
  });

  test("and what comes behind them waits its turn, a half-close too", () => {
    const { peer } = testRouter();
    const client = peer();
    for (let job = 0; job < 20_000; job++) client.send("SUBMIT_JOB_BG", "f", "", "");
    client.bytes();
    const greedy = peer().raw("show jobs\n".repeat(10)).raw("vers").raw("ion\n");
    greedy.connection.peerEnded();
    assertEquals(greedy.isClosed, false);
    assert(greedy.bytes().endsWith(".\nOK 1.2.3\n"));
    assert(greedy.isClosed);
  });

  test("do not keep others waiting, and all arrive at a peer that reads", async () => {
    await using listening = startServer();
    for (let job = 0; job < 20_000; job++) listening.server.enqueueJob({ function: "f" });
    const greedy = await RawPeer.connect(listening.port);
    const other = await RawPeer.connect(listening.port);
    const count = 200;
    greedy.send("show jobs\n".repeat(count));
    other.send("version\n");
    assert((await other.nextLine()).startsWith("OK "));
    greedy.destroy();
    other.destroy();
  });
});
