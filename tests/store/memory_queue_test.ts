import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type { SharedQueue } from "../../store/shared_queue.ts";
import { type MemoryMember, MemoryQueue } from "../support/memory_queue.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { demand, Member, newJob } from "./shared_queue/kind.ts";
import { type QueueUnderTest, sharedQueueTests } from "./shared_queue_contract.ts";

/** In fewer turns than this a call that takes no time is carried out. */
const TURNS = 100;
const BASE = "H:test:000000000001";

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await null;
}

function underTest(): QueueUnderTest {
  const clock = new ManualClock();
  const queue = new MemoryQueue(BASE, clock);
  const members: MemoryMember[] = [];
  const pass = async (milliseconds: number) => {
    await turns();
    clock.advance(milliseconds);
    await turns();
  };
  const one = (member: SharedQueue) => member as MemoryMember;
  return {
    member: () => {
      const member = queue.member();
      members.push(member);
      return member;
    },
    epoch: () => clock.epoch(),
    advance: pass,
    pause: () => pass(100),
    declareDead: (member) => one(member).declareDead(),
    cutOff: (member) => one(member).cutOff(),
    heal: (member) => one(member).heal(),
    loseAnswer: (member) => one(member).loseAnswer(),
    remove: () => {
      for (const member of members) member.kill();
    },
  };
}

sharedQueueTests({ name: "MemoryQueue", create: underTest, runs: 100 });

describe("a member of a queue in memory", () => {
  const clock = new ManualClock();
  const queue = new MemoryQueue(BASE, clock);
  const open = async (name: string) => {
    const member = new Member(queue.member());
    await member.queue.open({ name, address: "", version: "", workers: 0 }, member);
    return { member, faults: member.queue as MemoryMember };
  };

  test("waits for its calls and their answers", async () => {
    const { member, faults } = await open("slow");
    faults.delay = 20;
    let isAnswered = false;
    const counting = faults.counts().finally(() => isAnswered = true);
    for (const milliseconds of [20, 19]) {
      clock.advance(milliseconds);
      await turns();
      assert(!isAnswered);
    }
    clock.advance(1);
    assertEquals(await counting, []);
    await Promise.all([member.queue.close(1000), turns().then(() => clock.advance(40))]);
  });

  test("finds work without notices in a second", async () => {
    const [{ member, faults }, other] = [await open("deaf"), await open("other")];
    faults.losesNotices = true;
    await member.queue.demand([demand("resize", { hungry: 2 })]);
    const { first } = await other.member.queue.takeNumbers();
    await other.member.add(newJob(first));
    await turns();
    clock.advance(999);
    assertEquals(member.worksFor, []);
    clock.advance(1);
    assertEquals(member.worksFor, ["resize"]);
    assertEquals(await member.claimNumbers(), [first]);
    await member.queue.end([first]);
    for (const { queue } of [member, other.member]) await queue.close(1000);
  });

  test("is declared dead by others after 8 s of silence, or 3 s without a connection", async () => {
    const [silent, killed, other] = [
      await open("silent"),
      await open("killed"),
      await open("other"),
    ];
    const names = async () => (await other.member.queue.servers()).map(({ name }) => name);
    silent.faults.cutOff();
    killed.faults.kill();
    clock.advance(2999);
    assertEquals(await names(), ["silent", "killed", "other"]);
    clock.advance(1001);
    assertEquals(await names(), ["silent", "other"]);
    clock.advance(4999);
    assertEquals(await names(), ["other"]);
    silent.faults.heal();
    assertEquals([silent.member.losses, await names()], [1, ["other", "silent"]]);
    for (const { member } of [silent, other]) await member.queue.close(1000);
    assertEquals(queue.numbers, []);
  });

  test("leaves no timers behind", () => assertEquals(clock.timers, 0));
});
