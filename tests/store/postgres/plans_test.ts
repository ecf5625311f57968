import { Buffer } from "node:buffer";
import { test } from "node:test";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { inSchema } from "../../../store/postgres/schema/migrations.ts";
import { migrate } from "../../../store/postgres/mod.ts";
import { listStatement } from "../../../store/postgres/views/list.ts";
import type { SharedJobFilter } from "../../../store/shared_queue.ts";
import { describeWithPostgres } from "../../support/postgres.ts";

/** As the sessions of servers have them, and every plan is written into the log. */
const SESSION = "load 'auto_explain'; set auto_explain.log_min_duration = 0; " +
  "set auto_explain.log_nested_statements = on; set auto_explain.log_format = text; " +
  "set enable_seqscan = off; set enable_bitmapscan = off; set plan_cache_mode = force_generic_plan; ";
const JOBS = "insert into geartrain.job(id, func, priority, key, payload) " +
  "select n, geartrain.func_id(convert_to('f' || n % 3, 'UTF8')), n % 3, " +
  "convert_to('key' || n, 'UTF8'), 'x' from generate_series(1, 3000) n; " +
  "insert into geartrain.count_delta select func, priority, count(*), 0, 0 from geartrain.job group by 1, 2; ";
const CLAIM = "select id from geartrain.claim(1, :no, array[1, 2], array[1, 2]::smallint[], " +
  "array[0, 0], array[0, 0], array[50, 50], array[1, 2], 80, 1000000)";

describeWithPostgres("The statements of a queue in PostgreSQL", (postgres) => {
  /** The plans of statements, with the statistics of empty tables and with those of full ones. */
  const plansOf = async (statements: string) => {
    const plans = [];
    for (const analyze of ["", "analyze geartrain.job; "]) {
      const url = await postgres().database();
      await migrate(url);
      await postgres().sql(`${JOBS}${analyze}select geartrain.join_queue('a', '', '')`, url);
      const before = postgres().log().length;
      await postgres().sql(SESSION + statements, url);
      plans.push(postgres().log().slice(before));
    }
    return plans;
  };
  const scanned = (plan: string) => /Seq Scan on job /.exec(plan)?.[0];

  test("claim by the index of ready jobs, in its order", async () => {
    for (const plan of await plansOf(CLAIM.replace(":no", "1"))) {
      assertMatch(plan, /LockRows[^]*?Index Scan using job_ready on job j[^]*?Index Cond/);
      assertMatch(plan, /Update on job j[^]*?Tid Scan on job j/);
      assertEquals(scanned(plan), undefined);
    }
  });

  test("end jobs, give them back and look at them by their numbers", async () => {
    const statements = [
      CLAIM.replace(":no", "1"),
      "select geartrain.end_jobs(1, 1, array[4, 7, 10], '{}')",
      "select geartrain.write_jobs(1, 2, '', array[13, 16], array[1, 1]::smallint[], array[0, 0], " +
      "array[0, 0], array[0, 0], array[0, 0], array[true, true], array[0, 0], array[false, true])",
      "select geartrain.take_out(array[20, 21])",
      "select geartrain.promote(100)",
    ].join("; ");
    for (const plan of await plansOf(statements)) {
      assertMatch(plan, /Delete on job[^]*?Index Scan using job_pkey/);
      assertMatch(plan, /Index Scan using job_due on job/);
      assertEquals(scanned(plan), undefined);
    }
  });

  test("list the jobs of a function, or with a unique, without looking at those of others", async () => {
    const functionName = new TextEncoder().encode("f1");
    const unique = new TextEncoder().encode("key7");
    const prepared = (filter: SharedJobFilter, hasFew: boolean) => {
      const [text, parameters] = listStatement(filter, 40, 5, hasFew);
      const values = parameters.map((value) =>
        value instanceof Uint8Array ? `'\\x${Buffer.from(value).toString("hex")}'` : `${value}`
      );
      const types = parameters.map((value) => value instanceof Uint8Array ? "bytea" : "bigint");
      const name = `list_${values.length}_${hasFew}`;
      return `prepare ${name}(${types.join(", ")}) as ${inSchema(text, "geartrain")}; ` +
        `execute ${name}(${values.join(", ")}); deallocate ${name}`;
    };
    const hasAll = (plan: string) =>
      /Index Scan using job_pkey on job (?!j\b)|Filter: .*func/.exec(plan)?.[0];
    for (const plan of await plansOf(prepared({ functionName }, true))) {
      assertMatch(plan, /Index Scan using job_ready on job[^]*?Index Cond: \(func = /);
      assertMatch(plan, /using job_due on job[^]*?Index Cond: \(func = /);
      assertMatch(plan, /Index Scan using job_pkey on job j[^]*?Index Cond: \(id = ANY/);
      assertEquals([scanned(plan), hasAll(plan)], [undefined, undefined]);
    }
    for (const filter of [{ functionName, unique }, { unique }]) {
      for (const plan of await plansOf(prepared(filter, true))) {
        assertMatch(plan, /Index Scan using job_key on job/);
        assertEquals([scanned(plan), hasAll(plan)], [undefined, undefined]);
      }
    }
    // One with many is looked for in the order of all jobs; what is found is the same.
    const url = await postgres().database();
    await migrate(url);
    const listed = (hasFew: boolean) =>
      postgres().sql(SESSION + JOBS + prepared({ functionName, state: "waiting" }, hasFew), url);
    const rows = (text: string) => text.split("\n").filter((line) => line.includes("|"));
    const numbers = rows(await listed(true)).map((row) => row.split("|")[0]);
    assertEquals(numbers, ["43", "46", "49", "52", "55"]);
    await postgres().sql("truncate geartrain.job", url);
    assertEquals(rows(await listed(false)).map((row) => row.split("|")[0]), numbers);
  });

  test("touch no index when they claim", async () => {
    const url = await postgres().database();
    await migrate(url);
    // A page is filled to the half by inserts.
    await postgres().sql(`${JOBS}select geartrain.join_queue('a', '', '')`, url);
    const updates = await postgres().sql(
      `begin; select count(*) from (${CLAIM.replace(":no", "1")}) c; ` +
        "select pg_stat_get_xact_tuples_updated('geartrain.job'::regclass), " +
        "pg_stat_get_xact_tuples_hot_updated('geartrain.job'::regclass); commit",
      url,
    );
    assertEquals(updates, "80\n80|80");
  });

  test("are refused in the name of a life that is over, and carried out once", async () => {
    const url = await postgres().database();
    await migrate(url);
    const sql = (text: string) => postgres().sql(text, url);
    await sql(`${JOBS}select geartrain.join_queue('a', '', '')`);
    const claimed = await sql(`${CLAIM.replace(":no", "1")} order by 1`);
    assertEquals(await sql(`${CLAIM.replace(":no", "1")} order by 1`), claimed);
    assertEquals(await sql("select count(*) from geartrain.job where owner = 1"), "80");
    // A call that was taken back is never carried out.
    await sql("select geartrain.undo_claim(1, 1); select geartrain.undo_claim(1, 2)");
    for (const late of ["1", "2"]) {
      const error = await sql(CLAIM.replace(":no", late)).catch((error: Error) => error.message);
      assert(late === "1" ? error.includes("taken back") : error === "", error);
    }
    assertEquals(await sql("select count(*) from geartrain.job where owner = 1"), "0");
    // The next one is.
    assertEquals(await sql(`${CLAIM.replace(":no", "3")} order by 1`), claimed);
    await sql("select geartrain.declare_dead(1, 0)");
    const error = await sql(CLAIM.replace(":no", "9")).catch((error: Error) => error.message);
    assert(error.includes("declared dead"), error);
    assertEquals(await sql("select geartrain.check_counts()"), "0");
  });
});
