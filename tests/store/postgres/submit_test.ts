import { test } from "node:test";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { partsOf } from "../../../store/handle.ts";
import { describeWithPostgres } from "../../support/postgres.ts";
import { Bench, bytes, claimedJob, demand, newJob } from "../shared_queue/kind.ts";
import { underTest } from "./under_test.ts";

describeWithPostgres("Submitting with SQL", (postgres) => {
  const withBench = async (
    body: (bench: Bench, sql: (text: string) => Promise<string>) => Promise<void>,
  ) => {
    const under = await underTest(postgres());
    try {
      await body(new Bench(under), (text) => postgres().sql(text, under.url));
    } finally {
      await under.remove();
    }
  };

  test("makes a job if the transaction commits, with a handle as any other", () =>
    withBench(async (bench, sql) => {
      const a = await bench.open();
      await a.queue.demand([demand("resize", { hungry: 2 })]);
      await sql("begin; select geartrain.submit('resize', 'never'); rollback");
      assertEquals(await a.list(), []);
      const handle = await sql(
        "begin; select geartrain.submit('resize', '\\x00ff', 'u', 'high'); commit",
      );
      const { base, number } = partsOf(handle)!;
      const [[handleBase]] = [(await sql("select handle_base from geartrain.meta")).split("|")];
      assertEquals(base, handleBase);
      await bench.until(() => a.isToldOf("resize"));
      assertEquals(await a.claim(), [
        claimedJob(number, {
          unique: bytes("u"),
          payload: Uint8Array.of(0, 255),
          priority: 0,
        }),
      ]);
      // The same unique is the same job, also while it runs; and a server joins it.
      assertEquals(await sql("select geartrain.submit('resize', 'x', 'u')"), handle);
      const [next] = await bench.numbers(a, 1);
      assertEquals(await a.add(newJob(next, { unique: bytes("u") })), [{ joined: number }]);
      assertEquals(await a.queue.end([number]), []);
    }));

  test("takes names, uniques, priorities and times as a client gives them", () =>
    withBench(async (bench, sql) => {
      const a = await bench.open();
      const submit = (args: string) => sql(`select geartrain.submit(${args})`);
      const first = await submit("'größer', 'p', '-'");
      assertEquals(await submit("'größer', 'p', '-'"), first);
      const [number] = await bench.numbers(a, 1);
      const same = { functionName: bytes("größer"), unique: bytes("-"), payload: bytes("p") };
      assertEquals(await a.add(newJob(number, same)), [{ joined: partsOf(first)!.number }]);
      await submit(
        "'resize', run_at => clock_timestamp() + interval '1 minute', priority => 'low'",
      );
      assertEquals((await a.list()).map(({ state, priority }) => [state, priority]), [
        ["waiting", 1],
        ["scheduled", 2],
      ]);
      await bench.under.advance(61_000);
      assertEquals((await a.claim("resize")).length, 1);
      await assertRejects(
        () => submit("'resize', 'x', null, 'urgent'"),
        Error,
        "high, normal or low",
      );
      await assertRejects(() => submit("'', 'x'"), Error, "1 to 512 bytes");
      await assertRejects(() => submit("'f', 'x', repeat('u', 65)"), Error, "at most 64 bytes");
    }));

  test("is granted to one role, looking to another, and the tables to none", () =>
    withBench(async (_, sql) => {
      await sql(
        "create role app_1; create role viewer_1; " +
          "grant geartrain_submit to app_1; grant geartrain_view to viewer_1",
      );
      const as = (role: string, text: string) => sql(`set role ${role}; ${text}`);
      await sql("select geartrain.submit('f')");
      assertMatch(await as("app_1", "select geartrain.submit('f')"), /^H:geartrain:\d{26}$/);
      assertEquals(
        await as("viewer_1", "select function, state, priority from geartrain.jobs"),
        "f|waiting|normal\nf|waiting|normal",
      );
      for (
        const [role, text] of [
          ["app_1", "select * from geartrain.jobs"],
          ["app_1", "select geartrain.join_queue('x', '', '')"],
          ["viewer_1", "select geartrain.submit('f')"],
          ["viewer_1", "select payload from geartrain.job"],
        ]
      ) await assertRejects(() => as(role, text), Error, "permission denied");
    }));
});
