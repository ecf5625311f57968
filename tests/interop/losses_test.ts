/** Stock programs that lose their worker, their client or their server in the middle of the work. */
import { describe } from "node:test";
import { assertEquals } from "@std/assert";
import {
  perlGearman,
  phpGearman,
  program,
  type Requirement,
  RunningProgram,
} from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { untilListed } from "../support/server.ts";
import { interopTest, scriptPath, startJobServer, untilCanDo } from "./job_server.ts";

const perl = perlGearman();
const php = phpGearman();
const tool = program("gearman", "gearman-tools");

/** The slow worker in one of the languages. */
function slowWorker(language: Requirement, port: number, name: string): RunningProgram {
  const path = scriptPath(language === perl ? "losses/worker.pl" : "losses/worker.php");
  return new RunningProgram(language.program, [path, String(port), name], null);
}

/** The tool as a client. */
function toolClient(port: number, func: string, payload: string): RunningProgram {
  const args = ["-h", "127.0.0.1", "-p", String(port), "-f", func];
  return new RunningProgram(tool.program, args, payload);
}

describe("a worker that is killed in the middle of a job", () => {
  for (const [killed, heir] of [[php, perl], [perl, php]]) {
    const names = killed === php ? "from PHP to Perl" : "from Perl to PHP";
    interopTest([tool, perl, php], `leaves it to another: ${names}`, async ({ port }) => {
      await using first = slowWorker(killed, port, "first");
      await untilCanDo(port, "slow");
      await using client = toolClient(port, "slow", "data");
      assertEquals(await first.nextLine(), "began");

      await using second = slowWorker(heir, port, "second");
      await untilCanDo(port, "slow", 2);
      first.kill("SIGKILL");
      assertEquals(await second.nextLine(), "began");
      second.write("\n");
      assertEquals(await client.ended, { code: 0, stdout: "second: data", stderr: "" });
    });
  }

  interopTest(
    [tool, php],
    "fails the job when no retries are left",
    async ({ port }) => {
      await using client = toolClient(port, "slow", "data");
      for (const name of ["first", "second"]) {
        await using worker = slowWorker(php, port, name);
        assertEquals(await worker.nextLine(), "began");
      }
      assertEquals(await client.ended, { code: 1, stdout: "", stderr: "Job failed\n" });
    },
    { options: { jobRetries: 2 }, gearmandOptions: ["--job-retries=2"] },
  );
});

describe("a client that is killed", () => {
  interopTest(
    [tool, php],
    "takes its waiting job along and leaves the running one",
    async ({ port }) => {
      await using worker = slowWorker(php, port, "worker");
      await untilCanDo(port, "slow");
      await using running = toolClient(port, "slow", "running");
      assertEquals(await worker.nextLine(), "began");
      await using waiting = toolClient(port, "slow", "waiting");
      await untilListed(port, "status", /^slow\t2\t1\t1$/);

      waiting.kill("SIGKILL");
      running.kill("SIGKILL");
      // The worker and who asks are left.
      await untilListed(port, "workers", 2);
      worker.write("\n");
      await untilListed(port, "status", /^slow\t0\t0\t1$/);

      await using client = toolClient(port, "slow", "next");
      assertEquals(await worker.nextLine(), "began");
      worker.write("\n");
      assertEquals(await client.ended, { code: 0, stdout: "worker: next", stderr: "" });
    },
  );
});

describe("a server that is restarted", () => {
  interopTest([php], "gets its waiting libgearman worker back", async (first) => {
    const { port } = first;
    const args = [scriptPath("losses/patient_worker.php"), String(port)];
    await using worker = new RunningProgram(php.program, args);
    await untilCanDo(port, "reverse");
    await first.stop();
    assertEquals(await worker.nextLine(), "lost");

    await using _second = await startJobServer({}, port);
    await untilCanDo(port, "reverse");
    using client = await RawPeer.connect(port);
    const [handle] = await client.packet("SUBMIT_JOB", "reverse", "u", "abc").expect("JOB_CREATED");
    assertEquals(await client.expect("WORK_COMPLETE", 2), [handle, "cba"]);
  });
});
