import { describe, test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ConfiguredPolicy, type PolicyRule, readRule, RuleError } from "../../policies/mod.ts";
import type { DedupeMode } from "../../router/model/function_rule.ts";
import { GearmanPolicy } from "../../router/policy.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import type { FakePeer } from "../support/fake_peer.ts";
import { routerWithRules } from "../support/router.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

function withDedupe(dedupe: PolicyRule["dedupe"], rule: PolicyRule = {}) {
  const made = routerWithRules({ f: { optionsInName: true, ...rule, dedupe } });
  const client = made.peer(), worker = made.peer().canDo("f");
  return {
    ...made,
    client,
    worker,
    submit: (payload: string, name = "f") => client.submit("SUBMIT_JOB_BG", name, "u", payload),
    /** Does all jobs that a worker may get. */
    payloads: () => {
      const done: string[] = [];
      for (let job = worker.grab(); job !== null; job = worker.grab()) {
        done.push(job[2]);
        worker.send("WORK_COMPLETE", job[0], "");
      }
      return done;
    },
    counts: () => made.router.functions.find(Uint8Array.of(0x66), 0, 1)!.counts,
  };
}

function complete(worker: FakePeer, handle: string): void {
  assertEquals(worker.grab()?.[0], handle);
  worker.send("WORK_COMPLETE", handle, "");
}

describe("with dedupe drop, a submit", () => {
  test("joins the job that has its unique, also when it waits for a further try", () => {
    const { router, client, worker, clock, submit } = withDedupe("drop", { retry: 1 });
    const handle = submit("first");
    assertEquals(submit("second"), handle);
    worker.grab();
    assertEquals(submit("third"), handle);
    worker.send("WORK_FAIL", handle);
    assertEquals(client.submit("SUBMIT_JOB", "f", "u", "fourth"), handle);
    clock.advance(MINUTE);
    assertEquals(worker.grab(), [handle, "f", "first"]);
    assertInvariants(router);
  });

  test("gets the handle of a job that was completed in the window before, and nothing runs", () => {
    const { router, clock, worker, submit, payloads, counts } = withDedupe({
      mode: "drop",
      window: "10m",
    });
    const handle = submit("first");
    complete(worker, handle);
    clock.advance(10 * MINUTE - 1);
    assertEquals([submit("second"), payloads(), counts().dropped], [handle, [], 1]);
    assertEquals(router.dedupe.windows.size, 1);
    clock.advance(1);
    assertEquals(router.dedupe.windows.size, 0);
    submit("third");
    assertEquals(payloads(), ["third"]);
    assertInvariants(router);
  });

  test("that waits for a result gets an ERROR in the window: there is none", () => {
    const { client, worker, submit } = withDedupe({ mode: "drop", window: "10m" });
    complete(worker, submit("first"));
    client.send("SUBMIT_JOB", "f", "u", "second");
    assertEquals(client.packets().map(({ type, args }) => [type, ...args]), [
      ["ERROR", "ALREADY_DONE", "A job with this unique is done already"],
    ]);
  });

  for (const [type, ...args] of [["WORK_FAIL"], ["WORK_EXCEPTION", "no"]] as const) {
    test(`runs after one that has not been completed: ${type}`, () => {
      const { worker, submit, payloads } = withDedupe({ mode: "drop", window: "10m" });
      const handle = submit("first");
      worker.grab();
      worker.send(type, handle, ...args);
      submit("second");
      assertEquals(payloads(), ["second"]);
    });
  }

  test("runs if it has another unique, another function, or none", () => {
    const { client, worker, submit, payloads } = withDedupe({ mode: "drop", window: "10m" });
    complete(worker, submit("first"));
    for (const unique of ["v", ""]) client.submit("SUBMIT_JOB_BG", "f", unique, unique);
    client.submit("SUBMIT_JOB_BG", "g", "u", "g");
    worker.canDo("g");
    assertEquals(payloads().toSorted(), ["", "g", "v"]);
  });

  test("is compared by its payload with the unique -", () => {
    const { client, payloads } = withDedupe({ mode: "drop", window: "10m" });
    const submit = (payload: string) => client.submit("SUBMIT_JOB_BG", "f", "-", payload);
    const [a, b] = [submit("a"), submit("b")];
    assertEquals(payloads(), ["a", "b"]);
    assertEquals([submit("b"), submit("a")], [b, a]);
    submit("c");
    assertEquals(payloads(), ["c"]);
  });

  test("runs when the rule says nothing of it any more", () => {
    const { policy, router, worker, submit, payloads } = withDedupe({ mode: "drop", window: "1h" });
    complete(worker, submit("first"));
    policy.use({});
    router.operations.applyRules();
    submit("second");
    assertEquals(payloads(), ["second"]);
  });

  test("may say for itself how long that is, whatever the rule says", () => {
    for (const rule of [undefined, "drop", { mode: "drop", window: "1s" }] as const) {
      const { clock, worker, submit, payloads } = withDedupe(rule);
      const handle = submit("first", "f?unique-window=1h");
      complete(worker, handle);
      clock.advance(60 * MINUTE - 1);
      assertEquals([submit("second"), payloads()], [handle, []]);
      clock.advance(1);
      submit("third");
      assertEquals(payloads(), ["third"]);
    }
  });

  test("may not without a unique, which an ERROR says", () => {
    const { client } = withDedupe(undefined);
    client.send("SUBMIT_JOB_BG", "f?unique-window=1h", "", "");
    const [{ args }] = client.packets();
    assertEquals(args[1], "Option unique-window in the name: the job has no unique");
  });
});

for (const mode of ["replace", "keep-last"] as const) {
  describe(`with dedupe ${mode}, a submit`, () => {
    test("gives a job that waits its payload, under the same handle", () => {
      const { router, submit, payloads, counts } = withDedupe(mode);
      const handle = submit("first");
      assertEquals([submit("a longer second"), submit("3")], [handle, handle]);
      assertInvariants(router);
      assertEquals([payloads(), counts().replaced], [["3"], 2]);
      assertInvariants(router);
    });

    test("keeps its place in the queue", () => {
      const { client, submit, payloads } = withDedupe(mode);
      submit("first");
      client.submit("SUBMIT_JOB_BG", "f", "", "other");
      submit("second");
      assertEquals(payloads(), ["second", "other"]);
    });

    test("waits behind a job that runs, and later ones replace it", () => {
      const { router, worker, submit, counts } = withDedupe(mode);
      const first = submit("first");
      worker.grab();
      const next = submit("second");
      assertEquals([submit("third"), next === first], [next, false]);
      assertEquals(worker.grab(), null);
      assertInvariants(router);
      worker.send("WORK_COMPLETE", first, "");
      assertInvariants(router);
      assertEquals([worker.grab(), counts().replaced], [[next, "f", "third"], 1]);
      const last = submit("fourth");
      worker.send("WORK_FAIL", next);
      assertEquals(worker.grab(), [last, "f", "fourth"]);
      assertInvariants(router);
    });

    test("waits until that one has ended for good, also while it waits for a further try", () => {
      const { router, clock, worker, submit } = withDedupe(mode, { retry: 1 });
      const first = submit("first");
      worker.grab();
      const next = submit("second");
      worker.send("WORK_FAIL", first);
      assertEquals([submit("third"), worker.grab()], [next, null]);
      clock.advance(MINUTE);
      assertEquals(worker.grab(), [first, "f", "first"]);
      assertInvariants(router);
      worker.send("WORK_FAIL", first);
      assertEquals(worker.grab(), [next, "f", "third"]);
    });

    test("is woken a worker for when that has ended", () => {
      const { peer, worker, submit } = withDedupe(mode);
      const first = submit("first");
      worker.grab();
      submit("second");
      const sleeper = peer().canDo("f").send("PRE_SLEEP");
      assertEquals(sleeper.types(), []);
      worker.send("WORK_COMPLETE", first, "");
      assertEquals(sleeper.types(), ["NOOP"]);
    });

    test("of a client that waits gets the result of the job that has its payload", () => {
      const { peer, worker, client } = withDedupe(mode);
      const other = peer();
      const first = client.submit("SUBMIT_JOB", "f", "u", "first");
      assertEquals(other.submit("SUBMIT_JOB", "f", "u", "second"), first);
      assertEquals(worker.grab()?.[2], "second");
      const next = peer();
      const behind = next.submit("SUBMIT_JOB", "f", "u", "third");
      worker.send("WORK_COMPLETE", first, "result");
      assertEquals([client, other, next].map((who) => who.types()), [
        ["WORK_COMPLETE"],
        ["WORK_COMPLETE"],
        [],
      ]);
      assertEquals(worker.grab(), [behind, "f", "third"]);
    });

    test("that waits is gone with its client, and when it is cancelled", () => {
      const { peer, router, worker, client, submit } = withDedupe(mode);
      const first = submit("first");
      worker.grab();
      client.submit("SUBMIT_JOB", "f", "u", "second");
      client.vanish();
      assertEquals([router.dedupe.size, router.jobs.size], [0, 1]);
      const other = peer();
      const next = other.submit("SUBMIT_JOB_BG", "f", "u", "third");
      assertEquals(other.text(`cancel job ${next}`), "OK\r\n");
      assertInvariants(router);
      worker.send("WORK_COMPLETE", first, "");
      assertEquals([worker.grab(), router.jobs.size, router.uniques.size], [null, 0, 0]);
    });

    test("waits until the window after a completed job is over; the last payload counts", () => {
      const { router, clock, worker, submit, payloads } = withDedupe({ mode, window: "1m" });
      const first = submit("first");
      complete(worker, first);
      clock.advance(20 * SECOND);
      submit("second");
      clock.advance(20 * SECOND);
      submit("third");
      clock.advance(20 * SECOND - 1);
      assertEquals(payloads(), []);
      assertInvariants(router);
      clock.advance(1);
      assertEquals(payloads(), ["third"]);
      const running = submit("fourth");
      clock.advance(MINUTE);
      worker.grab();
      submit("fifth");
      worker.send("WORK_COMPLETE", running, "");
      clock.advance(MINUTE - 1);
      assertEquals(payloads(), []);
      clock.advance(1);
      assertEquals(payloads(), ["fifth"]);
      assertInvariants(router);
    });

    test("is not run by orders while the job before it runs", () => {
      const { client, worker, submit } = withDedupe(mode);
      submit("first");
      worker.grab();
      const next = submit("second");
      assertEquals(client.text(`run job ${next}`).split(" ")[0], "ERR");
      assertEquals(worker.grab(), null);
    });

    test("makes the time anew in which its job expires", () => {
      const { clock, router, submit } = withDedupe(mode, { ttl: "1m" });
      submit("first");
      clock.advance(40 * SECOND);
      submit("second");
      clock.advance(MINUTE - 1);
      assertEquals(router.jobs.size, 1);
      clock.advance(1);
      assertEquals(router.jobs.size, 0);
    });
  });
}

describe("when a job waits for its time, a submit", () => {
  test("with dedupe replace makes it wait anew (debounce)", () => {
    const { router, clock, submit, payloads } = withDedupe("replace");
    const handle = submit("first", "f?delay=30s");
    for (const payload of ["second", "third"]) {
      clock.advance(20 * SECOND);
      assertEquals(submit(payload, "f?delay=30s"), handle);
      assertInvariants(router);
    }
    clock.advance(30 * SECOND - 1);
    assertEquals(payloads(), []);
    clock.advance(1);
    assertEquals(payloads(), ["third"]);
  });

  test("with dedupe replace and no delay lets it run at once", () => {
    const { submit, payloads } = withDedupe("replace");
    submit("first", "f?delay=30s");
    submit("second");
    assertEquals(payloads(), ["second"]);
  });

  test("with dedupe replace takes one out of its queue", () => {
    const { router, clock, submit, payloads } = withDedupe("replace");
    submit("first");
    submit("second", "f?delay=30s");
    assertEquals(payloads(), []);
    assertInvariants(router);
    clock.advance(30 * SECOND);
    assertEquals(payloads(), ["second"]);
  });

  test("with dedupe replace does not bring a further try forward", () => {
    const { clock, worker, submit, payloads } = withDedupe("replace", { retry: ["60s"] });
    const handle = submit("first");
    worker.grab();
    worker.send("WORK_FAIL", handle);
    assertEquals(submit("second"), handle);
    clock.advance(MINUTE - 1);
    assertEquals(payloads(), []);
    clock.advance(1);
    assertEquals(payloads(), ["second"]);
  });

  test("with dedupe keep-last leaves that time", () => {
    const { clock, submit, payloads } = withDedupe("keep-last");
    submit("first", "f?delay=30s");
    clock.advance(20 * SECOND);
    submit("second", "f?delay=30s");
    submit("third");
    clock.advance(10 * SECOND - 1);
    assertEquals(payloads(), []);
    clock.advance(1);
    assertEquals(payloads(), ["third"]);
  });

  test("behind another one, with dedupe replace, its time begins anew, too", () => {
    const { router, clock, worker, submit } = withDedupe("replace");
    const first = submit("first");
    worker.grab();
    submit("second", "f?delay=30s");
    clock.advance(20 * SECOND);
    submit("third", "f?delay=30s");
    assertInvariants(router);
    worker.send("WORK_COMPLETE", first, "");
    clock.advance(30 * SECOND - 1);
    assertEquals(worker.grab(), null);
    clock.advance(1);
    assertEquals(worker.grab()?.[2], "third");
  });
});

test("windows are bounded: those go that would be over first", () => {
  const { router, clock } = routerWithRules({});
  const { windows } = router.dedupe;
  const name = new Uint8Array(512).fill(0x61);
  const bytes = new Uint8Array(64);
  const key = { hash: 0, uniqueHash: 0, byPayload: false, bytes, start: 0, end: 64 };
  const begin = (number: number) => {
    new DataView(bytes.buffer).setUint32(0, number);
    windows.begin(name, key, number, clock.epoch() + 1000 + number);
  };
  for (let number = 0; windows.driven < 3; number++) begin(number);
  const { size } = windows;
  assertEquals([size > 50_000, size < 500_000], [true, true]);
  const found = (number: number) => {
    new DataView(bytes.buffer).setUint32(0, number);
    return windows.find(name, key)?.number ?? null;
  };
  assertEquals([found(0), found(2), found(3), found(size + 2)], [null, null, 3, size + 2]);
});

describe("the key dedupe", () => {
  test("is a mode, or a table with one", () => {
    for (const mode of ["join", "drop", "replace", "keep-last"] as const) {
      assertEquals(readRule("f", { dedupe: mode }).dedupe, { mode, window: 0 });
      assertEquals(readRule("f", { dedupe: { mode } }).dedupe, { mode, window: 0 });
    }
    const read = readRule("f", { dedupe: { mode: "drop", window: "10m" } });
    assertEquals(read.dedupe, { mode: "drop", window: 10 * MINUTE });
  });

  for (
    const [wrong, message] of [
      ["throttle", "must be a table such as"],
      [{ window: "10m" }, "dedupe.mode is missing"],
      [{ mode: "debounce" }, 'dedupe.mode must be "join", "drop", "replace" or "keep-last"'],
      [{ mode: "drop", window: 0 }, "dedupe.window must be a time"],
      [{ mode: "drop", time: 1 }, "dedupe.time does not exist"],
      [{ mode: "join", window: "1m" }, 'dedupe.window needs another mode than "join"'],
    ] as const
  ) {
    test(`is not ${JSON.stringify(wrong)}`, () => {
      assertThrows(() => readRule("f", { dedupe: wrong }), RuleError, message);
    });
  }

  test("is not possible with a queue that servers share, but for join", () => {
    const clock = new ManualClock();
    const otherwise = new GearmanPolicy(-1);
    const parts = { otherwise, clock, random: () => 0, sharesJobs: true };
    const use = (mode: DedupeMode) => new ConfiguredPolicy(parts).use({ f: { dedupe: mode } });
    use("join");
    assertThrows(() => use("replace"), RuleError, "dedupe.mode is not possible");
  });
});
