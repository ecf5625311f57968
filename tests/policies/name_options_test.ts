import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { PolicyRule } from "../../policies/mod.ts";
import { readOptions } from "../../policies/name_options.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import { durableRouter } from "../durability/journal/durable_router.ts";
import { routerWithRules } from "../support/router.ts";

const SECOND = 1000;

function withOptions(rule: PolicyRule = {}) {
  const made = routerWithRules({ "f*": { optionsInName: true, ...rule } });
  return { ...made, client: made.peer(), worker: made.peer().canDo("f") };
}

describe("with options-in-name, a client may submit to a name", () => {
  test("with options, which nothing else sees", () => {
    const { router, client, worker } = withOptions();
    const handle = client.submit("SUBMIT_JOB", "f?priority=high", "u", "payload");
    assertEquals(client.submit("SUBMIT_JOB", "f", "u", "payload"), handle);
    assertEquals(client.text("status"), "f\t1\t0\t1\n.\n");
    assertEquals(worker.grab(), [handle, "f", "payload"]);
    worker.send("WORK_COMPLETE", handle, "");
    assertEquals(router.functions.size, 1);
    assertInvariants(router);
  });

  test("with a priority, which counts in the place of the packet's", () => {
    const { client, worker } = withOptions();
    const [low, normal, high] = [
      client.submit("SUBMIT_JOB_HIGH_BG", "f?priority=low", "", ""),
      client.submit("SUBMIT_JOB_LOW_BG", "f?priority=normal", "", ""),
      client.submit("SUBMIT_JOB_BG", "f?priority=high", "", ""),
    ];
    assertEquals([1, 2, 3].map(() => worker.grab()![0]), [high, normal, low]);
  });

  for (const type of ["SUBMIT_JOB", "SUBMIT_JOB_BG"] as const) {
    test(`with a delay (${type})`, () => {
      const { router, clock, client, worker } = withOptions();
      const handle = client.submit(type, "f?delay=60s", "", "");
      assertEquals(router.jobByHandle(handle)!.due, clock.epoch() + 60 * SECOND);
      clock.advance(60 * SECOND - 1);
      assertEquals(worker.grab(), null);
      clock.advance(1);
      assertEquals(worker.grab()?.[0], handle);
      assertInvariants(router);
    });
  }

  test("with a ttl, which counts from the delay on and in the place of the rule's", () => {
    for (const rule of [{}, { ttl: "1h" }]) {
      const { router, clock, client } = withOptions(rule);
      client.submit("SUBMIT_JOB", "f?delay=60&ttl=10s", "", "");
      clock.advance(70 * SECOND - 1);
      assertEquals(client.types(), []);
      clock.advance(1);
      assertEquals([client.types(), router.jobs.size], [["WORK_FAIL"], 0]);
      assertInvariants(router);
    }
  });

  test("with a number of attempts: so many runs, by the rule's times, or the usual ones", () => {
    for (const rule of [{ retry: { max: 9, base: "1s" } }, {}]) {
      const { router, clock, client, worker } = withOptions(rule);
      const handle = client.submit("SUBMIT_JOB", "f?attempts=3", "", "");
      for (const delay of [1, 2]) {
        worker.grab();
        worker.send("WORK_FAIL", handle);
        const wait = ("retry" in rule ? delay : 5 * delay) * SECOND;
        assertEquals(router.jobByHandle(handle)!.due, clock.epoch() + wait);
        clock.advance(wait);
      }
      worker.grab();
      worker.send("WORK_FAIL", handle);
      assertEquals(client.types(), ["WORK_FAIL"]);
    }
  });

  test("and a program may, too", () => {
    const { router, clock } = withOptions();
    const job = router.enqueueJob({ function: "f?delay=1m" })!;
    assertEquals([job.functionName, job.due], ["f", clock.epoch() + 60 * SECOND]);
  });

  test("but what is wrong is an ERROR that names it, and nothing is made", () => {
    const { router, client } = withOptions();
    const texts: [name: string, text: string][] = [
      [
        "fx?dalay=1",
        'Option "dalay" in the name does not exist; there are delay, ttl, attempts, priority and',
      ],
      [
        "fx?delay=soon",
        "Option delay in the name must be a time such as 500ms, 60s, 10m or 1h, not",
      ],
      [
        "fx?ttl=0",
        "Option ttl in the name must be a time such as 60s, 10m or 1h, more than 0, not",
      ],
      ["fx?attempts=0", "Option attempts in the name must be an integer from 1 to 10000, not"],
      ["fx?priority=top", 'Option priority in the name must be high, normal or low, not "top"'],
      ["fx?delay=1&delay=2", "Option delay in the name is given twice"],
      ["fx?a?b", 'Option "a?b" in the name does not exist'],
    ];
    for (const [name, text] of texts) {
      const [{ type, args }] = client.send("SUBMIT_JOB_BG", name, "", "").packets();
      assertEquals([type, args[0], args[1].slice(0, text.length)], [
        "ERROR",
        "INVALID_ARGUMENT",
        text,
      ]);
    }
    const time = "2000000000";
    const [{ args }] = client.send("SUBMIT_JOB_EPOCH", "fx?delay=1", "", time, "").packets();
    assertEquals(args[1], "Option delay in the name: the job has a time already");
    assertEquals([router.jobs.size, router.functions.size], [0, 1]);
    assertEquals(router.counts.refused, { INVALID_ARGUMENT: texts.length + 1 });
  });

  test("and one without options behind the question mark is the name before it", () => {
    const { client, worker } = withOptions();
    const handle = client.submit("SUBMIT_JOB", "f?", "", "");
    assertEquals(worker.grab()?.[0], handle);
  });

  test("but where the rule does not have it, or there is none, the name is as it is", () => {
    const { peer, client } = withOptions();
    const worker = peer().canDo("g?delay=60s");
    const handle = client.submit("SUBMIT_JOB", "g?delay=60s", "", "");
    assertEquals(worker.grab()?.slice(0, 2), [handle, "g?delay=60s"]);
  });
});

describe("OPTION_REQ options-in-name: what is behind the last question mark is no part of the name", () => {
  const asking = () => {
    const made = withOptions();
    assertEquals(made.client.send("OPTION_REQ", "Options-in-Name").types(), ["OPTION_RES"]);
    return made;
  };

  test("where the rule allows options, they hold, and the name may have question marks", () => {
    const { peer, clock, client } = asking();
    const worker = peer().canDo("f?g?");
    const handle = client.submit("SUBMIT_JOB_BG", "f?g??delay=1", "", "");
    assertEquals(worker.grab(), null);
    clock.advance(SECOND);
    assertEquals(worker.grab()?.slice(0, 2), [handle, "f?g?"]);
  });

  test("where it does not, they are refused, and nothing is made", () => {
    const { router, client } = asking();
    const [{ type, args }] = client.send("SUBMIT_JOB_BG", "g?delay=1", "", "").packets();
    assertEquals([type, args], ["ERROR", [
      "INVALID_ARGUMENT",
      "The rule of the function has no options-in-name: it takes no options",
    ]]);
    assertEquals([router.jobs.size, router.functions.size], [0, 1]);
  });

  test("where it does not, a last question mark with nothing behind it is cut off", () => {
    const { peer, client } = asking();
    const worker = peer().canDo("g?x=1", "g");
    client.submit("SUBMIT_JOB_BG", "g?x=1?", "", "");
    client.submit("SUBMIT_JOB_BG", "g", "", "");
    assertEquals([worker.grab()?.[1], worker.grab()?.[1]], ["g?x=1", "g"]);
  });

  test("which no other client has asked for", () => {
    const { peer } = asking();
    peer().submit("SUBMIT_JOB_BG", "g?x=1", "", "");
    assertEquals(peer().canDo("g?x=1").grab()?.[1], "g?x=1");
  });
});

test("ttl and attempts of a job survive restarts, and leave no record", async () => {
  const { policy } = routerWithRules({ f: { optionsInName: true } });
  const { peer, durable, store, restart } = await durableRouter({ policy });
  peer().submit("SUBMIT_JOB_BG", "f?attempts=2", "", "twice");
  peer().submit("SUBMIT_JOB_BG", "f?ttl=1h", "", "once");
  durable.writer.settle();
  assertEquals(store.records().map(({ kind }) => kind).sort(), ["attempts", "expires"]);
  const { router, clock, peer: later, durable: again } = await (await restart()).restart();
  const worker = later().canDo("f");
  const [handle, , payload] = worker.grab()!;
  assertEquals(payload, "twice");
  worker.send("WORK_FAIL", handle);
  clock.advance(5 * SECOND);
  // The other one came before.
  assertEquals(worker.grab()![2], "once");
  worker.grab();
  worker.send("WORK_FAIL", handle);
  assertEquals(router.jobs.size, 1);
  clock.advance(3600 * SECOND);
  worker.vanish();
  assertEquals([...router.functions.values()][0].counts.ended.expired, 1);
  again.writer.settle();
  assertEquals([store.jobs.size, store.records().length, router.jobs.size], [0, 0, 0]);
});

test("options in a name are read as they are written", () => {
  const text = "delay=60s&ttl=1.5h&attempts=5&priority=low&";
  assertEquals(readOptions(text), { delay: 60_000, ttl: 5_400_000, attempts: 5, priority: 2 });
  assertEquals([readOptions(""), readOptions("delay=0")], [{}, { delay: 0 }]);
  for (
    const wrong of ["delay", "delay=", "delay=-1", "delay=4000d", "attempts=1e3", "=", "toString=1"]
  ) {
    assertEquals(typeof readOptions(wrong), "string", wrong);
  }
});
