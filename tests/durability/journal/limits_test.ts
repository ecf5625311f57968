import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { encodeName } from "../../../protocol/mod.ts";
import { batch } from "../../store/contract.ts";
import { durableRouter } from "./durable_router.ts";

describe("limits of functions that do not exist", () => {
  test("are refused when there are 10,000; others are still set, and theirs lifted", async () => {
    const { peer, store, router, clock } = await durableRouter();
    const admin = peer();
    admin.text("create function there");
    for (let number = 0; number < 10_000; number++) admin.text(`maxqueue f${number} 1`);
    const refused = "ERR QUEUE_ERROR Too+many+limits+of+functions+that+do+not+exist\r\n";
    assertEquals(admin.text("maxqueue one-more 1"), refused);
    assertEquals([admin.text("maxqueue there 1"), admin.text("maxqueue f7 2")], ["OK\n", "OK\n"]);
    clock.advance(1000);
    assertEquals([...router.functions.limits()].length, 10_001);
    assertEquals(store.maxQueues().length, 10_001);
    assertEquals([admin.text("maxqueue f7"), admin.text("maxqueue one-more 1")], ["OK\n", "OK\n"]);
  });

  test("are not set for a name that no function can have", async () => {
    const { peer, store } = await durableRouter();
    const text = peer().text(`maxqueue ${"x".repeat(513)} 1`);
    assertEquals(text, "ERR ARGUMENT_TOO_LARGE Function+name+too+large\r\n");
    assertEquals(store.maxQueues(), []);
  });

  test("are all there after a restart, however many, and the log has their number", async () => {
    const before = await durableRouter();
    const maxQueues = Array.from({ length: 20_000 }, (_, number) => ({
      functionName: encodeName(`${number}`.padEnd(512, "x")),
      limits: [1, 2, 3] as const,
    }));
    before.store.write(batch({ maxQueues }));
    const { router, reports } = await before.restart();
    assertEquals([...router.functions.limits()].length, 20_000);
    assertEquals(reports, ["NOTICE: test: stored limits of functions (maxqueue): 20000"]);
  });
});

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
