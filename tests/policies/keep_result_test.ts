import { describe, test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { ConfiguredPolicy, RuleError } from "../../policies/mod.ts";
import { GearmanPolicy } from "../../router/policy.ts";
import type { RouterOptions } from "../../router/mod.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { routerWithRules } from "../support/router.ts";

const HOUR = 3600 * 1000;
const HEAD = "function\tended\tuntil\tbytes\tresult\n";
/** What one takes in memory besides its bytes. */
const EACH = 512;

/** A worker of `f`, whose results are kept for an hour, and of `g`, whose results are not. */
function withRule(options: Partial<RouterOptions> = {}) {
  const made = routerWithRules({ f: { keepResult: "1h" } }, options);
  const { router, clock, peer } = made;
  const [client, worker, admin] = [peer(), peer().canDo("f", "g"), peer()];
  return {
    ...made,
    client,
    worker,
    admin,
    /** Submits a background job, of which the worker sends the result. */
    done(result: string, func = "f"): string {
      const handle = client.submit("SUBMIT_JOB_BG", func, "", "");
      assertEquals(worker.grab()?.[0], handle);
      worker.send("WORK_COMPLETE", handle, result);
      clock.advance(1);
      return handle;
    },
    status(handle: string): string {
      const [{ type, args }] = client.send("GET_STATUS", handle).packets();
      assertEquals([type, args[0]], ["STATUS_RES", handle]);
      return args.slice(1).join(" ");
    },
    /** What the text command tells: the result, or the error. */
    result(handle: string): string {
      const answer = admin.text(`result ${handle}`);
      if (answer.startsWith("ERR")) return answer.trimEnd();
      assertEquals([answer.slice(0, HEAD.length), answer.slice(-3)], [HEAD, "\n.\n"]);
      const [, , , bytes, base64] = answer.slice(HEAD.length, -3).split("\t");
      const data = base64 === "-" ? "" : atob(base64);
      assertEquals(Number(bytes), data.length);
      return `OK ${data}`;
    },
    kept: () => [router.results.size, router.results.bytes, router.results.dropped],
  };
}

describe("with a rule for it, the result of a background job", () => {
  test("is kept for its time, and the job is known as done meanwhile", () => {
    const { done, status, result, admin, clock, kept, router } = withRule();
    const handle = done("a\0\xff\n");
    const ended = clock.epoch() - 1;
    assertEquals([status(handle), result(handle)], ["1 0 1 1", "OK a\0\xff\n"]);
    assertEquals(
      admin.text(`result ${handle}`),
      `${HEAD}f\t${ended}\t${ended + HOUR}\t4\tYQD/Cg==\n.\n`,
    );
    assertEquals(kept(), [1, EACH + 4, 0]);
    clock.advance(HOUR - 2);
    assertEquals([status(handle), result(handle)], ["1 0 1 1", "OK a\0\xff\n"]);
    clock.advance(1);
    assertEquals([status(handle), result(handle)], ["0 0 0 0", "ERR UNKNOWN_RESULT"]);
    assertEquals([kept(), router.timers.size], [[0, 0, 0], 0]);
    assertInvariants(router);
  });

  test("tells as its progress what its worker had counted to", () => {
    const { client, worker, status } = withRule();
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    worker.send("WORK_STATUS", handle, "3", "7");
    assertEquals(status(handle), "1 1 3 7");
    worker.send("WORK_COMPLETE", handle, "");
    assertEquals(status(handle), "1 0 7 7");
  });

  test("is kept for those who wait for it as well, and not twice", () => {
    const { client, worker, peer, result, kept } = withRule();
    const handle = client.submit("SUBMIT_JOB", "f", "u", "");
    assertEquals(peer().submit("SUBMIT_JOB_BG", "f", "u", ""), handle);
    worker.grab();
    worker.send("WORK_COMPLETE", handle, "42");
    assertEquals(client.packets(), [{ type: "WORK_COMPLETE", args: [handle, "42"] }]);
    assertEquals([result(handle), kept()], ["OK 42", [1, EACH + 2, 0]]);
  });

  test("may be empty, also where the worker leaves out the NUL before it", () => {
    const { done, client, worker, result } = withRule();
    const first = done("");
    const second = client.submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    worker.send("WORK_COMPLETE", second);
    assertEquals([result(first), result(second)], ["OK ", "OK "]);
  });

  test("may be large: it is told in one row", () => {
    const { done, result } = withRule();
    for (const length of [24 * 1024, 24 * 1024 + 1, 200_000]) {
      const data = "0123456789".repeat(length / 10 + 1).slice(0, length);
      assertEquals(result(done(data)) === `OK ${data}`, true, `${length}`);
    }
  });

  test("has a line of its own in what the server tells about the job", () => {
    const { done, admin, clock } = withRule({ history: true });
    const handle = done("result");
    const lines = admin.text(`why ${handle}`).split("\n");
    const numbers = { bytes: 6, ended: clock.epoch() - 1, until: clock.epoch() - 1 + HOUR };
    assertEquals(lines[0].split("\t")[0], "ended");
    const [code, text, json] = lines[1].split("\t");
    assertEquals([code, JSON.parse(json)], ["result", numbers]);
    assertEquals(/^Its result of 6 bytes is kept for .+ more\.$/.test(text), true, text);
  });
});

describe("no result is kept", () => {
  test("while the job lives: it is told so", () => {
    const { client, worker, result, status } = withRule();
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", "");
    assertEquals([result(handle), status(handle)], [
      "ERR NOT_ENDED the+job+has+not+ended",
      "1 0 0 0",
    ]);
    worker.grab();
    assertEquals(result(handle), "ERR NOT_ENDED the+job+has+not+ended");
  });

  test("of a job that failed, of a foreground job, and of a function without the rule", () => {
    const { client, worker, done, result, kept } = withRule();
    const failed = client.submit("SUBMIT_JOB_BG", "f", "", "");
    worker.grab();
    worker.send("WORK_FAIL", failed);
    const foreground = client.submit("SUBMIT_JOB", "f", "", "");
    worker.grab();
    worker.send("WORK_COMPLETE", foreground, "42");
    const other = done("42", "g");
    for (const handle of [failed, foreground, other, "H:test:0", "nonsense"]) {
      assertEquals(result(handle), "ERR UNKNOWN_RESULT");
    }
    assertEquals(kept(), [0, 0, 0]);
  });

  test("for a command without a handle, or with two", () => {
    const { admin } = withRule();
    const wrong = "ERR INVALID_ARGUMENTS result+takes+one+handle\r\n";
    assertEquals([admin.text("result"), admin.text("result a b")], [wrong, wrong]);
  });
});

describe("all results together", () => {
  test("take no more than their memory: the oldest go before their time", () => {
    const { done, result, kept, clock } = withRule({ maxResultMemory: 3 * (EACH + 100) });
    const handles = ["a", "b", "c"].map((letter) => done(letter.repeat(100)));
    assertEquals(kept(), [3, 3 * (EACH + 100), 0]);
    const large = done("d".repeat(101));
    assertEquals(kept(), [2, 2 * EACH + 201, 2]);
    assertEquals([handles[0], handles[1]].map(result), Array(2).fill("ERR UNKNOWN_RESULT"));
    assertEquals([result(handles[2]), result(large)].map((text) => text.length), [103, 104]);
    clock.advance(HOUR);
    assertEquals(kept(), [0, 0, 2]);
  });

  test("do not make room for one that is too large alone", () => {
    const { done, result, kept } = withRule({ maxResultMemory: EACH + 100 });
    const first = done("a".repeat(100));
    assertEquals(result(done("b".repeat(101))), "ERR UNKNOWN_RESULT");
    assertEquals([result(first).length, kept()], [103, [1, EACH + 100, 1]]);
  });

  test("do not keep the times of results that are gone", () => {
    const { done, kept, router } = withRule({ maxResultMemory: EACH + 1 });
    for (let count = 0; count < 3000; count++) done("x");
    assertEquals(kept(), [1, EACH + 1, 2999]);
    assertEquals(router.timers.size, 1);
  });
});

test("with a queue that servers share, a rule that keeps results is refused", () => {
  const clock = new ManualClock();
  const otherwise = new GearmanPolicy(-1);
  const policy = new ConfiguredPolicy({ otherwise, clock, random: () => 0, sharesJobs: true });
  assertThrows(
    () => policy.use({ "mail-*": { keepResult: "1h" } }),
    RuleError,
    '"mail-*": keepResult is not possible: a queue that servers share keeps no results',
  );
});
