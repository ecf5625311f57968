import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SERVER_VERSION } from "../../version.ts";
import { freePort, Gearmand } from "../support/gearmand.ts";
import { inEnoughTime, Program, runProgram, startServe } from "../support/program.ts";
import { program, testWith } from "../support/programs.ts";
import { ScriptedServer } from "../support/scripted_server.ts";

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
      assertEquals([status, stdout], [0, `OK ${SERVER_VERSION}\n`]);
    }
  });

  test("asks over a unix socket", async () => {
    const directory = mkdtempSync(join(tmpdir(), "geartrain-health-"));
    try {
      const path = join(directory, "gear.sock");
      await using server = new Program(["serve", "-L", `unix:${path}`]);
      await server.addresses();
      const { status, stdout } = await runProgram(["health", "--socket", path]);
      assertEquals([status, stdout], [0, `OK ${SERVER_VERSION}\n`]);
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
    using silent = await ScriptedServer.start(() => "");
    await inEnoughTime((seconds) =>
      refused(["-p", silent.portText, "--timeout", seconds], "does not answer")
    );
    using ending = await ScriptedServer.start(() => null);
    await refused(["-p", ending.portText], "closed the connection");
    using binary = await ScriptedServer.start(() => "\0\0\0\0\0\0\0\0\0\0\0\0\0");
    await refused(["-p", binary.portText], "not a Gearman server");
    using web = await ScriptedServer.start(() => "HTTP/1.1 400 Bad Request\r\n\r\n");
    await refused(["-p", web.portText], "an HTTP server");
  });

  test("says with --ready what the server says, in words when it is not", async () => {
    using reading = await ScriptedServer.start((line) => {
      return line === "ready" ? "ERR NOT_READY Stored+jobs+are+being+read\r\n" : "OK 1.0\n";
    });
    const port = ["-p", reading.portText];
    await refused([...port, "--ready"], "the server is not ready: Stored jobs are being read");
    assertEquals((await runProgram(["health", ...port])).status, 0);
    await using server = startServe();
    const { status, stdout } = await runProgram([
      "ping",
      "--ready",
      "-p",
      `${await server.port()}`,
    ]);
    assertEquals([status, stdout], [0, "OK ready\n"]);
  });

  test("takes the version of a server that does not know --ready for a yes", async () => {
    using other = await ScriptedServer.start((line) => {
      return line === "version" ? "OK 1.1.20\n" : "ERR UNKNOWN_COMMAND Unknown+server+command\r\n";
    });
    const { status, stdout } = await runProgram(["health", "--ready", "-p", other.portText]);
    assertEquals([status, stdout], [0, "OK 1.1.20\n"]);
    assertEquals(other.lines, ["ready\r\n", "version\r\n"]);
    using silent = await ScriptedServer.start(() => "");
    await inEnoughTime((seconds) =>
      refused(["--ready", "-p", silent.portText, "--timeout", seconds], "does not answer")
    );
  });

  test("is ping as well", async () => {
    await using server = startServe();
    const { status, stdout } = await runProgram(["ping", "-p", `${await server.port()}`]);
    assertEquals([status, stdout], [0, `OK ${SERVER_VERSION}\n`]);
  });

  test("refuses wrong options in one line", async () => {
    await refused(["--port", "99999"], "-p/--port");
    await refused(["--timeout", "0"], "--timeout");
    await refused(["--timeout", "9999999"], "must be at most 2147483 seconds");
    await refused(["--hots", "x"], "--hots");
    await refused(["now"], "now");
  });
});
