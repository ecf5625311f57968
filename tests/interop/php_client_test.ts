import { describe } from "node:test";
import { assertEquals } from "@std/assert";
import { phpGearman, RunningProgram } from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { interopTest, type JobServer, scriptPath, untilCanDo } from "./job_server.ts";
import { DO_LINES } from "./php/do_lines.ts";

const php = phpGearman();

function script(server: JobServer, name: string, input: string | null = ""): RunningProgram {
  return new RunningProgram(php.program, [scriptPath(`php/${name}`), String(server.port)], input);
}

/** The worker that can do everything, known to the server. */
async function startWorker(server: JobServer): Promise<RunningProgram> {
  const worker = script(server, "worker.php", null);
  await untilCanDo(server.port, "status");
  return worker;
}

/** What the client printed, once it has ended well. */
async function linesOf(client: RunningProgram): Promise<string[]> {
  const { code, stdout, stderr } = await client.ended;
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return stdout.trimEnd().split("\n");
}

describe("a PHP GearmanClient", () => {
  interopTest([php], "does foreground jobs of all priorities, 2 MB too", async (server) => {
    await using _worker = await startWorker(server);
    await using client = script(server, "do.php");
    assertEquals(await linesOf(client), DO_LINES);
  });

  interopTest(
    [php],
    "that does not ask for exceptions is told of a failure",
    async (server) => {
      await using _worker = await startWorker(server);
      await using client = script(server, "no_exceptions.php");
      assertEquals(await linesOf(client), ["exception: true", "after that: niaga"]);
    },
    { notGearmand: "It sends a NUL after the handle, and libgearman waits for ever." },
  );

  interopTest([php], "hears what its tasks have to say through callbacks", async (server) => {
    await using _worker = await startWorker(server);
    await using client = script(server, "tasks.php");
    const lines = await linesOf(client);
    const of = (task: number) => lines.filter((line) => line.startsWith(`task-${task} `));
    assertEquals(of(1), [
      "task-1 created H:",
      "task-1 data first half",
      "task-1 status 1 of 2",
      "task-1 warning half is not all",
      "task-1 data second half",
      "task-1 status 2 of 2",
      "task-1 complete whole",
    ]);
    assertEquals(of(2), ["task-2 created H:", "task-2 fail "]);
    assertEquals(of(3), ["task-3 created H:", "task-3 exception no more jobs"]);
    assertEquals(of(4), ["task-4 created H:", "task-4 complete cba"]);
    for (const task of [5, 6, 7]) assertEquals(of(task), [`task-${task} created H:`]);
    assertEquals(lines.at(-1), "run: 0");
  });

  interopTest([php], "sees the status of its background jobs", async (server) => {
    await using client = script(server, "background.php", null);
    const lines: string[] = [];
    for (let line; (line = await client.nextLine()) !== undefined;) {
      lines.push(line);
      if (line.startsWith("no such unique")) break;
    }
    assertEquals(lines, [
      "doBackground: true [true,false,0,0]",
      "doHighBackground: true [true,false,0,0]",
      "doLowBackground: true [true,false,0,0]",
      "again: true",
      "unique: [true,false,0,0]",
      "no such job: [false,false,0,0]",
      "no such unique: [false,false,0,0]",
    ]);

    // The job it watches is the last one, of low priority.
    await using worker = await startWorker(server);
    for (let job = 0; job < 2; job++) {
      assertEquals(await worker.nextLine(), "status sent");
      worker.write("\n");
      assertEquals(await worker.nextLine(), "worked: 0");
    }
    assertEquals(await worker.nextLine(), "status sent");
    await untilStatusIs(server, "3");
    client.write("\n");
    assertEquals(await client.nextLine(), "status: [true,true,3,4]");
    assertEquals(await client.nextLine(), "unique: [true,true,3,4]");

    worker.write("\n");
    assertEquals(await worker.nextLine(), "worked: 0");
    await untilStatusIs(server, "0");
    client.write("\n");
    assertEquals(await client.nextLine(), "status: [false,false,0,0]");
    assertEquals(await client.nextLine(), "unique: [false,false,0,0]");
  });

  interopTest([php], "pings, gives up after its timeout, asks for a status", async (server) => {
    await using client = script(server, "connection.php");
    assertEquals(await linesOf(client), [
      "ping: true",
      "timeout: true",
      "task status: [true,false]",
      "run: true",
    ]);
  });
});

/** Waits until the watched job has this numerator: the worker's words may be under way. */
async function untilStatusIs(server: JobServer, numerator: string): Promise<void> {
  using peer = await RawPeer.connect(server.port);
  for (let tries = 0; tries < 1000; tries++) {
    const [, , , now] = await peer.packet("GET_STATUS_UNIQUE", "of doLowBackground")
      .expect("STATUS_RES_UNIQUE", 6);
    if (now === numerator) return;
    await new Promise(setImmediate);
  }
  throw new Error(`The status does not become ${numerator}`);
}
