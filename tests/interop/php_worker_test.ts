import { describe } from "node:test";
import { assertEquals } from "@std/assert";
import { phpGearman, RunningProgram } from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { untilListed } from "../support/server.ts";
import { interopTest, type JobServer, scriptPath, untilCanDo } from "./job_server.ts";

const php = phpGearman();

function script(server: JobServer, name: string, ...args: string[]): RunningProgram {
  const path = scriptPath(`php/${name}`);
  return new RunningProgram(php.program, [path, String(server.port), ...args], null);
}

/** Submits a job of which the result is awaited, and returns its handle. */
async function submit(client: RawPeer, ...args: string[]): Promise<string> {
  const [handle] = await client.packet("SUBMIT_JOB", ...args).expect("JOB_CREATED");
  return handle;
}

describe("a PHP GearmanWorker", () => {
  interopTest([php], "sends data, status, warning and result in their order", async (server) => {
    await using _worker = script(server, "worker.php");
    await untilCanDo(server.port, "report");
    using client = await RawPeer.connect(server.port);
    const handle = await submit(client, "report", "u", "data");
    assertEquals(await client.expect("WORK_DATA", 2), [handle, "first half"]);
    assertEquals(await client.expect("WORK_STATUS", 3), [handle, "1", "2"]);
    assertEquals(await client.expect("WORK_WARNING", 2), [handle, "half is not all"]);
    assertEquals(await client.expect("WORK_DATA", 2), [handle, "second half"]);
    assertEquals(await client.expect("WORK_STATUS", 3), [handle, "2", "2"]);
    assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, "whole"]);
  });

  interopTest([php], "fails and throws", async (server) => {
    await using worker = script(server, "worker.php");
    await untilCanDo(server.port, "except");
    using client = await RawPeer.connect(server.port);
    await client.packet("OPTION_REQ", "exceptions").expect("OPTION_RES");
    const failing = await submit(client, "fail", "u", "data");
    assertEquals(await client.expect("WORK_FAIL"), [failing]);
    const throwing = await submit(client, "except", "u", "jobs");
    assertEquals(await client.expect("WORK_EXCEPTION", 2), [throwing, "no more jobs"]);
    const next = await submit(client, "reverse", "u", "abc");
    assertEquals(await client.expect("WORK_COMPLETE", 2), [next, "cba"]);
    for (let job = 0; job < 3; job++) assertEquals(await worker.nextLine(), "worked: 0");
  });

  const ways = [["GRAB_JOB_ALL", "the unique", [], "u"], ["GRAB_JOB", "no unique", ["plain"], ""]];
  for (const [grab, what, args, unique] of ways as [string, string, string[], string][]) {
    interopTest([php], `gets ${what} with ${grab}`, async (server) => {
      await using _worker = script(server, "worker.php", ...args);
      await untilCanDo(server.port, "describe");
      using client = await RawPeer.connect(server.port);
      await submit(client, "describe", "u", "data");
      const [, described] = await client.expect("WORK_COMPLETE", 2);
      const expected = { function: "describe", unique, size: 4, handle: true };
      assertEquals(JSON.parse(described), expected);
    });
  }

  interopTest([php], "that is too slow loses its job and works on", async (server) => {
    await using slow = script(server, "slow_worker.php", "the slow one");
    await untilCanDo(server.port, "slow");
    using client = await RawPeer.connect(server.port);
    const handle = await submit(client, "slow", "u", "data");
    assertEquals(await slow.nextLine(), "began");

    await using other = script(server, "slow_worker.php", "the other one");
    assertEquals(await other.nextLine(), "began");
    slow.write("\n");
    assertEquals(await slow.nextLine(), "worked");
    other.write("\n");
    assertEquals(await other.nextLine(), "worked");
    assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, "the other one"]);

    other.kill("SIGKILL");
    const next = await submit(client, "slow", "u", "data");
    // The late result was answered with JOB_NOT_FOUND, which libgearman meets at its next grab.
    let line = await slow.nextLine();
    if (line.startsWith("error")) line = await slow.nextLine();
    assertEquals(line, "began");
    slow.write("\n");
    assertEquals(await client.expect("WORK_COMPLETE", 2), [next, "the slow one"]);
  });

  interopTest(
    [php],
    "whose job takes longer than its timeout gets the result through, and works on",
    async (server) => {
      await using slow = script(server, "slow_worker.php", "late");
      await untilCanDo(server.port, "slow");
      using client = await RawPeer.connect(server.port);
      const first = await submit(client, "slow", "u", "data");
      await client.packet("SUBMIT_JOB_BG", "slow", "v", "data").expect("JOB_CREATED");
      assertEquals(await slow.nextLine(), "began");
      await untilListed(server.port, "status", /^slow\t2\t0\t1$/);
      slow.write("\n");
      assertEquals(await client.expect("WORK_COMPLETE", 2), [first, "late"]);
      for (const line of ["worked", "began"]) assertEquals(await slow.nextLine(), line);
      await untilListed(server.port, "status", /^slow\t1\t0\t1$/);
      slow.write("\n");
      assertEquals(await slow.nextLine(), "worked");
      await untilListed(server.port, "status", /^slow\t0\t0\t1$/);
    },
    { notGearmand: "It refuses the result and has the job done again." },
  );

  interopTest([php], "that never blocks works, waits and pings", async (server) => {
    await using worker = script(server, "nonblocking.php");
    assertEquals(await worker.nextLine(), "id: true");
    assertEquals(await worker.nextLine(), "idle");
    await untilListed(server.port, "workers", /^\d+ 127\.0\.0\.1 non-blocking : twice$/);
    using client = await RawPeer.connect(server.port);
    const handle = await submit(client, "twice", "u", "once ");
    assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, "once once "]);
    assertEquals(await worker.nextLine(), "worked");
    assertEquals(await worker.nextLine(), "ping: true");
    assertEquals((await worker.ended).code, 0);
  });
});
