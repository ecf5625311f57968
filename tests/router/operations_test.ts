import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { encodeName, ERRORS } from "../../protocol/mod.ts";
import { Priority } from "../../router/mod.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { testRouter } from "../support/router.ts";

const NAME = encodeName("f");

describe("an operation", () => {
  test("on a job that has ended, or is another router's, is refused and changes nothing", () => {
    const { router } = testRouter();
    const { operations } = router;
    const ended = router.enqueueJob({ function: "f" })!;
    assertEquals(operations.complete(ended), null);
    const foreign = testRouter().router.enqueueJob({ function: "f" })!;
    for (const job of [ended, foreign]) {
      assertEquals(operations.cancel(job, null)?.code, "UNKNOWN_JOB");
      assertEquals(operations.complete(job)?.code, "UNKNOWN_JOB");
      assertEquals(operations.reprioritize(job, Priority.HIGH)?.code, "UNKNOWN_JOB");
    }
    assertEquals(foreign.priority, "normal");
    assertInvariants(router);
  });

  test("drops a function that nobody uses, and says what speaks against it", () => {
    const { router, peer } = testRouter();
    const { operations } = router;
    assertEquals(operations.drop(NAME, null)?.code, "UNKNOWN_FUNCTION");
    const job = router.enqueueJob({ function: "f" })!;
    assertEquals(operations.drop(NAME, null)?.code, "FUNCTION_IN_USE");
    operations.cancel(job, null);
    const worker = peer().canDo("f");
    assertEquals(operations.drop(NAME, null)?.code, "FUNCTION_IN_USE");
    worker.vanish();
    assertEquals(operations.drop(NAME, null), null);
    assertEquals(router.functions.size, 0);
  });

  test("drains: no new job is taken, by whomever, and those that are there are worked off", () => {
    const { router, peer } = testRouter({ allowShutdown: true });
    const client = peer();
    client.send("SUBMIT_JOB", "f", "u", "1");
    assertEquals(client.text("drain").slice(-3), "OK\n");
    assertEquals(router.facts.notReady()?.text, "The server was told to take no new jobs");
    assertEquals(router.submit({ function: "f" }, null), ERRORS.draining);
    client.packets();
    for (const type of ["SUBMIT_JOB", "SUBMIT_JOB_HIGH_BG"] as const) {
      client.send(type, "f", "other", "2");
      const [{ type: answer, args }] = client.packets();
      assertEquals([answer, ...args], ["ERROR", "SHUTDOWN_GRACEFUL", "Server takes no new jobs"]);
    }
    const other = peer().send("SUBMIT_JOB", "f", "u", "3");
    assertEquals(other.packets()[0].type, "JOB_CREATED");
    const worker = peer().canDo("f");
    const [handle] = worker.grab()!;
    worker.send("WORK_COMPLETE", handle, "done");
    assertEquals(client.packets().map(({ type }) => type), ["WORK_COMPLETE"]);
    assertEquals(client.text("drain off"), "OK\n");
    assertEquals(router.facts.notReady(), null);
    client.send("SUBMIT_JOB", "f", "other", "2");
    assertEquals(client.packets()[0].type, "JOB_CREATED");
    assertInvariants(router);
  });

  test("by a peer is no drain unless it may shut the server down, nor with words that mean nothing", () => {
    const { router, peer } = testRouter();
    assertEquals(peer().text("drain"), "ERR NOT_ALLOWED Shutdown+is+not+allowed\r\n");
    assertEquals(
      peer().text("drain now"),
      "ERR UNKNOWN_ARGS Unknown+arguments+to+server+command\r\n",
    );
    assertEquals(router.facts.notReady(), null);
  });

  test("makes functions as long as there is room, and none with a name that is too long", () => {
    const { operations, functions } = testRouter({ maxFunctions: 1 }).router;
    assertEquals(operations.create(encodeName("x".repeat(513))), ERRORS.functionTooLarge);
    assertEquals(operations.create(NAME), null);
    assertEquals(operations.create(NAME), null);
    assertEquals(operations.create(encodeName("g")), ERRORS.tooManyFunctions);
    assertEquals(functions.size, 1);
  });

  test("limits a function that does not exist yet, for peers up to a number of them", () => {
    const { router, peer } = testRouter();
    const { operations } = router;
    const { connection } = peer();
    for (let number = 0; number < 10_000; number++) {
      operations.limit(encodeName(`unused ${number}`), [1, 1, 1], connection);
    }
    assertEquals(operations.limit(NAME, [1, 1, 1], connection), ERRORS.tooManyLimits);
    assertEquals(operations.limit(NAME, [1, 1, 1], null), null);
    router.enqueueJob({ function: "f" });
    assertEquals(router.enqueueJob({ function: "f" }), null);
  });

  test("ends all jobs that pass a filter, at once if they are few and in turns if they are many", () => {
    const { router, peer, clock } = testRouter();
    const { connection } = peer();
    const counts: number[] = [];
    const cancelAll = () =>
      router.operations.cancelAll(
        ({ functionName }) => functionName === "f",
        connection,
        "test",
        (count) => counts.push(count),
      );
    for (const name of ["f", "g", "f"]) router.enqueueJob({ function: name });
    assertEquals([cancelAll(), router.jobs.size], [2, 1]);
    for (let number = 0; number < 2000; number++) router.enqueueJob({ function: "f" });
    assertEquals([cancelAll(), router.jobs.size], [null, 977]);
    clock.advance(0);
    assertEquals([counts, router.jobs.size], [[2000], 1]);
    assertInvariants(router);
  });
});
