import { assert } from "@std/assert";
import type { FakePeer } from "../support/fake_peer.ts";
import { durableRouterOn } from "./journal/durable_router.ts";
import { partsOf } from "../../store/handle.ts";
import { type RandomNumbers, randomNumbers } from "../support/random_numbers.ts";
import type { RecordedStore } from "./recorded_store.ts";
import { FUNCTIONS, randomSubmits } from "./submits.ts";

const CLIENTS = 3;
const WORKERS = 2;
const LARGEST = 20_000;

/**
 * Clients submit and workers complete, fail and lose jobs, as the seed has it. No JOB_CREATED may
 * come before its job is committed.
 */
export async function playHistory(
  store: RecordedStore,
  rounds: number,
  seed: number,
): Promise<void> {
  const { router, clock, peer } = await durableRouterOn(store, {});
  const random = randomNumbers(seed);
  const clients = Array.from({ length: CLIENTS }, () => peer());
  const workers = Array.from({ length: WORKERS }, () => peer().canDo(...FUNCTIONS));
  let names = 0;
  for (let round = 0; round < rounds; round++) {
    clock.advance(random(1000));
    for (const client of clients) {
      for (let jobs = random(4); jobs > 0; jobs--) {
        submit(client, random, `job ${++names}`, Math.floor(clock.epoch() / 1000));
      }
    }
    for (const client of clients) assertCommitted(store, client);
    workers.forEach((worker, index) => {
      for (let jobs = random(4); jobs > 0; jobs--) work(worker, random);
      if (random(10) > 0) return;
      worker.vanish();
      workers[index] = peer().canDo(...FUNCTIONS);
    });
    if (random(8) === 0) clients[0].text(`maxqueue ${FUNCTIONS[random(3)]} ${random(3) * 50}`);
    clients[0].bytes();
  }
  assert(router.jobs.size > 0);
}

function submit(client: FakePeer, random: RandomNumbers, name: string, now: number): void {
  const fill = "x".repeat(random(5) === 0 ? random(LARGEST) : random(200));
  for (const { type, args } of randomSubmits(random, name, fill, now)) client.send(type, ...args);
}

function work(worker: FakePeer, random: RandomNumbers): void {
  const [handle] = worker.grab() ?? [];
  if (handle === undefined) return;
  const end = random(5);
  if (end < 3) worker.send("WORK_COMPLETE", handle, "");
  else if (end === 3) worker.send("WORK_FAIL", handle);
}

function assertCommitted(store: RecordedStore, client: FakePeer): void {
  for (const { type, args } of client.packets()) {
    if (type !== "JOB_CREATED") continue;
    assert(store.wasCommitted(partsOf(args[0])!.number), `${args[0]} was not committed`);
  }
}
