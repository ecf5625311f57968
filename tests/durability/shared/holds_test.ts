import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { TestServers } from "./servers.ts";

describe("where servers share jobs", () => {
  test("a quiet worker takes none out of the queue, until it is quiet no more", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const worker = await a.worker("f");
    const { id } = worker.connection;
    assertEquals(await a.peer().told(`quiet worker ${id}`), "OK 1\n");
    const first = await b.peer().background("f", "", "first");
    assertEquals([worker.types(), await worker.grabbed(), a.size], [[], null, 0]);
    worker.send("PRE_SLEEP");
    await all.settled();
    const other = await b.worker("f");
    assertEquals(await other.grabbed(), [first, "f", "first"]);
    other.send("WORK_COMPLETE", first, "").vanish();
    await all.settled();
    const second = await b.peer().background("f", "", "second");
    assertEquals(await a.peer().told(`unquiet worker ${id}`), "OK 1\n");
    await all.settled();
    assertEquals(await worker.grabbed(), [second, "f", "second"]);
    await all.close();
  });

  test("a job that waits there for its time is not moved", async () => {
    const all = await TestServers.begin(1);
    const client = all.a.peer();
    const due = `${all.clock.epoch() / 1000 + 60}`;
    const handle = await client.submitted("SUBMIT_JOB_EPOCH", "f", "", due, "");
    assertEquals(
      await client.told(`run job ${handle}`),
      "ERR NOT_HERE the+job+is+in+the+queue+that+servers+share,+where+its+time+cannot+be+changed\r\n",
    );
    assertEquals(await client.told(`cancel job ${handle}`), "OK\r\n");
    await all.close();
  });

  test("no results are kept", async () => {
    const all = await TestServers.begin(1);
    const client = all.a.peer();
    const handle = await client.background("f", "", "");
    const refusal = "ERR NOT_HERE a+queue+that+servers+share+keeps+no+results\r\n";
    assertEquals(await client.told(`result ${handle}`), refusal);
    await all.close();
  });

  test("a worker is told that its job was cancelled at another server", async () => {
    const all = await TestServers.begin(2);
    const { a, b } = all;
    const worker = await a.worker("f");
    worker.send("OPTION_REQ", "cancel-notice");
    const handle = await a.peer().background("f", "", "x");
    await worker.grabbed();
    worker.packets();
    assertEquals(await b.peer().told(`cancel job ${handle}`), "OK\r\n");
    await all.settled();
    assertEquals(worker.packets(), [{ type: "WORK_FAIL", args: [handle] }]);
    await all.close();
  });
});
