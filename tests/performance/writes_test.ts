import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { Server } from "../../mod.ts";
import { joined } from "../protocol/recorder.ts";
import { requestBytes } from "../support/raw_peer.ts";
import { CountedConn } from "./counted_conn.ts";

/** The same packet so many times. */
function times(count: number, ...packet: Parameters<typeof requestBytes>): Uint8Array {
  return joined(Array.from({ length: count }, () => requestBytes(...packet)));
}

describe("the server writes", () => {
  test("once for 16 submits in a chunk", async () => {
    await using server = new Server();
    const client = new CountedConn(server);
    client.send(times(16, "SUBMIT_JOB", "f", "", ""));
    await client.until(16);
    assertEquals([client.types, client.writes], [new Array(16).fill("JOB_CREATED"), 1]);
  });

  test("five times for a job of one client and one sleeping worker", async () => {
    await using server = new Server();
    const client = new CountedConn(server);
    const worker = new CountedConn(server);
    worker.send(joined([requestBytes("CAN_DO", "f"), requestBytes("GRAB_JOB")]));
    await worker.until(1);
    worker.send(joined([requestBytes("PRE_SLEEP"), requestBytes("ECHO_REQ", "asleep")]));
    await worker.until(2);
    worker.writes = 0;

    client.send(requestBytes("SUBMIT_JOB", "f", "", ""));
    await worker.until(3);
    worker.send(requestBytes("GRAB_JOB"));
    await worker.until(4);
    const [handle] = worker.bodies[3].split("\0");
    worker.send(joined([requestBytes("WORK_COMPLETE", handle, ""), requestBytes("GRAB_JOB")]));
    await Promise.all([client.until(2), worker.until(5)]);
    assertEquals(worker.types.slice(2), ["NOOP", "JOB_ASSIGN", "NO_JOB"]);
    assertEquals(client.types, ["JOB_CREATED", "WORK_COMPLETE"]);
    assertEquals([client.writes, worker.writes], [2, 3]);
  });

  test("once to each peer for 16 results that come in a chunk", async () => {
    await using server = new Server();
    const client = new CountedConn(server);
    const worker = new CountedConn(server);
    client.send(times(16, "SUBMIT_JOB", "f", "", ""));
    await client.until(16);
    worker.send(joined([requestBytes("CAN_DO", "f"), times(16, "GRAB_JOB")]));
    await worker.until(16);
    assertEquals([client.writes, worker.writes], [1, 1]);

    const handles = worker.bodies.map((body) => body.split("\0")[0]);
    const results = handles.map((handle) => requestBytes("WORK_COMPLETE", handle, "done"));
    worker.send(joined([...results, times(16, "GRAB_JOB")]));
    await Promise.all([client.until(32), worker.until(32)]);
    assertEquals([client.writes, worker.writes], [2, 2]);
  });
});
