import { describe } from "node:test";
import { assertEquals, assertMatch } from "@std/assert";
import { perlGearman, phpGearman, program, run, RunningProgram } from "../support/programs.ts";
import { interopTest, type JobServer, scriptPath } from "./job_server.ts";

const gearman = program("gearman", "gearman-tools");
const php = phpGearman();
const perl = perlGearman();
const settings = { options: { history: true }, notGearmand: "it does not know why" };

/** Submits a job in the background with the gearman tool. */
async function submit(server: JobServer, func: string, ...options: string[]): Promise<void> {
  const where = ["-h", "127.0.0.1", "-p", String(server.port)];
  const { code } = await run(gearman.program, [...where, "-b", "-f", func, ...options, "-s"]);
  assertEquals(code, 0);
}

/** Starts the gearman tool as a worker that runs a command, and waits until it sleeps. */
async function toolWorker(
  server: JobServer,
  func: string,
  ...command: string[]
): Promise<RunningProgram> {
  const where = ["-h", "127.0.0.1", "-p", String(server.port)];
  const worker = new RunningProgram(gearman.program, [
    ...where,
    "-w",
    "-f",
    func,
    "--",
    ...command,
  ]);
  await server.untilListed("list connections", new RegExp(`\\t0\\t0\\t1\\t0\\t1\\t${func}$`));
  return worker;
}

/** A Perl worker that has got a job of "stuck", which it never ends. */
async function stuckWorker(server: JobServer): Promise<RunningProgram> {
  const worker = new RunningProgram(
    perl.program,
    [scriptPath("perl/stuck.pl"), `127.0.0.1:${server.port}`, "60"],
    null,
  );
  assertEquals(await worker.nextLine(), "stuck");
  return worker;
}

async function handles(server: JobServer): Promise<string[]> {
  return (await server.untilListed("show jobs", /^H:/)).map((line) => line.split("\t")[0])
    .filter((handle) => handle !== ".");
}

describe("why a job of a stock client does not run", () => {
  interopTest([gearman], "is that no worker can do it", async (server) => {
    await submit(server, "resize");
    await server.untilListed("why resize", /^no_worker\t1 job waits, and no connected worker/);
  }, settings);

  interopTest([gearman, perl], "is that all workers run other jobs", async (server) => {
    for (let job = 0; job < 2; job++) await submit(server, "stuck");
    await using _worker = await stuckWorker(server);
    const [line] = await server.untilListed("why stuck", /^all_workers_busy\t/);
    assertMatch(
      line,
      /^all_workers_busy\tThe one worker that can do "stuck" runs other jobs, the oldest for \d+ m?s: H:\S+ of "stuck", by .*127\.0\.0\.1:\d+\.\t\{"waiting":1,"workers":1,"busy":1,/,
    );
    const [running, waiting] = await handles(server);
    await server.untilListed(`why ${running}`, /^running\tIt runs for \d+ m?s, at the worker /);
    await server.untilListed(`why ${waiting}`, /^is_next\tIt is the next job of "stuck"\./);
  }, settings);

  interopTest([gearman], "is that others are before it, by priority", async (server) => {
    await submit(server, "resize", "-L");
    await submit(server, "resize");
    await submit(server, "resize", "-I");
    const [low, normal] = await handles(server);
    await server.untilListed(
      `why ${low}`,
      /^jobs_before\t2 jobs .*, 2 of them of higher priority\./,
    );
    await server.untilListed(`why ${normal}`, /^jobs_before\t1 job of "resize" is before it, 1 of/);
  }, settings);

  interopTest(
    [gearman],
    "is that a worker that slept was woken and does not look",
    async (server) => {
      await using worker = await toolWorker(server, "resize", "cat");
      worker.kill("SIGSTOP");
      await submit(server, "resize");
      await server.untilListed(
        "why resize",
        /^workers_do_not_look\t1 worker has slept, was woken 1 time, and did not ask for a job since: /,
      );
    },
    settings,
  );

  interopTest([gearman], "is that a limit keeps it out", async (server) => {
    using peer = await server.peer();
    assertEquals(await peer.send("maxqueue resize 1\n").nextLine(), "OK");
    await submit(server, "resize");
    await submit(server, "resize");
    assertEquals((await handles(server)).length, 1);
    await server.untilListed(
      "why resize",
      /^queue_full\tNo more jobs of normal priority are taken in: 1 live, and the limit \(maxqueue\) is 1\./,
    );
  }, settings);

  interopTest([gearman, perl], "is that its worker was killed", async (server) => {
    await submit(server, "stuck");
    const worker = await stuckWorker(server);
    const [handle] = await handles(server);
    await worker[Symbol.asyncDispose]();
    await server.untilListed(
      `why ${handle}`,
      /^ran_before\t1 run of it has failed, the last one as the worker was gone\./,
    );
    await server.untilListed(`why ${handle}`, /^no_worker\t/);
  }, settings);

  interopTest([gearman, php], "is that it has ended, with this exception", async (server) => {
    await submit(server, "except");
    const [handle] = await handles(server);
    await using worker = new RunningProgram(
      php.program,
      [scriptPath("php/worker.php"), String(server.port)],
      null,
    );
    await worker.nextLine();
    await server.untilListed(
      `why ${handle}`,
      /^ended\tIt ended with an exception, at \d\d:\d\d:\d\d UTC, .* ago, last run by .*: no more \./,
    );
  }, settings);

  interopTest([gearman], "is that it has failed", async (server) => {
    await submit(server, "resize");
    const [handle] = await handles(server);
    const where = ["-h", "127.0.0.1", "-p", String(server.port)];
    await using _worker = new RunningProgram(gearman.program, [
      ...where,
      ...["-w", "-f", "resize", "--", "false"],
    ]);
    await server.untilListed(`why ${handle}`, /^ended\tIt failed: its worker said so, at /);
  }, settings);
});
