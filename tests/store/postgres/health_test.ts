import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type HealthFact, readFacts } from "../../../store/postgres/health/facts.ts";
import { Pulse, TroubleReports } from "../../../store/postgres/health/pulse.ts";
import { withConnection } from "../../../store/postgres/connection/once.ts";
import { parsePostgresUrl } from "../../../store/postgres/connection/url.ts";
import { migrate } from "../../../store/postgres/mod.ts";
import { describeWithPostgres } from "../../support/postgres.ts";
import { bytes, newJob } from "../shared_queue/kind.ts";
import { openClocked } from "./clocked_server.ts";

/** Such as every test database is beyond, when there is something. */
const LOW = { seconds: 0, transactions: 0, deadRows: 100, bloatBytes: 1_000_000, share: 0.9 };

describe("the health of a queue", () => {
  test("is troubled by slow commits, mainly of the last calls", () => {
    const pulse = new Pulse();
    const commit = () => {
      const { value, trouble } = pulse.facts().find(({ name }) => name === "commit_milliseconds")!;
      return [value, trouble];
    };
    assertEquals(commit(), [0, null]);
    // One alone may have waited for a lock.
    pulse.committed(4000);
    assertEquals(commit(), [500, null]);
    pulse.committed(4000);
    assertEquals(commit(), [938, "a commit takes 938 ms"]);
    for (let call = 0; call < 40; call++) pulse.committed(2);
    assertEquals(commit(), [6, null]);
  });

  test("is troubled by a late beat", () => {
    const pulse = new Pulse();
    const beat = () => pulse.facts().find(({ name }) => name === "beat_milliseconds")!.trouble;
    pulse.beat(2000);
    assertEquals(beat(), null);
    pulse.beat(2001);
    assertEquals(beat(), "a beat took 2001 ms: at 8000 this server is taken for dead");
    pulse.beat(1);
    assertEquals(beat(), null);
  });

  test("is reported when something begins to be wrong, and when it is over", () => {
    const lines: string[] = [];
    const reports = new TroubleReports((level, message) => lines.push(`${level} ${message}`));
    const see = (value: number, trouble: string | null) =>
      reports.see([{ name: "dead_rows", text: "Dead rows", value, trouble }]);
    see(1, null);
    see(9, "9 are dead");
    see(10, "10 are dead");
    see(2, null);
    see(1, null);
    see(9, "9 are dead");
    assertEquals(lines, [
      "WARNING 9 are dead",
      "NOTICE Dead rows: 2, as it should be again",
      "WARNING 9 are dead",
    ]);
  });

  test("has limits for what PostgreSQL says", async () => {
    // Open, by whom, dead, live, of these jobs, bytes, used, most, prepared, slots, autovacuum, commit.
    const well = [
      60.4,
      null,
      "200000",
      "9",
      "9",
      "1000000000",
      "80",
      100,
      60,
      1_000_000,
      true,
      "on",
    ];
    const troubles = async (...row: unknown[]) => {
      const facts = await readFacts({ query: () => Promise.resolve([row]) }, "geartrain");
      return facts.flatMap(({ name, trouble }) => trouble === null ? [] : [name]);
    };
    assertEquals(await troubles(...well), []);
    const bad = [
      60.5,
      "x",
      "200001",
      "9",
      "9",
      "1000000001",
      "81",
      100,
      61,
      1_000_001,
      false,
      "off",
    ];
    assertEquals(await troubles(...bad), [
      "oldest_transaction_seconds",
      "prepared_transaction_seconds",
      "slot_age_transactions",
      "dead_rows",
      "job_table_bytes",
      "connections",
      "autovacuum_is_on",
      "commit_is_synchronous",
    ]);
    // Many rows are dead where many live, and many bytes are jobs.
    assertEquals(
      await troubles(0, null, "200001", "300000", "299000", "1000000001", ...well.slice(6)),
      [],
    );
  });
});

describeWithPostgres("The health of a queue in PostgreSQL", (postgres) => {
  /** What is wrong, by its name. */
  const troubles = async (url: string, limits = LOW): Promise<Record<string, string>> => {
    const facts = await withConnection(parsePostgresUrl(url), undefined, async (connection) => {
      return await readFacts({ query: (text) => connection.query(text, []) }, "geartrain", limits);
    });
    return Object.fromEntries(
      facts.flatMap(({ name, trouble }) => trouble === null ? [] : [[name, trouble]]),
    );
  };
  const until = async (url: string, name: string): Promise<string> => {
    for (;;) {
      const { [name]: trouble } = await troubles(url);
      if (trouble !== undefined) return trouble;
    }
  };
  const migrated = async () => {
    const url = await postgres().database();
    await migrate(url);
    return url;
  };
  /** Does something while a transaction holds what it has locked with a statement. */
  const whileHeld = async (url: string, statement: string, act: () => Promise<void>) => {
    const sleeps = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and " +
      "application_name = 'holder'";
    const held = postgres().sql(
      `set application_name = 'holder'; begin; ${statement}; select pg_sleep(1.5); rollback`,
      url,
    );
    while (await postgres().sql(sleeps) === "0");
    await act();
    await held;
  };

  test("is well in a new database", async () => {
    assertEquals(await troubles(await migrated()), {});
  });

  test("is troubled by a transaction that stays open, and says whose it is", async () => {
    const url = await migrated();
    const open = postgres().sql(
      "set application_name = 'backup'; begin isolation level repeatable read; " +
        "select count(*) from geartrain.job; select pg_sleep(2); commit",
      url,
    );
    assertMatch(
      await until(url, "oldest_transaction_seconds"),
      /^a transaction is open for [12] s \(process \d+ of postgres \(backup\)\), so that nothing/,
    );
    // In another database it keeps nothing of this one.
    assertEquals(await troubles(await migrated()), {});
    await open;
    assertEquals(await troubles(url), {});
  });

  test("is troubled by a prepared transaction that was left behind", async () => {
    const url = await migrated();
    await postgres().sql(
      "begin; insert into geartrain.func(name) values ('f'); prepare transaction 'left'",
      url,
    );
    assertMatch(await until(url, "prepared_transaction_seconds"), /was left behind/);
    await postgres().sql("rollback prepared 'left'", url);
    assertEquals(await troubles(url), {});
  });

  test("is troubled by rows that are not used any more, and by a table that has grown", async () => {
    const url = await migrated();
    await postgres().sql(
      "insert into geartrain.job(id, func, priority, payload) " +
        "select n, 1, 1, decode(repeat('00', 200), 'hex') from generate_series(1, 5000) n; " +
        "delete from geartrain.job where id > 3",
      url,
    );
    assertMatch(await until(url, "dead_rows"), /^\d+ rows are not used any more/);
    assertMatch(await until(url, "job_table_bytes"), /^the table of jobs has \d+ bytes for 3 rows/);
    for (const vacuum of ["vacuum full", "vacuum"]) {
      await postgres().sql(`${vacuum} geartrain.job`, url);
    }
    while (Object.keys(await troubles(url)).length > 0);
  });

  test("is troubled by settings, and by connections that run out", async () => {
    const url = await migrated();
    const set = (settings: string) =>
      postgres().sql(`${settings}; select pg_reload_conf(); select pg_sleep(0.2)`);
    await set("alter system set autovacuum = off; alter system set synchronous_commit = off");
    assertEquals(Object.keys(await troubles(url, { ...LOW, share: 0.001 })), [
      "connections",
      "autovacuum_is_on",
      "commit_is_synchronous",
    ]);
    await set("alter system reset all");
    assertEquals(await troubles(url), {});
  });

  test("is told by a server: in its list, and once to its log", async () => {
    const url = await postgres().database();
    await postgres().sql(
      `alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`,
    );
    const [server, other] = [await openClocked(url, "a"), await openClocked(url, "b")];
    const trouble = (facts: readonly HealthFact[]) =>
      facts.find(({ name }) => name === "commit_is_synchronous")?.trouble;
    await server.until(() => server.reports.length > 0);
    await other.until(() => trouble(other.queue.health) !== undefined);
    const said = "synchronous_commit is off: a crash loses jobs that were answered";
    assertEquals([trouble(server.queue.health), trouble(other.queue.health)], [said, said]);
    // One says it for all.
    assertEquals([server.reports, other.reports], [[`WARNING ${said}`], []]);
    for (const { settle, queue } of [server, other]) await settle(queue.close(5000));
  });

  test("is troubled by what takes long: commits, and beats", async () => {
    const url = await postgres().database();
    const server = await openClocked(url, "a");
    const { first } = await server.queue.takeNumbers();
    await server.queue.add([newJob(first)], 60_000);
    const live = "insert into geartrain.job(id, func, priority, key) values (1, 1, 1, 'u')";
    await whileHeld(url, live, async () => {
      // It waits until it is certain whether there is a live job with its unique.
      const adding = server.queue.add([newJob(first + 1, { unique: bytes("u") })], 60_000);
      await pause(300);
      // For the server it takes so many milliseconds.
      for (let second = 0; second < 6; second++) {
        server.clock.advance(1000);
        await pause(100);
      }
      assertEquals(await adding, ["stored"]);
    });
    await server.until(() => server.reports.length > 0);
    assertMatch(server.reports[0], /^WARNING a commit takes \d+ ms$/);
    const locked = "lock table geartrain.server in exclusive mode";
    await whileHeld(url, locked, async () => {
      server.clock.advance(1000);
      await pause(300);
      server.clock.advance(3000);
    });
    await server.until(() => server.reports.some((line) => line.startsWith("WARNING a beat took")));
    await server.until(() =>
      server.reports.some((line) => /^NOTICE Time that the last beat .* again$/.test(line))
    );
    assert(server.member.losses === 0);
    await server.settle(server.queue.close(5000));
  });
}, { settings: { max_prepared_transactions: "10" } });
