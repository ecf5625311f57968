import { Buffer } from "node:buffer";
import process from "node:process";
import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { TestStore } from "../durability/journal/test_store.ts";
import { requestBytes } from "../support/raw_peer.ts";
import { startServer } from "../support/server.ts";

const JOBS = 10_000;

test("a peer that has sent its orders and no more gets their answers, when it is done", async () => {
  const store = new TestStore();
  await using server = startServer({ store });
  using client = await server.peer();
  const submit = requestBytes("SUBMIT_JOB_BG", "f", "", "x");
  client.send(Buffer.concat(Array(JOBS).fill(submit)));
  for (let job = 0; job < JOBS; job++) await client.expect("JOB_CREATED");
  using admin = await server.peer();
  admin.send("purge function f\nstatus\ngetpid\n").halfClose();
  const answers = await admin.allUntilClose();
  assertEquals(answers, `OK ${JOBS}\nf\t0\t0\t0\n.\nOK ${process.pid}\n`);
  assertEquals(store.jobs.size, 0);
});
