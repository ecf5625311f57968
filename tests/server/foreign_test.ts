import { describe, test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { Server } from "../../mod.ts";

describe("what belongs to another server", () => {
  test("is refused, and neither server is changed by the attempt", async () => {
    await using mine = new Server();
    await using other = new Server();
    const job = other.enqueueJob({ function: "f", unique: "u" })!;
    assertThrows(() => mine.noteJobFinished(job), TypeError, "no live job of this server");
    assertThrows(() => mine.enqueueJob(job, true), TypeError, "no live job of this server");
    const conn = other.toInprocessServer();
    const [client] = other.clients();
    assertThrows(() => mine.onClientSleep(client), TypeError, "not connected to this server");
    assertEquals(mine.noteDisconnectedClient(client), undefined);
    conn.close();
    assertEquals(mine.jobsOutstanding(), 0);
    assertEquals(other.jobs(), [job]);
    assertEquals(job.priority, "normal");
    other.noteJobFinished(job);
    assertEquals(other.jobsOutstanding(), 0);
  });

  test("ending a job twice does nothing the second time", async () => {
    await using server = new Server();
    const job = server.enqueueJob({ function: "f" })!;
    server.noteJobFinished(job);
    server.noteJobFinished(job);
    assertEquals(server.jobsOutstanding(), 0);
  });
});
