import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { Housekeeping } from "../../../store/postgres/housekeeping.ts";
import { ManualClock } from "../../../testing/manual_clock.ts";
import { describeWithPostgres } from "../../support/postgres.ts";
import { newJob } from "../shared_queue/kind.ts";
import { openClocked } from "./clocked_server.ts";

describe("keeping house for a queue", () => {
  test("adds up each second, compares at once and each hour, and cleans up now and then", async () => {
    const clock = new ManualClock();
    const done = new Map<string, number[]>();
    const session = {
      isReady: true,
      query(text: string) {
        const what = /fold_counts|check_counts|tidy|n_dead_tup|vacuum .*/.exec(text)![0];
        done.set(what, [...done.get(what) ?? [], clock.now() / 1000]);
        const rows = what === "check_counts" ? [["0"]] : [["job", "100000"], ["lane", "4999"]];
        return Promise.resolve(rows);
      },
    };
    const keeping = new Housekeeping(clock, () => {});
    const begin = clock.now() / 1000;
    for (let second = 0; second <= 7200; second++) {
      await keeping.work(session);
      clock.advance(1000);
    }
    const times = (what: string) => done.get(what)!.map((at) => at - begin);
    assertEquals(times("fold_counts").length, 7201);
    assertEquals(times("check_counts"), [0, 3600, 7200]);
    assertEquals(times("tidy").slice(0, 3), [60, 120, 180]);
    assertEquals(times("n_dead_tup").slice(0, 3), [10, 20, 30]);
    assertEquals(times("vacuum (skip_locked) @s.job").slice(0, 2), [10, 20]);
    assertEquals([...done.keys()].filter((what) => what.includes("lane")), []);
    session.isReady = false;
    await keeping.work(session);
    assertEquals(times("fold_counts").length, 7201);
  });
});

describeWithPostgres("The server that keeps house in PostgreSQL", (postgres) => {
  test("cleans up the tables in which much is not used any more", async () => {
    const url = await postgres().database();
    const server = await openClocked(url, "a");
    const sql = (text: string) => postgres().sql(text, url);
    await sql(
      "insert into geartrain.job(id, func, priority) select n, 1, 1 from generate_series(1, 100000) n; " +
        "delete from geartrain.job; " +
        "insert into geartrain.progress select n, true, 0, 0 from generate_series(1, 10) n",
    );
    const cleaned = (table: string) =>
      sql(`select vacuum_count from pg_stat_user_tables where relname = '${table}'`);
    await server.until(async () => await cleaned("job") !== "0");
    assertEquals(await cleaned("progress"), "0");
    await server.settle(server.queue.close(5000));
  });

  test("puts numbers right that are wrong, and says so", async () => {
    const url = await postgres().database();
    const server = await openClocked(url, "a");
    const { first } = await server.queue.takeNumbers();
    await server.queue.add([newJob(first), newJob(first + 1)], 5000);
    const counted = async () => {
      const [counts] = await server.queue.counts();
      return counts.waiting;
    };
    await server.until(async () => (await counted())[1] === 2);
    await postgres().sql("insert into geartrain.count_delta values (1, 1, 5, 0, 0)", url);
    assertEquals(await counted(), [0, 7, 0]);
    assertEquals(server.reports, []);
    server.clock.advance(3_600_000);
    await server.until(() => server.reports.length > 0);
    assertEquals(server.reports, [
      "WARNING the counts of jobs were wrong by 5, and are right now",
    ]);
    assertEquals(await counted(), [0, 2, 0]);
    // They are added up, too: one row is left.
    const rows = "select count(*) from geartrain.count_delta";
    await server.until(async () => await postgres().sql(rows, url) === "1");
    await server.settle(server.queue.close(5000));
  });

  test("forgets servers that are dead for a day, and progress of jobs that are gone", async () => {
    const url = await postgres().database();
    const server = await openClocked(url, "a");
    const sql = (text: string) => postgres().sql(text, url);
    await sql(
      "select geartrain.join_queue('old', '', ''), geartrain.join_queue('older', '', ''); " +
        "update geartrain.server set died = now() - interval '23 hours' where name = 'old'; " +
        "update geartrain.server set died = now() - interval '25 hours' where name = 'older'; " +
        "insert into geartrain.progress values (1, true, 0, 0)",
    );
    await server.until(async () => await sql("select count(*) from geartrain.progress") === "0");
    assertEquals(
      await sql(
        "select name, (select count(*) from geartrain.lane where server = s.id) " +
          "from geartrain.server s order by 1",
      ),
      "a|3\nold|3",
    );
    await server.settle(server.queue.close(5000));
  });

  test("is one of them, and another one when that is gone", async () => {
    const url = await postgres().database();
    const [a, b] = [await openClocked(url, "a"), await openClocked(url, "b")];
    const wrong = () =>
      postgres().sql("insert into geartrain.count_delta values (1, 1, 5, 0, 0)", url);
    // The first one compares at once, and then has the house.
    await a.until(async () => await postgres().sql(KEEPERS, url) === "1");
    await b.queue.servers();
    for (const { clock } of [a, b]) clock.advance(1000);
    await wrong();
    await a.settle(a.queue.close(5000));
    await b.until(() => b.reports.length > 0);
    assertEquals([a.reports, b.reports], [[], [
      "WARNING the counts of jobs were wrong by 5, and are right now",
    ]]);
    await b.settle(b.queue.close(5000));
  });
}, { settings: { autovacuum_naptime: "1h" } });

/** How many sessions have the lock of who keeps house. */
const KEEPERS = "select count(*) from pg_locks where locktype = 'advisory' and granted and " +
  "classid = ((geartrain.lock_class('keeper')::bigint & 4294967295)::oid) and " +
  "database = (select oid from pg_database where datname = current_database())";
