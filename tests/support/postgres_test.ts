import { test } from "node:test";
import { assertEquals, assertRejects } from "@std/assert";
import { describeWithPostgres } from "./postgres.ts";

describeWithPostgres("A PostgreSQL of a test", (postgres) => {
  test("keeps what was committed when it is stopped, and when it is killed", async () => {
    const url = await postgres().database();
    await postgres().sql("create table t(n int); insert into t values (1)", url);
    await postgres().restart();
    assertEquals(await postgres().sql("insert into t values (2); select n from t", url), "1\n2");
    await postgres().kill();
    await assertRejects(() => postgres().sql("select 1"));
    await postgres().restart();
    assertEquals(await postgres().sql("select n, n + 1 from t", url), "1|2\n2|3");
  });
});
