import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { durableRouter } from "./durable_router.ts";

describe("a function with a limit that is dropped", () => {
  test("has none any more, after a restart either", async () => {
    const before = await durableRouter();
    const admin = before.peer();
    for (const line of ["create function g", "maxqueue g 1", "drop function g"]) admin.text(line);
    assertEquals(before.store.maxQueues(), []);
    const client = (await before.restart()).peer();
    for (let jobs = 0; jobs < 3; jobs++) client.submit("SUBMIT_JOB_BG", "g", "", "x");
  });

  test("keeps it when it cannot be dropped", async () => {
    const { peer, store } = await durableRouter();
    peer().canDo("g");
    for (const line of ["maxqueue g 1", "drop function g"]) peer().text(line);
    assertEquals(store.maxQueues().map(({ limits }) => limits), [[1, 1, 1]]);
  });
});
