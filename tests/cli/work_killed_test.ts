/**
 * `geartrain work` that is ended by SIGKILL, as the system does when memory runs out: its commands do
 * not go on without it.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { isRunning, untilEnded } from "../support/processes.ts";
import { Program } from "../support/program.ts";
import type { RawPeer } from "../support/raw_peer.ts";
import { startServer } from "../support/server.ts";
import { unless } from "../support/unless.ts";

const onWindows = process.platform === "win32" && "Windows has no process groups";

async function startWork(port: number, ...args: string[]): Promise<Program> {
  const program = new Program(["work", "-h", `127.0.0.1:${port}`, ...args]);
  await program.line(/connected$/);
  return program;
}

/** Numbers that the command of a new job tells first. */
async function numbersOf(client: RawPeer, payload: string): Promise<number[]> {
  await client.packet("SUBMIT_JOB", "f", "", payload).expect("JOB_CREATED");
  const [, text] = await client.expect("WORK_DATA", 2);
  return text.trim().split(" ").map(Number);
}

function childrenOf(parent: number): number[] {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  const rows = stdout.trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  return rows.filter(([, ppid]) => ppid === parent).map(([pid]) => pid);
}

/** Does what the payload says. */
const ARGS = ["f", "--stream", "--concurrency", "3", "--", "sh", "-c", 'eval "$(cat)"'];

describe(...unless(onWindows, "geartrain work that SIGKILL ends"), () => {
  test("takes its commands along, with all that they have started", async () => {
    await using server = startServer();
    await using program = await startWork(server.port, ...ARGS);
    using client = await server.peer();
    const some = await numbersOf(client, "sleep 60 & echo $$ $!; wait");
    const others = await numbersOf(client, "echo $$; exec sleep 60");
    for (const pid of [...some, ...others]) assert(isRunning(pid));
    program.kill("SIGKILL");
    for (const pid of [...some, ...others]) await untilEnded(pid);
    await program.end;
  });

  test("takes those along that do not end when they are asked to", async () => {
    await using server = startServer();
    await using program = await startWork(server.port, ...ARGS);
    using client = await server.peer();
    const [pid] = await numbersOf(client, "trap '' TERM; echo $$; while :; do sleep 60; done");
    program.kill("SIGKILL");
    await untilEnded(pid);
    // Its standard error is the worker's.
    await program.end;
  });

  test("leaves alone what a command has left behind that had ended before", async () => {
    await using server = startServer();
    await using program = await startWork(server.port, ...ARGS);
    using client = await server.peer();
    const [left] = await numbersOf(client, "sleep 60 </dev/null >/dev/null 2>&1 & echo $!");
    await client.expect("WORK_COMPLETE", 2);
    const [running] = await numbersOf(client, "echo $$; exec sleep 60");
    program.kill("SIGKILL");
    await untilEnded(running);
    await program.end;
    assert(isRunning(left));
    process.kill(left, "SIGKILL");
  });

  test("has no process left either when it ends by itself", async () => {
    await using server = startServer();
    await using program = await startWork(server.port, ...ARGS);
    using client = await server.peer();
    await numbersOf(client, "echo 1");
    await client.expect("WORK_COMPLETE", 2);
    const children = childrenOf(program.pid);
    assertEquals(children.length, 1);
    program.kill("SIGTERM");
    assertEquals((await program.end).status, 0);
    await untilEnded(children[0]);
  });
});

describe(...unless(onWindows, "geartrain work whose job is cancelled"), () => {
  test("ends the command, with all that it has started, and works on", async () => {
    await using server = startServer();
    await using program = await startWork(server.port, ...ARGS);
    using client = await server.peer();
    using admin = await server.peer();
    const [handle] = await client.packet("SUBMIT_JOB", "f", "", "sleep 60 & echo $$ $!; wait")
      .expect("JOB_CREATED");
    const [, text] = await client.expect("WORK_DATA", 2);
    assertEquals(await admin.send(`cancel job ${handle}\n`).nextLine(), "OK");
    assertEquals(await client.expect("WORK_FAIL", 1), [handle]);
    for (const pid of text.trim().split(" ").map(Number)) await untilEnded(pid);
    await client.packet("SUBMIT_JOB", "f", "", "echo next").expect("JOB_CREATED");
    assertEquals((await client.expect("WORK_DATA", 2))[1], "next\n");
    program.kill("SIGTERM");
    await program.end;
  });
});
