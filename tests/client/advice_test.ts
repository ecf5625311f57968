import { describe, test } from "node:test";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  Client,
  JobExceptionError,
  RetryLater,
  Server,
  type ServerOptions,
  Worker,
  type WorkerJob,
} from "../../mod.ts";
import { Gearmand } from "../support/gearmand.ts";
import { program, testWith } from "../support/programs.ts";

const gearmand = program("gearmand", "gearman-job-server");

const RULES: ServerOptions = {
  policies: { f: { advice: true, retry: { max: 3, base: "1h" } } },
};

/** A server, and a worker whose function gets the number of the run. */
function made(run: (job: WorkerJob, count: number) => string, options: ServerOptions = RULES) {
  const server = new Server(options);
  const runs: number[] = [];
  const f = (job: WorkerJob) => {
    runs.push(performance.now());
    return run(job, runs.length);
  };
  const worker = new Worker({ servers: [server], functions: { f }, onJobFailed() {} });
  const client = new Client({ servers: [server] });
  return {
    client,
    runs,
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe("the function of a worker", () => {
  test("has its job run again later by RetryLater, in the place of the rule's time", async () => {
    await using parts = made((_job, count) => {
      if (count < 3) throw new RetryLater(1, "busy");
      return "done";
    });
    assertEquals(await parts.client.submit("f", "").text(), "done");
    assertEquals(parts.runs.length, 3);
  });

  test("has it by retryAfter, if it fails", async () => {
    await using parts = made((job, count) => {
      job.retryAfter(1);
      if (count === 1) throw new Error("busy");
      return "done";
    });
    assertEquals(await parts.client.submit("f", "").text(), "done");
    assertEquals(parts.runs.length, 2);
  });

  test("ends its job for good by dead", async () => {
    await using parts = made((job) => job.dead("no such picture"));
    const job = parts.client.submit("f", "");
    const error = await assertRejects(() => job.bytes(), JobExceptionError);
    assertEquals([error.text, parts.runs.length], ["no such picture", 1]);
  });

  testWith([gearmand], "advises no other server, whose clients would get it", async () => {
    await using server = await Gearmand.start(gearmand.program);
    const servers = [`127.0.0.1:${server.port}`];
    const f = (job: WorkerJob) => {
      job.retryAfter(1);
      return "done";
    };
    await using _worker = new Worker({ servers, functions: { f } });
    await using client = new Client({ servers });
    const job = client.submit("f", "");
    const updates = await Array.fromAsync(job);
    assertEquals([updates, await job.text()], [[], "done"]);
  });

  test("cannot ask for what is out of range", () => {
    for (const delay of [-1, NaN, Infinity, 366 * 24 * 3600 * 1000]) {
      assertThrows(() => new RetryLater(delay), RangeError);
    }
  });
});
