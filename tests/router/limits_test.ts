import { describe, test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { JOB_MEMORY } from "../../router/flow/job_table.ts";
import { Router } from "../../router/mod.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { testRouter } from "../support/router.ts";

const error = (text: string) => [{ type: "ERROR", args: ["QUEUE_ERROR", text] }];
const TOO_MANY_JOBS = error("Server has too many jobs");
const TOO_MUCH_MEMORY = error("Jobs take too much memory on the server");
const TOO_MANY_ABILITIES = error("Workers can do too many functions");
const TOO_MANY_LISTENERS = error("Too many clients share jobs");
const TOO_MANY_FUNCTIONS = error("Server has too many functions");

/** Submits of all kinds, each for its own function. */
const SUBMITS = [
  ["SUBMIT_JOB", "a", "", ""],
  ["SUBMIT_JOB_HIGH_BG", "b", "", ""],
  ["SUBMIT_JOB_EPOCH", "c", "", "9999999999", ""],
  ["SUBMIT_REDUCE_JOB_BACKGROUND", "d", "", "r", "", ""],
] as const;

describe("maxJobs", () => {
  test("refuses jobs of all kinds and functions above it, and takes one again when one has ended", () => {
    const { peer, router } = testRouter({ maxJobs: 1 });
    const client = peer(), worker = peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    for (const [type, ...args] of SUBMITS) {
      assertEquals(client.send(type, ...args).packets(), TOO_MANY_JOBS);
    }
    worker.grab();
    assertEquals(client.send("SUBMIT_JOB", "f", "", "").packets(), TOO_MANY_JOBS);
    worker.send("WORK_COMPLETE", handle, "");
    client.submit("SUBMIT_JOB", "g", "", "");
    assertEquals([...router.functions.values()].length, 2, "a refused job made a function");
  });

  test("does not refuse to join a job, in the foreground and in the background", () => {
    const { peer } = testRouter({ maxJobs: 1 });
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_BG", "f", "u", "");
    assertEquals(client.submit("SUBMIT_JOB_BG", "f", "u", ""), handle);
    assertEquals(peer().submit("SUBMIT_JOB", "f", "u", ""), handle);
    assertEquals(client.send("SUBMIT_JOB_BG", "f", "v", "").packets(), TOO_MANY_JOBS);
  });

  test("leaves what others have alone: a worker gets its job, a client its result", () => {
    const { peer, router } = testRouter({ maxJobs: 1 });
    const client = peer(), worker = peer().canDo("f"), flooder = peer();
    const handle = client.submit("SUBMIT_JOB", "f", "", "p");
    for (let round = 0; round < 100; round++) flooder.send("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(worker.grab(), [handle, "f", "p"]);
    worker.send("WORK_COMPLETE", handle, "r");
    assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "r"] }]);
    assertEquals(flooder.packets().length, 100);
    assertInvariants(router);
  });

  test("is a limit for programs too, and none for jobs that were stored before", () => {
    const router = new Router(new ManualClock(), { maxJobs: 1, maxFunctions: 1, maxJobMemory: 1 });
    const name = new Uint8Array([97]), nothing = new Uint8Array();
    for (let number = 1; number <= 3; number++) {
      router.intake.restore({
        number,
        functionName: new Uint8Array([96 + number]),
        unique: name,
        reducer: nothing,
        payload: nothing,
        payloadLength: 0,
        priority: 1,
        due: 0,
        losses: 0,
        failures: 0,
        state: "waiting",
        error: new Uint8Array(),
        runs: new Uint8Array(),
      }, false);
    }
    assertEquals([router.jobs.size, router.functions.size], [3, 3]);
    assertEquals(router.enqueueJob({ function: "a" }), null);
    assert(router.enqueueJob({ function: "a", unique: "a" }) !== null, "it joins");
  });
});

describe("maxJobMemory", () => {
  test("counts the payload and the unique of a job, and its record", () => {
    const { peer, router } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "f", "unique", "payload");
    assertEquals(router.jobs.memory, JOB_MEMORY + "unique\0payload".length);
  });

  test("refuses a job that does not fit, whereas a smaller one still does", () => {
    const { peer, router } = testRouter({ maxJobMemory: 2 * JOB_MEMORY + 100 });
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "x".repeat(60));
    assertEquals(client.send("SUBMIT_JOB", "f", "", "x".repeat(60)).packets(), TOO_MUCH_MEMORY);
    client.submit("SUBMIT_JOB", "f", "", "x".repeat(30));
    assertEquals(client.send("SUBMIT_JOB", "f", "", "").packets(), TOO_MUCH_MEMORY);
    client.text(`cancel job ${handle}`);
    client.submit("SUBMIT_JOB_BG", "f", "", "x".repeat(60));
    assertInvariants(router);
  });

  test("is free again when all jobs have ended, each in its own way", () => {
    const { peer, router } = testRouter({ jobRetries: 1 });
    const worker = peer().canDo("f"), other = peer().canDo("f"), leaver = peer();
    const client = peer();
    for (const result of ["WORK_COMPLETE", "WORK_FAIL"] as const) {
      for (const size of [0, 100, 10_000, 200_000]) {
        const handle = client.submit("SUBMIT_JOB_BG", "f", `${size}`, "x".repeat(size));
        worker.grab();
        worker.send(result, ...(result === "WORK_FAIL" ? [handle] : [handle, ""]));
      }
    }
    client.submit("SUBMIT_JOB_BG", "f", "", "lost");
    other.grab();
    other.vanish();
    leaver.submit("SUBMIT_JOB", "f", "", "abandoned");
    leaver.vanish();
    assertEquals([router.jobs.size, router.jobs.memory], [0, 0]);
  });
});

describe("maxFunctions", () => {
  test("refuses submits to functions above it, not those to functions that are there", () => {
    const { peer } = testRouter({ maxFunctions: 1 });
    const client = peer();
    client.submit("SUBMIT_JOB", "f", "", "");
    assertEquals(client.send("SUBMIT_JOB", "g", "", "").packets(), TOO_MANY_FUNCTIONS);
    client.submit("SUBMIT_JOB_BG", "f", "", "");
  });

  test("refuses a worker's function above it: it does those that were there before", () => {
    const { peer, router } = testRouter({ maxFunctions: 1 });
    const worker = peer().canDo("f");
    assertEquals(worker.send("CAN_DO", "g").packets(), TOO_MANY_FUNCTIONS);
    assertEquals(worker.send("CAN_DO_TIMEOUT", "h", "1").packets(), TOO_MANY_FUNCTIONS);
    assertEquals(worker.connection.abilityNames, ["f"]);
    assertEquals(peer().send("CAN_DO", "f").packets(), []);
    assertInvariants(router);
  });

  test("answers create function with ERR above it, until one is dropped", () => {
    const { peer } = testRouter({ maxFunctions: 1 });
    const admin = peer();
    assertEquals(admin.text("create function f"), "OK\r\n");
    assertEquals(admin.text("create function f"), "OK\r\n");
    const refusal = "ERR QUEUE_ERROR Server+has+too+many+functions\r\n";
    assertEquals(admin.text("create function g"), refusal);
    admin.text("drop function f");
    assertEquals(admin.text("create function g"), "OK\r\n");
  });
});

describe("what is refused at a limit", () => {
  for (
    const [limit, cause] of [
      [{ maxJobs: 1 }, "Server has too many jobs"],
      [{ maxJobMemory: JOB_MEMORY + 1 }, "Jobs take too much memory on the server"],
      [{ maxFunctions: 1 }, "Server has too many functions"],
    ] as const
  ) {
    test(`has a line in the log: ${cause}`, () => {
      const lines: string[] = [];
      const log = {
        level: "ERROR" as const,
        enabled: () => true,
        write: (_: string, message: string) => lines.push(message),
      };
      const { peer } = testRouter({ ...limit, log });
      const client = peer();
      client.submit("SUBMIT_JOB", "f", "", "");
      client.send("SUBMIT_JOB", "g", "", "");
      assert(lines.some((line) => line.includes("refused") && line.includes(cause)), lines.join());
    });
  }
});

describe("the limits of a router", () => {
  for (const name of ["maxJobs", "maxJobMemory", "maxFunctions"] as const) {
    for (const value of [0, -1, 1.5, NaN]) {
      test(`${name} may not be ${value}`, () => {
        assertThrows(() => new Router(new ManualClock(), { [name]: value }), RangeError, name);
      });
    }
    test(`${name} may be Infinity`, () => {
      assert(new Router(new ManualClock(), { [name]: Infinity }));
    });
  }
});

describe("maxAbilities", () => {
  test("refuses one more function of any worker, but not one that it can do already", () => {
    const { peer, router } = testRouter({ maxAbilities: 3 });
    const worker = peer().canDo("a").canDo("b"), other = peer().canDo("a");
    assertEquals(other.send("CAN_DO", "b").packets(), TOO_MANY_ABILITIES);
    assertEquals(worker.send("CAN_DO_TIMEOUT", "c", "1000").packets(), TOO_MANY_ABILITIES);
    assertEquals(worker.send("CAN_DO_TIMEOUT", "a", "1000").send("CAN_DO", "b").packets(), []);
    assertEquals(router.abilities.count, 3);
    assertInvariants(router);
  });

  test("is there again when a worker gives one up, or all, or leaves", () => {
    const { peer, router } = testRouter({ maxAbilities: 2 });
    const worker = peer().canDo("a").canDo("b"), other = peer();
    assertEquals(worker.send("CANT_DO", "a").packets(), []);
    assertEquals(other.send("CAN_DO", "a").packets(), []);
    worker.send("RESET_ABILITIES");
    assertEquals(other.send("CAN_DO", "b").packets(), []);
    other.vanish();
    assertEquals(router.abilities.count, 0);
    assertEquals(worker.send("CAN_DO", "a").send("CAN_DO", "b").packets(), []);
    assertInvariants(router);
  });
});

describe("maxSharing", () => {
  test("refuses one more client of a job that others wait for, but not one that waits already", () => {
    const { peer, router } = testRouter({ maxSharing: 1 });
    const first = peer(), second = peer(), third = peer();
    const handle = first.submit("SUBMIT_JOB", "f", "u", "");
    assertEquals(second.submit("SUBMIT_JOB", "f", "u", ""), handle);
    assertEquals(third.send("SUBMIT_JOB", "f", "u", "").packets(), TOO_MANY_LISTENERS);
    for (const client of [first, second]) {
      assertEquals(client.submit("SUBMIT_JOB", "f", "u", ""), handle);
    }
    assertEquals(third.submit("SUBMIT_JOB_BG", "f", "u", ""), handle);
    third.submit("SUBMIT_JOB", "f", "v", "");
    assertInvariants(router);
  });

  test("is there again when a client leaves, whichever it is, and when the job has ended", () => {
    const { peer, router } = testRouter({ maxSharing: 1 });
    const first = peer(), second = peer(), third = peer(), worker = peer().canDo("f");
    const handle = first.submit("SUBMIT_JOB", "f", "u", "");
    second.submit("SUBMIT_JOB", "f", "u", "");
    first.vanish();
    assertEquals(router.jobs.sharing, 0);
    third.submit("SUBMIT_JOB", "f", "u", "");
    worker.grab();
    worker.send("WORK_COMPLETE", handle, "");
    assertEquals([second.packets().length, third.packets().length, router.jobs.sharing], [1, 1, 0]);
    assertInvariants(router);
  });
});
