import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { ServersAnswer } from "../../http/api/types.ts";
import { describeWithPostgres } from "../support/postgres.ts";
import { type Program, runProgram, startServe } from "../support/program.ts";
import { RawPeer } from "../support/raw_peer.ts";

const directory = mkdtempSync(join(tmpdir(), "geartrain-serve-postgres-"));
after(() => rmSync(directory, { recursive: true, force: true }));

/** How long to wait between two looks at what takes its time, in milliseconds. */
const RETRY = 20;

function serveOn(url: string, name: string, ...more: string[]): Program {
  return startServe(["--store", url, "--server-name", name, ...more]);
}

async function connect(program: Program): Promise<RawPeer> {
  await program.line(/background jobs are shared/);
  return await RawPeer.connect(await program.port());
}

async function output(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await runProgram(args);
  assertEquals([status, stderr], [0, []]);
  return stdout;
}

async function refused(args: readonly string[], ...reasons: string[]): Promise<void> {
  const { status, stdout, stderr } = await runProgram(args);
  assertEquals([status, stdout], [1, ""], stderr.join("\n"));
  for (const reason of reasons) assertStringIncludes(stderr.at(-1)!, reason);
}

describeWithPostgres("geartrain serve --store postgres://...", (postgres) => {
  test("shares background jobs: what one takes, a worker at another gets", async () => {
    const url = await postgres().database();
    await using first = serveOn(url, "web-1", "--http", "0");
    await using second = serveOn(url, "web-2");
    using client = await connect(first);
    using worker = await connect(second);
    const [handle] = await client.packet("SUBMIT_JOB_BG", "resize", "u1", "cat.png")
      .expect("JOB_CREATED");
    worker.packet("CAN_DO", "resize").packet("PRE_SLEEP");
    await worker.expect("NOOP", 0);
    worker.packet("GRAB_JOB_UNIQ");
    assertEquals(await worker.expect("JOB_ASSIGN_UNIQ", 4), [handle, "resize", "u1", "cat.png"]);
    const port = String(await second.port());
    const table = await output("admin", "servers", "-h", "127.0.0.1", "-p", port);
    assertMatch(table, /^SERVER +ADDRESS +CLAIMED +WORKERS +LAST SEEN +VERSION\n/);
    assertMatch(table, /^web-1 +\S+ +0 +0 /m);
    assertMatch(table, /^web-2 \* +\S+ +1 +1 /m);
    const place = (await first.line(/HTTP is served on/)).replace(/^.* on /, "");
    const { items } = await (await fetch(`http://${place}/api/v1/servers`)).json() as ServersAnswer;
    assertEquals(items.map(({ name, isThis }) => [name, isThis]), [["web-1", true], [
      "web-2",
      false,
    ]]);
    const metrics = await (await fetch(`http://${place}/metrics`)).text();
    assertMatch(metrics, /^geartrain_cluster_servers\{cluster="H:[^"]+"\} 2$/m);
    assertMatch(metrics, /^gearman_store_reachable 1$/m);
    // The job that runs at the other server is the other one's to count.
    assertMatch(metrics, /^gearman_jobs\{function="resize"\} 0$/m);
    worker.packet("WORK_COMPLETE", handle, "done");
    for (const program of [first, second]) {
      program.kill("SIGTERM");
      assertEquals((await program.end).status, 0);
    }
    const rows = "select count(*) from geartrain.job";
    for (let left = "1"; left !== "0"; await pause(RETRY)) left = await postgres().sql(rows, url);
  });

  test("is not ready while PostgreSQL is gone, refuses background jobs after the timeout, and goes on", async () => {
    const url = await postgres().database();
    await using program = serveOn(url, "web-1", "--http", "0", "--store-timeout", "100ms");
    using client = await connect(program);
    const place = (await program.line(/HTTP is served on/)).replace(/^.* on /, "");
    const ready = async () => {
      const response = await fetch(`http://${place}/readyz`);
      return [response.status, await response.text()] as const;
    };
    assertEquals(await ready(), [200, "ready\n"]);
    await postgres().stop();
    for (;;) {
      const [status, text] = await ready();
      if (status === 200) {
        await pause(RETRY);
        continue;
      }
      assertEquals(status, 503);
      assertStringIncludes(text, "The shared queue cannot be reached");
      break;
    }
    const [error] = await client.packet("SUBMIT_JOB_BG", "f", "", "x").expect("ERROR");
    assertMatch(error, /^QUEUE_ERROR\0/);
    client.packet("CAN_DO", "f").packet("SUBMIT_JOB", "f", "", "foreground");
    const [handle] = await client.expect("JOB_CREATED");
    client.packet("GRAB_JOB");
    assertEquals(await client.expect("JOB_ASSIGN", 3), [handle, "f", "foreground"]);
    await postgres().restart();
    while ((await ready())[0] !== 200) await pause(RETRY);
    await client.packet("SUBMIT_JOB_BG", "f", "", "x").expect("JOB_CREATED");
  });

  test("makes no tables with --no-migrate, and says which command does", async () => {
    const url = await postgres().database();
    const args = ["serve", "-p", "0", "-L", "127.0.0.1", "--store", url, "--no-migrate"];
    await refused(args, "geartrain store migrate");
    assertEquals(await output("store", "migrate", url), "the tables are made, in version 2\n");
    assertEquals(await output("store", "migrate", url), "the tables have version 2\n");
    await using program = serveOn(url, "web-1", "--no-migrate");
    await program.line(/background jobs are shared/);
  });

  test("is refused by tables of a newer version, by name", async () => {
    const url = await postgres().database();
    await output("store", "migrate", url);
    await postgres().sql("update geartrain.meta set version = 99", url);
    for (const word of ["migrate", "check", "stats", "export"]) {
      await refused(["store", word, url], 'the schema "geartrain" has version 99');
    }
    await refused(["serve", "-p", "0", "-L", "127.0.0.1", "--store", url], "has version 99");
  });

  test("understands options of its own kind of store only", async () => {
    const check = ["serve", "--check-args"];
    const url = postgres().url();
    for (const [option, value] of [["--sync", "always"], ["--memory-limit", "1M"]]) {
      await refused([...check, "--store", url, option, value], option, "needs --store sqlite:FILE");
    }
    const sqlite = ["--store", "sqlite:q.db"];
    for (const option of ["--store-password-file=x", "--store-timeout=5", "--server-name=a"]) {
      const [name] = option.split("=");
      await refused([...check, ...sqlite, option], name, "needs --store postgres://");
      await refused([...check, option], name, "needs --store");
    }
    await refused([...check, ...sqlite, "--no-migrate"], "--no-migrate needs --store postgres://");
    const missing = join(directory, "none");
    await refused([...check, "--store", url, "--store-password-file", missing], missing);
  });
});

describeWithPostgres("A password for PostgreSQL", (postgres) => {
  test("comes from a file, a variable or the URL, and is in no message", async () => {
    const right = "right-s3cret";
    await postgres().sql(`create role app login password '${right}' superuser`);
    postgres().writeFile(
      "pg_hba.conf",
      "host all app 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n",
    );
    await postgres().sql("select pg_reload_conf()");
    const url = (await postgres().database()).replace("postgres@", "app@");
    const [good, bad] = ["good", "bad"].map((name) => join(directory, name));
    writeFileSync(good, `${right}\nanother line\n`);
    writeFileSync(bad, "wrong-s3cret\n");
    await output("store", "migrate", url, "--store-password-file", good);
    const byVariable = await runProgram(["store", "migrate", url], { PGPASSWORD: right });
    assertEquals(byVariable.status, 0);
    const byUrl = url.replace("app@", `app:${right}@`);
    assertEquals(await output("store", "migrate", byUrl), "the tables have version 2\n");
    await using program = startServe(["--store", byUrl, "--server-name", "web-1"]);
    await program.line(/background jobs are shared/);
    program.kill("SIGTERM");
    const { stderr } = await program.end;
    assert(!stderr.join("\n").includes("s3cret"), stderr.join("\n"));
    const failed = await runProgram(["store", "migrate", url, "--store-password-file", bad]);
    assertEquals(failed.status, 1);
    assertStringIncludes(failed.stderr.join("\n"), "password authentication failed");
    assert(!failed.stderr.join("\n").includes("s3cret"));
  });
});

describeWithPostgres("geartrain store with a URL", (postgres) => {
  test("checks, counts and exports what is there, and says what only a file can do", async () => {
    const url = await postgres().database();
    await output("store", "migrate", url);
    await postgres().sql("select geartrain.submit('resize', 'cat', 'u1', 'high')", url);
    const checked = await output("store", "check", url);
    assertMatch(checked, /: PostgreSQL \d+/);
    assertMatch(checked, /^Jobs: 1 waiting, 0 scheduled, 0 claimed$/m);
    assertMatch(checked, /\n\nok\n$/);
    const json = JSON.parse(await output("store", "check", url, "--json"));
    assertEquals([json.ok, json.problems, json.jobs.waiting], [true, [], 1]);
    const stats = await output("store", "stats", url);
    assertMatch(stats, /^1 job with 3 bytes of payload\n/);
    assertMatch(stats, /^resize +high +1 +3$/m);
    const lines = (await output("store", "export", url)).trimEnd().split("\n");
    const { func, unique, payload, priority } = JSON.parse(lines[1]);
    assertEquals([lines.length, func, unique, payload, priority], [2, "resize", "u1", "cat", 0]);
    await refused(["store", "vacuum", url], "store vacuum needs a file of SQLite");
    await refused(["store", "migrate", "queue.db"], "needs a URL such as postgres://");
    await refused(["store", "check", "postgres://"], "the URL");
  });

  test("finds an engine that is not well, and ends with status 1", async () => {
    const url = await postgres().database();
    await output("store", "migrate", url);
    await postgres().sql(
      `alter role postgres in database ${
        new URL(url).pathname.slice(1)
      } set synchronous_commit = off`,
    );
    const { status, stdout } = await runProgram(["store", "check", url]);
    assertEquals(status, 1);
    assertMatch(stdout, /\n\nsynchronous_commit is off: a crash loses jobs that were answered\n$/);
  });
});
