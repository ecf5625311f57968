import type { SharedQueue } from "../../store/shared_queue.ts";
import { type MemoryMember, MemoryQueue } from "../../store/memory_queue.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { type QueueUnderTest, sharedQueueTests } from "./shared_queue_contract.ts";

/** In fewer turns than this a call that takes no time is carried out. */
const TURNS = 100;

/** A queue in memory whose calls and answers take so many milliseconds. */
function underTest(delay: number): QueueUnderTest {
  const clock = new ManualClock();
  const queue = new MemoryQueue("H:test:000000000001", clock);
  const members: MemoryMember[] = [];
  const pass = async (milliseconds: number) => {
    for (let turn = 0; turn < TURNS; turn++) await null;
    clock.advance(milliseconds);
    for (let turn = 0; turn < TURNS; turn++) await null;
  };
  const one = (member: SharedQueue) => member as MemoryMember;
  return {
    member: () => {
      const member = queue.member();
      member.delay = delay;
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

sharedQueueTests({ name: "MemoryQueue", create: () => underTest(0), runs: 100 });
