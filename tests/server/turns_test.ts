import { Buffer } from "node:buffer";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";
import { requestBytes } from "../support/raw_peer.ts";
import { startServer, type TestServer } from "../support/server.ts";

const SLOW = { timeout: 60_000 };
const FLOOD = fileURLToPath(new URL("flood.ts", import.meta.url));
const PINGS = 21;
/**
 * An answer may take so many packets of the flood, in most cases: six turns of 2048, as it is some rounds
 * of the loop for a client in the same process. Two megabytes in a turn were 48,000 packets on Bun and
 * 170,000 on Deno.
 */
const MOST_PACKETS = 6 * 2048;

const SUBMITS = Buffer.concat(
  Array.from({ length: 20_000 }, () => requestBytes("SUBMIT_JOB_BG", "f", "", "x")),
);

/** A listing has so many rows, a portion of it 256. */
const FUNCTIONS = 20_000;
/** An answer may take so many rows of a listing that another peer reads, in most cases: eight portions. */
const MOST_ROWS = 8 * 256;

/** A peer in another process that sends as fast as it can. */
class Flood implements AsyncDisposable {
  readonly #process: ChildProcess;

  constructor(where: number | string, bytes: Uint8Array = SUBMITS) {
    const run = "Deno" in globalThis ? ["run", "--no-config", "--allow-all", FLOOD] : [FLOOD];
    this.#process = spawn(process.execPath, [...run, String(where)], {
      stdio: ["pipe", "inherit", "inherit"],
    });
    this.#process.stdin!.on("error", () => {});
    this.#process.stdin!.end(bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exited;
  }
}

/** Sends as fast as it can, over a connection within this process, until it is closed. */
async function floodWithin({ server }: TestServer): Promise<void> {
  const conn = server.toInprocessServer();
  const readAll = async () => {
    const buffer = new Uint8Array(64 * 1024);
    while (await conn.read(buffer) !== null);
  };
  readAll().catch(() => {});
  for (;;) {
    for (let rest: Uint8Array = SUBMITS; rest.length > 0;) {
      rest = rest.subarray(await conn.write(rest));
    }
  }
}

/** How many packets of a flood are dealt with until somebody else has his answer, in most cases. */
async function packetsUntilAnswered(listening: TestServer): Promise<number> {
  let taken = 0;
  const { server } = listening;
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  server.on("jobSubmitted", ({ job }) => {
    if (++taken === 10_000) begin();
    server.noteJobFinished(job);
  });
  await begun;
  using other = await listening.peer();
  const counts: number[] = [];
  while (counts.length < PINGS) {
    const before = taken;
    await other.packet("ECHO_REQ", "ping").expect("ECHO_RES");
    // Else the flood has paused, not the server.
    if (taken > before) counts.push(taken - before);
  }
  return counts.sort((a, b) => a - b)[PINGS >> 1];
}

async function assertFair(listening: TestServer): Promise<void> {
  const packets = await packetsUntilAnswered(listening);
  assert(packets <= MOST_PACKETS, `${packets} packets`);
}

describe("a peer that sends as fast as it can does not keep others waiting", () => {
  test("over TCP", SLOW, async () => {
    await using listening = startServer();
    await using _ = new Flood(listening.port);
    await assertFair(listening);
  });

  test("over a unix socket", SLOW, async () => {
    const directory = mkdtempSync(join(tmpdir(), "geartrain-"));
    try {
      await using listening = startServer();
      const path = join(directory, "gear.sock");
      listening.server.createListeningSock({ path });
      await using _ = new Flood(path);
      await assertFair(listening);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("over an adopted socket of node:net", SLOW, async () => {
    await using listening = startServer();
    const listener = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
    await once(listener, "listening");
    await using _ = new Flood((listener.address() as { port: number }).port);
    const [socket] = await once(listener, "connection") as [Socket];
    listener.close();
    listening.server.newClient(socket);
    await assertFair(listening);
  });

  test("in the process of the server", SLOW, async () => {
    await using listening = startServer();
    const flood = floodWithin(listening).catch(() => {});
    await assertFair(listening);
    await listening.stop();
    await flood;
  });

  test("with text commands whose answers it reads", SLOW, async () => {
    await using listening = startServer();
    const { server, port } = listening;
    for (let func = 0; func < 2000; func++) server.enqueueJob({ function: `function ${func}` });
    await using _ = new Flood(port, Buffer.from("status\n".repeat(20_000)));
    await listening.untilListed("workers", 2);
    using other = await listening.peer();
    for (let ping = 0; ping < PINGS; ping++) {
      await other.packet("ECHO_REQ", "ping").expect("ECHO_RES");
    }
  });

  test(
    "with long listings that it reads: others are answered between two portions",
    SLOW,
    async () => {
      await using listening = startServer();
      using other = await listening.peer();
      const names = Array.from(
        { length: FUNCTIONS },
        (_, number) => `create function f${number}\n`,
      );
      other.send(names.join(""));
      for (let count = 0; count < FUNCTIONS; count++) assertEquals(await other.nextLine(), "OK");
      let rows = 0;
      const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
      const reader = connect({ port: listening.port, host: "127.0.0.1" });
      reader.on("data", (bytes) => {
        for (const byte of bytes) if (byte === 0x0a) rows++;
        begin();
      });
      reader.write("status\n".repeat(1000));
      await begun;
      const counts: number[] = [];
      while (counts.length < PINGS) {
        const before = rows;
        await other.packet("ECHO_REQ", "ping").expect("ECHO_RES");
        if (rows > before) counts.push(rows - before);
      }
      reader.destroy();
      const median = counts.sort((a, b) => a - b)[PINGS >> 1];
      assert(median <= MOST_ROWS, `${median} rows`);
    },
  );
});
