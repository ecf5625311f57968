/**
 * `Client` and `Worker` of this module with the stock programs of the other side, through our server
 * and through the C server.
 *
 * @module
 */
import { describe } from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client, JobExceptionError, JobFailedError, type JobUpdate, Worker } from "../../mod.ts";
import { PerlServer } from "../support/perl_server.ts";
import {
  perlGearman,
  perlServer,
  phpGearman,
  program,
  run,
  RunningProgram,
  testWith,
} from "../support/programs.ts";
import { testWithEachServer } from "../client/any_server.ts";
import { scriptPath, untilCanDo } from "./job_server.ts";
import { DO_LINES } from "./php/do_lines.ts";

const gearman = program("gearman", "gearman-tools");
const php = phpGearman();
const perl = perlGearman();
const decoder = new TextDecoder();

/** A worker for everything that the PHP clients ask for. */
function startWorker(port: number): Worker {
  return new Worker({
    servers: [`127.0.0.1:${port}`],
    concurrency: 10,
    functions: {
      reverse: ({ payload }) => payload.toReversed(),
      describe: (job) =>
        JSON.stringify({
          function: job.functionName,
          unique: job.unique,
          size: job.payload.length,
          handle: job.handle !== "",
        }),
      report: async (job) => {
        await job.data("first half");
        job.progress(1, 2);
        await job.warning("half is not all");
        await job.data("second half");
        job.progress(2, 2);
        return "whole";
      },
      // Fails without an exception, for which libgearman would wait for ever behind the C server.
      fail: () => Promise.reject(new JobFailedError("out of paper")),
      except: (job) => Promise.reject(new Error(`no more ${job.text()}`)),
    },
  });
}

describe("our Worker serves", () => {
  const perlGearmand = perlServer();
  testWith([perlGearmand, gearman], "Perl's server, which tells it no uniques", async () => {
    await using server = await PerlServer.start(perlGearmand);
    const { port } = server;
    await using _worker = startWorker(port);
    const tool = (...args: string[]) =>
      run(gearman.program, ["-h", "127.0.0.1", "-p", `${port}`, ...args]);
    assertEquals((await tool("-f", "reverse", "hello")).stdout, "olleh");
    const { stdout } = await tool("-f", "describe", "-u", "cat-1", "hello");
    assertEquals(JSON.parse(stdout), { function: "describe", unique: "", size: 5, handle: true });
    assertEquals((await tool("-f", "reverse", "again")).stdout, "niaga");
  });

  testWithEachServer("the gearman tool", async (port) => {
    await using _worker = startWorker(port);
    const tool = (...args: string[]) =>
      run(gearman.program, ["-h", "127.0.0.1", "-p", `${port}`, ...args], "");
    const done = { code: 0, stderr: "" };
    assertEquals(await tool("-f", "reverse", "abc"), { ...done, stdout: "cba" });
    // It prints the progress through another buffer.
    const progress = "50% Complete\n100% Complete\n";
    const report = (await tool("-f", "report", "x")).stdout;
    assert(report.includes(progress), report);
    assertEquals(report.replace(progress, ""), "first halfsecond halfwhole");
    const described = await tool("-u", "a-unique", "-f", "describe", "data");
    assertEquals(JSON.parse(described.stdout), {
      function: "describe",
      unique: "a-unique",
      size: 4,
      handle: true,
    });
    assertEquals((await tool("-f", "fail", "x")).code, 1);
    assertEquals((await tool("-f", "reverse", "again")).stdout, "niaga");
  }, [gearman]);

  testWithEachServer("a PHP client, 2 MB too", async (port) => {
    await using _worker = startWorker(port);
    await using client = new RunningProgram(php.program, [scriptPath("php/do.php"), `${port}`]);
    const { code, stdout, stderr } = await client.ended;
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertEquals(stdout.trimEnd().split("\n"), DO_LINES);
  }, [php]);

  testWithEachServer("the tasks of a PHP client", async (port) => {
    await using _worker = startWorker(port);
    await using client = new RunningProgram(php.program, [scriptPath("php/tasks.php"), `${port}`]);
    const lines = (await client.ended).stdout.trimEnd().split("\n");
    const of = (task: number) =>
      lines.filter((line) => line.startsWith(`task-${task} `)).map((line) => line.slice(7));
    assertEquals(of(1), [
      ...["created H:", "data first half", "status 1 of 2", "warning half is not all"],
      ...["data second half", "status 2 of 2", "complete whole"],
    ]);
    assertEquals(of(2), ["created H:", "fail "]);
    assertEquals(of(3), ["created H:", "exception no more jobs"]);
    assertEquals(of(4), ["created H:", "complete cba"]);
    assertEquals(lines.at(-1), "run: 0");
  }, [php]);
});

describe("our Client is served by the Perl worker", () => {
  /** A test with that worker at each kind of server. */
  function testWithPerl(name: string, body: (client: Client) => Promise<void>): void {
    testWithEachServer(name, async (port) => {
      const server = `127.0.0.1:${port}`;
      await using _worker = new RunningProgram(perl.program, [
        scriptPath("perl/worker.pl"),
        server,
      ]);
      await untilCanDo(port, "reset");
      await using client = new Client({ servers: [server] });
      await body(client);
    }, [perl]);
  }

  testWithPerl("with results, a megabyte too, and many jobs at once", async (client) => {
    assertEquals(await client.submit("reverse", "hello").text(), "olleh");
    const large = new Uint8Array(1_000_000).map((_, index) => index % 256);
    assertEquals(await client.submit("echo", large), large);
    const many = Array.from({ length: 200 }, (_, n) => client.submit("length", "x".repeat(n + 1)));
    assertEquals(await Promise.all(many.map((job) => job.text())), many.map((_, n) => `${n + 1}`));
  });

  testWithPerl("with what it says while it works", async (client) => {
    const job = client.submit("progress", "x");
    const updates: JobUpdate[] = [];
    for await (const update of job) updates.push(update);
    assertEquals(
      updates.map((update) =>
        update.type === "status"
          ? `${update.numerator}/${update.denominator}`
          : `${update.type} ${decoder.decode(update.data)}`
      ),
      ["1/2", "data half", "warning careful", "2/2"],
    );
    assertEquals(await job.text(), "whole");
  });

  // It sends WORK_FAIL after the exception. The C server answers that with an ERROR, and the worker
  // ends, so this is the last job here.
  testWithPerl("with failures, and with the exceptions that it dies of", async (client) => {
    await assertRejects(() => client.submit("fail").bytes(), JobFailedError, "The job failed");
    const died = await assertRejects(() => client.submit("die").bytes(), JobExceptionError);
    // It comes frozen by Storable.
    assert(died.text.includes("out of paper"), died.text);
  });

  testWithPerl("in the background, whatever the priority", async (client) => {
    const handles = await Promise.all(
      (["high", "normal", "low"] as const).map((priority) =>
        client.submit("remember", priority, { background: true, priority })
      ),
    );
    assertEquals(new Set(handles).size, 3);
    const all = await client.submit("remember", "last", { priority: "low" }).text();
    assertEquals(all.split(" ").toSorted(), ["high", "last", "low", "normal"]);
  });
});
