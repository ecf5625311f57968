import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SqliteStore } from "../../store/sqlite/store.ts";
import { batch, storedJob } from "../store/contract.ts";
import { type Program, runProgram, startServe } from "../support/program.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { unless } from "../support/unless.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-serve-store-"));
after(() => fs.rmSync(directory, { recursive: true, force: true }));
let files = 0;

function newPath(): string {
  return join(directory, `queue${++files}.db`);
}

function newStore(path = newPath(), jobs = 0): string {
  const store = SqliteStore.open(path, { sync: "off" });
  const numbers = Array.from({ length: jobs }, (_, index) => index + 1);
  store.write(batch({ added: numbers.map((number) => storedJob(number)) }));
  store.close();
  return path;
}

async function connect(program: Program): Promise<RawPeer> {
  return await RawPeer.connect(await program.port());
}

async function submit(peer: RawPeer, type: string, payload = ""): Promise<string> {
  const [handle] = await peer.packet(type, "f", "", payload).expect("JOB_CREATED");
  return handle;
}

describe("geartrain serve --store", () => {
  test("has its jobs after a kill, by both spellings", async () => {
    const path = newPath();
    const handles: string[] = [];
    for (
      const words of [["--store", `sqlite:${path}`], ["-qlibsqlite3", "--libsqlite3-db", path]]
    ) {
      await using program = startServe([...words, "--verbose", "NOTICE"]);
      await program.line(new RegExp(`sqlite:${path}: ${handles.length} stored jobs are back`));
      using client = await connect(program);
      for (const handle of handles) {
        const [, isKnown] = await client.packet("GET_STATUS", handle).expect("STATUS_RES", 5);
        assertEquals(isKnown, "1");
      }
      handles.push(await submit(client, "SUBMIT_JOB_BG"));
      program.kill("SIGKILL");
      await program.end;
    }
  });

  test("has its pauses after a kill", async () => {
    const args = ["--store", `sqlite:${newPath()}`];
    const paused = async (program: Program) => {
      using admin = await connect(program);
      return await admin.send("list pauses\n").textReply();
    };
    let listed: string[];
    {
      await using program = startServe(args);
      using admin = await connect(program);
      assertEquals(await admin.send("pause f 1h new version\n").nextLine(), "OK");
      assertEquals(await admin.send("pause g\n").nextLine(), "OK");
      assertEquals(await admin.send("resume g\n").nextLine(), "OK");
      listed = await paused(program);
      program.kill("SIGKILL");
      await program.end;
    }
    await using program = startServe(args);
    assertEquals(await paused(program), listed);
    assertEquals(listed.map((row) => row.split("\t")[0]), ["function", "f"]);
    using client = await connect(program);
    await submit(client, "SUBMIT_JOB_BG");
    await client.packet("CAN_DO", "f").packet("GRAB_JOB").expect("NO_JOB");
  });

  test("has its dead jobs after kills, and what was done with them", async () => {
    const policy = '*={"retry":{"max":0},"dead":true}';
    const args = ["--store", `sqlite:${newPath()}`, "--policy", policy];
    const dead = async (peer: RawPeer) => await peer.send("show dead\n").textReply();
    let listed: string[];
    const handles: string[] = [];
    {
      await using program = startServe(args);
      using peer = await connect(program);
      peer.packet("CAN_DO", "f");
      for (let job = 0; job < 3; job++) {
        handles.push(await submit(peer, "SUBMIT_JOB_BG"));
        await peer.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
        peer.packet("WORK_EXCEPTION", handles[job], "out of paper");
      }
      listed = await dead(peer);
      assertEquals(listed.map((row) => row.split("\t")[0]), handles);
      assertEquals(await peer.send(`kick job ${handles[0]}\n`).nextLine(), "OK");
      assertEquals(await peer.send(`drop dead job ${handles[1]}\n`).nextLine(), "OK");
      program.kill("SIGKILL");
      await program.end;
    }
    await using program = startServe(args);
    using peer = await connect(program);
    assertEquals(await dead(peer), listed.slice(2));
    peer.packet("CAN_DO", "f");
    const [handle] = await peer.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
    assertEquals(handle, handles[0]);
    await peer.packet("GRAB_JOB").expect("NO_JOB");
  });

  test("has the results that it keeps after a kill", async () => {
    const policy = '*={"keep-result":"1h"}';
    const args = ["--store", `sqlite:${newPath()}`, "--policy", policy];
    const result = async (peer: RawPeer, handle: string) =>
      await peer.send(`result ${handle}\n`).textReply();
    let handle: string;
    let told: string[];
    {
      await using program = startServe(args);
      using peer = await connect(program);
      handle = await submit(peer, "SUBMIT_JOB_BG");
      await peer.packet("CAN_DO", "f").packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
      await peer.packet("WORK_COMPLETE", handle, "result").packet("GRAB_JOB").expect("NO_JOB");
      told = await result(peer, handle);
      program.kill("SIGKILL");
      await program.end;
    }
    await using program = startServe(args);
    using peer = await connect(program);
    assertEquals(await result(peer, handle), told);
    assertEquals(told[1].split("\t").slice(3), ["6", btoa("result")]);
    peer.packet("GET_STATUS", handle);
    assertEquals(await peer.expect("STATUS_RES", 5), [handle, "1", "0", "1", "1"]);
  });

  test("says at any level that it reads stored jobs, and when they are back", async () => {
    const path = newStore(newPath(), 3);
    await using program = startServe(["--store", `sqlite:${path}`]);
    await program.line(/ NOTICE .*: reading stored jobs; packets wait until they are back$/);
    await program.line(/ NOTICE .*: 3 stored jobs are back after \d+\.\d s$/);
  });

  test("says that its database was deleted, is not ready then, and no other takes its place", async () => {
    const path = newStore(newPath(), 1);
    const args = ["--store", `sqlite:${path}`];
    await using program = startServe(args);
    using client = await connect(program);
    await submit(client, "SUBMIT_JOB_BG");
    fs.rmSync(path);
    await program.line(
      / ERROR .*: its file was deleted or moved away; it takes no jobs until a restart/,
    );
    const [code] = await client.packet("SUBMIT_JOB_BG", "f", "", "").expect("ERROR");
    assertEquals(code, "QUEUE_ERROR\0The job could not be stored");
    const port = String(await program.port());
    const health = await runProgram(["health", "-p", port, "--ready"]);
    assertEquals(health.status, 1);
    assertStringIncludes(health.stderr[0], "The store was deleted, replaced or cut");
    const { status, stderr } = await runProgram(["serve", "-L127.0.0.1", "-p0", ...args]);
    assertEquals(status, 1);
    assertStringIncludes(stderr.at(-1)!, "another server or program has it open");
  });

  test("says that handles go on with the prefix they had", async () => {
    const args = ["--store", `sqlite:${newStore()}`, "--job-handle-prefix", "H:new"];
    await using program = startServe([...args, "--verbose", "WARNING"]);
    await program.line(/Handles begin with H:geartrain:.*not with H:new/);
  });

  const notRoot = process.getuid?.() !== 0 && "only root may";
  test(
    ...unless(notRoot, "gives its files to the user that it becomes, at every start"),
    async () => {
      const folder = fs.mkdtempSync(join(tmpdir(), "geartrain-nobody-"));
      after(() => fs.rmSync(folder, { recursive: true }));
      fs.chownSync(folder, 65534, 65534);
      const path = join(folder, "queue.db");
      const args = ["--store", `sqlite:${path}`, "--sync", "1", "-u", "nobody"];
      for (let starts = 1; starts <= 2; starts++) {
        await using program = startServe(args);
        using client = await connect(program);
        await submit(client, "SUBMIT_JOB_BG");
        assertEquals((await client.send("show jobs\n").textReply()).length, starts);
        const owners = ["", "-wal", "-reserve", "-lock"]
          .map((end) => fs.statSync(path + end).uid);
        assertEquals(owners, [65534, 65534, 65534, 65534]);
        program.kill("SIGTERM");
        const { status, stderr } = await program.end;
        assertEquals([status, stderr.filter((line) => line.includes("ERROR"))], [0, []]);
      }
      const { stdout } = await runProgram(["store", "check", path]);
      assertEquals([stdout, fs.statSync(path).uid], ["ok\n", 65534]);
      assertEquals(fs.readdirSync(folder), ["queue.db"]);
    },
  );
});

describe("A graceful stop of geartrain serve --store", () => {
  test("waits for the job that runs, and leaves the others, newcomers' too, for the next start", async () => {
    const args = ["--store", `sqlite:${newPath()}`, "--verbose", "NOTICE"];
    const handles: string[] = [];
    {
      await using program = startServe(args);
      using client = await connect(program);
      using worker = await connect(program);
      for (let jobs = 0; jobs < 3; jobs++) handles.push(await submit(client, "SUBMIT_JOB_BG"));
      await worker.packet("CAN_DO", "f").packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
      program.kill("SIGUSR2");
      await program.line(/Stopping/);
      await worker.packet("GRAB_JOB").expect("NO_JOB");
      using newcomer = await connect(program);
      handles.push(await submit(newcomer, "SUBMIT_JOB_BG"));
      worker.packet("WORK_COMPLETE", handles[0], "");
      assertEquals((await program.end).status, 0);
    }
    await using again = startServe(args);
    using worker = await connect(again);
    worker.packet("CAN_DO", "f");
    for (const handle of handles.slice(1)) {
      assertEquals((await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3))[0], handle);
    }
  });

  test("ends after --stop-timeout, with the job that still runs for the next start", async () => {
    const args = ["--store", `sqlite:${newPath()}`, "--verbose", "NOTICE", "--stop-timeout", "0.1"];
    let handle: string;
    {
      await using program = startServe(args);
      using worker = await connect(program);
      handle = await submit(worker, "SUBMIT_JOB_BG");
      await worker.packet("CAN_DO", "f").packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
      program.kill("SIGUSR2");
      await program.line(/NOTICE .*Stopping when no job runs .*, or after 0\.1 s$/);
      await program.line(/WARNING .*Stopping now: after 0\.1 s 1 job still runs, 0 clients wait$/);
      assertEquals((await program.end).status, 0);
    }
    await using again = startServe(args);
    using worker = await connect(again);
    worker.packet("CAN_DO", "f");
    assertEquals((await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3))[0], handle);
  });
});

describe("geartrain serve --store that cannot start", () => {
  const refused = async (args: readonly string[], ...parts: string[]) => {
    const { status, stderr } = await runProgram(["serve", "-L127.0.0.1", "-p0", ...args]);
    assertEquals(status, 1);
    for (const part of parts) assertStringIncludes(stderr.at(-1)!, part);
    assertEquals(
      stderr.filter((line) => line.includes(parts.at(-1)!)).length,
      1,
      "it is said once",
    );
  };
  const refusedFile = (path: string, cause: string) =>
    refused(["--store", `sqlite:${path}`], `sqlite:${path}: `, cause);

  test("says which file, and why", async () => {
    const path = newStore();
    const text = newPath();
    fs.writeFileSync(text, "no database ".repeat(1000));
    const newer = new DatabaseSync(newStore());
    newer.exec("PRAGMA user_version = 99");
    const newerPath = join(directory, `queue${files}.db`);
    newer.close();
    await using _ = startServe(["--store", `sqlite:${path}`]);
    await _.port();
    await refusedFile(path, "another server or program has it open");
    await refusedFile(directory, "it is a folder");
    await refusedFile(join(directory, "none", "queue.db"), "there is no folder");
    await refusedFile(text, "it is not an SQLite database");
    await refusedFile(newerPath, "a newer version of geartrain has written it");
  });

  test("says so when the damage shows as jobs are read", async () => {
    for (const page of [8, 20]) {
      const path = newStore(newPath(), 5000);
      const file = fs.openSync(path, "r+");
      fs.writeSync(file, new Uint8Array(8192), 0, 8192, 8192 * page);
      fs.closeSync(file);
      await refusedFile(path, "it is damaged");
      const log = `${path}.log`;
      await refused(["--store", `sqlite:${path}`, "--log-file", log], "it is damaged");
      assertStringIncludes(
        fs.readFileSync(log, "utf8").trim().split("\n").at(-1)!,
        "it is damaged",
      );
    }
  });

  test("says which options contradict each other, also when they are only checked", async () => {
    for (const check of [[], ["--check-args"]]) {
      await refused([...check, "-q", "libsqlite3"], "needs --libsqlite3-db");
      await refused([...check, "--libsqlite3-db", "q.db"], "needs --queue-type libsqlite3");
      await refused([...check, "--sync", "always"], "--sync needs --store");
      await refused([...check, "--memory-limit", "1M"], "--memory-limit needs --store");
      await refused([...check, "--jobs-in-memory", "1"], "--jobs-in-memory needs --store");
      const both = ["--store", "sqlite:a.db", "-q", "libsqlite3", "--libsqlite3-db", "b.db"];
      await refused([...check, ...both], "different databases");
    }
  });
});

describe("geartrain serve --store on a full disk", () => {
  const noLimits = spawnSync("prlimit", ["--version"]).status !== 0 &&
    "Debian package util-linux is not installed";

  const refuses = "refuses jobs, serves others, and takes jobs again when there is room";
  test(...unless(noLimits, refuses), async () => {
    const path = newPath();
    const args = ["--store", `sqlite:${path}`, "--verbose", "NOTICE"];
    let handles: string[] = [];
    {
      const { program, limit } = startLimited(args);
      await using _ = program;
      using client = await connect(program);
      limit("2000000");
      handles = await submitUntilRefused(client);
      assert(handles.length > 3);
      await program.line(new RegExp(`sqlite:${path}: `));
      await assertForeground(client, await connect(program));
      limit("unlimited");
      handles.push(await submitUntilTaken(client));
      await program.line(/NOTICE .*room on the disk again/);
      program.kill("SIGKILL");
      await program.end;
    }
    await using again = startServe(args);
    using client = await connect(again);
    for (const handle of handles) {
      const [, isKnown] = await client.packet("GET_STATUS", handle).expect("STATUS_RES", 5);
      assertEquals(isKnown, "1");
    }
    assertEquals((await client.send("show jobs\n").textReply()).length, handles.length);
  });

  const hasAgain = "has a job again whose end it could not write before it was killed";
  test(...unless(noLimits, hasAgain), async () => {
    const args = ["--store", `sqlite:${newPath()}`];
    let handle: string;
    {
      const { program, limit } = startLimited(args);
      await using _ = program;
      using client = await connect(program);
      using worker = await connect(program);
      handle = await submit(client, "SUBMIT_JOB_BG", "payload");
      await worker.packet("CAN_DO", "f").packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
      limit("1");
      worker.packet("WORK_COMPLETE", handle, "");
      await program.line(/ERROR.*sqlite:/);
      // The server goes on: the job has ended for it.
      const [, isKnown] = await client.packet("GET_STATUS", handle).expect("STATUS_RES", 5);
      assertEquals(isKnown, "0");
      program.kill("SIGKILL");
      await program.end;
    }
    await using again = startServe(args);
    using worker = await connect(again);
    worker.packet("CAN_DO", "f").packet("GRAB_JOB");
    assertEquals(await worker.expect("JOB_ASSIGN", 3), [handle, "f", "payload"]);
  });
});

/** A program whose files can be given a limit of their size; writes beyond it fail. */
function startLimited(args: readonly string[]): {
  program: Program;
  limit: (bytes: string) => void;
} {
  const program = startServe(args);
  const limit = (bytes: string) =>
    void execFileSync("prlimit", ["--pid", `${program.pid}`, `--fsize=${bytes}:`]);
  return { program, limit };
}

/** The handles of the jobs that were taken. */
async function submitUntilRefused(client: RawPeer): Promise<string[]> {
  const handles: string[] = [];
  for (;;) {
    client.packet("SUBMIT_JOB_BG", "f", "", "x".repeat(100_000));
    const answer = await client.nextPacket();
    if (answer.type === "ERROR") {
      assertEquals(answer.args(2), ["QUEUE_ERROR", "The job could not be stored"]);
      return handles;
    }
    handles.push(answer.args(1)[0]);
  }
}

/** The server looks for room every two seconds at most. */
async function submitUntilTaken(client: RawPeer): Promise<string> {
  for (;;) {
    client.packet("SUBMIT_JOB_BG", "f", "", "x".repeat(100_000));
    const answer = await client.nextPacket();
    if (answer.type === "JOB_CREATED") return answer.args(1)[0];
  }
}

async function assertForeground(client: RawPeer, worker: RawPeer): Promise<void> {
  const [handle] = await client.packet("SUBMIT_JOB", "g", "", "data").expect("JOB_CREATED");
  worker.packet("CAN_DO", "g").packet("GRAB_JOB");
  assertEquals(await worker.expect("JOB_ASSIGN", 3), [handle, "g", "data"]);
  worker.packet("WORK_COMPLETE", handle, "result");
  assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, "result"]);
  worker.destroy();
}
