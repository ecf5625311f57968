import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { PolicyRule } from "../../policies/mod.ts";
import { readRule } from "../../policies/rules.ts";
import { runsIn } from "../../router/model/job_runs.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { routerWithRules } from "../support/router.ts";

const HOUR = 3600 * 1000;

/** Dead jobs of `f`, the oldest first, and a worker of `f.dead`. */
function withDead(payloads: string[], { dead = true, others = {} }: {
  dead?: PolicyRule["dead"];
  others?: Record<string, PolicyRule>;
} = {}) {
  const made = routerWithRules({ f: { dead, deadFunction: true }, ...others });
  const { router, clock, peer } = made;
  const [client, worker] = [peer(), peer().canDo("f")];
  const die = (payload: string) => {
    const handle = client.submit("SUBMIT_JOB_BG", "f", "", payload);
    worker.grab();
    worker.send("WORK_FAIL", handle).packets();
    clock.advance(1);
    return handle;
  };
  return {
    ...made,
    client,
    worker,
    die,
    handles: payloads.map(die),
    undertaker: peer().canDo("f.dead"),
    admin: peer(),
    dead: () => [...router.dead.all()].map(({ job }) => job.handle),
    /** How each of its runs ended: a dash stands before those that were no run of the function itself. */
    runs: () =>
      [...router.dead.all()].map(({ job }) =>
        runsIn(job.trouble!.runs).map(({ cause, afterDeath }) => `${afterDeath ? "-" : ""}${cause}`)
      ),
  };
}

describe("a worker of <function>.dead", () => {
  test("gets the dead jobs in the order in which they died, with handle, unique and payload", () => {
    const { router, client, worker, undertaker, admin } = withDead([]);
    const handles = [["a", "SUBMIT_JOB_LOW_BG"], ["b", "SUBMIT_JOB_HIGH_BG"]].map(
      ([name, type]) => {
        const handle = client.submit(type as "SUBMIT_JOB_BG", "f", `unique ${name}`, name);
        worker.grab();
        worker.send("WORK_FAIL", handle).packets();
        return handle;
      },
    );
    assertEquals(admin.text("status"), "f\t0\t0\t1\nf.dead\t2\t0\t1\n.\n");
    assertInvariants(router);
    assertEquals(undertaker.grab("GRAB_JOB_UNIQ"), [handles[0], "f.dead", "unique a", "a"]);
    assertEquals(undertaker.grab("GRAB_JOB_UNIQ"), [handles[1], "f.dead", "unique b", "b"]);
    assertEquals(undertaker.grab(), null);
    assertInvariants(router);
  });

  test("ends them for good with WORK_COMPLETE", () => {
    const { router, undertaker, handles: [handle], dead } = withDead(["a"]);
    undertaker.grab();
    undertaker.send("WORK_COMPLETE", handle, "dealt with");
    assertEquals([undertaker.packets(), dead(), router.jobs.size], [[], [], 0]);
    assertInvariants(router);
  });

  test("is woken when a job dies", () => {
    const { die, undertaker } = withDead([]);
    undertaker.send("PRE_SLEEP").packets();
    const handle = die("a");
    assertEquals(undertaker.types(), ["NOOP"]);
    assertEquals(undertaker.grab()?.[0], handle);
  });

  test("may fail: the job stays dead, tells what was said, and no worker gets it again", () => {
    const { router, undertaker, handles: [handle], dead, runs, admin } = withDead(["a"]);
    undertaker.send("SET_CLIENT_ID", "undertaker");
    undertaker.grab();
    undertaker.send("WORK_EXCEPTION", handle, "no room").send("WORK_FAIL", handle);
    assertEquals(undertaker.packets(), []);
    assertEquals([undertaker.grab(), dead(), runs()], [null, [handle], [["fail", "-exception"]]]);
    const told = admin.text(`why ${handle}`);
    for (const word of ["undertaker", "no room", "of the dead job", "No worker gets it"]) {
      assertEquals([word, told.includes(word)], [word, true]);
    }
    assertInvariants(router);
  });

  test("may be lost: another one gets the job", () => {
    const { router, peer, undertaker, handles: [handle], dead } = withDead(["a", "b"]);
    undertaker.grab();
    undertaker.vanish();
    assertInvariants(router);
    assertEquals(peer().canDo("f.dead").grab(), [handle, "f.dead", "a"]);
    assertEquals(dead().length, 2);
  });

  test("is lost as often as --job-retries allows, or has the rule of its own function", () => {
    const rule = { retry: { max: 1, on: ["lost"], backoff: ["1s"] } } as const;
    for (const isOver of [false, true]) {
      const others: Record<string, PolicyRule> = isOver ? { "*.dead": rule } : {};
      const { router, peer, undertaker, runs, clock } = withDead(["a"], { others });
      for (const one of [undertaker, peer().canDo("f.dead")]) {
        assertEquals(one.grab()?.[2], "a");
        one.vanish();
        clock.advance(1000);
      }
      assertEquals(runs(), [isOver ? ["fail", "-lost"] : ["fail"]]);
      assertEquals(peer().canDo("f.dead").grab() === null, isOver);
      assertInvariants(router);
    }
  });

  test("gets none of them in vain if its own jobs would be kept dead", () => {
    const { router, undertaker, handles: [handle], dead } = withDead(["a"], {
      others: { "*": { dead: true, deadFunction: true, ttl: "1h" } },
    });
    undertaker.grab();
    undertaker.send("WORK_FAIL", handle).packets();
    assertEquals([dead(), router.jobs.size], [[handle], 0]);
    assertInvariants(router);
  });

  test("gets those that were submitted to it as well", () => {
    const { client, undertaker, handles: [handle] } = withDead(["a"]);
    const own = client.submit("SUBMIT_JOB_BG", "f.dead", "", "own");
    assertEquals([undertaker.grab()?.[0], undertaker.grab()?.[0]], [handle, own]);
  });
});

describe("with dead-function, a dead job", () => {
  test("is unknown to clients, and its unique is free, also while a worker deals with it", () => {
    const { router, client, undertaker, handles: [handle] } = withDead(["a"]);
    for (const isRunning of [false, true]) {
      if (isRunning) undertaker.grab();
      client.send("GET_STATUS", handle);
      assertEquals(client.packets()[0].args, [handle, "0", "0", "0", "0"]);
    }
    assertInvariants(router);
  });

  for (const order of ["kick f", "kick job", "drop dead f", "drop dead job"]) {
    test(`is taken from a worker that deals with it by ${order}`, () => {
      const { router, worker, undertaker, handles: [handle], admin } = withDead(["a"]);
      undertaker.send("OPTION_REQ", "cancel-notice").packets();
      undertaker.grab();
      admin.text(order.endsWith("job") ? `${order} ${handle}` : order);
      assertEquals([router.dead.size, undertaker.types()], [0, ["WORK_FAIL"]]);
      undertaker.send("WORK_COMPLETE", handle, "too late");
      assertEquals(undertaker.types(), ["ERROR"]);
      const isAlive = order.startsWith("kick");
      assertEquals(worker.grab(), isAlive ? [handle, "f", "a"] : null);
      assertInvariants(router);
    });

    test(`is taken out of the queue by ${order}`, () => {
      const { router, undertaker, handles: [handle], admin } = withDead(["a"]);
      admin.text(order.endsWith("job") ? `${order} ${handle}` : order);
      assertEquals(undertaker.grab(), null);
      assertInvariants(router);
    });
  }

  test("that was kicked and dies again goes to the worker again, though that had failed", () => {
    const { worker, undertaker, handles: [handle], admin } = withDead(["a"]);
    undertaker.grab();
    undertaker.send("WORK_FAIL", handle).packets();
    admin.text("kick f");
    worker.grab();
    worker.send("WORK_FAIL", handle).packets();
    assertEquals(undertaker.grab(), [handle, "f.dead", "a"]);
  });

  test("is taken away when there are too many, or it is dead too long", () => {
    const { router, die, clock, undertaker } = withDead(["a"], { dead: { count: 1, age: "1h" } });
    const second = die("b");
    assertEquals([undertaker.grab()?.[0], undertaker.grab()], [second, null]);
    clock.advance(2 * HOUR);
    assertEquals([router.dead.size, router.jobs.size], [0, 0]);
    assertInvariants(router);
  });

  test("can be cancelled at the worker: it stays dead, and is not buried once more", () => {
    const { router, undertaker, handles: [handle], dead, admin } = withDead(["a"]);
    assertEquals(admin.text(`bury ${handle}`), "ERR DEAD_ALREADY the+job+is+dead+already\r\n");
    admin.text(`cancel job ${handle}`);
    assertEquals([undertaker.grab(), dead()], [null, [handle]]);
    assertInvariants(router);
  });

  test("goes to workers when the rule begins to say so, and no more when it ends", () => {
    const { router, policy, handles, undertaker, dead } = withDead(["a", "b"]);
    for (const deadFunction of [false, true]) {
      policy.use({ f: { dead: true, deadFunction } });
      router.operations.applyRules();
      assertEquals(router.jobs.size, deadFunction ? 2 : 0);
      assertInvariants(router);
    }
    assertEquals([undertaker.grab()?.[0], dead()], [handles[0], handles]);
  });

  test("does not keep a server without a store from stopping", () => {
    const { router, handles: [handle], undertaker } = withDead(["a", "b"]);
    undertaker.grab();
    let stops = 0;
    router.stopWhenIdle(() => stops++);
    assertEquals(stops > 0, true);
    undertaker.send("WORK_COMPLETE", handle, "");
    assertInvariants(router);
  });

  test("costs no function where the name would be too long", () => {
    const { router, peer, policy } = withDead([]);
    const name = "g".repeat(508);
    policy.use({ "*": { deadFunction: true } });
    const client = peer();
    const handle = client.submit("SUBMIT_JOB_BG", name, "", "");
    assertEquals(client.text(`bury ${handle}`), "OK\r\n");
    assertEquals([router.jobs.size, router.dead.size], [0, 1]);
    assertInvariants(router);
  });
});

test("the key dead-function of a rule is true or false", () => {
  const read = (rule: object) => readRule("f", rule).deadFunction;
  assertEquals([read({}), read({ deadFunction: true })], [false, true]);
});
