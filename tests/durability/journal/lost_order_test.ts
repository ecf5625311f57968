import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { assertInvariants } from "../../../testing/invariants.ts";
import { batch, jobChange } from "../../store/contract.ts";
import { type DurableRouter, durableRouter } from "./durable_router.ts";

/** A worker grabs the next job and vanishes, once for each of the payloads. */
function lose({ peer }: DurableRouter, ...payloads: string[]): void {
  for (const payload of payloads) {
    const worker = peer().canDo("f");
    assertEquals(worker.grab()?.[2], payload);
    worker.vanish();
  }
}

function drained({ peer }: DurableRouter): string[] {
  const worker = peer().canDo("f");
  const payloads: string[] = [];
  for (let job = worker.grab(); job !== null; job = worker.grab()) payloads.push(job[2]);
  return payloads;
}

describe("after a restart", () => {
  test("a job that several workers lost comes last of its priority", async () => {
    const before = await durableRouter();
    const client = before.peer();
    const due = `${before.clock.epoch() / 1000 + 1}`;
    client.submit("SUBMIT_JOB_BG", "f", "", "poison");
    lose(before, "poison", "poison");
    client.submit("SUBMIT_JOB_BG", "f", "", "1");
    client.submit("SUBMIT_JOB_EPOCH", "f", "", due, "due");
    client.submit("SUBMIT_JOB_LOW_BG", "f", "", "low");
    before.clock.advance(2000);
    const now = await before.restart();
    assertInvariants(now.router);
    assertEquals(now.store.jobs.get(1)!.losses, 2);
    assertEquals(drained(now), ["1", "due", "poison", "low"]);
  });

  test("a job that one worker lost comes first of its priority", async () => {
    const before = await durableRouter();
    const client = before.peer();
    const due = `${before.clock.epoch() / 1000 + 1}`;
    client.submit("SUBMIT_JOB_EPOCH", "f", "", due, "due");
    before.clock.advance(1000);
    lose(before, "due");
    client.submit("SUBMIT_JOB_BG", "f", "", "1");
    assertEquals(drained(await before.restart()), ["due", "1"]);
  });

  test("a job that was lost, and due again meanwhile, comes behind the others", async () => {
    const retryAt = 1_700_000_060_000;
    const policy = { ruleOf: () => null, admit: () => null, afterFailure: () => ({ retryAt }) };
    const before = await durableRouter({ policy, epoch: retryAt - 60_000 });
    const client = before.peer();
    client.submit("SUBMIT_JOB_BG", "f", "", "lost");
    lose(before, "lost");
    client.submit("SUBMIT_JOB_BG", "f", "", "1");
    before.durable.writer.settle();
    before.clock.advance(60_000);
    assertEquals(drained(await before.restart()), ["1", "lost"]);
  });

  test("a job that is lost and due later waits for its time", async () => {
    const before = await durableRouter();
    const later = `${before.clock.epoch() / 1000 + 60}`;
    const numbers = [1, 2];
    for (const number of numbers) {
      before.peer().submit("SUBMIT_JOB_EPOCH", "f", "", later, `${number}`);
      await before.store.write(batch({ changed: [jobChange(number, { losses: number })] }));
    }
    const now = await before.restart();
    assertEquals(drained(now), []);
    now.clock.advance(60_000);
    assertEquals(drained(now), ["1", "2"]);
  });

  test("a job that is lost again goes behind those that came meanwhile", async () => {
    const before = await durableRouter();
    before.peer().submit("SUBMIT_JOB_BG", "f", "", "poison");
    lose(before, "poison");
    const now = await before.restart();
    now.peer().submit("SUBMIT_JOB_BG", "f", "", "1");
    lose(now, "poison");
    assertEquals(drained(now), ["1", "poison"]);
  });
});
