import { assert, assertEquals, assertThrows } from "@std/assert";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { Server } from "../../mod.ts";
import { InprocessPeer } from "./inprocess_peer.ts";
import { unless } from "../support/unless.ts";

const DESCRIPTORS = `/proc/${process.pid}/fd`;

describe("toInprocessServer", () => {
  const unlisted = process.platform !== "linux" && "this system does not list open descriptors";
  test(
    ...unless(
      unlisted,
      "client and worker do jobs in the process of the server, and no socket is opened",
    ),
    async () => {
      const before = openSockets();
      await using server = new Server();
      const worker = new InprocessPeer(server.toInprocessServer());
      const client = new InprocessPeer(server.toInprocessServer());
      assertEquals(server.clients().map(({ peer }) => peer.hostname), [
        "[inprocess]",
        "[inprocess]",
      ]);
      await worker.send("CAN_DO", "reverse");
      await worker.send("PRE_SLEEP");
      for (let count = 0; count < 100; count++) await reverse(client, worker, `work ${count}`);
      assertEquals(openSockets(), before);
      assertEquals(server.listeners(), []);
    },
  );

  test("a payload larger than all buffers arrives whole", async () => {
    await using server = new Server();
    const worker = new InprocessPeer(server.toInprocessServer());
    const client = new InprocessPeer(server.toInprocessServer());
    await worker.send("CAN_DO", "reverse");
    await worker.send("PRE_SLEEP");
    const payload = "0123456789".repeat(300_000);
    await client.send("ECHO_REQ", payload);
    const [echo] = await client.expect("ECHO_RES");
    assert(echo === payload);
    await reverse(client, worker, payload);
  });

  test("timers run while client and worker exchange jobs without a pause", async () => {
    await using server = new Server();
    const worker = new InprocessPeer(server.toInprocessServer());
    const client = new InprocessPeer(server.toInprocessServer());
    await worker.send("CAN_DO", "reverse");
    await worker.send("PRE_SLEEP");
    let hasRung = false;
    setTimeout(() => hasRung = true, 5);
    for (let jobs = 0; !hasRung && jobs < 20_000; jobs++) await reverse(client, worker, "x");
    assert(hasRung, "20,000 jobs were done before a timer of 5 ms rang");
  });

  test("closing either end closes the other", async () => {
    await using server = new Server();
    const conn = server.toInprocessServer();
    const [client] = server.clients();
    const closed = new Promise((resolve) => server.on("connectionClosed", resolve));
    conn.close();
    await closed;
    assert(client.isClosed);
    assertEquals(server.clients(), []);

    const other = server.toInprocessServer();
    server.noteDisconnectedClient(server.clients()[0]);
    assertEquals(await other.read(new Uint8Array(1)), null);
  });

  test("readable and writable are streams of the same connection", async () => {
    await using server = new Server();
    const conn = server.toInprocessServer();
    const writer = conn.writable.getWriter();
    await writer.write(new TextEncoder().encode("getpid\nversion\n"));
    await writer.close();
    const answer = await new Response(conn.readable).text();
    assert(/^OK \d+\nOK .+\n$/.test(answer.replaceAll("\r", "")), answer);
  });

  test("a server that has been stopped gives none", async () => {
    const server = new Server();
    const conn = server.toInprocessServer();
    await server.stop();
    assertEquals(await conn.read(new Uint8Array(1)), null);
    assertThrows(() => server.toInprocessServer(), Error, "stopped");
  });
});

/** One job from the submit to the result, done by a worker that sleeps before and after. */
async function reverse(client: InprocessPeer, worker: InprocessPeer, text: string): Promise<void> {
  await client.send("SUBMIT_JOB", "reverse", "", text);
  const [handle] = await client.expect("JOB_CREATED");
  await worker.expect("NOOP");
  await worker.send("GRAB_JOB");
  const [, , payload] = await worker.expect("JOB_ASSIGN", 3);
  await worker.send("WORK_COMPLETE", handle, [...payload].reverse().join(""));
  await worker.send("PRE_SLEEP");
  const [, result] = await client.expect("WORK_COMPLETE", 2);
  assert(result === [...text].reverse().join(""));
}

/** The sockets of this process, by inode. */
function openSockets(): string[] {
  // Deno may read this only with all permissions; a child may. Its output goes to a file, as a pipe
  // to it would be one more socket on Bun.
  const directory = mkdtempSync(join(tmpdir(), "geartrain-"));
  try {
    const file = join(directory, "descriptors");
    execFileSync("sh", ["-c", `ls -l ${DESCRIPTORS} > "$0"`, file], { stdio: "ignore" });
    return readFileSync(file, "utf8").match(/socket:\S+/g)?.sort() ?? [];
  } finally {
    rmSync(directory, { recursive: true });
  }
}
