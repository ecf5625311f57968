import { describe, test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ConfiguredPolicy, RuleError } from "../../policies/mod.ts";
import { readRule } from "../../policies/rules.ts";
import { GearmanPolicy } from "../../router/policy.ts";
import { runsIn } from "../../router/model/job_runs.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import type { FakePeer } from "../support/fake_peer.ts";
import { routerWithRules } from "../support/router.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** A client, a worker of `f`, and what they do. */
function withRule(rule: unknown) {
  const made = routerWithRules({ f: rule } as never);
  const { router, clock, peer } = made;
  const client = peer();
  const worker = peer().canDo("f");
  return {
    ...made,
    client,
    worker,
    admin: peer(),
    func: () => router.functions.find(Uint8Array.of(0x66), 0, 1)!,
    /** Submits a job, of which a worker says that it failed. */
    fail(payload: string, unique = ""): string {
      const handle = client.submit("SUBMIT_JOB_BG", "f", unique, payload);
      failOnce(worker, handle);
      clock.advance(1);
      return handle;
    },
    dead: () => [...router.dead.all()].map(({ job }) => job.handle),
  };
}

function failOnce(worker: FakePeer, handle: string, text?: string): void {
  assertEquals(worker.grab()?.[0], handle);
  if (text === undefined) worker.send("WORK_FAIL", handle);
  else worker.send("WORK_EXCEPTION", handle, text);
  worker.packets();
}

describe("with a rule for it, a job that has failed for good", () => {
  test("is dead: it is unknown, runs no more, and is not among the live ones", () => {
    const { router, fail, dead, worker, client, admin, func } = withRule({ dead: true });
    const handle = fail("payload", "u");
    assertEquals([dead(), router.jobs.size, worker.grab()], [[handle], 0, null]);
    client.send("GET_STATUS", handle);
    assertEquals(client.packets()[0].args.slice(0, 3), [handle, "0", "0"]);
    assertEquals([func().live, func().dead, func().counts.ended.buried], [0, 1, 1]);
    assertEquals(admin.text("show jobs"), ".\n");
    assertInvariants(router);
  });

  test("holds its unique no more", () => {
    const { fail, client, dead, router } = withRule({ dead: true });
    const handle = fail("first", "u");
    const other = client.submit("SUBMIT_JOB_BG", "f", "u", "second");
    assertEquals([other === handle, dead()], [false, [handle]]);
    assertInvariants(router);
  });

  test("tells who waits for it that it failed, also by an exception", () => {
    const { router, peer, client, worker, dead } = withRule({ dead: true });
    const listener = peer().send("OPTION_REQ", "exceptions");
    listener.packets();
    const handle = client.submit("SUBMIT_JOB_BG", "f", "u", "");
    assertEquals(listener.submit("SUBMIT_JOB", "f", "u", ""), handle);
    failOnce(worker, handle, "no paper");
    assertEquals(listener.packets(), [{ type: "WORK_EXCEPTION", args: [handle, "no paper"] }]);
    assertEquals(dead(), [handle]);
    assertInvariants(router);
  });

  test("died when its last run ended, though the clock goes on: a restart says the same", () => {
    const { router, fail, clock } = withRule({ dead: true });
    const epoch = clock.epoch();
    let looks = 0;
    clock.epoch = () => epoch + looks++;
    fail("payload");
    const [{ job, diedAt }] = router.dead.all();
    assertEquals(diedAt, runsIn(job.trouble!.runs).at(-1)!.endedAt);
  });

  test("dies only when its retries are used up, and tells each of its runs", () => {
    const { router, client, worker, clock, dead, admin } = withRule({
      retry: { max: 1, base: "5s" },
      dead: true,
    });
    worker.send("SET_CLIENT_ID", "printer");
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    clock.advance(2 * SECOND);
    worker.send("WORK_EXCEPTION", handle, "no paper").packets();
    assertEquals(dead(), []);
    clock.advance(5 * SECOND);
    worker.grab();
    const first = clock.epoch();
    clock.advance(SECOND);
    worker.vanish();
    const [{ job, diedAt }] = router.dead.all();
    assertEquals([job.handle, job.failures, job.losses], [handle, 1, 1]);
    const runs = runsIn(job.trouble!.runs);
    assertEquals(
      runs.map(({ startedAt, endedAt, cause, text }) => [startedAt, endedAt, cause, text]),
      [
        [first - 7 * SECOND, first - 5 * SECOND, "exception", "no paper"],
        [first, first + SECOND, "lost", ""],
      ],
    );
    assertEquals(diedAt, first + SECOND);
    const told = admin.text(`why ${handle}`);
    for (const word of ["dead", "failed_run", "no paper", "printer"]) {
      assertEquals([word, told.includes(word)], [word, true]);
    }
    assertInvariants(router);
  });

  test("keeps the last 20 runs, and 1,000 bytes of what each said", () => {
    const { router, client, worker, clock } = withRule({
      retry: { max: 30, backoff: ["1s"] },
      dead: true,
    });
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    for (let run = 0; run <= 30; run++) {
      failOnce(worker, handle, `${run} `.padEnd(3000, "x"));
      clock.advance(SECOND);
    }
    const [{ job }] = router.dead.all();
    const runs = runsIn(job.trouble!.runs);
    assertEquals(
      runs.map(({ text }) => parseInt(text)),
      Array.from({ length: 20 }, (_, i) => 11 + i),
    );
    assertEquals(runs.map(({ text }) => text.length), Array(20).fill(1000));
  });

  test("ends as without the rule if it is a foreground job", () => {
    const { client, worker, dead, router } = withRule({ dead: true });
    const handle = client.submit("SUBMIT_JOB", "f", "", "");
    failOnce(worker, handle);
    assertEquals([client.types(), dead(), router.jobs.size], [["WORK_FAIL"], [], 0]);
  });

  test("swallows the WORK_FAIL that Perl's and Python's workers send after WORK_EXCEPTION", () => {
    const { client, worker, dead } = withRule({ dead: true });
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    worker.send("WORK_EXCEPTION", handle, "oops").send("WORK_FAIL", handle);
    assertEquals([worker.packets(), dead()], [[], [handle]]);
  });
});

describe("a dead job", () => {
  test("is one that its worker advises to be dead, also where no rule keeps dead ones", () => {
    const { router, client, worker, dead, peer } = withRule({ retry: 5, advice: true });
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    worker.send("WORK_WARNING", handle, "geartrain: dead").send("WORK_FAIL", handle).packets();
    assertEquals(dead(), [handle]);
    peer().text("kick f");
    failOnce(worker, handle);
    assertEquals([dead(), router.jobs.size], [[], 1]);
    assertInvariants(router);
  });

  test("does not expire, and its time begins anew when it is kicked", () => {
    const { router, fail, dead, admin, clock } = withRule({ dead: true, ttl: "1h" });
    const handle = fail("a");
    clock.advance(2 * HOUR);
    assertEquals(dead(), [handle]);
    admin.text("kick f");
    clock.advance(HOUR - 1);
    assertEquals(router.jobs.size, 1);
    clock.advance(1);
    assertEquals([router.jobs.size, router.dead.size], [0, 0]);
    assertInvariants(router);
  });

  test("that is kicked may run as often as a new one, and tells of its former runs", () => {
    const { router, client, worker, clock, dead, admin } = withRule({
      retry: { max: 1, backoff: ["1s"] },
      dead: true,
    });
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    for (const failures of [1, 2]) {
      failOnce(worker, handle);
      assertEquals(router.jobs.size, 1);
      clock.advance(SECOND);
      failOnce(worker, handle);
      const [{ job }] = router.dead.all();
      const { runs } = job.trouble!;
      assertEquals([dead(), job.failures, runsIn(runs).length], [[handle], 2, 2 * failures]);
      admin.text(`kick job ${handle}`);
      assertEquals([job.failures, job.losses], [0, 0]);
      assertInvariants(router);
    }
  });

  test("that is kicked before its first time was over expires by its new one", () => {
    const { router, fail, admin, clock } = withRule({ dead: true, ttl: "1h" });
    fail("a");
    clock.advance(HOUR / 2);
    admin.text("kick f");
    clock.advance(HOUR - 1);
    assertEquals(router.jobs.size, 1);
    clock.advance(1);
    assertEquals(router.jobs.size, 0);
  });

  test("keeps its function from being forgotten", () => {
    const { router, fail, admin, clock, worker, func } = withRule({
      dead: true,
      forgetAfter: "1h",
    });
    fail("a");
    worker.vanish();
    clock.advance(2 * HOUR);
    assertEquals(func().dead, 1);
    admin.text("drop dead f");
    clock.advance(2 * HOUR);
    assertEquals(router.functions.size, 0);
  });
});

describe("too many dead jobs of a function", () => {
  test("drive out those that died first", () => {
    const { router, fail, dead, func } = withRule({ dead: { count: 2 } });
    const handles = ["a", "b", "c"].map((payload) => fail(payload));
    assertEquals([dead(), func().counts.deadDropped], [handles.slice(1), 1]);
    assertInvariants(router);
  });

  test("are those with too many bytes as well; one is always kept", () => {
    const { router, fail, dead } = withRule({ dead: { bytes: 1500 } });
    const handles = ["a", "b"].map((payload) => fail(payload.repeat(300)));
    assertEquals(dead(), handles.slice(1));
    const large = fail("c".repeat(5000));
    assertEquals(dead(), [large]);
    assertInvariants(router);
  });

  test("are gone when they have been dead too long, a minute later at most", () => {
    const { router, fail, dead, clock } = withRule({ dead: { age: "1h" } });
    fail("a");
    clock.advance(HOUR / 2);
    const second = fail("b");
    clock.advance(HOUR / 2 + 60 * SECOND);
    assertEquals(dead(), [second]);
    clock.advance(HOUR);
    assertEquals([dead(), router.dead.size], [[], 0]);
    assertInvariants(router);
  });

  test("let no more die with `block`: the job is tried again at the cap, until there is room", () => {
    const { router, fail, dead, worker, clock, admin } = withRule({
      retry: { max: 0, cap: "10m" },
      dead: { count: 1, full: "block" },
    });
    const first = fail("a");
    const second = fail("b");
    assertEquals([dead(), router.jobs.size], [[first], 1]);
    clock.advance(600 * SECOND - 2);
    assertEquals(worker.grab(), null);
    clock.advance(1);
    failOnce(worker, second);
    assertEquals(dead(), [first]);
    assertEquals(admin.text("drop dead f"), "OK 1\n");
    clock.advance(600 * SECOND);
    failOnce(worker, second);
    assertEquals(dead(), [second]);
    assertInvariants(router);
  });
});

describe("the key dead of a rule", () => {
  test("is true, false or a table", () => {
    const read = (dead: unknown) => readRule("f", { dead }).dead;
    const bounds = { count: 10_000, bytes: 2 ** 26, age: 180 * 24 * HOUR };
    const usual = { ...bounds, full: "oldest", expired: false };
    assertEquals([read(false), read(true), read({})], [null, usual, usual] as never);
    assertEquals(
      read({ count: 5, bytes: "1M", age: "2h", full: "block", expired: true }),
      { count: 5, bytes: 2 ** 20, age: 2 * HOUR, full: "block", expired: true },
    );
  });

  for (
    const [given, message] of [
      [1, "dead must be true, false or a table"],
      [{ count: 0 }, "dead.count must be an integer from 1 to 10000000"],
      [{ bytes: "many" }, "dead.bytes must be a number of bytes"],
      [{ bytes: 0 }, "dead.bytes must be a number of bytes"],
      [{ age: "x" }, "dead.age must be a time"],
      [{ full: "newest" }, 'dead.full must be "oldest" or "block"'],
      [{ most: 1 }, "dead.most does not exist"],
    ] as const
  ) {
    test(`is refused when it is ${JSON.stringify(given)}`, () => {
      assertThrows(() => readRule("f", { dead: given }), RuleError, message);
    });
  }

  test("is given to no worker of dead jobs with a queue that servers share", () => {
    const policy = new ConfiguredPolicy({
      otherwise: new GearmanPolicy(-1),
      clock: new ManualClock(),
      random: () => 0,
      sharesJobs: true,
    });
    policy.use({ "*": { retry: 5, dead: true } });
    const why =
      '"m*": deadFunction is not possible: a queue that servers share gives dead jobs to no worker';
    assertThrows(() => policy.use({ "m*": { deadFunction: true } }), RuleError, why);
  });
});
