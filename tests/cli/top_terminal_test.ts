import { describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { VERSION } from "../../version.ts";
import { freePort, Gearmand } from "../support/gearmand.ts";
import { programWords, runProgram } from "../support/program.ts";
import { program, testWith } from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { ScriptedServer } from "../support/scripted_server.ts";
import { startServer } from "../support/server.ts";
import { Terminal, tmux } from "../support/terminal.ts";

function topOf(port: number): Terminal {
  return new Terminal([...programWords(), "top", "-p", `${port}`, "--interval", "0.05"]);
}

/** The terminal is as it was before. */
async function assertRestored(terminal: Terminal, status = 0): Promise<void> {
  const lines = await terminal.until(/ended with/);
  assertEquals(lines.slice(0, 3), ["before", `ended with ${status}`, ""]);
  assertEquals(terminal.state, { isAlternate: false, hasCursor: true });
  // It shows again what is typed.
  terminal.press("hello");
  await terminal.until(/hello/);
}

async function withJobs(port: number): Promise<RawPeer> {
  const worker = await RawPeer.connect(port);
  worker.packet("CAN_DO", "resize");
  for (const name of ["resize", "resize", "resize", "invoice"]) {
    await worker.packet("SUBMIT_JOB_HIGH_BG", name, "", "x").expect("JOB_CREATED");
  }
  await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
  return worker;
}

const RESIZE = /^resize +2 +0 +1 +1 +\S+ +\S+$/m;
/** Of a server that tells less. */
const RESIZE_OF_OTHERS = /^resize +2 +2 +0 +0 +1 +1 +\S+$/m;

describe("geartrain top on a terminal", () => {
  testWith([tmux], "shows the server, sorts, filters, and q gives the terminal back", async () => {
    await using server = startServer();
    using worker = await withJobs(server.port);
    using terminal = topOf(server.port);
    const lines = await terminal.until(RESIZE);
    assertEquals(lines.length, 24);
    assertStringIncludes(
      lines[0],
      `geartrain top  localhost:${server.port}  geartrain ${VERSION} `,
    );
    assertStringIncludes(lines[1], "2 functions  3 waiting  0 scheduled  1 running");
    assertStringIncludes(lines[23], "q quit");
    assertEquals(terminal.state, { isAlternate: true, hasCursor: false });
    terminal.press("n");
    await terminal.until(/by name[^]*\ninvoice [^]*\nresize /);
    terminal.press("/", "v");
    const filtered = await terminal.until(/filter: v_/);
    assert(!filtered.join("\n").includes("resize"));
    terminal.press("Enter", "w");
    await terminal.until(/by waiting {2}filter: v /);
    await worker.packet("SUBMIT_JOB_BG", "invoice", "", "y").expect("JOB_CREATED");
    await terminal.until(/^invoice +2 +0 +0 +0 /m);
    terminal.resize(50, 10);
    await terminal.until(/^FUNCTION +WAITING +RUNNING +WORKERS +DONE\/s$/m);
    terminal.resize(80, 24);
    terminal.press("q");
    await assertRestored(terminal);
  });

  testWith([tmux], "gives it back after Ctrl-C and TERM too", async () => {
    await using server = startServer();
    using _worker = await withJobs(server.port);
    const ends: ((terminal: Terminal) => void)[] = [
      (terminal) => terminal.press("C-c"),
      (terminal) => terminal.kill("SIGTERM"),
    ];
    for (const end of ends) {
      using terminal = topOf(server.port);
      await terminal.until(RESIZE);
      end(terminal);
      await assertRestored(terminal);
    }
  });

  testWith([tmux], "tells that the server has gone, and finds it again", async () => {
    let isWell = true;
    using server = await ScriptedServer.start((line) => {
      if (!isWell) return null;
      return line === "version"
        ? "OK 1.1\n"
        : line === "status"
        ? "f\t1\t0\t0\n.\n"
        : line === "prioritystatus"
        ? "f\t0\t1\t0\t0\n.\n"
        : "ERR UNKNOWN_COMMAND Unknown+server+command\r\n";
    });
    using terminal = topOf(server.port);
    await terminal.until(/by waiting/);
    isWell = false;
    const lines = await terminal.until(/trying again/);
    assertStringIncludes(lines[2], "the server has closed the connection");
    assertStringIncludes(lines[4], "f ");
    isWell = true;
    await terminal.until(/by waiting/);
    terminal.press("q");
    await assertRestored(terminal);
  });

  testWith([tmux], "says in one line that no server answers, and shows nothing else", async () => {
    using terminal = topOf(await freePort());
    const lines = await terminal.until(/ended with/);
    assertStringIncludes(lines.join(""), "nobody listens there");
    assertStringIncludes(lines.join(""), "ended with 1");
  });

  const gearmand = program("gearmand", "gearman-job-server");
  testWith([tmux, gearmand], "shows gearmand as well", async () => {
    await using server = await Gearmand.start(gearmand.program);
    using _worker = await withJobs(server.port);
    using terminal = topOf(server.port);
    const lines = await terminal.until(RESIZE_OF_OTHERS);
    assertStringIncludes(lines[2], "this server does not tell scheduled jobs");
    terminal.press("q");
    await assertRestored(terminal);
  });
});

describe("geartrain top on a pipe", () => {
  test("prints once", async () => {
    await using server = startServer();
    using _worker = await withJobs(server.port);
    const address = ["-p", `${server.port}`];
    const { status, stdout } = await runProgram(["top", ...address]);
    assertEquals(status, 0);
    assertEquals(stdout.split("\n"), [
      "FUNCTION  WAITING  HIGH  NORMAL  LOW  SCHEDULED  RUNNING  WORKERS",
      "resize          2     2       0    0          0        1        1",
      "invoice         1     1       0    0          0        0        0",
      "",
    ]);
    const filtered = await runProgram(["top", ...address, "--filter", "INV", "--sort", "name"]);
    assertEquals(filtered.stdout.split("\n").length, 3);
  });

  test("fails with 1 where no server answers, and for wrong options", async () => {
    const port = `${await freePort()}`;
    for (const args of [["-p", port], ["--sort", "size"], ["--interval", "0"], ["now"]]) {
      const { status, stdout, stderr } = await runProgram(["top", ...args]);
      assertEquals([status, stdout, stderr.length], [1, "", 1]);
    }
  });
});
