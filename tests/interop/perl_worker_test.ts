import { describe } from "node:test";
import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import { perlGearman, RunningProgram, testWith } from "../support/programs.ts";
import { startServer } from "../support/server.ts";
import { interopTest, type JobServer } from "./job_server.ts";

const perl = perlGearman();

function path(script: string): string {
  return fileURLToPath(new URL(`perl/${script}`, import.meta.url));
}

function start(server: JobServer, script: string, ...args: string[]): RunningProgram {
  const address = `127.0.0.1:${server.port}`;
  return new RunningProgram(perl.program, [path(script), address, ...args]);
}

/** Submits one job from a raw client; what comes after JOB_CREATED, without the handle. */
async function heard(server: JobServer, func: string, count: number): Promise<string[]> {
  using client = await server.peer();
  const [handle] = await client.packet("SUBMIT_JOB", func, "", "data").expect("JOB_CREATED");
  const packets: string[] = [];
  while (packets.length < count) {
    const { type, body } = await client.nextPacket();
    packets.push(`${type} ${body.replace(handle, "")}`);
  }
  return packets;
}

describe("Perl's Gearman::Worker", () => {
  interopTest([perl], "is listed with its client id and what it can do", async (server) => {
    await using _worker = start(server, "worker.pl");
    await server.untilListed("workers", /^\d+ 127\.0\.0\.1 perl-worker : .*\breverse\b/);
  });

  interopTest([perl], "sends status, data, warning and result to any client", async (server) => {
    await using _worker = start(server, "worker.pl");
    assertEquals(await heard(server, "progress", 5), [
      "WORK_STATUS \x001\x002",
      "WORK_DATA \0half",
      "WORK_WARNING \0careful",
      "WORK_STATUS \x002\x002",
      "WORK_COMPLETE \0whole",
    ]);
  });

  // It leaves out the NUL before an empty result.
  interopTest([perl], "sends an empty result that clients can read", async (server) => {
    await using _worker = start(server, "worker.pl");
    assertEquals(await heard(server, "empty", 1), ["WORK_COMPLETE \0"]);
  }, { notGearmand: "It waits for the NUL and swallows what the worker sends next." });

  // It sends WORK_EXCEPTION and WORK_FAIL.
  interopTest([perl], "goes on after a job that died", async (server) => {
    await using _worker = start(server, "worker.pl");
    assertEquals(await heard(server, "die", 1), ["WORK_FAIL "]);
    assertEquals(await heard(server, "reverse", 1), ["WORK_COMPLETE \0atad"]);
  }, { notGearmand: "It sends a NUL after the handle." });

  interopTest([perl], "may unregister a function while it runs a job", async (server) => {
    await using _worker = start(server, "worker.pl");
    assertEquals(await heard(server, "forget", 1), ["WORK_COMPLETE \0forgotten"]);
    await server.untilListed("status", /^echo\t0\t0\t0$/);
    assertEquals(await heard(server, "reverse", 1), ["WORK_COMPLETE \0atad"]);
  });

  interopTest([perl], "may reset its abilities while it runs a job", async (server) => {
    await using _worker = start(server, "worker.pl");
    assertEquals(await heard(server, "reset", 1), ["WORK_COMPLETE \0reset"]);
    await server.untilListed("workers", / perl-worker :$/);
  }, { notGearmand: "It takes the job away." });

  interopTest([perl], "loses a job that exceeds its timeout to another worker", async (server) => {
    await using stuck = start(server, "stuck.pl", "0.5");
    const result = heard(server, "stuck", 1);
    assertEquals(await stuck.nextLine(), "stuck");
    using other = await server.peer();
    other.packet("CAN_DO", "stuck").packet("PRE_SLEEP");
    await other.expect("NOOP");
    const [handle] = await other.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
    other.packet("WORK_COMPLETE", handle, "done");
    assertEquals(await result, ["WORK_COMPLETE \0done"]);
  }, { notGearmand: "It reads half a second as no timeout." });

  interopTest(
    [perl],
    "has a job that exceeds its timeout fail when no retry is left",
    async (server) => {
      await using _stuck = start(server, "stuck.pl", "0.5");
      assertEquals(await heard(server, "stuck", 1), ["WORK_FAIL "]);
    },
    { options: { jobRetries: 0 }, notGearmand: "It reads half a second as no timeout." },
  );

  testWith([perl], "does jobs as a child process, over its standard input", async () => {
    await using server = startServer();
    const worker = server.server.startWorker(perl.program, path("worker.pl"));
    assertEquals(await heard(server, "reverse", 1), ["WORK_COMPLETE \0atad"]);
    await server.stop();
    await worker.exited;
  });

  testWith([perl], "comes back when its connection is cut", async () => {
    await using server = startServer();
    await using _worker = start(server, "worker.pl");
    assertEquals(await heard(server, "reverse", 1), ["WORK_COMPLETE \0atad"]);
    for (const client of server.server.clients()) server.server.noteDisconnectedClient(client);
    assertEquals(await heard(server, "reverse", 1), ["WORK_COMPLETE \0atad"]);
  });
});
