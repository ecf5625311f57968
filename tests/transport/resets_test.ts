import { execFileSync } from "node:child_process";
import process from "node:process";
import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { transport } from "../../transport/choose.ts";
import { timersFiredDuring } from "../support/fired_timers.ts";
import { echoReply, echoRequest, settings, TestClient, TestListener } from "./handlers.ts";

const COUNT = 20;
/** Connects so many times and resets each connection. */
const RESETS = `
  const { connect } = await import("node:net");
  for (let count = 0; count < ${COUNT}; count++) {
    const socket = connect(Number(process.argv.at(-1)), "127.0.0.1");
    socket.on("error", () => {});
    socket.on("connect", () => socket.resetAndDestroy());
  }
`;

/** Does so in another process, while this one accepts nobody. */
function resetBeforeAccepted(port: number): void {
  const args = transport.name === "deno" ? ["eval", RESETS, "--"] : ["-e", RESETS];
  execFileSync(process.execPath, [...args, String(port)]);
}

// Health checks and port scans do so. An accept that failed by it stopped all accepting for 100 ms.
describe("connections that are reset before they are accepted", () => {
  test("keep no newcomer waiting, and are not reported", async () => {
    const given = settings();
    await using listener = await TestListener.open(transport, () => {}, given);
    resetBeforeAccepted(listener.addr.port);
    const fired = await timersFiredDuring(async () => {
      using client = await TestClient.connect(listener.addr);
      await client.send(echoRequest("hello"));
      await client.untilLength(echoReply("hello").length);
    });
    assertEquals(fired.filter((delay) => delay > 1), []);
    assertEquals(given.reports, []);
  });
});
