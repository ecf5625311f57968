import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SERVER_VERSION, VERSION } from "../../version.ts";
import { commit } from "../../build/commit.ts";
import { type ProgramCommand, runProgram, startServe } from "../support/program.ts";
import { program, run, RunningProgram, testWith } from "../support/programs.ts";
import { describeWithPostgres } from "../support/postgres.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { bunProgram, ROOT, withoutPackages } from "../support/runtimes.ts";
import { unless } from "../support/unless.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-binary-"));
const elsewhere = join(directory, "empty");
/** The binary alone in a folder, without any environment. */
const alone: ProgramCommand = {
  words: [join(elsewhere, "geartrain")],
  environment: {},
  directory: elsewhere,
};

/** How many sources in a file of Bun are marked as those of which it has the bytecode. */
function parsedSources(file: string): number {
  const mark = "// @bun @bytecode\n";
  const bytes = fs.readFileSync(file);
  let count = 0;
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) count++;
  return count;
}

before(() => {
  if (withoutPackages) return;
  const { status, stderr } = spawnSync(
    bunProgram(),
    [join(ROOT, "build/bun_binary.ts"), "--outdir", directory],
    { cwd: ROOT, encoding: "utf8" },
  );
  assertEquals(status, 0, stderr);
  assertEquals(fs.readdirSync(directory), ["geartrain"], "the binary needs no file beside it");
  fs.mkdirSync(elsewhere);
  fs.renameSync(join(directory, "geartrain"), join(elsewhere, "geartrain"));
});
after(() => fs.rmSync(directory, { recursive: true, force: true }));

describe(...unless(withoutPackages, "the binary that Bun builds"), () => {
  test("shows the version, the commit it was built from, and the runtime", async () => {
    const { status, stdout } = await runProgram(["--version"], {}, alone);
    assertEquals(status, 0);
    assertStringIncludes(stdout, `geartrain ${VERSION} (`);
    assertStringIncludes(stdout, `commit ${commit()}, Bun `);
  });

  test("serves HTTP, and tells by it which commit it was built from", async () => {
    await using server = startServe(["--http", "0"], {}, alone);
    const place = (await server.line(/HTTP is served on/)).replace(/^.* on /, "");
    const text = await (await fetch(`http://${place}/metrics`)).text();
    assertStringIncludes(text, `gearman_build_info{version="${VERSION}",commit="${commit()}",`);
  });

  test("starts, and ends with status 0 at SIGTERM", async () => {
    await using server = startServe([], {}, alone);
    await server.port();
    server.kill("SIGTERM");
    assertEquals((await server.end).status, 0);
  });

  test("holds its sources parsed: so it starts in two thirds of the time", () => {
    // Bun has the mark in its own sources as well.
    assertEquals(parsedSources(alone.words[0]), parsedSources(bunProgram()) + 1);
  });

  test("writes nothing where it is started", async () => {
    await using server = startServe([], {}, alone);
    using peer = await RawPeer.connect(await server.port());
    assertEquals(await peer.send("version\n").nextLine(), `OK ${SERVER_VERSION}`);
    assertEquals(fs.readdirSync(elsewhere), ["geartrain"]);
  });

  test("does not look at files that Bun would read where it is started", async () => {
    const traps = join(directory, "traps");
    fs.mkdirSync(traps);
    fs.writeFileSync(join(traps, ".env"), "GEARMAND_PORT=no-port\nGEARTRAIN_DAEMON=1\n");
    fs.writeFileSync(join(traps, "bunfig.toml"), 'preload = ["./trap.ts"]\n');
    fs.writeFileSync(join(traps, "trap.ts"), 'process.stderr.write("trapped\\n");\n');
    await using server = startServe(["--verbose", "NOTICE"], {}, { ...alone, directory: traps });
    await server.port();
    server.kill("SIGTERM");
    const { stderr } = await server.end;
    assertEquals(stderr.filter((line) => /trapped|GEARMAND_PORT/.test(line)), []);
  });

  test("reads a configuration file, and goes into the background", async () => {
    const config = join(directory, "geartrain.toml");
    const pidFile = join(directory, "pid");
    const log = join(directory, "log");
    fs.writeFileSync(config, `port = 0\nlisten = "127.0.0.1"\nlog-file = "${log}"\n`);
    const args = ["serve", "-d", "--config-file", config, "-P", pidFile];
    const { status, stderr } = await runProgram(args, {}, alone);
    assertEquals([status, stderr], [0, []]);
    const pid = Number(fs.readFileSync(pidFile, "utf8"));
    const [, port] = /listening on 127\.0\.0\.1:(\d+)/.exec(fs.readFileSync(log, "utf8"))!;
    using peer = await RawPeer.connect(Number(port));
    assertEquals(await peer.send("getpid\n").nextLine(), `OK ${pid}`);
    process.kill(pid, "SIGTERM");
    await peer.allUntilClose();
  });

  describeWithPostgres("with a PostgreSQL", (postgres) => {
    test("shares its jobs with other servers, and looks after the tables", async () => {
      const url = await postgres().database();
      const migrated = await runProgram(["store", "migrate", url], {}, alone);
      assertEquals([migrated.status, migrated.stderr], [0, []]);
      await using server = startServe(["--store", url, "--no-migrate"], {}, alone);
      await server.line(/background jobs are shared/);
      using peer = await RawPeer.connect(await server.port());
      await peer.packet("SUBMIT_JOB_BG", "f", "", "data").expect("JOB_CREATED");
    });
  });

  test("has its stored jobs when it starts again", async () => {
    const args = ["--store", `sqlite:${join(directory, "queue.db")}`];
    let handle: string;
    {
      await using server = startServe(args, {}, alone);
      using peer = await RawPeer.connect(await server.port());
      [handle] = await peer.packet("SUBMIT_JOB_BG", "f", "", "data").expect("JOB_CREATED");
      server.kill("SIGTERM");
      assertEquals((await server.end).status, 0);
    }
    await using server = startServe(args, {}, alone);
    using peer = await RawPeer.connect(await server.port());
    peer.packet("CAN_DO", "f").packet("GRAB_JOB");
    assertEquals(await peer.expect("JOB_ASSIGN", 3), [handle, "f", "data"]);
  });

  test("is that tool under the name gearadmin", async () => {
    const link = join(directory, "gearadmin");
    fs.symlinkSync(alone.words[0], link);
    await using server = startServe([], {}, alone);
    const args = ["-h", "127.0.0.1", "-p", `${await server.port()}`, "--getpid"];
    const { status, stdout } = await runProgram(args, {}, { ...alone, words: [link] });
    assertEquals([status, stdout], [0, `${server.pid}\n`]);
  });

  test("is that tool under the name gearman", async () => {
    const link = join(directory, "gearman");
    fs.symlinkSync(alone.words[0], link);
    await using server = startServe([], {}, alone);
    const args = ["-h", "127.0.0.1", "-p", `${await server.port()}`, "-v", "-b", "-f", "f", "x"];
    const { status, stdout } = await runProgram(args, {}, { ...alone, words: [link] });
    assertEquals(status, 0);
    assertMatch(stdout, /^Task created: H:\S+\n$/);
  });

  test("serves under the name gearmand", async () => {
    const link = join(directory, "gearmand");
    fs.symlinkSync(alone.words[0], link);
    const { status, stdout } = await runProgram(["--help"], {}, { ...alone, words: [link] });
    assertEquals(status, 0);
    assertStringIncludes(stdout, "geartrain serve - run the Gearman job server");
  });

  const gearman = program("gearman", "gearman-tools");
  testWith(
    [gearman],
    "does a job of the gearman tool with a worker of the gearman tool",
    async () => {
      await using server = startServe([], {}, alone);
      const port = `${await server.port()}`;
      const address = ["-h", "127.0.0.1", "-p", port];
      await using _worker = new RunningProgram(gearman.program, [
        ...[...address, "-w", "-f", "wc"],
        ...["--", "wc", "-l"],
      ]);
      const input = "one\ntwo\nthree\n";
      const { code, stdout } = await run(gearman.program, [...address, "-f", "wc"], input);
      assertEquals(code, 0);
      assertMatch(stdout, /^\s*3\s*$/);
    },
  );
});
