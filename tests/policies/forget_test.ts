import { describe, test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { RuleError } from "../../policies/mod.ts";
import { readRule } from "../../policies/rules.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { routerWithRules } from "../support/router.ts";

const RULES = { "f*": { forgetAfter: "1h" } } as const;
const HOUR = 3_600_000;

describe("forget-after", () => {
  test("forgets a function an hour after its last job and its last worker", () => {
    const { router, clock, peer } = routerWithRules(RULES);
    const client = peer(), worker = peer().canDo("f", "g");
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    client.submit("SUBMIT_JOB_BG", "g", "", "");
    worker.vanish();
    clock.advance(10 * HOUR);
    assertEquals(client.text("status"), "f\t1\t0\t0\ng\t1\t0\t0\n.\n");
    client.text("purge function f");
    client.text("purge function g");
    clock.advance(HOUR - 1);
    assertEquals(client.text("status"), "f\t0\t0\t0\ng\t0\t0\t0\n.\n");
    clock.advance(1);
    assertEquals(client.text("status"), "g\t0\t0\t0\n.\n");
    assertEquals(router.timers.size, 0);
    assertInvariants(router);
  });

  test("counts from the last use: by a worker, by a job, or by one that was refused", () => {
    const { clock, peer, router } = routerWithRules(RULES);
    const client = peer(), worker = peer();
    client.text("create function f1");
    clock.advance(HOUR / 2);
    worker.canDo("f1");
    clock.advance(2 * HOUR);
    worker.send("RESET_ABILITIES");
    clock.advance(HOUR - 1);
    client.submit("SUBMIT_JOB", "f1", "", "");
    client.vanish();
    clock.advance(HOUR - 1);
    const other = peer();
    assertEquals(other.text("status"), "f1\t0\t0\t0\n.\n");
    worker.canDo("f2").send("CANT_DO", "f2");
    clock.advance(1);
    assertEquals(other.text("status"), "f2\t0\t0\t0\n.\n");
    clock.advance(HOUR);
    assertEquals([other.text("status"), router.timers.size], [".\n", 0]);
    assertInvariants(router);
  });

  test("keeps what was ordered for the function: its limit and its pause", () => {
    const { clock, peer } = routerWithRules(RULES);
    const client = peer();
    client.text("create function f");
    client.text("maxqueue f 1");
    client.text("pause f");
    const ordered = () => [client.text("list limits"), client.text("list pauses")];
    const before = ordered();
    clock.advance(HOUR);
    assertEquals(client.text("status"), ".\n");
    assertEquals(ordered(), before);
    client.submit("SUBMIT_JOB_BG", "f", "", "");
    client.send("SUBMIT_JOB_BG", "f", "", "");
    assertEquals(client.packets()[0].args[0], "QUEUE_ERROR");
    assertEquals(peer().canDo("f").grab(), null);
  });

  test("holds from a reload on, and not after one without it", () => {
    const { router, policy, clock, peer } = routerWithRules({});
    const client = peer();
    client.text("create function f");
    clock.advance(HOUR);
    policy.use(RULES);
    router.operations.applyRules();
    clock.advance(HOUR - 1);
    policy.use({});
    router.operations.applyRules();
    clock.advance(HOUR);
    assertEquals(client.text("status"), "f\t0\t0\t0\n.\n");
    policy.use({ f: { forgetAfter: "1m" } });
    router.operations.applyRules();
    clock.advance(60_000);
    assertEquals(client.text("status"), ".\n");
  });

  test("leaves no timer with a function that is dropped", () => {
    const { router, peer } = routerWithRules(RULES);
    const client = peer();
    client.text("create function f");
    assertEquals(client.text("drop function f"), "OK\r\n");
    assertEquals(router.timers.size, 0);
  });

  test("is a time", () => {
    assertEquals(readRule("f", { forgetAfter: "90s" }).forgetAfter, 90_000);
    assertThrows(
      () => readRule("f", { forgetAfter: true }),
      RuleError,
      "forgetAfter must be a time",
    );
  });
});
