import { createServer } from "node:net";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { VERSION } from "../../version.ts";
import { freePort, Gearmand } from "../support/gearmand.ts";
import { Program, runProgram, startServe } from "../support/program.ts";
import { program, testWith } from "../support/programs.ts";

/** A server that is none of Gearman's: it does what it is told when somebody connects. */
async function otherServer(greeting: string | null) {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    if (greeting === null) socket.on("data", () => {});
    else if (greeting === "") socket.end();
    else socket.write(greeting);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    port: `${port}`,
    [Symbol.dispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function refused(args: readonly string[], reason: string): Promise<void> {
  const { status, stdout, stderr } = await runProgram(["health", ...args]);
  assertEquals([status, stdout, stderr.length], [1, "", 1], stderr.join("\n"));
  assertStringIncludes(stderr[0], reason);
}

describe("geartrain health", () => {
  test("prints what a server says of its version, with status 0", async () => {
    await using server = startServe();
    const port = `${await server.port()}`;
    for (const args of [["-p", port], ["--host", "127.0.0.1", `--port=${port}`]]) {
      const { status, stdout } = await runProgram(["health", ...args]);
      assertEquals([status, stdout], [0, `OK ${VERSION}\n`]);
    }
  });

  test("asks over a unix socket", async () => {
    const directory = mkdtempSync(join(tmpdir(), "geartrain-health-"));
    try {
      const path = join(directory, "gear.sock");
      await using server = new Program(["serve", "-L", `unix:${path}`]);
      await server.addresses();
      const { status, stdout } = await runProgram(["health", "--socket", path]);
      assertEquals([status, stdout], [0, `OK ${VERSION}\n`]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  const gearmand = program("gearmand", "gearman-job-server");
  testWith([gearmand], "asks gearmand as well", async () => {
    await using server = await Gearmand.start(gearmand.program);
    const { status, stdout } = await runProgram(["health", "-p", `${server.port}`]);
    assertEquals(status, 0);
    assertMatch(stdout, /^OK \d+\.\d+\S*\n$/);
  });

  test("fails where nobody listens, and where nobody answers", async () => {
    await refused(["-p", `${await freePort()}`], "nobody listens there");
    using silent = await otherServer(null);
    await refused(["-p", silent.port, "--timeout", "0.1"], "does not answer");
    using ending = await otherServer("");
    await refused(["-p", ending.port], "closed the connection");
    using binary = await otherServer("\0\0\0\0\0\0\0\0\0\0\0\0\0");
    await refused(["-p", binary.port], "no Gearman server");
  });

  test("refuses wrong options in one line", async () => {
    await refused(["--port", "99999"], "-p/--port");
    await refused(["--timeout", "0"], "--timeout");
    await refused(["--hots", "x"], "--hots");
    await refused(["now"], "now");
  });
});
