import { describe, test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { encodeName } from "../../protocol/mod.ts";
import { RuleError } from "../../policies/mod.ts";
import { readPolicies, readRule } from "../../policies/rules.ts";
import { routerWithRules } from "../support/router.ts";

const EARLIEST = () => 1 - Number.EPSILON;
const LATEST = () => 0;

/** How long the first further runs wait at least and at most, in seconds. */
function delays(retry: unknown, count: number): [least: number, most: number][] {
  const { delay } = readRule("f", { retry }).retry!;
  return Array.from({ length: count }, (_, index) => {
    const ends = [EARLIEST, LATEST].map((random) => delay(index + 1, random) / 1000);
    ends.sort((a, b) => a - b);
    return ends.map((time) => Math.round(time * 100) / 100) as [number, number];
  });
}

describe("the rule of a function", () => {
  test("is the first one that fits its name, in the order of the keys", () => {
    const { policy } = routerWithRules({
      "mail-?": { retry: 1 },
      "mail-*": { retry: 2 },
      "a.b": { retry: 3 },
      "*": {},
    });
    const of = (name: string) => policy.ruleOf(encodeName(name))?.pattern;
    assertEquals(["mail-a", "mail-ab", "mail", "a.b", "axb", ""].map(of), [
      "mail-?",
      "mail-*",
      "*",
      "a.b",
      "*",
      "*",
    ]);
  });

  test("is none if none fits, and may have been made for names of any bytes", () => {
    const { policy } = routerWithRules({ "\u00fcber*": { retry: 1 } });
    assertEquals(policy.ruleOf(encodeName("f")), null);
    assertEquals(policy.ruleOf(encodeName("\u00fcber-all"))?.pattern, "\u00fcber*");
    assertEquals(policy.ruleOf(new Uint8Array([0xff, 0x0a])), null);
  });

  test("is another one when other rules hold, for functions that are there and those that come", () => {
    const { router, policy, peer } = routerWithRules({ f: { retry: 1 } });
    const patterns = () => [...router.functions.values()].map(({ rule }) => rule?.pattern);
    peer().canDo("f", "g");
    assertEquals(patterns(), ["f", undefined]);
    policy.use({ "?": {} });
    router.operations.applyRules();
    peer().canDo("h", "long");
    assertEquals(patterns(), ["?", "?", "?", undefined]);
    assertThrows(
      () => policy.use({ f: {}, "g*": { retry: -1 } }),
      RuleError,
      '"g*": retry.max must',
    );
    router.operations.applyRules();
    assertEquals(patterns(), ["?", "?", "?", undefined]);
  });

  test("is looked up in turns when there are thousands of functions", () => {
    const { router, policy, clock, peer } = routerWithRules({});
    const worker = peer();
    for (let index = 0; index < 5000; index++) worker.canDo(`f${index}`);
    policy.use({ "*": {} });
    router.operations.applyRules();
    const ruled = () => [...router.functions.values()].filter(({ rule }) => rule !== null).length;
    assertEquals(ruled(), 4096);
    clock.advance(0);
    assertEquals(ruled(), 5000);
  });
});

describe("a rule that is wrong", () => {
  const WRONG: [rule: unknown, message: string][] = [
    [1, '"f": must be a table'],
    [[], '"f": must be a table'],
    [{ retri: 1 }, '"f": retri does not exist; there are '],
    [{ retry: "later" }, '"f": retry must be a table such as { max = 5, base = "5s" }'],
    [{ retry: -1 }, '"f": retry.max must be an integer from 0 to 10000, not -1'],
    [{ retry: 1.5 }, '"f": retry.max must be an integer from 0 to 10000, not 1.5'],
    [{ retry: [] }, '"f": retry.backoff must be 1 to 100 times, "sidekiq" or "river", not []'],
    [{ retry: { most: 5 } }, '"f": retry.most does not exist; there are max, on, base, factor,'],
    [{ retry: { on: [] } }, '"f": retry.on must be a list with some of fail, exception, timeout'],
    [{ retry: { on: ["fails"] } }, '"f": retry.on must be'],
    [{ retry: { on: "fail" } }, '"f": retry.on must be'],
    [{ retry: { base: "soon" } }, '"f": retry.base must be a time such as "500ms"'],
    [{ retry: { base: 0 } }, '"f": retry.base must be a time'],
    [{ retry: { cap: "4000d" } }, '"f": retry.cap must be a time'],
    [{ retry: { base: null } }, '"f": retry.base must be a time'],
    [{ retry: { factor: 0.5 } }, '"f": retry.factor must be a number from 1 to 100, not 0.5'],
    [{ retry: { jitter: 2 } }, '"f": retry.jitter must be a number from 0 to 1, not 2'],
    [{ retry: { jitter: NaN } }, '"f": retry.jitter must be'],
    [{ retry: { backoff: ["1s", "x"] } }, '"f": retry.backoff must be a time'],
    [{ retry: { backoff: [1], base: 1 } }, '"f": retry.base and backoff exclude each other'],
    [
      { retry: { backoff: "river", jitter: 1 } },
      '"f": retry.jitter and backoff exclude each other',
    ],
  ];
  for (const [rule, message] of WRONG) {
    test(`is refused: ${JSON.stringify(rule)}`, () => {
      assertThrows(() => readPolicies({ f: rule }), RuleError, message);
    });
  }

  test("is refused without a pattern", () => {
    assertThrows(() => readPolicies({ "": {} }), RuleError, "must not be empty");
    assertThrows(() => readPolicies([{}]), RuleError, "must be an object");
  });

  test("names keys as a configuration file has them, if it is read from one", () => {
    const file = (key: string) => `x-${key}`;
    assertThrows(() => readRule("f", { "x-retry": -1 }, file), RuleError, "x-retry.max must be");
    assertThrows(() => readRule("f", { retry: 1 }, file), RuleError, "there are x-retry");
    assertEquals(readRule("f", { "x-retry": 2 }, file).retry!.max, 2);
  });
});

describe("further runs wait", () => {
  test("5 s, twice as long each time, at most an hour, up to a fifth less, if nothing else is said", () => {
    assertEquals(delays(5, 4), [[4, 5], [8, 10], [16, 20], [32, 40]]);
    assertEquals(delays(20, 11).at(-1), [2880, 3600]);
    const { max, on } = readRule("f", { retry: {} }).retry!;
    assertEquals([max, [...on]], [5, ["fail", "exception", "timeout", "lost"]]);
  });

  test("as base, factor, cap and jitter say", () => {
    const retry = { base: "100ms", factor: 3, cap: 1, jitter: 0.5 };
    assertEquals(delays(retry, 4), [[0.05, 0.1], [0.15, 0.3], [0.45, 0.9], [0.5, 1]]);
    assertEquals(delays({ factor: 1, jitter: 0 }, 2), [[5, 5], [5, 5]]);
  });

  test("as a list says, whose last time repeats", () => {
    assertEquals(delays(["1s", 2.5, "1m"], 4), [[1, 1], [2.5, 2.5], [60, 60], [60, 60]]);
    assertEquals(delays({ backoff: [10], jitter: 0.1, max: 9 }, 2), [[9, 10], [9, 10]]);
  });

  test("as in Sidekiq and Faktory, 25 times", () => {
    assertEquals(delays("sidekiq", 4), [[15, 44], [16, 74], [31, 118], [96, 212]]);
    assertEquals(readRule("f", { retry: "sidekiq" }).retry!.max, 25);
    assertEquals(readRule("f", { retry: { backoff: "sidekiq", max: 3 } }).retry!.max, 3);
  });

  test("as in River, 25 times", () => {
    assertEquals(delays("river", 3), [[0.9, 1.1], [14.4, 17.6], [72.9, 89.1]]);
    assertEquals(readRule("f", { retry: "river" }).retry!.max, 25);
  });
});
