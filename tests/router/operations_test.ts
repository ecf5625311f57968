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
