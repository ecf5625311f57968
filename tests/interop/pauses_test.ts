/** Orders of operators about jobs of stock workers, which know nothing of them. */
import { describe } from "node:test";
import { assertEquals } from "@std/assert";
import { perlGearman, phpGearman, RunningProgram } from "../support/programs.ts";
import type { RawPeer } from "../support/raw_peer.ts";
import { interopTest, type JobServer, scriptPath, untilCanDo } from "./job_server.ts";

const [perl, php] = [perlGearman(), phpGearman()];
const OURS = { notGearmand: "It knows no such order." };

/** A worker of this server, which can do `reverse` and more. */
async function worker(server: JobServer, kind: "perl" | "php"): Promise<RunningProgram> {
  const started = kind === "php"
    ? new RunningProgram(php.program, [scriptPath("php/worker.php"), `${server.port}`], null)
    : new RunningProgram(perl.program, [scriptPath("perl/worker.pl"), `127.0.0.1:${server.port}`]);
  await untilCanDo(server.port, "reverse");
  return started;
}

async function submit(client: RawPeer, func: string, payload: string): Promise<string> {
  return (await client.packet("SUBMIT_JOB", func, "", payload).expect("JOB_CREATED"))[0];
}

async function order(peer: RawPeer, line: string): Promise<void> {
  assertEquals(await peer.send(`${line}\n`).nextLine(), line.startsWith("quiet") ? "OK 1" : "OK");
}

for (const kind of ["perl", "php"] as const) {
  describe(`a stock worker of ${kind}`, () => {
    const needed = [kind === "perl" ? perl : php];

    interopTest(needed, "gets no job of a function that is paused, but others", async (server) => {
      await using _worker = await worker(server, kind);
      using client = await server.peer();
      using admin = await server.peer();
      await order(admin, "pause reverse 1h for a test");
      const paused = await submit(client, "reverse", "abc");
      const other = kind === "perl" ? "empty" : "describe";
      await submit(client, other, "");
      assertEquals((await client.nextPacket()).body.startsWith(paused), false);
      await order(admin, "resume reverse");
      assertEquals(await client.expect("WORK_COMPLETE", 2), [paused, "cba"]);
    }, OURS);

    interopTest(needed, "sleeps on while it is quiet, and works when it is not", async (server) => {
      await using _worker = await worker(server, kind);
      using client = await server.peer();
      using admin = await server.peer();
      const [id] = (await server.untilListed("workers", /: .*\breverse\b/))[0].split(" ");
      await order(admin, `quiet worker ${id}`);
      const handle = await submit(client, "reverse", "abc");
      // Whoever is not quiet gets it: this one asks after the worker has been left asleep.
      using other = await server.peer();
      other.packet("CAN_DO", "reverse").packet("GRAB_JOB");
      assertEquals((await other.expect("JOB_ASSIGN", 3))[0], handle);
      other.packet("WORK_COMPLETE", handle, "by another").packet("RESET_ABILITIES");
      assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, "by another"]);
      const next = await submit(client, "reverse", "def");
      assertEquals(await admin.send(`unquiet worker ${id}\n`).nextLine(), "OK 1");
      assertEquals(await client.expect("WORK_COMPLETE", 2), [next, "fed"]);
    }, OURS);
  });
}

describe("a stock worker of php whose job is cancelled", () => {
  interopTest([php], "has its result dropped, and works on", async (server) => {
    const words = [scriptPath("php/slow_worker.php"), `${server.port}`, "done"];
    await using slow = new RunningProgram(php.program, words, null);
    using client = await server.peer();
    using admin = await server.peer();
    const unique = client.packet("SUBMIT_JOB", "slow", "u", "first");
    const [handle] = await unique.expect("JOB_CREATED");
    assertEquals(await slow.nextLine(), "began");
    assertEquals(await admin.send("cancel unique u\n").nextLine(), "OK 1");
    assertEquals((await client.expect("WORK_FAIL", 1))[0], handle);
    const next = await submit(client, "slow", "second");
    slow.write("\n");
    // libgearman meets JOB_NOT_FOUND when it asks for the next job.
    let line = await slow.nextLine();
    while (line !== "began") line = await slow.nextLine();
    slow.write("\n");
    assertEquals(await client.expect("WORK_COMPLETE", 2), [next, "done"]);
  }, OURS);
});
