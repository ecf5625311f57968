/**
 * Tests of code that talks to a Gearman server. Each test has a server of its own on a port that was
 * free, fills it and looks into it directly; the server ends however the test ends.
 *
 * ```sh
 * deno test --allow-net=127.0.0.1 examples/with_test_server_test.ts
 * bun test ./examples/with_test_server_test.ts
 * ```
 *
 * @module
 */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { type TestServer, testServer } from "@geartrain/server/testing";

// What is tested. In your project it is in a file of its own, and talks to whatever server it is told.

/** How many jobs of a function wait for a worker. */
async function waitingJobs(port: number, functionName: string): Promise<number> {
  const lines = (await answer(port, "status")).split("\n");
  const columns = lines.find((line) => line.startsWith(`${functionName}\t`))?.split("\t") ?? [];
  const [_name, jobs = 0, running = 0] = columns;
  return Number(jobs) - Number(running);
}

/** Takes back a job that waits; false if there is none with this handle. */
async function cancelJob(port: number, handle: string): Promise<boolean> {
  return (await answer(port, `cancel job ${handle}`)).startsWith("OK");
}

async function answer(port: number, command: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.end(`${command}\n`);
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) text += chunk;
  return text;
}

// The tests.

/** Runs a test with a server of its own, and ends that. */
async function withServer(body: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await testServer();
  await body(server).finally(() => server.stop());
}

test("waitingJobs counts the jobs of one function", () =>
  withServer(async (server) => {
    server.enqueueJob({ function: "resize", payload: "1.jpg" });
    server.enqueueJob({ function: "resize", payload: "2.jpg" });
    server.enqueueJob({ function: "mail" });
    assert.equal(await waitingJobs(server.port, "resize"), 2);
    assert.equal(await waitingJobs(server.port, "print"), 0);
  }));

test("cancelJob takes back the job with the handle and no other", () =>
  withServer(async (server) => {
    const outcomes: string[] = [];
    server.on("jobFinished", ({ job, outcome }) => outcomes.push(`${job.functionName} ${outcome}`));
    const resize = server.enqueueJob({ function: "resize" })!;
    const mail = server.enqueueJob({ function: "mail" })!;
    assert.equal(await cancelJob(server.port, mail.handle), true);
    assert.deepEqual(outcomes, ["mail cancelled"]);
    assert.deepEqual(server.jobs(), [resize]);
    assert.equal(await cancelJob(server.port, mail.handle), false);
  }));
