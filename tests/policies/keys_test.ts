import { describe, test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConfiguredPolicy, type PolicyRule, readRule, RuleError } from "../../policies/mod.ts";
import { GearmanPolicy } from "../../router/policy.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { durableRouter } from "../durability/journal/durable_router.ts";
import { FakePeer } from "../support/fake_peer.ts";
import { routerWithRules } from "../support/router.ts";

const SECOND = 1000;
const MANY = 100_000;

function withRule(rule: PolicyRule) {
  const made = routerWithRules({ f: rule });
  const client = made.peer(), worker = made.peer().canDo("f");
  const submit = (unique: string, type = "SUBMIT_JOB_BG", from = client) =>
    from.submit(type as "SUBMIT_JOB_BG", "f", unique, unique);
  /** What a worker gets until there is nothing more. */
  const starts = (who: FakePeer = worker) => {
    const started: string[] = [];
    for (let job = who.grab(); job !== null; job = who.grab()) started.push(job[2]);
    return started;
  };
  const func = () => made.router.functions.find(Uint8Array.of(0x66), 0, 1)!;
  return { ...made, client, worker, submit, starts, func };
}

const KEY = { key: "unique:prefix" } as const;

describe("with a key, max-running is for each value of the unique up to the first colon", () => {
  test("others go on, in their order", () => {
    const { router, worker, submit, starts } = withRule({ ...KEY, maxRunning: 1 });
    const handles = ["a:1", "a:2", "b:1", "a:3", "b:2", "c"].map((unique) => submit(unique));
    assertEquals(starts(), ["a:1", "b:1", "c"]);
    assertInvariants(router);
    worker.send("WORK_COMPLETE", handles[2], "");
    assertEquals(starts(), ["b:2"]);
    worker.send("WORK_FAIL", handles[0]);
    assertEquals(starts(), ["a:2"]);
    assertInvariants(router);
  });

  test("a higher priority comes first within a key, and among keys", () => {
    const { submit, starts, worker } = withRule({ ...KEY, maxRunning: 1 });
    submit("a:low", "SUBMIT_JOB_LOW_BG");
    submit("b:1");
    submit("a:high", "SUBMIT_JOB_HIGH_BG");
    const [first] = worker.grab()!;
    assertEquals(starts(), ["b:1"]);
    worker.send("WORK_COMPLETE", first, "");
    assertEquals(starts(), ["a:low"]);
  });

  test("jobs without a colon have their unique as key, those without a unique one key", () => {
    const { submit, starts } = withRule({ ...KEY, maxRunning: 1 });
    for (const unique of ["a", "b", "", ""]) submit(unique);
    assertEquals(starts(), ["a", "b", ""]);
  });

  test("a job that is lost or moved makes room", () => {
    const { router, peer, client, worker, submit, starts } = withRule({ ...KEY, maxRunning: 1 });
    submit("a:1");
    const next = submit("a:2");
    starts();
    const other = peer().canDo("f");
    client.text(`cancel job ${next}`);
    assertInvariants(router);
    worker.vanish();
    assertEquals(starts(other), ["a:1"]);
    assertInvariants(router);
  });

  test("nobody is woken in vain, and one is when a key opens", () => {
    const { router, peer, clock, worker, submit, starts } = withRule({ ...KEY, maxRunning: 1 });
    const handle = submit("a:1");
    starts();
    const sleepers = [peer().canDo("f"), peer().canDo("f")].map((who) => who.send("PRE_SLEEP"));
    for (let more = 2; more < 5; more++) submit(`a:${more}`);
    clock.advance(10 * SECOND);
    assertEquals(sleepers.map((who) => who.types()), [[], []]);
    submit("b:1");
    const [woken, asleep] = sleepers.toSorted((a) => a.types().length > 0 ? -1 : 1);
    assertEquals(starts(woken), ["b:1"]);
    woken.send("PRE_SLEEP");
    assertEquals(asleep.types(), []);
    worker.send("WORK_COMPLETE", handle, "").vanish();
    clock.advance(10 * SECOND);
    assert(sleepers.some((who) => who.types().includes("NOOP")));
    assertInvariants(router);
  });

  test("a retried job counts again, at the end of its key's jobs", () => {
    const { clock, worker, submit, starts } = withRule({ ...KEY, maxRunning: 1, retry: ["1s"] });
    const handle = submit("a:1");
    submit("a:2");
    starts();
    worker.send("WORK_FAIL", handle);
    assertEquals(starts(), ["a:2"]);
    clock.advance(2 * SECOND);
    assertEquals(starts(), []);
  });

  test("why says so", () => {
    const { client, submit, starts } = withRule({ ...KEY, maxRunning: 1 });
    submit("a:1");
    const handle = submit("a:2");
    starts();
    const said = client.text(`why ${handle}`);
    assert(said.includes('As many jobs with the key "a" of "f" run as may at once: 1'), said);
    assert(client.text("why f").includes('Each key of "f" that has waiting jobs'));
  });
});

describe("with a key, rate and burst are for each of its values", () => {
  test("jobs of one start in their time, whatever the others do", () => {
    const { router, clock, submit, starts, func } = withRule({ ...KEY, rate: "2/20s", burst: 1 });
    for (const unique of ["a:1", "a:2", "b:1", "a:3"]) submit(unique);
    assertEquals(starts(), ["a:1", "b:1"]);
    clock.advance(10 * SECOND - 1);
    assertEquals(starts(), []);
    clock.advance(1);
    assertEquals(starts(), ["a:2"]);
    submit("b:2");
    assertEquals(starts(), ["b:2"]);
    clock.advance(10 * SECOND);
    assertEquals(starts(), ["a:3"]);
    assertInvariants(router);
    assertEquals([...router.starts.lanesOf(func())!.values()].length, 2);
  });

  test("a key of which nothing is left is forgotten when its rate is as at first", () => {
    const { router, clock, worker, submit, func } = withRule({ ...KEY, rate: "1/10s" });
    const handle = submit("a:1");
    worker.grab();
    worker.send("WORK_COMPLETE", handle, "");
    assertEquals([...router.starts.lanesOf(func())!.values()].length, 1);
    clock.advance(10 * SECOND);
    assertEquals([...router.starts.lanesOf(func())!.values()].length, 0);
    assertInvariants(router);
  });

  test("nobody is woken before one may start", () => {
    const { peer, clock, submit, starts } = withRule({ ...KEY, rate: "1/10s" });
    submit("a:1");
    submit("a:2");
    starts();
    const sleeper = peer().canDo("f").send("PRE_SLEEP");
    clock.advance(10 * SECOND - 1);
    assertEquals(sleeper.types(), []);
    clock.advance(1);
    assertEquals(sleeper.types(), ["NOOP"]);
  });
});

describe("a rule with a key that is read again", () => {
  test("has jobs in lanes from then on, and out of them, in their order", () => {
    const { router, policy, submit, starts } = withRule({ maxRunning: 1 });
    const use = (rule: PolicyRule) => {
      policy.use({ f: rule });
      router.operations.applyRules();
      assertInvariants(router);
    };
    for (const unique of ["a:1", "a:2", "b:1", "a:3", "b:2", "c:1"]) submit(unique);
    assertEquals(starts(), ["a:1"]);
    use({ ...KEY, maxRunning: 1 });
    assertEquals(starts(), ["b:1", "c:1"]);
    use({ ...KEY, maxRunning: 2 });
    assertEquals(starts(), ["a:2", "b:2"]);
    use({});
    assertEquals(starts(), ["a:3"]);
  });
});

describe("with fair, clients take turns", () => {
  test("by address or client id, inside a priority", () => {
    const { router, submit, starts } = withRule({ fair: "client" });
    const [one, other] = [router, router].map(() => withPeer(router));
    one.send("SET_CLIENT_ID", "one");
    other.send("SET_CLIENT_ID", "other");
    for (const unique of ["1", "2", "3"]) submit(unique, "SUBMIT_JOB_BG", one);
    submit("low", "SUBMIT_JOB_LOW_BG", other);
    for (const unique of ["4", "5"]) submit(unique, "SUBMIT_JOB_BG", other);
    assertEquals(starts(), ["1", "4", "2", "5", "3", "low"]);
    assertInvariants(router);
  });

  test("together with limits, and workers are woken as ever", () => {
    const { router, peer, worker, client, submit, starts } = withRule({
      fair: "client",
      maxRunning: 1,
    });
    const sleeper = peer().canDo("f").send("PRE_SLEEP");
    const other = peer();
    other.send("SET_CLIENT_ID", "other");
    const handle = submit("1", "SUBMIT_JOB_BG", client);
    submit("2", "SUBMIT_JOB_BG", client);
    submit("3", "SUBMIT_JOB_BG", other);
    assertEquals(sleeper.types(), ["NOOP"]);
    assertEquals(starts(), ["1"]);
    worker.send("WORK_COMPLETE", handle, "");
    assertEquals(starts(), ["3"]);
    assertInvariants(router);
  });

  test("also after a restart", async () => {
    const parts = { otherwise: new GearmanPolicy(-1), clock: new ManualClock(), random: () => 0 };
    const policy = new ConfiguredPolicy(parts);
    policy.use({ f: { fair: "client" } });
    const before = await durableRouter({ policy, jobLimit: 0 });
    for (const name of ["one", "other"]) {
      const client = before.peer();
      client.send("SET_CLIENT_ID", name);
      for (let job = 0; job < 2; job++) client.submit("SUBMIT_JOB_BG", "f", "", `${name} ${job}`);
    }
    const after = await before.restart();
    const worker = after.peer().canDo("f");
    const started = [1, 2, 3, 4].map(() => worker.grab()!);
    assertEquals(started.map(([, , payload]) => payload), ["one 0", "other 0", "one 1", "other 1"]);
    for (const [handle] of started) worker.send("WORK_COMPLETE", handle, "");
    after.durable.writer.settle();
    assertEquals([after.store.records(), after.stored()], [[], []]);
    assertInvariants(after.router);
  });
});

function withPeer(router: Parameters<typeof assertInvariants>[0]): FakePeer {
  return new FakePeer(router);
}

test("100,000 waiting jobs of one key cost other keys and functions nothing", () => {
  const { router, worker, submit, client, func } = withRule({ ...KEY, maxRunning: 1 });
  submit("a:0");
  worker.grab();
  for (let job = 1; job <= MANY; job++) submit(`a:${job}`);
  const lanes = router.starts.lanesOf(func())!;
  const before = lanes.steps;
  for (let job = 0; job < 100; job++) {
    const handle = submit(`b:${job}`);
    assertEquals(worker.grab()?.[0], handle);
    worker.send("WORK_COMPLETE", handle, "");
    client.submit("SUBMIT_JOB_BG", "g", "", "");
  }
  // Each opens its lane, and closes it.
  assertEquals(lanes.steps - before, 200);
  assertEquals([func().waiting, func().room], [MANY, 0]);
  assertEquals(router.functions.find(Uint8Array.of(0x67), 0, 1)!.waiting, 100);
});

describe("the keys key and fair", () => {
  test("are not possible with a queue that servers share", () => {
    const parts = { otherwise: new GearmanPolicy(-1), clock: new ManualClock(), random: () => 0 };
    const use = (rule: PolicyRule) =>
      new ConfiguredPolicy({ ...parts, sharesJobs: true }).use({ f: rule });
    assertThrows(() => use({ ...KEY, maxRunning: 1 }), RuleError, "key is not possible");
    assertThrows(() => use({ fair: "client" }), RuleError, "fair is not possible");
  });

  for (
    const [rule, message] of [
      [{ key: "unique" }, 'key must be "unique:prefix", not "unique"'],
      [{ key: "unique:prefix" }, "key needs maxRunning or rate beside it"],
      [{ fair: "address" }, 'fair must be "client", not "address"'],
      [{ fair: "client", key: "unique:prefix", maxRunning: 1 }, "fair cannot be beside key"],
    ] as const
  ) {
    test(`are not ${JSON.stringify(rule)}`, () => {
      assertThrows(() => readRule("f", rule), RuleError, message);
    });
  }
});
