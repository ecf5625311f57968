import { assert } from "@std/assert";
import { setTimeout as pause } from "node:timers/promises";
import { PostgresQueue } from "../../../store/postgres/mod.ts";
import { ManualClock } from "../../../testing/manual_clock.ts";
import { Member } from "../shared_queue/kind.ts";

/** What a server has of a queue in PostgreSQL, with a clock that the test moves. */
export interface ClockedServer {
  readonly queue: PostgresQueue;
  readonly member: Member;
  readonly clock: ManualClock;
  /** What it has reported, each with its level. */
  readonly reports: string[];
  /** Lets its seconds pass until something holds; each beat takes its time. */
  until(holds: () => boolean | Promise<boolean>): Promise<void>;
  /** Lets its seconds pass until a promise is settled. */
  settle<T>(promise: Promise<T>): Promise<T>;
}

/** Joins a queue. */
export async function openClocked(url: string, name: string): Promise<ClockedServer> {
  const clock = new ManualClock(Date.now());
  const queue = new PostgresQueue({ url, clock });
  const member = new Member(queue);
  const reports: string[] = [];
  member.report = (level, message) => void reports.push(`${level} ${message}`);
  await queue.open({ name, address: "", version: "", workers: 0 }, member);
  const until = async (holds: () => boolean | Promise<boolean>) => {
    for (let seconds = 0; !(await holds()); seconds++) {
      assert(seconds < 60, "it never came to hold");
      clock.advance(1000);
      await pause(100);
    }
  };
  const settle = async <T>(promise: Promise<T>): Promise<T> => {
    let isSettled = false;
    promise.catch(() => {}).finally(() => isSettled = true);
    await until(() => isSettled);
    return await promise;
  };
  return { queue, member, until, settle, clock, reports };
}
