import { describe, test } from "node:test";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  Client,
  JobExceptionError,
  JobFailedError,
  type JobUpdate,
  Worker,
  type WorkerJob,
  type WorkerOptions,
} from "../../mod.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { startServer } from "../support/server.ts";
import { type Setting, testWithEachServer } from "./any_server.ts";
import { Gate } from "./gate.ts";

const reverse = (job: WorkerJob) => [...job.text()].reverse().join("");
const decoder = new TextDecoder();

/** A test with each kind of server. */
function testWithServers(
  name: string,
  options: Omit<WorkerOptions, "servers">,
  body: (setting: Setting) => Promise<void>,
): void {
  testWithEachServer(name, async (port) => {
    const servers = [`127.0.0.1:${port}`];
    await using _worker = new Worker({ servers, ...options });
    await using client = new Client({ servers });
    await body({ client, port });
  });
}

describe("a Worker", () => {
  testWithServers("returns bytes, text or nothing", {
    functions: {
      reverse,
      bytes: () => new Uint8Array([0, 255]),
      nothing: () => {},
      later: async (job) => `${await Promise.resolve(job.json<{ n: number }>().n)}`,
    },
  }, async ({ client }) => {
    assertEquals(await client.submit("reverse", "größer").text(), "reßörg");
    assertEquals(await client.submit("bytes"), new Uint8Array([0, 255]));
    assertEquals(await client.submit("nothing"), new Uint8Array(0));
    assertEquals(await client.submit("later", '{"n":3}').text(), "3");
  });

  test("has a unique as text, and the bytes that it was submitted as", async () => {
    const jobs: WorkerJob[] = [];
    await using server = startServer();
    const functions = { f: (job: WorkerJob) => void jobs.push(job) };
    await using _worker = new Worker({ servers: [server.server], functions });
    using client = await server.peer();
    for (const unique of ["\xff\xfe%", "gr\xc3\xb6\xc3\x9fe", "", "-"]) {
      await client.packet("SUBMIT_JOB", "f", unique, "").expect("JOB_CREATED");
      await client.expect("WORK_COMPLETE", 2);
    }
    assertEquals(jobs.map(({ unique }) => unique), ["%FF%FE%", "größe", "", "-"]);
    assertEquals(jobs.map(({ uniqueBytes }) => [...uniqueBytes]), [
      [0xff, 0xfe, 0x25],
      [...new TextEncoder().encode("größe")],
      [],
      [0x2d],
    ]);
  });

  testWithServers("sends data, warnings and progress in their order", {
    functions: {
      report: async (job) => {
        await job.data("half");
        job.progress(1, 2);
        await job.warning("slow");
        return "whole";
      },
    },
  }, async ({ client }) => {
    const job = client.submit("report");
    const updates: JobUpdate[] = [];
    for await (const update of job) updates.push(update);
    const shown = updates.map((update) =>
      update.type === "status"
        ? `${update.numerator}/${update.denominator}`
        : `${update.type} ${decoder.decode(update.data)}`
    );
    assertEquals(shown, ["data half", "1/2", "warning slow"]);
    assertEquals(await job.text(), "whole");
  });

  testWithServers("fails a job with what its function throws, and goes on", {
    functions: {
      reverse,
      throws: () => {
        throw new Error("no such file");
      },
      wrong: () => 42 as unknown as string,
    },
  }, async ({ client }) => {
    const error = await assertRejects(async () => {
      await client.submit("throws");
    }, JobExceptionError);
    assertEquals(decoder.decode(error.payload), "no such file");
    await assertRejects(
      async () => {
        await client.submit("wrong");
      },
      JobExceptionError,
      "A result is",
    );
    assertEquals(await client.submit("reverse", "abc").text(), "cba");
  });

  testWithServers("fails a job without an exception when that is what its function throws", {
    functions: {
      fails: () => {
        throw new JobFailedError("Not this one");
      },
    },
  }, async ({ client }) => {
    const error = await assertRejects(async () => {
      await client.submit("fails");
    }, JobFailedError);
    assert(!(error instanceof JobExceptionError));
  });

  const gate = new Gate();
  testWithServers("does so many jobs at a time as it may, and no more", {
    functions: { pass: gate.pass },
    concurrency: 3,
  }, async ({ client }) => {
    const three = [gate.arrival(), gate.arrival(), gate.arrival()];
    const jobs = ["1", "2", "3", "4", "5"].map((text) => client.submit("pass", text).text());
    await Promise.all(three);
    const two = [gate.arrival(), gate.arrival()];
    gate.letGo();
    await Promise.all(two);
    gate.letGo();
    assertEquals(await Promise.all(jobs), ["1", "2", "3", "4", "5"]);
    assertEquals(gate.most, 3);
  });

  test("takes jobs of its servers in turn", async () => {
    await using one = startServer();
    await using two = startServer();
    const order: string[] = [];
    const servers = [one, two].map(({ port }) => `127.0.0.1:${port}`);
    for (const [index, name] of ["one", "two"].entries()) {
      await using client = new Client({ servers: [servers[index]] });
      for (let n = 0; n < 5; n++) await client.submit("note", name, { background: true });
    }
    const all = Promise.withResolvers<void>();
    // The first job ends when the worker is known to both.
    const bothKnow = Promise.all(
      [one, two].map((server) => server.untilListed("status", /^note\t[45]\t[01]\t1$/)),
    );
    const note = async (job: WorkerJob) => {
      await bothKnow;
      if (order.push(job.text()) === 10) all.resolve();
    };
    await using _worker = new Worker({ servers, functions: { note } });
    await all.promise;
    for (const place of [2, 4, 6, 8]) {
      const ofOne = order.slice(0, place + 1).filter((name) => name === "one").length;
      assert(Math.abs(2 * ofOne - place - 1) <= 3, order.join(" "));
    }
  });

  test("works within the process, without a socket", async () => {
    await using server = startServer();
    await using _worker = new Worker({ servers: [server.server], functions: { reverse } });
    await using client = new Client({ servers: [server.server] });
    assertEquals(await client.submit("reverse", "abc").text(), "cba");
  });
});

describe("a function of a Worker", () => {
  test("that does not return fails when its time is over; the next job is done", async () => {
    await using server = startServer();
    const clock = new ManualClock();
    const begun = Promise.withResolvers<WorkerJob>();
    const never = (job: WorkerJob) => {
      begun.resolve(job);
      return new Promise<string>(() => {});
    };
    await using _worker = new Worker({
      servers: [server.server],
      functions: { never: { run: never, timeout: 500 }, reverse },
      clock,
    });
    await using client = new Client({ servers: [server.server] });
    const failed = assertRejects(
      async () => {
        await client.submit("never");
      },
      JobExceptionError,
      "The job takes longer than 500 ms",
    );
    const job = await begun.promise;
    clock.advance(500);
    await failed;
    assert(job.signal.aborted);
    assertEquals(await client.submit("reverse", "abc").text(), "cba");
  });

  test("that does not return and has no timeout fails after the worker's, by default a day", async () => {
    await using server = startServer();
    const servers = [server.server];
    const clock = new ManualClock();
    for (const [options, time] of [[{}, 86_400_000], [{ jobTimeout: 500 }, 500]] as const) {
      const begun = Promise.withResolvers<void>();
      const never = () => (begun.resolve(), new Promise<string>(() => {}));
      await using _worker = new Worker({ servers, functions: { never }, clock, ...options });
      await using client = new Client({ servers });
      const failed = assertRejects(
        () => client.submit("never").bytes(),
        JobExceptionError,
        `The job takes longer than ${time} ms`,
      );
      await begun.promise;
      clock.advance(time);
      await failed;
    }
  });

  test("that returns or sends too much fails; the next job is done", async () => {
    await using server = startServer({ maxPacketSize: 2000 });
    const servers = [server.server];
    const large = new Uint8Array(1001);
    await using _worker = new Worker({
      servers,
      functions: {
        result: () => large,
        data: async (job) => await job.data(large),
        warning: async (job) => await job.warning(large),
        thrown: () => Promise.reject(new Error("x".repeat(3000))),
        most: () => large.subarray(1),
      },
      maxResult: 1000,
    });
    await using client = new Client({ servers });
    for (const name of ["result", "data", "warning"]) {
      const text = "1001 bytes are more than a result may have (maxResult 1000)";
      await assertRejects(() => client.submit(name).bytes(), JobExceptionError, text);
    }
    const thrown = await assertRejects(() => client.submit("thrown").bytes(), JobExceptionError);
    assertEquals(thrown.payload.length, 1000);
    assertEquals((await client.submit("most")).length, 1000);
  });

  test("that sends something after its end sends nothing", async () => {
    await using server = startServer();
    let ended: WorkerJob | undefined;
    const keep = (job: WorkerJob) => void (ended = job);
    await using _worker = new Worker({ servers: [server.server], functions: { keep, reverse } });
    await using client = new Client({ servers: [server.server] });
    await client.submit("keep");
    ended!.progress(1, 2);
    await ended!.data("late");
    assert(!ended!.signal.aborted);
    assertThrows(() => ended!.progress(NaN, 2), RangeError);
    assertEquals(await client.submit("reverse", "abc").text(), "cba");
  });
});

describe("the options of a Worker", () => {
  const servers = ["localhost"];
  const functions = { reverse };
  for (
    const [name, options] of Object.entries<Partial<WorkerOptions>>({
      "no servers": { servers: [] },
      "no functions": { functions: {} },
      "a function without a name": { functions: { "": reverse } },
      "what is no function": { functions: { reverse: 1 as unknown as typeof reverse } },
      "a concurrency of 0": { concurrency: 0 },
      "half a job": { maxJobs: 0.5 },
      "a timeout of 0": { functions: { reverse: { run: reverse, timeout: 0 } } },
      "a client id with a space": { clientId: "a b" },
      "a time that is none": { replyTimeout: NaN },
      "a time for jobs that is none": { jobTimeout: -1 },
      "a size that is none": { maxResult: -1 },
      "a size of payloads that is none": { maxPayload: NaN },
      "an option that there is not": { concurency: 4 } as Partial<WorkerOptions>,
    })
  ) {
    test(`${name} are refused`, () => {
      assertThrows(() => new Worker({ servers, functions, ...options }), Error);
    });
  }
});
