import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

// The C server drops a function with waiting jobs: they stay known and never run.
test("a function with waiting jobs cannot be dropped", () => {
  const { peer } = testRouter();
  const client = peer();
  const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
  assertEquals(
    client.text("drop function f"),
    "ERR there are still connected workers or executing clients\r\n",
  );
  assertEquals(peer().canDo("f").grab()![0], handle);
});

test("a function made again after a drop works like a new one", () => {
  const { peer } = testRouter();
  const client = peer();
  for (let round = 0; round < 3; round++) {
    client.text("create function f");
    const worker = peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB_BG", "f", "u", "");
    assertEquals(worker.grab()![0], handle);
    worker.send("WORK_COMPLETE", handle, "").vanish();
    assertEquals(client.text("drop function f"), "OK\r\n");
  }
});

// The C server assumes CRLF and cuts the last letter of a line that ends in LF only.
test("create function with a bare LF makes the function with its whole name", () => {
  const { peer } = testRouter();
  const client = peer();
  client.text("create function abc");
  client.text("create function def\r");
  assertEquals(client.text("status"), "abc\t0\t0\t0\ndef\t0\t0\t0\n.\n");
});
