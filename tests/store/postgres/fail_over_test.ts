import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { assert, assertEquals } from "@std/assert";
import { PostgresQueue } from "../../../store/postgres/mod.ts";
import { describeWithPostgres } from "../../support/postgres.ts";
import { bytes, demand, Member, newJob, selfOf } from "../shared_queue/kind.ts";

/** PostgreSQL writes down so many numbers of a sequence ahead: a standby knows of these. */
const AHEAD = 40;

describeWithPostgres(
  "A standby in PostgreSQL that lacks the last things",
  (postgres) => {
    test("gives no number again, neither of jobs and functions nor of servers", async () => {
      const url = await postgres().database();
      const queue = new PostgresQueue({ url });
      await queue.open(selfOf("a"), new Member(queue));
      const sql = (text: string) => postgres().sql(text, url);
      const given = async () => {
        const { first } = await queue.takeNumbers();
        const submitted = await sql("select geartrain.submit('resize', 'x')");
        const others = await sql(
          "select geartrain.join_queue('b', '', ''), nextval('geartrain.place'), " +
            "geartrain.func_id(decode(md5(random()::text), 'hex'))",
        );
        return [first, Number(submitted.slice(-14)), ...others.split("|").map(Number)];
      };
      const known = await given();
      await postgres().keepStandby();
      let last = await given();
      for (let times = 0; times < AHEAD; times++) last = await given();
      await postgres().failOver();
      const next = await given();
      // Each goes on above all that the old one gave.
      for (const [index, number] of next.entries()) {
        assert(number > last[index], `${known} ${last} ${next}`);
      }
      // Blocks of servers and of submit() stay apart.
      assert(next[0] % 2 ** 21 === 0 && next[1] % 2 ** 21 >= 2 ** 20, `${next}`);
      // Once for each fail-over.
      const after = await given();
      assertEquals(after[0] - next[0], 2 ** 21);
      await postgres().restart();
      assertEquals((await given())[0] - after[0], 2 ** 21);
      const job = newJob(next[0]);
      assertEquals(await queue.add([job, newJob(last[0])], 20_000), ["stored", "stored"]);
      await queue.close(5000);
    });

    test("is taught what is new: functions, servers and what workers can do", async () => {
      const url = await postgres().database();
      const open = async (name: string) => {
        const member = new Member(new PostgresQueue({ url }));
        await member.queue.open(selfOf(name), member);
        return member;
      };
      const [a, b] = [await open("a"), await open("b")];
      await postgres().keepStandby();
      for (const { queue } of [a, b]) await queue.takeNumbers();
      const c = await open("c");
      const crop = { functionName: bytes("crop") };
      const { first } = await a.queue.takeNumbers();
      await a.queue.add([newJob(first, crop)], 20_000);
      assertEquals(await b.claimNumbers("crop"), [first]);
      await b.queue.demand([demand("crop", { hungry: 2 })]);
      await postgres().failOver();
      assertEquals(await a.queue.add([newJob(first + 1, crop)], 20_000), ["stored"]);
      while (!b.isToldOf("crop")) await pause(10);
      const claimed = async (member: Member): Promise<number[]> => {
        for (;;) {
          const numbers = await member.claimNumbers("crop").catch(() => []);
          if (numbers.length > 0) return numbers;
          await pause(10);
        }
      };
      assertEquals(await claimed(b), [first + 1]);
      // Of a server that is new nothing is known: it begins anew.
      while (c.losses === 0) await pause(10);
      assertEquals(await c.queue.add([newJob(first + 2, crop)], 20_000), ["stored"]);
      assertEquals(await claimed(c), [first + 2]);
      assertEquals([a.losses, b.losses], [0, 0]);
      // What it had not heard of is lost.
      assertEquals(await b.queue.end([first, first + 1]), [first]);
      for (const { queue } of [a, b, c]) await queue.close(5000);
    });
  },
);
