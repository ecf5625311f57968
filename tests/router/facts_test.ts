import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { decodeName } from "../../protocol/mod.ts";
import { testRouter } from "../support/router.ts";

describe("the facts of a router", () => {
  test("sum up what waits, runs, is due later and sleeps", () => {
    const { router, peer, clock } = testRouter();
    peer().canDo("f").send("PRE_SLEEP");
    for (const name of ["f", "g", "g"]) router.enqueueJob({ function: name });
    router.enqueueJob({ function: "g", at: new Date(clock.epoch() + 1000) });
    const worker = peer().canDo("g");
    worker.grab();
    worker.send("PRE_SLEEP");
    peer().canDo("h").send("PRE_SLEEP");
    const { jobMemory, timers: _timers, ...totals } = router.facts.totals();
    assertEquals(totals, {
      connections: 3,
      workers: 3,
      sleeping: 1,
      functions: 3,
      jobs: 4,
      waiting: 2,
      scheduled: 1,
      running: 1,
    });
    assertEquals(jobMemory, router.jobs.memory);
  });

  test("of a connection tell what it has done, since when it is there, and when it sent something", () => {
    const { router, peer, clock } = testRouter();
    for (const name of ["f", "f", "f"]) router.enqueueJob({ function: name });
    const silent = peer();
    clock.advance(5000);
    const worker = peer().canDo("f");
    worker.send("WORK_COMPLETE", worker.grab()![0], "");
    worker.send("WORK_FAIL", worker.grab()![0]);
    worker.grab();
    clock.advance(3000);
    silent.text("version");
    const facts = [...router.facts.connections()].map((facts) => {
      const { jobsDone, age, silence } = facts!;
      return { jobsDone, age, silence };
    });
    assertEquals(facts, [
      { jobsDone: 0, age: 8000, silence: 0 },
      { jobsDone: 2, age: 3000, silence: 3000 },
    ]);
    assertEquals(router.facts.connection(peer().connection).silence, null);
  });

  test("come one after the other, with null for what was looked at and does not pass", () => {
    const { router } = testRouter();
    for (const name of ["f", "g", "f"]) router.enqueueJob({ function: name });
    const jobs = router.facts.allJobs(({ functionName }) => functionName === "f");
    assertEquals(decodeName(jobs.next().value!.function), "f");
    assertEquals(jobs.next().value, null);
    router.enqueueJob({ function: "f" });
    const [last, none] = [jobs.next(), jobs.next()];
    assertEquals([last.value!.state, none.done], ["waiting", true]);
  });

  test("have what each function has counted, without a look at its jobs", () => {
    const { router, peer } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB_HIGH", "f", "", "");
    client.submit("SUBMIT_JOB", "f", "same", "");
    client.submit("SUBMIT_JOB_LOW_BG", "f", "same", "");
    client.submit("SUBMIT_REDUCE_JOB", "f", "", "reducer", "unused", "");
    client.submit("SUBMIT_JOB_EPOCH", "f", "", "99999999999", "");
    const { counts } = router.facts.functions().next().value!;
    const submitted = [
      counts.submittedAs("foreground", 0),
      counts.submittedAs("foreground", 1),
      counts.submittedAs("background", 2),
      counts.submittedAs("reduce", 1),
      counts.submittedAs("epoch", 1),
    ];
    assertEquals([submitted, counts.coalesced], [[1, 1, 0, 1, 1], 1]);
  });

  test("say why the router does not serve", () => {
    const { router } = testRouter();
    assertEquals(router.facts.notReady(), null);
    router.isLoading = true;
    assertEquals(router.facts.notReady()?.text, "Stored jobs are being read");
    router.hasStopBegun = true;
    assertEquals(router.facts.notReady()?.text, "The server is stopping");
  });
});
