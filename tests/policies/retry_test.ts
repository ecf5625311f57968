import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { assertInvariants } from "../../testing/invariants.ts";
import type { FakePeer } from "../support/fake_peer.ts";
import { routerWithRules } from "../support/router.ts";

const SECOND = 1000;

/** A client, a worker of `f`, and what they do. */
function withRetry(retry: unknown, options: Parameters<typeof routerWithRules>[1] = {}) {
  const made = routerWithRules({ f: { retry } } as never, options);
  const { router, clock, peer } = made;
  return {
    ...made,
    client: peer(),
    worker: peer().canDo("f"),
    due: (handle: string) => {
      const { due } = router.jobByHandle(handle)!;
      return due === null ? null : due - clock.epoch();
    },
    counts: () => [...router.functions.values()][0].counts,
  };
}

function handleOf(worker: FakePeer): string | undefined {
  return worker.grab()?.[0];
}

describe("with a rule for it, a job that failed", () => {
  for (
    const [packet, ...args] of [["WORK_FAIL"], ["WORK_EXCEPTION", "why"]] as [
      "WORK_FAIL" | "WORK_EXCEPTION",
      ...string[],
    ][]
  ) {
    test(`by ${packet} runs again, with its handle and payload, and its client hears the end only`, () => {
      const { router, client, worker, clock, due, counts } = withRetry({ max: 2, base: "5s" });
      client.send("OPTION_REQ", "exceptions").packets();
      const handle = client.submit("SUBMIT_JOB", "f", "u", "payload");
      for (const delay of [5, 10]) {
        assertEquals(worker.grab(), [handle, "f", "payload"]);
        assertEquals(worker.send(packet, handle, ...args).types(), []);
        assertEquals([due(handle), client.types(), worker.grab()], [delay * SECOND, [], null]);
        assertInvariants(router);
        clock.advance(delay * SECOND);
      }
      worker.grab();
      worker.send(packet, handle, ...args);
      assertEquals(client.packets(), [{ type: packet, args: [handle, ...args] }]);
      const { requeued, ended, started } = counts();
      assertEquals([requeued.retry, started, ended.failed + ended.exception], [2, 3, 1]);
      assertEquals(router.jobs.size, 0);
      assertInvariants(router);
    });
  }

  test("wakes a worker when it is due, and not before", () => {
    const { client, worker, clock } = withRetry({ base: "1s" });
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    worker.send("WORK_FAIL", handle).send("PRE_SLEEP");
    clock.advance(SECOND - 1);
    assertEquals(worker.types(), []);
    clock.advance(1);
    assertEquals(worker.types(), ["NOOP"]);
  });

  test("comes after those that wait then", () => {
    const { client, worker, clock } = withRetry({ base: "1s" });
    const first = client.submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    worker.send("WORK_FAIL", first);
    const second = client.submit("SUBMIT_JOB_BG", "f", "", "");
    clock.advance(SECOND);
    assertEquals([handleOf(worker), handleOf(worker)], [second, first]);
  });

  test("keeps its unique while it waits: who submits it again joins it", () => {
    const { client, worker } = withRetry({ base: "1s" });
    const handle = client.submit("SUBMIT_JOB_BG", "f", "u", "");
    worker.grab();
    worker.send("WORK_FAIL", handle);
    assertEquals(client.submit("SUBMIT_JOB", "f", "u", ""), handle);
  });

  test("swallows the WORK_FAIL that Perl's and Python's workers send after WORK_EXCEPTION", () => {
    const { client, worker, due } = withRetry({ base: "1s" });
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    worker.send("WORK_EXCEPTION", handle, "oops").send("WORK_FAIL", handle);
    assertEquals([worker.packets(), due(handle)], [[], SECOND]);
  });

  test("is dropped when the client that waits for it leaves", () => {
    const { router, client, worker, clock } = withRetry({ base: "1s" });
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    worker.send("WORK_FAIL", handle);
    client.vanish();
    assertEquals(router.jobs.size, 0);
    clock.advance(SECOND);
    assertEquals(worker.grab(), null);
    assertInvariants(router);
  });

  for (const packet of ["WORK_DATA", "WORK_WARNING"] as const) {
    test(`ends after a ${packet} that a client got: nothing is sent twice`, () => {
      const { client, worker } = withRetry(5);
      const handle = client.submit("SUBMIT_JOB", "f", "", "");
      worker.grab();
      worker.send("WORK_STATUS", handle, "1", "2").send(packet, handle, "part");
      worker.send("WORK_FAIL", handle);
      assertEquals(client.types(), ["WORK_STATUS", packet, "WORK_FAIL"]);
    });
  }

  test("runs again all the same if it is a background job, or nobody got anything", () => {
    const { client, worker, clock } = withRetry({ base: "1s" });
    const handle = client.submit("SUBMIT_JOB_BG", "f", "u", "");
    client.submit("SUBMIT_JOB", "f", "u", "");
    worker.grab();
    worker.send("WORK_DATA", handle, "part").send("WORK_FAIL", handle);
    assertEquals(client.types(), ["WORK_DATA"]);
    clock.advance(SECOND);
    assertEquals(handleOf(worker), handle);
    worker.send("WORK_COMPLETE", handle, "");
    const alone = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    worker.send("WORK_STATUS", alone, "1", "2").send("WORK_FAIL", alone);
    clock.advance(SECOND);
    assertEquals(handleOf(worker), alone);
  });

  test("ends at once with max = 0", () => {
    const { client, worker } = withRetry(0);
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    worker.send("WORK_FAIL", handle);
    assertEquals(client.types(), ["WORK_FAIL"]);
  });

  test("ends as in gearmand where no rule is for its function", () => {
    const { client, peer } = withRetry(5);
    const worker = peer().canDo("other");
    const handle = client.submit("SUBMIT_JOB", "other", "", "");
    worker.grab();
    worker.send("WORK_FAIL", handle);
    assertEquals(client.types(), ["WORK_FAIL"]);
  });
});

describe("with a rule for it, a job that a worker lost", () => {
  test("waits for its time too, and ends when its runs are used up", () => {
    const { router, client, peer, clock, due, counts } = withRetry({ max: 1, base: "1s" });
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    const first = peer().canDo("f");
    first.grab();
    first.vanish();
    assertEquals([due(handle), router.jobByHandle(handle)!.losses], [SECOND, 1]);
    clock.advance(SECOND);
    const second = peer().canDo("f");
    assertEquals(handleOf(second), handle);
    second.vanish();
    assertEquals(client.types(), ["WORK_FAIL"]);
    assertEquals([counts().ended.lost, counts().requeued.lost], [1, 1]);
    assertInvariants(router);
  });

  test("waits again at once, as often as jobRetries says, if the rule is not about losses", () => {
    const on = ["fail", "exception", "timeout"];
    const { router, client, worker, peer, clock } = withRetry({ max: 1, on }, { jobRetries: 3 });
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    for (let loss = 0; loss < 2; loss++) {
      const gone = peer().canDo("f");
      assertEquals(handleOf(gone), handle);
      gone.vanish();
    }
    // Those are not among the further runs of the rule.
    worker.grab();
    worker.send("WORK_FAIL", handle);
    clock.advance(5 * SECOND);
    assertEquals(handleOf(worker), handle);
    const { losses, failures } = router.jobByHandle(handle)!;
    assertEquals([losses, failures, client.types()], [2, 1, []]);
    worker.vanish();
    assertEquals(client.types(), ["WORK_FAIL"]);
  });

  test("ends with a failure that the rule is not about", () => {
    const { client, worker } = withRetry({ on: ["exception", "lost"] });
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    worker.send("WORK_FAIL", handle);
    assertEquals(client.types(), ["WORK_FAIL"]);
  });
});

describe("with a rule for it, a job that takes too long", () => {
  function late(retry: unknown = { base: "5s" }) {
    const made = withRetry(retry);
    made.worker.vanish();
    const worker = made.peer().send("CAN_DO_TIMEOUT", "f", "1000");
    const handle = made.client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    made.clock.advance(SECOND);
    return { ...made, worker, handle };
  }

  test("has failed: it runs again later", () => {
    const { router, handle, due } = late();
    const { losses, failures } = router.jobByHandle(handle)!;
    assertEquals([losses, failures, due(handle)], [0, 1, 5 * SECOND]);
    assertInvariants(router);
  });

  test("is lost, as in gearmand, if the rule is not about time-outs", () => {
    const { router, handle, due } = late({ on: ["fail"] });
    const { losses, failures } = router.jobByHandle(handle)!;
    assertEquals([losses, failures, due(handle)], [1, 0, null]);
  });

  test("ends with a result that comes late, while no other run has begun", () => {
    const { router, client, worker, handle, clock } = late();
    worker.send("WORK_COMPLETE", handle, "result");
    assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "result"] }]);
    assertEquals(worker.types(), []);
    clock.advance(5 * SECOND);
    assertEquals([worker.grab(), router.running.late.size], [null, 0]);
    assertInvariants(router);
  });

  test("waits on when its worker says late that it failed, once", () => {
    const { client, worker, handle, clock } = late();
    worker.send("WORK_FAIL", handle);
    assertEquals([worker.types(), client.types()], [[], []]);
    assertEquals(worker.send("WORK_COMPLETE", handle, "").packets()[0].args[0], "JOB_NOT_FOUND");
    clock.advance(5 * SECOND);
    assertEquals(handleOf(worker), handle);
  });

  test("does not take what comes later still: it is refused and counted", () => {
    const { router, client, peer, worker, handle, clock } = late();
    clock.advance(5 * SECOND);
    const next = peer().canDo("f");
    assertEquals(handleOf(next), handle);
    worker.send("WORK_COMPLETE", handle, "late");
    assertEquals(worker.packets()[0].args[0], "JOB_NOT_FOUND");
    assertEquals([client.types(), router.counts.refused], [[], { jobNotFoundForResult: 1 }]);
    next.send("WORK_COMPLETE", handle, "right");
    assertEquals(client.packets()[0].args, [handle, "right"]);
  });
});

test("other rules leave what waits for a further run as it is", () => {
  const { router, policy, client, worker, clock } = withRetry({ base: "5s" });
  const handle = client.submit("SUBMIT_JOB", "f", "", "");
  worker.grab();
  worker.send("WORK_FAIL", handle);
  policy.use({});
  router.operations.applyRules();
  clock.advance(5 * SECOND);
  assertEquals(handleOf(worker), handle);
  worker.send("WORK_FAIL", handle);
  assertEquals(client.types(), ["WORK_FAIL"]);
});
