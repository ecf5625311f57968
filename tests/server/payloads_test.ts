import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { Client, type JobView, Worker } from "../../mod.ts";
import { startServer } from "../support/server.ts";

/** As many bytes, which tell which payload they are of and where in it they are. */
function pattern(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) {
    bytes[index] = (index * 7 + (index >>> 8) + seed) & 0xff;
  }
  return bytes;
}

const SIZES = [
  500,
  1100,
  4096,
  5000,
  40_000,
  65_536,
  100_000,
  131_073,
  500_000,
  1_048_576,
  3_000_000,
];

// The server uses the buffers of payloads again as soon as nobody needs them any more.
describe("payloads", () => {
  test("of all sizes arrive as they were, many at a time, with results, data, echoes and losses", async () => {
    await using server = startServer();
    const servers = [`127.0.0.1:${server.port}`];
    let calls = 0;
    const functions = {
      same: (job: { payload: Uint8Array }) => job.payload,
      parts: async (job: { payload: Uint8Array; data(chunk: Uint8Array): Promise<void> }) => {
        await job.data(job.payload);
        return job.payload.subarray(1);
      },
    };
    const workers = [1, 2].map(() => new Worker({ servers, functions, concurrency: 4 }));
    // A worker that takes a job now and then and leaves: the job is sent again to another.
    const leaving = (async () => {
      for (let n = 0; n < 10; n++) {
        using peer = await server.peer();
        peer.packet("CAN_DO", "same").packet("GRAB_JOB");
        const { type } = await peer.nextPacket();
        if (type === "JOB_ASSIGN") calls++;
      }
    })();
    await using client = new Client({ servers });
    await Promise.all(Array.from({ length: 120 }, async (_, n) => {
      const payload = pattern(n, SIZES[n % SIZES.length] + n);
      if (n % 10 === 0) return assertEquals(await client.echo(payload), payload);
      if (n % 3 === 0) {
        const job = client.submit("parts", payload);
        for await (const update of job) {
          assert(update.type === "data");
          assertEquals(update.data, payload);
        }
        return assertEquals(await job.bytes(), payload.subarray(1));
      }
      // Several clients of one job, by its payload.
      const unique = n % 2 === 0 ? "-" : `${n}`;
      const both = [1, 2].map(() => client.submit("same", payload, { unique }).bytes());
      for (const result of await Promise.all(both)) assertEquals(result, payload);
    }));
    await leaving;
    assert(calls >= 0);
    await Promise.all(workers.map((worker) => worker.stop()));
  });

  test("of jobs that a program has looked at stay as they are", async () => {
    await using server = startServer();
    const servers = [server.server];
    const jobs: JobView[] = [];
    const views: Uint8Array[] = [];
    server.server.on("jobSubmitted", ({ job }) => jobs.push(job));
    server.server.on("jobFinished", ({ job }) => views.push(job.payload));
    await using _worker = new Worker({ servers, functions: { same: (job) => job.payload } });
    await using client = new Client({ servers });
    const sizes = [200_000, 200_000, 200_000, 5000, 5000, 5000];
    for (const [n, size] of sizes.entries()) await client.submit("same", pattern(n, size));
    assertEquals(views.length, 6);
    views.forEach((view, n) => assertEquals(view, pattern(n, sizes[n])));
    jobs.forEach((job, n) => assertEquals(job.payload, pattern(n, sizes[n])));
  });

  test("that are large, and nobody has looked at, are gone with their job; its unique is not", async () => {
    await using server = startServer();
    const servers = [server.server];
    const jobs: JobView[] = [];
    server.server.on("jobSubmitted", ({ job }) => jobs.push(job));
    await using _worker = new Worker({ servers, functions: { same: (job) => job.payload } });
    await using client = new Client({ servers });
    await client.submit("same", pattern(1, 200_000), { unique: "cat" });
    assertEquals([jobs[0].isFinished, jobs[0].unique, jobs[0].payload.length], [true, "cat", 0]);
  });
});
