import { test } from "node:test";
import { assert, assertRejects, assertStringIncludes } from "@std/assert";
import { Session } from "../../../store/postgres/connection/session.ts";
import { parsePostgresUrl } from "../../../store/postgres/connection/url.ts";
import { migrateSchema } from "../../../store/postgres/schema/migrate.ts";
import { withConnection } from "../../../store/postgres/connection/once.ts";
import { ManualClock } from "../../../testing/manual_clock.ts";
import { Link } from "../../cluster/checker/cluster/link.ts";
import { describeWithPostgres } from "../../support/postgres.ts";

const DEADLINE = 5000;

describeWithPostgres("a session with PostgreSQL", (postgres) => {
  test("is not ready from the moment when a statement was not answered in time", async () => {
    await using link = await Link.to(postgres().port);
    const url = parsePostgresUrl(postgres().url().replace(/:\d+\//, `:${link.port}/`));
    await withConnection(url, undefined, (connection) => migrateSchema(connection, url.schema));
    const clock = new ManualClock();
    const session = new Session({ url, password: undefined, clock }, { deadline: DEADLINE });
    await session.whenReady();
    link.cut();
    const query = session.query("select 1");
    clock.advance(DEADLINE);
    // Who would send it again at once, and again, is not to get the broken connection.
    assert(!session.isReady);
    await assertRejects(() => query, Error);
    await assertRejects(() => session.query("select 1"), Error);
    link.heal();
    session.close();
  });

  test("tells what is wrong with a statement that it repeats", async () => {
    const url = parsePostgresUrl(postgres().url());
    await withConnection(url, undefined, (connection) => migrateSchema(connection, url.schema));
    const clock = new ManualClock();
    const { promise, resolve } = Promise.withResolvers<string>();
    const options = { deadline: DEADLINE, failing: resolve };
    const session = new Session({ url, password: undefined, clock }, options);
    const repeated = session.repeat("select nothing from @s.nowhere", () => []);
    assertStringIncludes(await promise, 'relation "geartrain.nowhere" does not exist');
    session.close();
    await assertRejects(() => repeated, Error, "it is closed");
  });
});
