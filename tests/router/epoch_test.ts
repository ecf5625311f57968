import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { assertInvariants } from "../../testing/invariants.ts";
import { testRouter } from "../support/router.ts";

/** What the wall of a test router shows at first, in seconds. */
const NOW = 1_700_000_000;

describe("SUBMIT_JOB_EPOCH", () => {
  test("runs at its time and wakes a worker then", () => {
    const { peer, clock, router } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    const handle = client.submit("SUBMIT_JOB_EPOCH", "f", "u", `${NOW + 60}`, "later");
    worker.send("PRE_SLEEP");
    clock.advance(59_999);
    assertEquals(worker.types(), []);
    assertEquals(worker.grab(), null);
    worker.send("PRE_SLEEP");
    assertInvariants(router);
    clock.advance(1);
    assertEquals(worker.types(), ["NOOP"]);
    assertEquals(worker.grab("GRAB_JOB_UNIQ"), [handle, "f", "u", "later"]);
  });

  test("is known but not running before its time, and counted", () => {
    const { peer } = testRouter();
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_EPOCH", "f", "", `${NOW + 60}`, "");
    client.send("GET_STATUS", handle);
    assertEquals(client.packets()[0].args, [handle, "1", "0", "0", "0"]);
    assertEquals(client.text("status"), "f\t1\t0\t0\n.\n");
    assertEquals(client.text("prioritystatus"), "f\t0\t1\t0\t0\n.\n");
  });

  for (const epoch of ["", "junk", "-5", "0", `${NOW}`, "1"]) {
    test(`runs at once when the time is ${JSON.stringify(epoch)}`, () => {
      const { peer } = testRouter();
      const handle = peer().submit("SUBMIT_JOB_EPOCH", "f", "", epoch, "x");
      assertEquals(peer().canDo("f").grab()![0], handle);
    });
  }

  test("far in the future waits, beyond the range of a runtime's timers", () => {
    const { peer, clock } = testRouter();
    const worker = peer().canDo("f").send("PRE_SLEEP");
    peer().submit("SUBMIT_JOB_EPOCH", "f", "", `${NOW + 40 * 86400}`, "");
    peer().submit("SUBMIT_JOB_EPOCH", "f", "", "9223372036854775807", "");
    clock.advance(39 * 86400_000);
    assertEquals(worker.types(), []);
    clock.advance(86400_000);
    assertEquals(worker.types(), ["NOOP"]);
  });

  test("does not hold up jobs of the function that may run", () => {
    const { peer } = testRouter();
    const client = peer(), worker = peer().canDo("f");
    client.submit("SUBMIT_JOB_EPOCH", "f", "", `${NOW + 60}`, "");
    const low = client.submit("SUBMIT_JOB_LOW_BG", "f", "", "");
    assertEquals(worker.grab()![0], low);
    assertEquals(worker.send("PRE_SLEEP").types(), []);
  });

  test("follows the wall clock when somebody sets it", () => {
    const { peer, clock } = testRouter();
    const worker = peer().canDo("f");
    const handle = peer().submit("SUBMIT_JOB_EPOCH", "f", "", `${NOW + 86400}`, "");
    clock.setEpoch((NOW + 86400) * 1000);
    clock.advance(60_000);
    assertEquals(worker.grab()![0], handle);
  });

  test("is joined by later submits, which then wait for its time", () => {
    const { peer } = testRouter();
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_EPOCH", "f", "u", `${NOW + 60}`, "");
    assertEquals(client.submit("SUBMIT_JOB", "f", "u", ""), handle);
    assertEquals(peer().canDo("f").grab(), null);
  });

  test("can be cancelled before its time and leaves no timer", () => {
    const { peer, router, clock } = testRouter();
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_EPOCH", "f", "", `${NOW + 60}`, "");
    assertEquals(client.text(`cancel job ${handle}`), "OK\r\n");
    assertEquals(router.timers.size, 0);
    assertInvariants(router);
    clock.advance(120_000);
    assertEquals(peer().canDo("f").grab(), null);
  });

  test("with a time that fits no 64 bits is refused, and the largest that does is taken", () => {
    const { peer, router } = testRouter();
    const client = peer();
    for (const time of ["9223372036854775808", "-9223372036854775809", "9".repeat(5000)]) {
      client.send("SUBMIT_JOB_EPOCH", "f", "", time, "");
      assertEquals(client.packets(), [
        { type: "ERROR", args: ["INVALID_ARGUMENT", "Epoch is out of range"] },
      ]);
    }
    client.submit("SUBMIT_JOB_EPOCH", "f", "late", "9223372036854775807", "");
    client.submit("SUBMIT_JOB_EPOCH", "f", "early", "-9223372036854775808", "");
    assertEquals([...router.functions.values()][0].waiting, 1);
    assertEquals(peer().canDo("f").grab("GRAB_JOB_UNIQ")?.[2], "early");
  });
});

test("jobs that are due at the same time leave peers their turn, and keep their order", () => {
  const { peer, clock, router } = testRouter();
  const count = 20_000;
  for (let job = 0; job < count; job++) {
    router.enqueueJob({ function: "f", payload: `${job}`, at: new Date((NOW + 60) * 1000) });
  }
  const [func] = router.functions.values();
  const steps: number[] = [];
  const { after } = clock;
  clock.after = (delay, fire) =>
    after.call(clock, delay, () => {
      const before = func.waiting;
      fire();
      steps.push(func.waiting - before);
    });
  // Sets the clock's timer anew.
  peer().submit("SUBMIT_JOB_EPOCH", "g", "", `${NOW + 59}`, "");
  clock.advance(60_000);
  assertEquals(func.waiting, count);
  assert(Math.max(...steps) <= 5000, `${steps}`);
  const payloads = [...func.waitingJobs()].map(({ payload }) => +new TextDecoder().decode(payload));
  assertEquals(payloads, [...payloads.keys()]);
});
