import { describe, test } from "node:test";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { freePort, Gearmand } from "../support/gearmand.ts";
import { programWords } from "../support/program.ts";
import { type Ended, program, run, testWith } from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { ScriptedServer } from "../support/scripted_server.ts";
import { startServer, untilListed } from "../support/server.ts";

const real = program("gearadmin", "gearman-tools");
const gearmand = program("gearmand", "gearman-job-server");

/** Ours by that name. */
function ours(...args: string[]): Promise<Ended> {
  const [path, ...words] = programWords("tests/support/called_as.ts");
  return run(path, [...words, "gearadmin", ...args]);
}

/** Both ask for the same, one after the other. */
async function assertSame(port: number, args: readonly string[]): Promise<Ended> {
  const all = ["-h", "127.0.0.1", "-p", `${port}`, ...args];
  const theirs = await run(real.program, all);
  const end = await ours(...all);
  assertEquals(comparable(end), comparable(theirs), args.join(" "));
  return end;
}

/** Each connection has its number, and gearmand lists them in an order of its threads. */
function comparable({ code, stdout, stderr }: Ended): Ended {
  const connections = /(?:^\d+ 127.*\n)+/gm;
  const sorted = (lines: string) => lines.replaceAll(/^\d+/gm, "N").split("\n").sort().join("\n");
  return { code, stderr, stdout: stdout.replaceAll(connections, sorted) };
}

/** Everything that the tool can, with a worker and three jobs there. */
async function compareAll(port: number): Promise<void> {
  using worker = await RawPeer.connect(port);
  worker.packet("SET_CLIENT_ID", "thumbs-1").packet("CAN_DO", "resize");
  for (const unique of ["a", "b"]) {
    await worker.packet("SUBMIT_JOB_BG", "resize", unique, "x").expect("JOB_CREATED");
  }
  await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
  await untilListed(port, "status", /resize\t2\t1\t1/);
  const listings = ["status", "priority-status", "workers", "show-jobs", "show-unique-jobs"];
  for (const name of [...listings, "server-version", "server-verbose", "getpid"]) {
    const { stdout } = await assertSame(port, [`--${name}`]);
    assertMatch(stdout, /\n$/);
  }
  await assertSame(port, ["--status", "--show-jobs", "--server-version", "--getpid"]);
  await assertSame(port, ["--stat", "--work"]);
  await assertSame(port, ["--create-function=crop"]);
  await assertSame(port, ["--create-function", "crop", "--drop-function", "crop", "--status"]);
  await assertSame(port, ["--drop-function=resize"]);
  await assertSame(port, ["--drop-function=none"]);
  await assertSame(port, ["--cancel-job=H:none:1"]);
  const [first, second] = (await untilListed(port, "show jobs", 2)).map((line) =>
    line.split("\t")[0]
  );
  const address = ["-h", "127.0.0.1", "-p", `${port}`];
  const theirs = await run(real.program, [...address, `--cancel-job=${first}`]);
  assertEquals(await ours(...address, "--cancel-job", second), theirs);
}

describe("called by the name gearadmin, geartrain", () => {
  testWith([real], "prints byte for byte what that tool prints of our server", async () => {
    await using server = startServer();
    await compareAll(server.port);
  });

  testWith([real, gearmand], "prints byte for byte what that tool prints of gearmand", async () => {
    await using server = await Gearmand.start(gearmand.program);
    await compareAll(server.port);
  });

  testWith([real], "does several things in the order of that tool", async () => {
    using server = await ScriptedServer.start((line) =>
      /show|status|workers/.test(line) ? "a\t1\r\n.\r\n" : "OK x\r\n"
    );
    const flags = ["show-jobs", "status", "priority-status", "workers", "server-version"]
      .concat("server-verbose", "getpid", "show-unique-jobs").map((name) => `--${name}`);
    const names = ["--create-function=c", "--cancel-job", "d", "--drop-function=e f"];
    await assertSame(server.port, [...flags, ...names]);
    const half = server.lines.length / 2;
    assertEquals(server.lines.slice(0, half), server.lines.slice(half));
    assertEquals(half, 11);
  });

  testWith([real], "fails with 1 where that tool does", async () => {
    using ending = await ScriptedServer.start(() => null);
    const address = ["-h", "127.0.0.1", "-p"];
    const down = [...address, `${await freePort()}`, "--status"];
    const cut = [...address, ending.portText, "--status"];
    const wrong = [[], ["--bogus"], ["--show"], ["-x"], ["--create-function"], ["--status=1"]];
    for (const args of [...wrong, down, cut, [...down, "--status"]]) {
      const [theirs, end] = [await run(real.program, args), await ours(...args)];
      assertEquals([theirs.code, end.code, end.stdout], [1, 1, ""], args.join(" "));
      assertMatch(end.stderr, /^Error: .*\n$/);
    }
  });

  test("explains its options, and refuses TLS rather than speak plainly", async () => {
    const help = await ours("--help");
    assertEquals(help.code, 0);
    assertStringIncludes(help.stdout, "Usage: gearadmin OPTIONS");
    assertStringIncludes(help.stdout, "-h, --host HOST");
    const refused = await ours("-S", "--status");
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.stderr, "no TLS");
  });

  test("sends no second command with a name", async () => {
    const { code, stderr } = await ours("--create-function", "a\nshutdown");
    assertEquals(code, 1);
    assertStringIncludes(stderr, "more than a line");
  });
});
