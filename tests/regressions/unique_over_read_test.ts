import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { testRouter } from "../support/router.ts";

// The C server keeps 63 of 64 bytes, and a longer unique of a reduce job comes back with what lies
// behind it in the memory of the server.
test("a unique of 64 bytes comes back whole to every kind of grab", () => {
  const unique = Array.from({ length: 64 }, (_, index) => String.fromCharCode(index + 40)).join("");
  const { peer } = testRouter();
  const client = peer(), worker = peer().canDo("f");
  client.submit("SUBMIT_JOB_BG", "f", unique, "x");
  assertEquals(worker.grab("GRAB_JOB_UNIQ")!.slice(1), ["f", unique, "x"]);
  client.submit("SUBMIT_REDUCE_JOB_BACKGROUND", "f", unique + "", "r".repeat(64), "", "y");
  const joined = peer().canDo("f");
  assertEquals(joined.grab("GRAB_JOB_ALL"), null);
});

test("a reduce job with a unique of 2,000 bytes is refused", () => {
  const { peer, router } = testRouter();
  const client = peer().send("SUBMIT_REDUCE_JOB", "f", "u".repeat(2000), "r", "", "x");
  assertEquals(client.packets()[0].args[0], "ARGUMENT_TOO_LARGE");
  assertEquals(router.jobs.size, 0);
});

test("unique and reducer of 64 bytes reach GRAB_JOB_ALL", () => {
  const { peer } = testRouter();
  const unique = "u".repeat(64), reducer = "r".repeat(64);
  peer().submit("SUBMIT_REDUCE_JOB", "f", unique, reducer, "", "x");
  // The submitting connection is still there, so the job is.
  assertEquals(peer().canDo("f").grab("GRAB_JOB_ALL")!.slice(1), ["f", unique, reducer, "x"]);
});
