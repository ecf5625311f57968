import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type { FakePeer } from "../support/fake_peer.ts";
import { testRouter } from "../support/router.ts";
import { Touches } from "./counting.ts";
import { stepsDuring } from "./router_steps.ts";

const OTHERS = 10_000;

/** A client's job for a sleeping worker, from submit until the worker sleeps again. */
function oneJob(client: FakePeer, worker: FakePeer): void {
  const handle = client.submit("SUBMIT_JOB", "f", "", "payload");
  assertEquals(worker.types(), ["NOOP"]);
  worker.grab();
  worker.send("WORK_COMPLETE", handle, "result");
  assertEquals(client.types(), ["WORK_COMPLETE"]);
  assertEquals(worker.grab(), null);
  worker.send("PRE_SLEEP");
}

/** What a peer may be that has nothing to do with the job. */
const KINDS: readonly ((peer: FakePeer, name: string) => void)[] = [
  () => {},
  (client, name) => client.send("SUBMIT_JOB", `waits-${name}`, "", ""),
  (worker, name) => worker.canDo(name),
  (worker, name) => worker.canDo(name).send("PRE_SLEEP"),
];

describe("with ten thousand other connections", () => {
  const { router, peer } = testRouter();
  const client = peer(), worker = peer().canDo("f").send("PRE_SLEEP");
  const comeAndGo = () => peer().canDo("f").send("PRE_SLEEP").vanish();
  // While any job waits, who looks for work looks at its functions.
  peer().submit("SUBMIT_JOB", "waits", "", "");
  oneJob(client, worker);
  comeAndGo();
  const jobAlone = stepsDuring(() => oneJob(client, worker));
  const comeAndGoAlone = stepsDuring(comeAndGo);
  const others = Array.from({ length: OTHERS }, (_, index) => {
    const other = peer();
    KINDS[index % KINDS.length](other, `other-${index % 500}`);
    other.bytes();
    return other;
  });
  // The function that was submitted for last is found in fewer steps.
  oneJob(client, worker);

  test("a job of a client and a sleeping worker takes as many steps as without", () => {
    assert(jobAlone > 50, "the steps are seen");
    assertEquals(stepsDuring(() => oneJob(client, worker)), jobAlone);
    assertEquals(router.connections.size, OTHERS + 3);
  });

  test("a peer comes and goes in as many steps as without", () => {
    assertEquals(stepsDuring(comeAndGo), comeAndGoAlone);
  });

  test("nobody looks at those whom a job does not concern", () => {
    const touches = new Touches();
    for (const { connection } of others) touches.watch(connection);
    touches.count = 0;
    for (let count = 0; count < 10; count++) {
      oneJob(client, worker);
      comeAndGo();
    }
    assertEquals(touches.count, 0);
    for (const { connection } of others) connection.link.flush();
    assertEquals(touches.count, OTHERS, "a look is counted");
  });
});
