import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { setTimeout as pause } from "node:timers/promises";
import { PostgresQueue } from "../../../store/postgres/mod.ts";
import { describeWithPostgres } from "../../support/postgres.ts";
import { bytes, Member, newJob, wish } from "../shared_queue/kind.ts";

const ROUNDS = 4;

describeWithPostgres("A queue in PostgreSQL that is killed and restarted", (postgres) => {
  test("has each job once, whatever was under way", async () => {
    const url = await postgres().database();
    const members: Member[] = [];
    for (const name of ["a", "b"]) {
      const member = new Member(new PostgresQueue({ url }));
      await member.queue.open({ name, address: "", version: "", workers: 0 }, member);
      members.push(member);
    }
    const [{ queue: a }, { queue: b }] = members;
    const { first } = await a.takeNumbers();
    let next = first;
    let isDone = false;
    let isAllAdded = false;
    const answered: number[] = [];
    const ended: number[] = [];
    const adding = async () => {
      while (!isDone) {
        const jobs = Array.from({ length: 20 }, () => newJob(next++, { unique: bytes(`${next}`) }));
        // However long it takes: each of them is answered.
        const added = await a.add(jobs, 60_000);
        for (const [index, result] of added.entries()) {
          assertEquals(result, "stored");
          answered.push(jobs[index].number);
        }
      }
      isAllAdded = true;
    };
    const working = async () => {
      for (let isLast = false; !isLast;) {
        isLast = isAllAdded && answered.length === ended.length;
        const { jobs } = await b.claim([wish({ most: 30 })], 30, 1e6).catch(() => ({ jobs: [] }));
        const numbers = jobs.map(({ number }) => number);
        if (numbers.length === 0) await pause(10);
        assertEquals(await b.end(numbers), []);
        ended.push(...numbers);
      }
    };
    const both = Promise.all([adding(), working()]);
    for (let round = 0; round < ROUNDS; round++) {
      await pause(50 + 100 * Math.random());
      if (round % 2 === 0) await postgres().kill();
      await postgres().restart();
    }
    await pause(100);
    isDone = true;
    await both;
    assertEquals(ended.toSorted((x, y) => x - y), answered);
    assertEquals(new Set(ended).size, ended.length);
    assertEquals(members.map(({ losses }) => losses), [0, 0]);
    for (const { queue } of members) await queue.close(5000);
    assertEquals(await postgres().sql("select count(*) from geartrain.job", url), "0");
    assertEquals(await postgres().sql("select geartrain.check_counts()", url), "0");
  });
}, { settings: { fsync: "on", full_page_writes: "on" } });
