import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  Client,
  type ForegroundJob,
  JobExceptionError,
  JobFailedError,
  type JobUpdate,
} from "../../mod.ts";
import { ProcessGroup } from "../../cli/job_command/process_group.ts";
import { testWithEachServer } from "../client/any_server.ts";
import { freePort } from "../support/gearmand.ts";
import { isRunning, untilEnded } from "../support/processes.ts";
import { Program, programWords, runProgram } from "../support/program.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { startServer, untilListed } from "../support/server.ts";
import { unless } from "../support/unless.ts";

const directory = mkdtempSync(join(tmpdir(), "geartrain-work-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const decoder = new TextDecoder();
/** For a shell: the payload is the path of a file that will be there. */
const WAIT_FOR_FILE = `file="$(cat)"; until test -e "$file"; do sleep 0.02; done`;

/** `geartrain work` that is connected. */
async function startWork(port: number, ...args: string[]): Promise<Program> {
  const program = new Program(["work", "-h", `127.0.0.1:${port}`, ...args]);
  await program.line(/connected$/);
  return program;
}

/** A test with each kind of server, a worker and a client. */
function testWork(
  name: string,
  args: readonly string[],
  body: (client: Client, program: Program, port: number) => Promise<void>,
): void {
  testWithEachServer(name, async (port) => {
    await using program = await startWork(port, ...args);
    await using client = new Client({ servers: [`127.0.0.1:${port}`] });
    await body(client, program, port);
  });
}

/** What comes before the result, as text. */
async function updatesOf(job: ForegroundJob): Promise<string[]> {
  const updates: string[] = [];
  try {
    for await (const update of job) updates.push(shown(update));
  } catch (error) {
    updates.push((error as Error).name);
  }
  return updates;
}

function shown(update: JobUpdate): string {
  return update.type === "status" ? "status" : `${update.type} ${decoder.decode(update.data)}`;
}

/** A failure that is no exception. */
async function assertFails(job: ForegroundJob): Promise<void> {
  const error = await assertRejects(() => job.bytes(), JobFailedError);
  assert(!(error instanceof JobExceptionError));
}

describe("geartrain work", () => {
  testWork(
    "gives a command the payload and its environment, and returns its output",
    ["upper", "other", "--", "sh", "-c", 'cat; echo "$GEARMAN_FUNCTION $GEARMAN_UNIQUE" "$@"'],
    async (client) => {
      const job = client.submit("other", "data ", { unique: "u 1" });
      assertEquals(await job.text(), "data other u 1\n");
      assertEquals(await client.submit("upper", "").text(), "upper \n");
    },
  );

  testWithEachServer("writes what is no text of a unique as escapes", async (port) => {
    const command = ["sh", "-c", "printf '<%s>' \"$GEARMAN_UNIQUE\""];
    await using _worker = await startWork(port, "f", "--", ...command);
    using client = await RawPeer.connect(port);
    for (const [unique, shown] of [["\xff\x80a %FF\xc3", "<%FF%80a %FF%C3>"], ["u 1%", "<u 1%>"]]) {
      await client.packet("SUBMIT_JOB", "f", unique, "").expect("JOB_CREATED");
      const [, result] = await client.expect("WORK_COMPLETE", 2);
      assertEquals(result, shown);
    }
  });

  testWork(
    "tells a command its handle",
    ["f", "--", "printenv", "GEARMAN_HANDLE"],
    async (client) => {
      const job = client.submit("f", "");
      assertEquals(await job.text(), `${await job.handle}\n`);
    },
  );

  testWork(
    "fails a job whose command fails, and sends what it wrote",
    ["f", "--", "sh", "-c", "echo half; exit $(cat)"],
    async (client) => {
      const job = client.submit("f", "3");
      assertEquals(await updatesOf(job), ["data half\n", "JobFailedError"]);
      await assertFails(job);
      await assertFails(client.submit("f", "1"));
      assertEquals(await client.submit("f", "0").text(), "half\n");
    },
  );

  testWork(
    "fails a job whose command a signal ends",
    ["f", "--", "sh", "-c", "kill -9 $$"],
    async (client, program) => {
      await assertFails(client.submit("f", ""));
      await program.line(/^geartrain: f H:\S+: the command was ended by SIGKILL$/);
    },
  );

  testWork(
    "says in one line which job in the background failed, and how",
    ["f", "--", "sh", "-c", "cat >&2; exit 3"],
    async (client, program) => {
      const handle = await client.submit("f", "no such page\n", { background: true });
      await program.line(/: the command ended with status 3$/);
      program.kill("SIGTERM");
      const { stderr } = await program.end;
      const told = stderr.filter((line) => !/connected$|^no such page$/.test(line));
      assertEquals(told[0], `geartrain: f ${handle}: the command ended with status 3`);
      assertEquals(told.filter((line) => line.includes(handle)).length, 1);
    },
  );

  const go = join(directory, "go");
  testWork(
    "with --stream, sends output while it comes",
    ["f", "--stream", "--", "sh", "-c", `echo a; ${WAIT_FOR_FILE}; echo b`],
    async (client, _, port) => {
      const path = `${go}-${port}`;
      const job = client.submit("f", path);
      const updates: string[] = [];
      for await (const update of job) {
        updates.push(shown(update));
        writeFileSync(path, "");
      }
      assertEquals(updates, ["data a\n", "data b\n"]);
      assertEquals(await job.text(), "");
    },
  );

  testWork("with -n, sends a packet for each line", ["f", "-n", "--", "cat"], async (client) => {
    const updates = await updatesOf(client.submit("f", "a\n\nb"));
    assertEquals(updates, ["data a\n", "data \n", "data b"]);
  });

  testWork(
    "with -N, sends lines without their newlines",
    ["f", "-N", "--", "cat"],
    async (client) => {
      const long = "x".repeat(300_000);
      const updates = await updatesOf(client.submit("f", `${long}\n\nb`));
      assertEquals(updates, [`data ${long}`, "data ", "data b"]);
    },
  );

  testWork(
    "with --warnings, sends the standard error",
    ["f", "--warnings", "--", "sh", "-c", "echo careful >&2; echo done"],
    async (client) => {
      const job = client.submit("f", "");
      assertEquals(await updatesOf(job), ["warning careful\n"]);
      assertEquals(await job.text(), "done\n");
    },
  );

  testWork(
    "without --warnings, leaves the standard error to its own",
    ["f", "--", "sh", "-c", "echo careful >&2; echo done"],
    async (client, program) => {
      const job = client.submit("f", "");
      assertEquals(await updatesOf(job), []);
      assertEquals(await program.line(/careful/), "careful");
    },
  );

  testWork("takes and returns many bytes of every value", ["f", "--", "cat"], async (client) => {
    const bytes = Uint8Array.from({ length: 8_000_000 }, (_, index) => index % 251);
    const result = await client.submit("f", bytes).bytes();
    assertEquals(result.length, bytes.length);
    assert(result.every((byte, index) => byte === bytes[index]));
  });

  testWork(
    "does not mind a command that does not read its input",
    ["f", "--", "sh", "-c", "exec 0<&-; echo done"],
    async (client) => {
      const payload = new Uint8Array(3_000_000);
      assertEquals(await client.submit("f", payload).text(), "done\n");
      assertEquals(await client.submit("f", payload).text(), "done\n");
    },
  );

  testWork(
    "does not wait for what a command leaves behind",
    ["f", "--", "sh", "-c", "sleep 60 & echo $!"],
    async (client) => {
      const pid = Number(await client.submit("f", "").text());
      assert(isRunning(pid));
      process.kill(pid, "SIGKILL");
    },
  );

  testWork(
    "fails a job with more output than it may have, and says so",
    ["f", "--max-result", "100K", "--", "sh", "-c", 'head -c "$(cat)" /dev/zero'],
    async (client, program) => {
      assertEquals((await client.submit("f", "102400").bytes()).length, 102_400);
      const job = client.submit("f", "999999999");
      const why = "the output of the command is larger than 102400 bytes";
      assertEquals(await updatesOf(job), [`warning ${why}\n`, "JobFailedError"]);
      // What head has to say may stand before it in the line.
      assertMatch(await program.line(/larger/), new RegExp(`geartrain: f \\S+: ${why}`));
      assertEquals((await client.submit("f", "1").bytes()).length, 1);
    },
  );

  test("returns as much as it is allowed to, where the server takes it", async () => {
    await using server = startServer({ maxPacketSize: 2 ** 27 });
    const command = ["--", "head", "-c", "70000000", "/dev/zero"];
    await using _program = await startWork(server.port, "f", "--max-result", "100M", ...command);
    await using client = new Client({ servers: [`127.0.0.1:${server.port}`] });
    assertEquals((await client.submit("f", "").bytes()).length, 70_000_000);
  });

  testWithEachServer("fails a job whose command has gone", async (port) => {
    const path = join(directory, `gone-${port}`);
    writeFileSync(path, "#!/bin/sh\n", { mode: 0o755 });
    await using _program = await startWork(port, "f", "--", path);
    await using client = new Client({ servers: [`127.0.0.1:${port}`] });
    assertEquals(await client.submit("f", "").text(), "");
    rmSync(path);
    await assertFails(client.submit("f", ""));
  });
});

describe("geartrain work and time", () => {
  testWork(
    "ends a command that takes too long, with all that it started",
    ["f", "--job-timeout", "0.5", "--stream", "--", "sh", "-c", "sleep 60 & echo $!; wait"],
    async (client) => {
      const job = client.submit("f", "");
      const [pid, ...rest] = await updatesOf(job);
      assertEquals(rest, ["warning the command takes longer than 0.5 s\n", "JobFailedError"]);
      await untilEnded(Number(pid.slice("data ".length)));
    },
  );

  test("a command that does not end when it is asked to is killed", async () => {
    const words = ["sh", "-c", "trap '' TERM; echo $$; while :; do sleep 60; done"];
    const group = new ProcessGroup(words, { environment: process.env, readsErrors: false });
    const pid = await new Promise<number>((resolve) => {
      group.stdout.once("data", (bytes) => resolve(Number(decoder.decode(bytes))));
    });
    group.terminate(100);
    assert(isRunning(pid));
    assertEquals((await group.ended).signal, "SIGKILL");
  });

  test("ends the command of a job whose server is gone, and connects again", async () => {
    const server = startServer();
    await using program = await startWork(
      server.port,
      ...["f", "--stream", "--", "sh", "-c", "echo $$; exec sleep 60"],
    );
    await using client = new Client({ servers: [`127.0.0.1:${server.port}`] });
    const job = client.submit("f", "");
    const { value } = await job[Symbol.asyncIterator]().next();
    const pid = Number(shown(value!).slice("data ".length));
    await server.stop();
    await untilEnded(pid);
    await program.line(/not connected, tries again/);
    await using _again = startServer({}, server.port);
    await untilListed(server.port, "status", /^f\t0\t0\t1$/);
    program.kill("SIGTERM");
    const { stderr } = await program.end;
    const states = stderr.filter((line) => line.includes("connected")).map((line) =>
      line.includes("not connected")
    );
    assertEquals(states, [false, true, false]);
    job.then(() => {}, () => {});
  });

  test("waits for a server that is down when it begins", async () => {
    const port = await freePort();
    await using program = new Program([
      "work",
      "-p",
      `${port}`,
      "-h",
      "127.0.0.1",
      "f",
      "--",
      "cat",
    ]);
    await program.line(/not connected, tries again: Cannot connect/);
    await using _server = startServer({}, port);
    await program.line(/: connected$/);
  });
});

describe("geartrain work and how many jobs", () => {
  testWithEachServer("ends after exactly as many as -c says", async (port) => {
    await using client = new Client({ servers: [`127.0.0.1:${port}`] });
    const jobs = ["0", "1", "0", "0"].map((status) => client.submit("f", status));
    await Promise.all(jobs.map(({ handle }) => handle));
    const { status } = await runProgram([
      ...["work", "-h", `127.0.0.1:${port}`, "f", "-c", "3", "--concurrency", "4"],
      ...["--", "sh", "-c", "exit $(cat)"],
    ]);
    assertEquals(status, 0);
    await jobs[0];
    await assertFails(jobs[1]);
    await jobs[2];
    assertEquals((await client.status(await jobs[3].handle)).running, false);
    jobs[3].then(() => {}, () => {});
  });

  const meeting = join(directory, "meeting");
  testWork(
    "does as many at a time as it is told",
    [
      "f",
      "--concurrency",
      "3",
      "--",
      "sh",
      "-c",
      `
      file=$(cat); echo here >> "$file"
      until test "$(wc -l < "$file")" -ge 3; do sleep 0.02; done`,
    ],
    async (client, _, port) => {
      const path = `${meeting}-${port}`;
      await Promise.all([1, 2, 3].map(() => client.submit("f", path).bytes()));
      assertEquals(readFileSync(path, "utf8"), "here\n".repeat(3));
    },
  );
});

describe("geartrain work that is asked to leave", () => {
  testWork(
    "finishes the job that it does, and takes no other",
    ["f", "--stream", "--", "sh", "-c", `echo begun; ${WAIT_FOR_FILE}; echo done`],
    async (client, program, port) => {
      const path = join(directory, `leave-${port}`);
      const job = client.submit("f", path);
      const updates = job[Symbol.asyncIterator]();
      await updates.next();
      const other = client.submit("f", path);
      await other.handle;
      program.kill("SIGTERM");
      writeFileSync(path, "");
      assertEquals((await program.end).status, 0);
      assertEquals(shown((await updates.next()).value!), "data done\n");
      await job;
      assertEquals((await client.status(await other.handle)).running, false);
      other.then(() => {}, () => {});
    },
  );

  testWork(
    "ends the command when it is asked a second time, and the job fails",
    ["f", "--stream", "--", "sh", "-c", "echo $$; exec sleep 60"],
    async (client, program) => {
      const job = client.submit("f", "");
      const updates = job[Symbol.asyncIterator]();
      const pid = Number(shown((await updates.next()).value!).slice("data ".length));
      program.kill("SIGINT");
      program.kill("SIGTERM");
      assertEquals((await program.end).status, 0);
      await assertFails(job);
      assert(!isRunning(pid));
    },
  );
});

describe("geartrain work and the end of its terminal", () => {
  const words = programWords();
  const command = (script: string) => ({
    words: ["sh", "-c", `${script}; exec "$@"`, "sh", ...words],
    environment: process.env,
  });

  test("leaves as when it is asked to", async () => {
    await using server = startServer();
    const args = ["work", "-h", `127.0.0.1:${server.port}`, "f", "--", "cat"];
    await using program = new Program(args, {}, command(":"));
    await program.line(/connected$/);
    program.kill("SIGHUP");
    assertEquals((await program.end).status, 0);
  });

  const notLinux = process.platform !== "linux" && "only Linux is known to have nohup";
  test(...unless(notLinux, "goes on if it was started by nohup"), async () => {
    await using server = startServer();
    const args = ["work", "-h", `127.0.0.1:${server.port}`, "f", "--", "cat"];
    await using program = new Program(args, {}, command("trap '' HUP"));
    await program.line(/connected$/);
    await using client = new Client({ servers: [`127.0.0.1:${server.port}`] });
    program.kill("SIGHUP");
    const job = client.submit("f", "still here", { timeout: 10_000 });
    assertEquals(await job.text(), "still here");
    program.kill("SIGTERM");
    assertEquals((await program.end).status, 0);
  });
});

test("geartrain work takes jobs from several servers, unix sockets too", async () => {
  await using one = startServer();
  await using two = startServer();
  const path = join(directory, "two.sock");
  two.server.createListeningSock({ path });
  const servers = ["-h", `127.0.0.1:${one.port}`, "--socket", path];
  await using program = new Program(["work", ...servers, "f", "--", "cat"]);
  for (const place of [`127.0.0.1:${one.port}`, path]) {
    await program.line(new RegExp(`${place}: connected$`));
  }
  for (const { port } of [one, two]) {
    await using client = new Client({ servers: [`127.0.0.1:${port}`] });
    assertEquals(await client.submit("f", `${port}`).text(), `${port}`);
  }
});

describe("geartrain work refuses", () => {
  for (
    const [why, args, reason] of [
      ["no functions", ["--", "cat"], "work: say which functions"],
      ["no command", ["f"], "work: say which command, behind --"],
      ["an empty command", ["f", "--"], "work: say which command, behind --"],
      ["a command that there is not", ["f", "--", "no-such-command"], "there is no command"],
      ["a path that is not a program", ["f", "--", "/etc/passwd"], "is not a program"],
      ["two ways to send lines", ["f", "-nN", "--", "cat"], "together with"],
      ["lines of a stream", ["f", "-n", "--stream", "--", "cat"], "together with"],
      ["no time", ["f", "--job-timeout", "0", "--", "cat"], "must be a number of seconds > 0"],
      ["ages", ["f", "--job-timeout", "1e9", "--", "cat"], "must be a number of seconds > 0"],
      [
        "a month",
        ["f", "--job-timeout", "2592000", "--", "cat"],
        "must be at most 2147483 seconds",
      ],
      ["no jobs", ["f", "-c", "0", "--", "cat"], "must be an integer >= 1"],
      ["an address that is none", ["f", "-h", "a b", "--", "cat"], "is not HOST"],
      ["an unknown option", ["f", "--bogus", "--", "cat"], "unknown option --bogus"],
    ] as const
  ) {
    test(why, async () => {
      const { status, stderr, stdout } = await runProgram(["work", ...args]);
      assertEquals([status, stderr.length, stdout], [1, 1, ""]);
      assert(stderr[0].startsWith("geartrain: ") && stderr[0].includes(reason), stderr[0]);
    });
  }

  test("nothing of --help", async () => {
    const { status, stdout } = await runProgram(["work", "--help"]);
    assertEquals(status, 0);
    assertMatch(stdout, /^Usage: geartrain work FUNC\.\.\. \[OPTIONS\] -- CMD \[ARGS\]$/m);
    assertMatch(stdout, /^ {2}GEARMAN_UNIQUE {2}Its unique/m);
  });
});
