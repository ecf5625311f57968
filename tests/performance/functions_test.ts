import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { PacketType } from "../../protocol/mod.ts";
import { ByteHash } from "../../router/containers/byte_hash.ts";
import { IdSet } from "../../router/containers/id_set.ts";
import type { Router } from "../../router/mod.ts";
import { binary, type FakePeer, request } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";
import { callsDuring, Touches } from "./counting.ts";
import { stepsDuring } from "./router_steps.ts";

const MANY = 20_000;

/** A worker that can do `count` functions and `f`, and a client; as many other functions have jobs. */
function amongFunctions(count: number): { router: Router; client: FakePeer; worker: FakePeer } {
  const { router, peer } = testRouter();
  const client = peer();
  const names = Array.from({ length: count }, (_, index) => `f${index}`);
  const worker = peer().canDo(...names, "f");
  // Every function but those of the worker has work, so that it finds none where it looks.
  for (const name of names) client.send("SUBMIT_JOB_BG", `other-${name}`, "", "");
  client.bytes();
  return { router, client, worker };
}

/** The worker sleeps, is woken for a job, finds it, does it, finds no other, and sleeps again. */
function oneJob(client: FakePeer, worker: FakePeer): void {
  const handle = client.submit("SUBMIT_JOB", "f", "", "");
  assertEquals(worker.grab(), [handle, "f", ""]);
  worker.send("WORK_COMPLETE", handle, "");
  assertEquals(worker.grab(), null);
  worker.send("PRE_SLEEP");
  assertEquals(client.types(), ["WORK_COMPLETE"]);
}

describe("a worker with thousands of functions", () => {
  test("grabs in as many steps as one with twenty, when it finds nothing and when it finds a job", () => {
    const [few, many] = [20, MANY].map((count) => {
      const { client, worker } = amongFunctions(count);
      const none = stepsDuring(() => assertEquals(worker.grab(), null));
      const handle = client.submit("SUBMIT_JOB", "f", "", "");
      const one = stepsDuring(() => assertEquals(worker.grab()?.[0], handle));
      return { none, one };
    });
    assert(few.none > 5 && few.one > few.none, "the steps are seen");
    assertEquals(many, few);
  });

  test("sleeps, wakes and does a job in as many steps as one with a hundred", () => {
    const [few, many] = [100, MANY].map((count) => {
      const { client, worker } = amongFunctions(count);
      // Once it is listed as a sleeper with each of its functions.
      worker.send("PRE_SLEEP");
      oneJob(client, worker);
      return stepsDuring(() => oneJob(client, worker));
    });
    assertEquals(many, few);
  });

  test("that has had no job begins with one of a thousand that have jobs, and others with others", () => {
    const { peer } = testRouter();
    const names = Array.from({ length: 3000 }, (_, index) => `f${index}`);
    const client = peer();
    for (const name of names) client.send("SUBMIT_JOB_BG", name, "", "");
    const taken = new Set<string>();
    for (let worker = 0; worker < 10; worker++) {
      const newcomer = peer().canDo(...names);
      let func: string | undefined;
      const looks = callsDuring([IdSet], () => func = newcomer.grab()?.[1]);
      assert(looks <= 1100, `${looks} looks`);
      taken.add(func!);
    }
    assertEquals(taken.size, 10);
  });

  test("does a job without a look at its other functions", () => {
    const { router, client, worker } = amongFunctions(MANY);
    worker.send("PRE_SLEEP");
    oneJob(client, worker);
    const touches = new Touches();
    for (const ability of worker.connection.abilities.slice(0, -1)) {
      // In the table of functions some stand before the one that is looked for.
      if (ability.func.id % 10 === 0) touches.watch(ability.func);
      touches.watch(ability);
    }
    touches.count = 0;
    for (let count = 0; count < 100; count++) oneJob(client, worker);
    assert(touches.count <= 200, `${touches.count} looks in a hundred jobs`);
    for (const { func } of worker.connection.abilities) router.operations.drop(func.name, null);
    assert(touches.count > MANY, "a look would be counted");
  });
});

describe("a function among thousands", () => {
  test("is found with a look at itself and at next to no other, as is that there is none", () => {
    // With this key their hashes are the same each time.
    const { router, peer } = testRouter({ hashKey: [1, 2] });
    const client = peer();
    const touches = new Touches();
    const find = (name: string) => {
      const bytes = binary(name);
      return router.functions.find(bytes, 0, bytes.length);
    };
    for (let index = 0; index < MANY; index++) client.send("SUBMIT_JOB_BG", `f${index}`, "", "");
    for (const func of router.functions.values()) touches.watch(func);
    touches.count = 0;
    for (let index = 0; index < MANY; index++) assert(find(`f${index}`) !== undefined);
    // At its hash, at its name, and at the hashes of those before it in a bucket.
    const { count } = touches;
    assert(count > 2 * MANY && count < 4 * MANY, `${count} looks to find ${MANY}`);
    touches.count = 0;
    for (let index = 0; index < MANY; index++) assertEquals(find(`g${index}`), undefined);
    assert(touches.count < 2 * MANY, `${touches.count} looks to find none of ${MANY}`);
  });

  const cases: [what: string, hashes: number, packet: Uint8Array][] = [
    ["submit", 1, request(PacketType.SUBMIT_JOB, "f", "", "x")],
    ["background submit", 1, request(PacketType.SUBMIT_JOB_BG, "f", "", "x")],
    ["submit with a unique", 2, request(PacketType.SUBMIT_JOB, "f", "u", "x")],
    ["submit whose key is its payload", 2, request(PacketType.SUBMIT_JOB, "f", "-", "x")],
    ["CAN_DO", 1, request(PacketType.CAN_DO, "f")],
    ["grab", 0, request(PacketType.GRAB_JOB)],
    ["echo", 0, request(PacketType.ECHO_REQ, "f")],
  ];
  for (const [what, hashes, packet] of cases) {
    const again = Math.max(0, hashes - 1);
    test(`takes ${hashes} hashes for a ${what}, be the function new or known, ${again} if it is the last`, () => {
      const { peer } = testRouter();
      const client = peer();
      const cost = () => callsDuring([ByteHash], () => client.raw(packet));
      const first = cost();
      client.send("SUBMIT_JOB_BG", "another", "", "");
      assertEquals([first, cost(), cost()], [hashes, hashes, again]);
    });
  }

  test("takes no hash for a result", () => {
    const { client, worker } = amongFunctions(2);
    const handle = client.submit("SUBMIT_JOB", "f", "u", "");
    worker.grab();
    assertEquals(callsDuring([ByteHash], () => worker.send("WORK_COMPLETE", handle, "")), 0);
    assertEquals(client.types(), ["WORK_COMPLETE"]);
  });
});

describe("a unique that jobs of thousands of functions have", () => {
  test("is looked up with the same steps, and the same looks at jobs, as that of one job", () => {
    const { router, peer } = testRouter();
    const client = peer();
    const touches = new Touches();
    const submit = (name: string) => {
      const handle = client.submit("SUBMIT_JOB_BG", name, "u", "");
      const job = router.jobByHandle(handle)!;
      touches.watch(job.key!);
      touches.watch(job);
    };
    const ask = () => {
      client.send("GET_STATUS_UNIQUE", "u");
      assertEquals(client.types(), ["STATUS_RES_UNIQUE"]);
    };
    const cost = () => {
      touches.count = 0;
      return [stepsDuring(ask), touches.count];
    };
    submit("first");
    const alone = cost();
    assert(alone[0] > 5 && alone[1] > 5, "steps and looks are seen");
    for (let index = 0; index < MANY; index++) submit(`f${index}`);
    assertEquals(cost(), alone);
  });

  test("is joined in one of them with as many steps, and without a look at the others", () => {
    const { router, peer } = testRouter();
    const client = peer();
    client.submit("SUBMIT_JOB_BG", "first", "u", "");
    const join = () => {
      client.send("SUBMIT_JOB_BG", "first", "u", "");
      assertEquals(client.types(), ["JOB_CREATED"]);
    };
    const alone = stepsDuring(join);
    for (let index = 0; index < MANY; index++) client.send("SUBMIT_JOB_BG", `f${index}`, "u", "");
    client.bytes();
    // The function that was submitted for last is found in fewer steps.
    join();
    assertEquals(stepsDuring(join), alone);
    const [, ...others] = router.jobs.values();
    const touches = new Touches();
    for (const { key } of others) touches.watch(key!);
    touches.count = 0;
    join();
    // Some stand in the same bucket of the index.
    assert(touches.count <= 20, `${touches.count} looks at the keys of others`);
    assertEquals(router.jobs.size, MANY + 1);
  });
});
