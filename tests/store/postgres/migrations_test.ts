import { test } from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { check, migrate, PostgresQueue } from "../../../store/postgres/mod.ts";
import { inSchema, MIGRATIONS, VERSION } from "../../../store/postgres/schema/migrations.ts";
import { StoreError } from "../../../store/store.ts";
import { describeWithPostgres } from "../../support/postgres.ts";
import { Member } from "../shared_queue/kind.ts";

const MEMBER = { name: "here", address: "", version: "", workers: 0 };

describeWithPostgres("The schema of a queue in PostgreSQL", (postgres) => {
  test("is made once by several that begin at once, with handles that stay", async () => {
    const url = await postgres().database();
    const done = await Promise.all([1, 2, 3].map(() => migrate(url)));
    assertEquals(done.map(({ from }) => from).sort(), [0, VERSION, VERSION]);
    const { handleBase, servers, jobs, countsAreOffBy } = await check(url);
    assertEquals([servers, jobs.waiting, countsAreOffBy], [0, 0, 0]);
    await migrate(url);
    assertEquals((await check(url)).handleBase, handleBase);
    // Two schemas are two queues.
    await migrate(`${url}?schema=second`);
    assert((await check(`${url}?schema=second`)).handleBase.startsWith("H:second:"));
  });

  test("is made by a server at its start, or not", async () => {
    const url = await postgres().database();
    const without = new PostgresQueue({ url, migrates: false });
    const listener = new Member(without);
    const { message } = await assertRejects(() => without.open(MEMBER, listener), StoreError);
    assert(message.includes("geartrain store migrate"), message);
    const queue = new PostgresQueue({ url });
    const { handleBase } = await queue.open(MEMBER, new Member(queue));
    assertEquals(handleBase, (await check(url)).handleBase);
    await queue.close(1000);
  });

  test("is brought to this version with the jobs that are in it", async () => {
    const url = await postgres().database();
    await postgres().sql("create schema geartrain", url);
    await postgres().sql(inSchema(MIGRATIONS[0], "geartrain"), url);
    await postgres().sql(
      "insert into geartrain.meta values (1, 'H:old:123456789012'); " +
        "select geartrain.submit('resize', 'payload', 'unique')",
      url,
    );
    assertEquals(await migrate(url), { from: 1, to: VERSION });
    const queue = new PostgresQueue({ url });
    const member = new Member(queue);
    await queue.open(MEMBER, member);
    const [{ payload, attempts, timeLeft, runs }] = await member.claim();
    assertEquals([payload.length, attempts, timeLeft, runs.length], [7, 0, null, 0]);
    await queue.close(1000);
  });

  test("is refused by name if it is newer", async () => {
    const url = await postgres().database();
    await migrate(url);
    await postgres().sql("update geartrain.meta set version = 1000", url);
    const queue = new PostgresQueue({ url });
    for (
      const act of [
        () => migrate(url),
        () => check(url),
        () => queue.open(MEMBER, new Member(queue)),
      ]
    ) {
      const { message } = await assertRejects(act, StoreError);
      assert(message.includes('the schema "geartrain" has version 1000'), message);
      assert(message.startsWith(queue.name), message);
    }
  });

  test("needs a database and a role that there are", async () => {
    const queue = new PostgresQueue({ url: postgres().url("nowhere") });
    await assertRejects(() => queue.open(MEMBER, new Member(queue)), StoreError, "nowhere");
    const stranger = postgres().url("postgres", "stranger");
    await assertRejects(() => migrate(stranger), StoreError, "stranger");
  });
});
