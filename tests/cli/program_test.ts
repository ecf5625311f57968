import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { main } from "../../cli.ts";
import { COMMANDS } from "../../cli/commands.ts";
import { commandHelp, programHelp } from "../../cli/options/help.ts";
import { SERVE_OPTIONS } from "../../cli/serve/options.ts";
import { dashedNames } from "../../cli/options/option.ts";
import { SERVER_VERSION, VERSION } from "../../version.ts";
import { freePort } from "../support/gearmand.ts";
import { Program, type ProgramEnd, runProgram, startServe } from "../support/program.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { unless } from "../support/unless.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-program-"));
after(() => fs.rmSync(directory, { recursive: true, force: true }));

describe("geartrain", () => {
  test("without arguments shows its help, and so do help, -h and --help", async () => {
    for (const end of await runAll([[], ["help"], ["-h"], ["--help"]])) {
      assertEquals(end.status, 0);
      assertEquals(end.stdout, programHelp(COMMANDS));
      assertEquals(end.stderr, []);
    }
  });

  test("shows its version, its runtime and the system", async () => {
    const { deno, bun } = process.versions;
    const runtime = deno === undefined ? `Bun ${bun}` : `Deno ${deno}`;
    const text = `geartrain ${VERSION} (${runtime}, ${process.platform}-${process.arch})\n`;
    for (const end of await runAll([["-V"], ["--version"], ["serve", "-V"]])) {
      assertEquals([end.status, end.stdout], [0, text]);
    }
  });

  test("refuses an unknown command in one line, with status 1", async () => {
    for (const end of await runAll([["sevre"], ["--sevre"]])) refusedWith(end, "sevre");
  });

  test("by the name gearmand it serves", async () => {
    assertEquals(await main(["--check-args", "-p", "4731"], "gearmand"), 0);
    assertEquals(await main(["serve", "--check-args"], "gearmand"), 0);
  });
});

describe("geartrain serve --help", () => {
  test("explains every option in 80 columns", async () => {
    const { status, stdout } = await runProgram(["serve", "--help"]);
    assertEquals(status, 0);
    assertEquals(stdout, commandHelp(COMMANDS[0]));
    assertEquals(stdout.split("\n").filter((line) => line.length > 80), []);
    for (const option of SERVE_OPTIONS.filter(({ isHidden }) => isHidden !== true)) {
      for (const name of dashedNames(option)) assertStringIncludes(stdout, name);
    }
  });
});

describe("geartrain serve", () => {
  test("says where it listens at any level, and TERM and INT end it with status 0", async () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      await using program = startServe(["--verbose", "FATAL"]);
      const port = await program.port();
      using peer = await RawPeer.connect(port);
      assertEquals(await peer.send("version\n").nextLine(), `OK ${SERVER_VERSION}`);
      program.kill(signal);
      const { status, stderr, stdout } = await program.end;
      assertEquals({ status, stdout }, { status: 0, stdout: "" });
      assertEquals(stderr.length, 1);
      assertMatch(stderr[0], /^ NOTICE \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} \[ {2}main \] /);
    }
  });

  test("a graceful stop takes no new connection and serves the others to the last job", async () => {
    await using program = startServe(["--verbose", "NOTICE"]);
    const port = await program.port();
    using client = await RawPeer.connect(port);
    using worker = await RawPeer.connect(port);
    client.packet("SUBMIT_JOB", "f", "", "data");
    const [handle] = await client.expect("JOB_CREATED");
    program.kill("SIGUSR2");
    await program.line(/Stopping/i);
    await untilRefused(port);

    worker.packet("CAN_DO", "f").packet("GRAB_JOB");
    assertEquals(await worker.expect("JOB_ASSIGN", 3), [handle, "f", "data"]);
    worker.packet("WORK_COMPLETE", handle, "result");
    assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, "result"]);
    assertEquals((await program.end).status, 0);
  });

  test("USR1 stops it gracefully as it stops gearmand", async () => {
    await using program = startServe();
    await program.port();
    program.kill("SIGUSR1");
    assertEquals((await program.end).status, 0);
  });

  test("TERM cuts a graceful stop short", async () => {
    await using program = startServe(["--verbose", "NOTICE"]);
    using client = await RawPeer.connect(await program.port());
    client.packet("SUBMIT_JOB_BG", "f", "", "nobody does it");
    await client.expect("JOB_CREATED");
    program.kill("SIGUSR2");
    await program.line(/Stopping/i);
    program.kill("SIGTERM");
    assertEquals((await program.end).status, 0);
  });

  test("a port in use is said at once, with status 1", async () => {
    await using program = startServe();
    const port = await program.port();
    const end = await runProgram(["serve", "-L", "127.0.0.1", "-p", `${port}`]);
    refusedWith(end, `127.0.0.1:${port}`, "in use");
  });

  test("an option that is wrong is said in one line, with status 1", async () => {
    const wrong: [args: string[], ...parts: string[]][] = [
      [["--prot", "1"], "--prot"],
      [["-p", "99999"], "-p/--port", "99999"],
      [["--ssl"], "--ssl"],
      [["-p0", "-f", "999999999"], "--file-descriptors"],
      [["-p0", "--pid-file", directory], directory],
      [["-p0", "--log-file", directory], directory],
      [["-p0", "--user", "no-such-user"], "--user"],
      [["-p0", "-L", "no-such-host.invalid"], "no-such-host.invalid"],
    ];
    const ends = await runAll(wrong.map(([args]) => ["serve", ...args]));
    wrong.forEach(([, ...parts], index) => refusedWith(ends[index], ...parts));
  });

  test("--check-args checks the file too, and starts nothing", async () => {
    const file = join(directory, "check.toml");
    fs.writeFileSync(file, "port = 4731\n");
    const good = await runProgram(["serve", "--check-args", "--config-file", file]);
    assertEquals([good.status, good.stdout, good.stderr], [0, "", []]);
    fs.writeFileSync(file, "port = 99999\n");
    refusedWith(await runProgram(["serve", "--check-args", "--config-file", file]), file, "99999");
    refusedWith(
      await runProgram(["serve", "--check-args", "--config-file", "/no/file"]),
      "/no/file",
    );
  });
});

describe("Where geartrain serve listens", () => {
  test("is the port of GEARMAND_PORT only if that is a number", async () => {
    const port = await freePort();
    await using asked = new Program(["serve", "-L", "127.0.0.1"], {
      GEARMAND_PORT: `${port}`,
    });
    assertEquals(await asked.port(), port);
    const { status } = await runProgram(["serve", "--check-args"], {
      GEARMAND_PORT: "tcp://10.0.0.1:4730",
    });
    assertEquals(status, 0);
  });

  test("a GEARMAND_PORT that is no number is told of in the log", async () => {
    const listen = `unix:${join(directory, "port.sock")}`;
    await using program = new Program(["serve", "--verbose", "INFO", "-L", listen], {
      GEARMAND_PORT: "tcp://10.0.0.1:4730",
    });
    await program.line(/NOTICE .*GEARMAND_PORT.*tcp:\/\/10/);
  });

  test("is that of the command line before that of the file, and the file before GEARMAND_PORT", async () => {
    const [first, second, third] = [await freePort(), await freePort(), await freePort()];
    const file = join(directory, "precedence.conf");
    fs.writeFileSync(file, `--port=${second}\n--listen 127.0.0.1\n`);
    const environment = { GEARMAND_PORT: `${third}` };
    const args = ["serve", "--config-file", file];
    await using byFile = new Program(args, environment);
    assertEquals(await byFile.addresses(), [`127.0.0.1:${second}`]);
    await using byArgument = new Program([...args, "-p", `${first}`], environment);
    assertEquals(await byArgument.addresses(), [`127.0.0.1:${first}`]);
  });

  test("may be several addresses and unix sockets", async () => {
    const path = join(directory, "gear.sock");
    await using program = startServe(["-L", "127.0.0.1:0", "-L", `unix:${path}`]);
    const addresses = await program.addresses();
    assertEquals(addresses.length, 3);
    assertEquals(addresses[2], `unix:${path}`);
    using peer = await RawPeer.connect({ path });
    assertEquals(await peer.send("version\n").nextLine(), `OK ${SERVER_VERSION}`);
    await stopped(program);
    assert(!fs.existsSync(path));
  });

  test("is one free port for all addresses of a name", async () => {
    await using program = new Program(["serve", "-L", "localhost", "-p", "0"]);
    const ports = (await program.addresses()).map((address) => address.replace(/.*:/, ""));
    assertEquals(new Set(ports).size, 1);
  });

  test("is both families by default, 0.0.0.0 beside :: too", async () => {
    for (const args of [[], ["-L", "0.0.0.0", "-L", "::"]]) {
      const port = await freePort();
      await using program = new Program(["serve", "-p", `${port}`, ...args]);
      assertEquals(await program.port(), port);
      using peer = await RawPeer.connect(port);
      assertEquals(await peer.send("version\n").nextLine(), `OK ${SERVER_VERSION}`);
    }
  });
});

describe("The log of geartrain serve", () => {
  test("is opened again at SIGHUP, after it was renamed", async () => {
    const file = join(directory, "gear.log");
    await using program = startServe(["--log-file", file, "--verbose", "INFO"]);
    await program.port();
    fs.renameSync(file, `${file}.1`);
    program.kill("SIGHUP");
    await untilContains(file, /^ NOTICE .* SIGHUP, reopening log file$/m);
    assertEquals((await stopped(program)).status, 0);
    assertMatch(fs.readFileSync(`${file}.1`, "utf8"), /listening on/);
    assertMatch(fs.readFileSync(file, "utf8"), /Stopping/i);
  });

  test("has a JSON object a line if it is asked to", async () => {
    await using program = startServe([
      "--log-format",
      "json",
      "--verbose",
      "INFO",
      "-t",
      "4",
      "-R",
    ]);
    await program.port();
    const { stderr } = await stopped(program);
    const lines = stderr.map((line) => JSON.parse(line));
    for (const { time, level } of lines) {
      assertMatch(time, /^\d{4}-\d\d-\d\dT.*Z$/);
      assertMatch(level, /^(NOTICE|INFO)$/);
    }
    const told = lines.filter(({ message }) => /threads/.test(message));
    assertEquals(told.length, 1, "options without effect are told of once");
    assertStringIncludes(told[0].message, "round-robin");
  });

  test("goes nowhere with none", async () => {
    const path = join(directory, "silent.sock");
    const pidFile = join(directory, "silent.pid");
    const args = ["serve", "-l", "none", "-L", `unix:${path}`, "--debug", "-P", pidFile];
    await using program = new Program(args);
    await untilContains(pidFile, /\d+\n/);
    const end = await stopped(program);
    assertEquals([end.status, end.stderr.filter((line) => !/listening on/.test(line))], [0, []]);
  });

  test("goes through logger to syslog", async () => {
    const { path, output } = fakeLogger("ok", "cat");
    await using program = startServe(["--syslog", "--verbose", "INFO"], { PATH: path });
    using peer = await RawPeer.connect(await program.port());
    peer.packet("SUBMIT_JOB", "a\x1b[2J\nFATAL b\xc2\x9b", "u".repeat(65), "");
    await peer.expect("ERROR", 2);
    await stopped(program);
    const text = fs.readFileSync(output, "utf8");
    assertMatch(text, /listening on 127\.0\.0\.1/);
    assertMatch(text, /gearmand/);
    // deno-lint-ignore no-control-regex
    assertMatch(text, /^WARNING Submit refused: function="a[^\x00-\x1f\x7f-\x9f]+" unique=u{65} /m);
  });

  test("has what an event is about as fields of JSON, from the queue that is full to the stop", async () => {
    const args = ["--log-format", "json", "--verbose", "WARNING", "--max-queue", "f=1"];
    await using program = startServe(args);
    const { message: banner } = JSON.parse(await program.line(/listening on/));
    using peer = await RawPeer.connect(Number(/\d+$/.exec(banner)![0]));
    peer.packet("SET_CLIENT_ID", "shop").packet("SUBMIT_JOB_BG", "f", "", "");
    await peer.expect("JOB_CREATED");
    await peer.packet("SUBMIT_JOB_BG", "f", "u 2", "").expect("ERROR", 2);
    const { stderr } = await stopped(program);
    const [, refused, lost] = stderr.map((line) => JSON.parse(line));
    const { time: _, client, ...fields } = refused;
    assertMatch(client, /^1@127\.0\.0\.1:\d+$/);
    assertEquals(fields, {
      level: "WARNING",
      message: "Submit refused",
      event: "submitRefused",
      function: "f",
      unique: "u 2",
      clientId: "shop",
      cause: "Job queue is full",
    });
    assertEquals([lost.event, lost.waiting, lost.running], ["jobsLost", 1, 0]);
  });

  test("has the steps of a job as JSON at DEBUG, the same in a file and in syslog", async () => {
    const { path, output } = fakeLogger("ok", "cat");
    const file = join(directory, "steps.log");
    const args = ["--log-format", "json", "-l", file, "--syslog", "--verbose", "DEBUG"];
    await using program = startServe(args, { PATH: path });
    const [, port] = /:(\d+)"?\}?$/.exec(await program.line(/listening on/))!;
    using peer = await RawPeer.connect(Number(port));
    await peer.packet("SUBMIT_JOB_BG", "f\xff", "\x1b[2J", "").expect("JOB_CREATED");
    peer.packet("CAN_DO", "f\xff").packet("GRAB_JOB");
    const [handle] = await peer.expect("JOB_ASSIGN", 3);
    await peer.packet("WORK_COMPLETE", handle, "").packet("ECHO_REQ", "").expect("ECHO_RES");
    await stopped(program);
    const steps = (path: string) =>
      fs.readFileSync(path, "utf8").split("\n").filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line)).filter((line) => line.handle === handle);
    assertEquals(steps(output), steps(file));
    assertEquals(
      steps(file).map((step) => [step.event, step.level, step.function, step.unique]),
      ["jobSubmitted", "jobStarted", "jobFinished"]
        .map((event) => [event, "DEBUG", "f%FF", "%1B[2J"]),
    );
  });

  test("is refused at the start where no syslog listens", async () => {
    const { path } = fakeLogger("broken", "echo no socket >&2; exit 1");
    const end = await runProgram(["serve", "-p", "0", "--syslog"], { PATH: path });
    refusedWith(end, "--syslog", "no socket");
  });
});

describe("The process of geartrain serve", () => {
  test("writes its id to a file and removes that at the end", async () => {
    const file = join(directory, "gear.pid");
    fs.writeFileSync(file, "an older one, and longer\n");
    await using program = startServe(["--pid-file", file]);
    await program.port();
    assertEquals(fs.readFileSync(file, "utf8"), `${program.pid}\n`);
    await stopped(program);
    assert(!fs.existsSync(file));
  });

  test("in the background listens when the command ends, with its id in the file", async () => {
    const file = join(directory, "daemon.pid");
    const log = join(directory, "daemon.log");
    const port = await freePort();
    const args = ["serve", "-d", "-L", "127.0.0.1", "-p", `${port}`, "--pidfile", file, "-l", log];
    const end = await runProgram(args);
    assertEquals([end.status, end.stdout, end.stderr], [0, "", []]);
    const pid = Number(fs.readFileSync(file, "utf8"));
    try {
      assert(pid !== process.pid && pid > 1);
      using peer = await RawPeer.connect(port);
      assertEquals(await peer.send("getpid\n").nextLine(), `OK ${pid}`);
      process.kill(pid, "SIGTERM");
      assertEquals(await peer.allUntilClose(), "");
    } finally {
      if (fs.existsSync(file)) process.kill(pid, "SIGTERM");
    }
    await until(() => !fs.existsSync(file), "the pid file is gone");
    assertMatch(fs.readFileSync(log, "utf8"), /listening on 127\.0\.0\.1/);
  });

  test("in the background that cannot listen says so on the command's standard error", async () => {
    await using program = startServe();
    const port = await program.port();
    const end = await runProgram(["serve", "--daemon", "-L", "127.0.0.1", "-p", `${port}`]);
    refusedWith(end, `127.0.0.1:${port}`, "in use");
  });

  const notRoot = process.getuid?.() !== 0 && "only root may";
  test(...unless(notRoot, "becomes another user when it listens"), async () => {
    await using program = startServe(["--user", "nobody"]);
    using peer = await RawPeer.connect(await program.port());
    assertEquals(await peer.send("version\n").nextLine(), `OK ${SERVER_VERSION}`);
    // Deno lets nobody read there who has not all permissions.
    const status = execFileSync("cat", [`/proc/${program.pid}/status`], { encoding: "utf8" });
    assertMatch(status, /^Uid:\t65534\t65534\t65534/m);
    assertMatch(status, /^Gid:\t65534\t65534\t65534/m);
    assertEquals((await stopped(program)).status, 0);
  });
});

describe("The options of geartrain serve reach the server", () => {
  test("limits of queues, prefix of handles, exceptions, shutdown", async () => {
    await using program = startServe(
      ["--max-queue", "f=1", "--job-handle-prefix", "J:x", "--allow-shutdown", "--verbose=INFO"],
    );
    using peer = await RawPeer.connect(await program.port());
    const [handle] = await peer.packet("SUBMIT_JOB_BG", "f", "", "1").expect("JOB_CREATED");
    assertMatch(handle, /^J:x:/);
    const error = await peer.packet("SUBMIT_JOB_BG", "f", "", "2").expect("ERROR", 2);
    assertEquals(error, ["QUEUE_ERROR", "Job queue is full"]);
    assertEquals(await peer.send("verbose\n").nextLine(), "OK INFO");
    peer.send("shutdown\n");
    assertEquals((await program.end).status, 0);
  });

  test("without --allow-shutdown nobody can stop it by text", async () => {
    await using program = startServe(["--max-connections", "1"]);
    const port = await program.port();
    using peer = await RawPeer.connect(port);
    assertMatch(await peer.send("shutdown\n").nextLine(), /^ERR /);
    using second = await RawPeer.connect(port);
    assertMatch(await second.packet("ECHO_REQ", "").allUntilClose(), /ERROR|connections/i);
    assertEquals(await peer.send("version\n").nextLine(), `OK ${SERVER_VERSION}`);
  });

  test("packets above the largest size are refused", async () => {
    await using program = startServe(["--max-packet-size", "1K"]);
    using peer = await RawPeer.connect(await program.port());
    await peer.packet("ECHO_REQ", "x".repeat(1000)).expect("ECHO_RES");
    await peer.packet("ECHO_REQ", "x".repeat(1025)).expect("ERROR", 2);
  });
});

function runAll(commands: string[][]): Promise<ProgramEnd[]> {
  return Promise.all(commands.map((args) => runProgram(args)));
}

function refusedWith(end: ProgramEnd, ...parts: string[]): void {
  assertEquals(end.status, 1);
  assertEquals(end.stdout, "");
  assertEquals(end.stderr.length, 1, end.stderr.join("\n"));
  for (const part of parts) assertStringIncludes(end.stderr[0], part);
}

async function stopped(program: Program): Promise<ProgramEnd> {
  program.kill("SIGTERM");
  return await program.end;
}

/** A directory, first in the path, whose `logger` writes its arguments and does as told. */
function fakeLogger(name: string, script: string): { path: string; output: string } {
  const place = fs.mkdtempSync(join(directory, name));
  const output = join(place, "output");
  fs.writeFileSync(join(place, "logger"), `#!/bin/sh\n{ echo "$@"; ${script}; } >> ${output}\n`);
  fs.chmodSync(join(place, "logger"), 0o755);
  return { path: `${place}:${process.env.PATH}`, output };
}

/**
 * The kernel may still take a connection while the runtime closes the socket, just after the line
 * that says so: looks until it takes no more.
 */
async function untilRefused(port: number): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    try {
      using _ = await RawPeer.connect(port);
    } catch {
      return;
    }
  }
  throw new Error(`Port ${port} still takes connections`);
}

function untilContains(file: string, pattern: RegExp): Promise<void> {
  const isThere = () => fs.existsSync(file) && pattern.test(fs.readFileSync(file, "utf8"));
  return until(isThere, `${file} contains ${pattern}`);
}

/** Other processes tell nobody when they have changed a file: looks until they have. */
async function until(isTrue: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + 10_000; !isTrue();) {
    if (Date.now() > deadline) throw new Error(`Not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
