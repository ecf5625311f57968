import { describe } from "node:test";
import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import { perlGearman, RunningProgram } from "../support/programs.ts";
import { interopTest, type JobServer } from "./job_server.ts";

const perl = perlGearman();

/** Starts a script of the folder `perl` with the address of the server as its first argument. */
function start(server: JobServer, script: string, ...args: string[]): RunningProgram {
  const path = fileURLToPath(new URL(`perl/${script}`, import.meta.url));
  return new RunningProgram(perl.program, [path, `127.0.0.1:${server.port}`, ...args]);
}

/** What a scenario of the client prints, its lines; it must not die. */
async function printed(client: RunningProgram): Promise<string[]> {
  const { code, stdout, stderr } = await client.ended;
  assertEquals([code, stderr], [0, ""]);
  return stdout.split("\n").slice(0, -1);
}

/** A test in which client and worker start together. */
function scenario(name: string, title: string, lines: string[], notGearmand?: string): void {
  interopTest([perl], title, async (server) => {
    await using _worker = start(server, "worker.pl");
    assertEquals(await printed(start(server, "client.pl", name)), lines);
  }, { notGearmand });
}

/** A test in which the worker starts when the client has submitted all its jobs. */
function lateWorker(name: string, title: string, lines: string[]): void {
  interopTest([perl], title, async (server) => {
    await using client = start(server, "client.pl", name);
    assertEquals(await client.nextLine(), "submitted");
    await using _worker = start(server, "worker.pl");
    assertEquals(await printed(client), ["submitted", ...lines]);
  });
}

describe("Perl's Gearman::Client and Gearman::Worker", () => {
  scenario("do_task", "do_task returns the result, an empty one too, or nothing on failure", [
    "olleh",
    "0",
    "no result",
  ], "It waits for the NUL after the handle of an empty result.");

  scenario("large", "5 MB go there and back unchanged", ["5242880 the same"]);

  scenario("many", "a task set of a hundred tasks completes", ["5050"]);

  scenario("task_set", "callbacks hear status, data, warning, result and failure, in order", [
    "one status 1/2",
    "one data half",
    "one warning careful",
    "one status 2/2",
    "one complete whole",
    "two fail",
  ]);

  scenario("exceptions", "a client that asked for exceptions hears them, and no failure", [
    "thawed: out of paper",
    "sent exception out of ink",
  ], "It answers WORK_FAIL after WORK_EXCEPTION with an ERROR, of which the worker dies.");

  scenario("without_exceptions", "a client that did not ask for exceptions hears a failure", [
    "died fail",
    "sent fail",
  ], "It sends a NUL after the handle, of which the client dies.");

  scenario("retries", "retry_count submits a failed task again", [
    "flaky retry 1",
    "flaky retry 2",
    "flaky complete attempt 3",
  ]);

  lateWorker("same_unique", "tasks with the same uniq are one job, and both hear its result", [
    "one complete first",
    "two complete first",
    "three complete first third",
  ]);

  lateWorker("same_payload", "the uniq - makes tasks with the same argument one job", [
    "one complete a",
    "two complete a",
    "three complete a b",
  ]);

  lateWorker("priorities", "tasks run by priority, those of one priority as they came", [
    "high complete high",
    "higher complete high higher",
    "normal complete high higher normal",
    "low complete high higher normal low",
  ]);

  lateWorker("background_priorities", "so do background jobs", [
    "all complete high normal low last",
  ]);

  interopTest([perl], "get_status follows a background job to its end", async (server) => {
    await using client = start(server, "client.pl", "background");
    assertEquals(await client.nextLine(), "known 1 running 0");
    await using _worker = start(server, "worker.pl");
    assertEquals(await client.nextLine(), "known 0");
  });

  interopTest(
    [perl],
    "a task that times out at the client leaves no job behind",
    async (server) => {
      assertEquals(await printed(start(server, "client.pl", "timeout")), ["none"]);
      await server.untilListed("status", /^nobody\t0\t0\t0$/);
    },
    { notGearmand: "It counts the job until a worker comes." },
  );

  interopTest([perl], "client and worker with the same prefix find each other", async (server) => {
    await using _worker = start(server, "worker.pl", "staging");
    assertEquals(await printed(start(server, "client.pl", "prefix")), ["cba"]);
  });

  interopTest(
    [perl],
    "the client understands the listings status, jobs and clients",
    async (server) => {
      assertEquals(await printed(start(server, "client.pl", "listings")), [
        "capable=0 queued=1 running=0",
        "address=- key=u listeners=1",
        "key=u",
      ]);
    },
    { notGearmand: "It does not know the commands jobs and clients." },
  );
});
