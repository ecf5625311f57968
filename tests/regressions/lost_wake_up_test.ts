import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

// In the C server only a grab forgets that a NOOP was sent.
test("a worker that answers NOOP with PRE_SLEEP is woken again", () => {
  const { peer } = testRouter();
  const client = peer(), other = peer().canDo("f"), worker = peer().canDo("f");
  worker.send("PRE_SLEEP");
  client.submit("SUBMIT_JOB_BG", "f", "", "");
  assertEquals(worker.types(), ["NOOP"]);
  other.grab();
  assertEquals(worker.send("PRE_SLEEP").types(), []);
  client.submit("SUBMIT_JOB_BG", "f", "", "");
  assertEquals(worker.types(), ["NOOP"]);
});

// The C server sends no NOOP when an ability is added.
test("a sleeping worker that adds an ability with waiting jobs is woken", () => {
  const { peer } = testRouter();
  peer().submit("SUBMIT_JOB_BG", "f", "", "");
  const worker = peer().canDo("g").send("PRE_SLEEP");
  assertEquals(worker.types(), []);
  worker.canDo("f");
  assertEquals(worker.types(), ["NOOP"]);
});

test("a sleeping worker that adds an ability is woken for later jobs of it", () => {
  const { peer } = testRouter();
  const worker = peer().canDo("g").send("PRE_SLEEP").canDo("f");
  peer().submit("SUBMIT_JOB_BG", "f", "", "");
  assertEquals(worker.types(), ["NOOP"]);
});
