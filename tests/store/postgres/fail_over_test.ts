import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { PostgresQueue } from "../../../store/postgres/mod.ts";
import { describeWithPostgres } from "../../support/postgres.ts";
import { Member, newJob, selfOf } from "../shared_queue/kind.ts";

/** PostgreSQL writes down so many numbers of a sequence ahead: a standby knows of these. */
const AHEAD = 40;

describeWithPostgres(
  "A standby in PostgreSQL that had not heard of the last things",
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
  },
);
