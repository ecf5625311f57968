import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

// The C server looks ability by ability when a worker goes to sleep, takes priority by priority, and
// frees what it takes if what it saw was abandoned: a good job of another ability is destroyed.
test("an abandoned job of one function does not take a job of another with it", () => {
  const { peer } = testRouter();
  const client = peer(), leaver = peer(), worker = peer().canDo("a", "b");
  leaver.submit("SUBMIT_JOB", "a", "", "");
  const good = client.submit("SUBMIT_JOB_HIGH", "b", "", "");
  leaver.vanish();
  worker.send("PRE_SLEEP");
  assertEquals(worker.types(), ["NOOP"]);
  assertEquals(worker.grab()![0], good);
  assertEquals(worker.grab(), null);
});

test("an abandoned job does not come back to life behind a job for later", () => {
  const { peer } = testRouter();
  const client = peer(), leaver = peer(), worker = peer().canDo("f");
  client.submit("SUBMIT_JOB_EPOCH", "f", "", "9999999999", "");
  leaver.submit("SUBMIT_JOB", "f", "", "");
  leaver.vanish();
  assertEquals(worker.send("PRE_SLEEP").types(), []);
  assertEquals(worker.grab(), null);
});
