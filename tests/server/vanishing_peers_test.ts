import { assert, assertEquals } from "@std/assert";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import type { JobView, Server } from "../../mod.ts";
import { requestBytes } from "../support/raw_peer.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { assertServes } from "./round_trip.ts";

/** Peers that vanish at the same time. */
const AT_ONCE = 20;

let listening: TestServer;
let server: Server;

describe("a peer that vanishes", () => {
  before(() => {
    listening = startServer();
    server = listening.server;
  });
  after(() => listening.stop());

  test("at any byte of a foreground submit leaves no job behind", async () => {
    const bytes = requestBytes("SUBMIT_JOB", "gone", "unique", "payload");
    await eachCut(bytes.length, (cut) => vanishAfter(bytes.subarray(0, cut)));
    assertEquals(server.jobs(), []);
    await assertServes(listening.port);
  });

  test("at any byte of a background submit leaves the whole job or none", async () => {
    const bytes = requestBytes("SUBMIT_JOB_BG", "kept", "", "payload");
    await eachCut(bytes.length, (cut) => vanishAfter(bytes.subarray(0, cut)));
    const payloads = server.jobs().map(({ payload }) => new TextDecoder().decode(payload));
    assertEquals(payloads, ["payload"]);
    server.noteJobFinished(server.jobs()[0]);
    await assertServes(listening.port);
  });

  test("at any byte of a worker's grab and result loses no job", async () => {
    const length = conversation(server.enqueueJob({ function: "0000" })!).length;
    server.noteJobFinished(server.jobs()[0]);
    const completed: number[] = [];
    await eachCut(length, async (cut) => {
      const name = String(cut).padStart(4, "0");
      const job = server.enqueueJob({ function: name, payload: "payload" })!;
      await vanishAfter(conversation(job).subarray(0, cut));
      if (job.isFinished) completed.push(cut);
      else await assertCanBeDone(job);
    });
    // Only the last byte makes a result of it.
    assertEquals(completed, [length]);
    assertEquals(server.jobs(), []);
    await assertServes(listening.port);
  });

  test("while the answer is on its way takes only itself along", async () => {
    using client = await listening.peer();
    await client.packet("SUBMIT_JOB", "answer", "u", "").expect("JOB_CREATED");
    const other = await listening.peer();
    const [handle] = await other.packet("SUBMIT_JOB", "answer", "u", "").expect("JOB_CREATED");
    using worker = await listening.peer();
    worker.packet("CAN_DO", "answer");
    await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
    worker.packet("WORK_COMPLETE", handle, "x".repeat(1_000_000));
    other.destroy();
    const [, result] = await client.expect("WORK_COMPLETE", 2);
    assertEquals(result.length, 1_000_000);
    await assertServes(listening.port);
  });
});

/** All that a worker says to do one job. */
function conversation(job: JobView): Uint8Array {
  return new Uint8Array([
    ...requestBytes("CAN_DO", job.functionName),
    ...requestBytes("PRE_SLEEP"),
    ...requestBytes("GRAB_JOB"),
    ...requestBytes("WORK_STATUS", job.handle, "1", "2"),
    ...requestBytes("WORK_COMPLETE", job.handle, "result"),
  ]);
}

/** Tries every number of bytes up to all of them. */
async function eachCut(length: number, attempt: (cut: number) => Promise<void>): Promise<void> {
  for (let first = 0; first <= length; first += AT_ONCE) {
    const cuts = Array.from({ length: AT_ONCE }, (_, index) => first + index);
    await Promise.all(cuts.filter((cut) => cut <= length).map(attempt));
  }
}

/** Sends these bytes and vanishes without reading; resolves when the server has noticed. */
async function vanishAfter(bytes: Uint8Array): Promise<void> {
  const socket = connect({ port: listening.port, host: "127.0.0.1" });
  await once(socket, "connect");
  const port = socket.localPort;
  await new Promise<void>((resolve) => {
    const ignore = server.on("connectionClosed", ({ connection }) => {
      if (connection.peer.port !== port) return;
      ignore();
      resolve();
    });
    if (bytes.length === 0) socket.destroy();
    else socket.write(bytes, () => socket.destroy());
  });
}

async function assertCanBeDone(job: JobView): Promise<void> {
  using worker = await listening.peer();
  worker.packet("CAN_DO", job.functionName);
  const assigned = await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
  assertEquals(assigned, [job.handle, job.functionName, "payload"]);
  worker.packet("WORK_COMPLETE", job.handle, "");
  await worker.packet("ECHO_REQ", "").expect("ECHO_RES");
  assert(job.isFinished);
}
