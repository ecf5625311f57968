import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { PERMISSIONS } from "../../build/deno_binary.ts";
import {
  type ProgramCommand,
  type ProgramEnd,
  runProgram,
  startServe,
} from "../support/program.ts";
import { describeWithPostgres } from "../support/postgres.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { denoConfig, denoProgram, ROOT } from "../support/runtimes.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-permissions-"));
after(() => fs.rmSync(directory, { recursive: true, force: true }));

/** The flags of a command line of Deno. */
function flagsIn(commandLine: string): string[] {
  return commandLine.split(" ").filter((word) => word.startsWith("--allow-"));
}

const { tasks } = JSON.parse(fs.readFileSync(join(ROOT, "deno.json"), "utf8"));
const { scripts } = JSON.parse(fs.readFileSync(join(ROOT, "package.json"), "utf8"));
const FLAGS = flagsIn(tasks.serve);

/** What the program wrote to standard error; Deno names programs that the machine does not have. */
function said({ stderr }: ProgramEnd): string[] {
  return stderr.filter((line) => !line.startsWith("Info Failed to resolve "));
}

/** The program on Deno with these permissions, which never asks for more. */
function withFlags(flags: readonly string[]): ProgramCommand {
  const config = ["--no-prompt", "--config", denoConfig()];
  const words = [denoProgram(), "run", ...config, ...flags, join(ROOT, "cli.ts")];
  return { words, environment: process.env };
}

describe("On Deno the server", () => {
  test("does jobs, writes its log and its pid, and reads its options from a file", async () => {
    const config = join(directory, "geartrain.toml");
    const log = join(directory, "log");
    const pidFile = join(directory, "pid");
    fs.writeFileSync(config, `log-file = "${log}"\nverbose = "NOTICE"\njob-retries = 2\n`);
    const args = ["--config-file", config, "--pid-file", pidFile];
    await using server = startServe(args, {}, withFlags(FLAGS));
    using peer = await RawPeer.connect(await server.port());
    const [handle] = await peer.packet("CAN_DO", "f").packet("SUBMIT_JOB", "f", "", "data")
      .expect("JOB_CREATED");
    assert(!handle.startsWith("H:localhost:") || process.env.HOSTNAME === "localhost");
    assertEquals(await peer.packet("GRAB_JOB").expect("JOB_ASSIGN", 3), [handle, "f", "data"]);
    assertEquals(fs.readFileSync(pidFile, "utf8"), `${server.pid}\n`);
    server.kill("SIGTERM");
    assertEquals((await server.end).status, 0);
    assertMatch(fs.readFileSync(log, "utf8"), /listening on 127\.0\.0\.1/);
  });

  test("listens on a unix socket with its mode, and knows the limit of descriptors", async () => {
    const path = join(directory, "gear.sock");
    const args = ["-L", `unix:${path}`, "-f", "999999999"];
    const refused = await runProgram(["serve", ...args], {}, withFlags(FLAGS));
    const [, limit] = /may have only (\d+)/.exec(said(refused)[0])!;
    assert(Number(limit) !== 1024 || process.env.GEARTRAIN_REQUIRE_INTEROP !== "1");
    const group = ["--listen-group", String(process.getgid!())];
    const checked = await runProgram(
      ["serve", "--check-args", "-L", `unix:${path}`, ...group],
      {},
      withFlags(FLAGS),
    );
    assertEquals([checked.status, said(checked)], [0, []]);
    const listen = ["-L", `unix:${path}`, "--listen-mode", "0640", ...group];
    await using server = startServe(listen, {}, withFlags(FLAGS));
    assertStringIncludes((await server.addresses()).join(), `unix:${path}`);
    assertEquals(fs.lstatSync(path).mode & 0o777, 0o640);
  });

  test("serves HTTP, with metrics of its process and its store", async () => {
    const store = `sqlite:${join(directory, "http.db")}`;
    await using server = startServe(["--http", "0", "--store", store], {}, withFlags(FLAGS));
    const place = (await server.line(/HTTP is served on/)).replace(/^.* on /, "");
    const text = await (await fetch(`http://${place}/metrics`)).text();
    assertMatch(text, /^process_resident_memory_bytes [1-9]\d+$/m);
    assertMatch(text, /^gearman_store_file_bytes [1-9]\d+$/m);
    assertMatch(text, /^gearman_build_info\{version="[^"]+",commit="",runtime="Deno [\d.]+"\} 1$/m);
    server.kill("SIGTERM");
    assertEquals((await server.end).status, 0);
    assertEquals(said(await server.end).filter((line) => /ERROR|FATAL|error/.test(line)), []);
  });

  test("has its stored jobs at every start, and says why it has none", async () => {
    const path = join(directory, "queue.db");
    const args = ["--store", `sqlite:${path}`];
    for (let jobs = 0; jobs < 3; jobs++) {
      await using server = startServe(args, {}, withFlags(flagsIn(scripts.start)));
      using peer = await RawPeer.connect(await server.port());
      assertEquals((await peer.send("show jobs\n").textReply()).length, jobs);
      await peer.packet("SUBMIT_JOB_BG", "f", "", "data").expect("JOB_CREATED");
      server.kill("SIGTERM");
      assertEquals((await server.end).status, 0);
    }
    fs.mkdirSync(join(directory, "log-is-folder.db-wal"));
    fs.copyFileSync(path, join(directory, "log-is-folder.db"));
    const command = withFlags(flagsIn(scripts.start));
    const bad = join(directory, "log-is-folder.db");
    const { status, stderr } = await runProgram(
      ["serve", "-p", "0", "--store", `sqlite:${bad}`],
      {},
      command,
    );
    assertEquals(status, 1);
    assertMatch(stderr.at(-1)!, /log-is-folder\.db: .*EISDIR.*log-is-folder\.db-wal/);
  });

  test("finds out whether there is a worker program without asking who it is", async () => {
    const script = join(directory, "start_worker.ts");
    const text = join(directory, "no-program");
    fs.writeFileSync(text, "", { mode: 0o644 });
    fs.writeFileSync(
      script,
      `import { Server } from ${JSON.stringify(join(ROOT, "mod.ts"))};
      const server = new Server();
      try {
        server.startWorker(${JSON.stringify(text)});
      } catch (error) {
        console.log(error.code);
      }
      await server.stop();`,
    );
    const words = withFlags(["--allow-read", "--allow-env", "--allow-run"]).words.with(-1, script);
    const { stdout, stderr } = await runProgram([], {}, { words, environment: process.env });
    assertEquals([stdout, stderr], ["ENOENT\n", []]);
  });

  test("serves with leave to listen and to look at its environment, and nothing else", async () => {
    const flags = FLAGS.filter((flag) => /^--allow-(net|env)/.test(flag));
    await using server = startServe([], {}, withFlags(flags));
    using peer = await RawPeer.connect(await server.port());
    const [handle] = await peer.packet("SUBMIT_JOB_BG", "f", "", "").expect("JOB_CREATED");
    assertStringIncludes(handle, "H:localhost:");
  });

  test("says which flag an option needs that its leave does not reach", async () => {
    const end = await runProgram(
      ["serve", "-p", "0", "--log-file", join(directory, "none")],
      {},
      withFlags(FLAGS.filter((flag) => flag !== "--allow-write")),
    );
    assertEquals([end.status, said(end).length], [1, 1]);
    assertStringIncludes(said(end)[0], "--allow-write");
  });
});

describeWithPostgres("On Deno a server that shares its jobs", (postgres) => {
  test("needs no more leave than others, and asks for none", async () => {
    const args = ["--store", await postgres().database()];
    await using server = startServe(args, {}, withFlags(FLAGS));
    await server.line(/background jobs are shared/);
    using peer = await RawPeer.connect(await server.port());
    await peer.packet("SUBMIT_JOB_BG", "f", "", "data").expect("JOB_CREATED");
    server.kill("SIGTERM");
    assertEquals((await server.end).status, 0);
    assertEquals(said(await server.end).filter((line) => /ERROR|FATAL|error/.test(line)), []);
  });
});

test("docs/installation.md explains the flags of `deno task serve`, `npm start` and the binary", () => {
  const page = fs.readFileSync(join(ROOT, "docs/installation.md"), "utf8").replaceAll(/\s+/g, " ");
  assertEquals(flagsIn(scripts.start), FLAGS);
  for (const flag of FLAGS) assertStringIncludes(page, `\`${flag}\``);
  assertStringIncludes(page, `\`${PERMISSIONS.join(" ")}\``);
});
