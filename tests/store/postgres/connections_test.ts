import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { withConnection } from "../../../store/postgres/connection/once.ts";
import { parsePostgresUrl } from "../../../store/postgres/connection/url.ts";
import { check, migrate } from "../../../store/postgres/mod.ts";
import { StoreError } from "../../../store/store.ts";
import { describeWithPostgres, Postgres, postgresIsAbsent } from "../../support/postgres.ts";
import { unless } from "../../support/unless.ts";

describeWithPostgres("A connection to PostgreSQL", (postgres) => {
  test("goes by TCP or by a unix socket, to the first host that answers", async () => {
    const { port, socketFolder } = postgres();
    for (
      const place of [
        `127.0.0.1:${port}`,
        `${encodeURIComponent(socketFolder)}:${port}`,
        `127.0.0.1:1,127.0.0.1:${port}`,
      ]
    ) {
      const url = `postgres://postgres@${place}/postgres`;
      await migrate(url);
      assertEquals((await check(url)).name, url);
    }
    await assertRejects(() => check("postgres://postgres@127.0.0.1:1/postgres"), StoreError);
  });

  test("is not made without TLS if the URL wants it", async () => {
    for (const mode of ["require", "verify-ca", "verify-full"]) {
      const url = `${postgres().url()}?sslmode=${mode}`;
      const { message } = await assertRejects(() => check(url), StoreError);
      assert(message.endsWith(`it offers no TLS, which sslmode=${mode} wants`), message);
    }
  });

  test("has the settings that it relies on, whatever those of the database are", async () => {
    const url = await postgres().database();
    const name = url.split("/").at(-1);
    await postgres().sql(
      `alter database ${name} set bytea_output = escape;` +
        `alter database ${name} set standard_conforming_strings = off;` +
        `alter database ${name} set default_transaction_isolation = serializable`,
    );
    await migrate(url);
    const rows = await withConnection(parsePostgresUrl(url), undefined, (connection) => {
      return connection.query(
        "select '\\x5c00ff'::bytea, geartrain.unique_of('\\x0001'), " +
          "current_setting('transaction_isolation')",
        [],
      );
    });
    const [[bytes, unique, isolation]] = rows;
    assertEquals(
      [Uint8Array.from(bytes), unique, isolation],
      [Uint8Array.of(0x5c, 0, 0xff), "-", "read committed"],
    );
  });

  test("says what PostgreSQL is like, and what is wrong with it", async () => {
    const url = await postgres().database();
    await migrate(url);
    const troubles = async () =>
      (await check(url)).health.filter(({ trouble }) => trouble !== null).map(({ name }) => name);
    assertEquals(await troubles(), []);
    const name = url.split("/").at(-1);
    await postgres().sql(`alter database ${name} set synchronous_commit = off`);
    assertEquals(await troubles(), ["commit_is_synchronous"]);
    assert((await check(url)).health.every(({ value }) => Number.isFinite(value)));
  });
});

const [title, options] = unless(postgresIsAbsent, "PostgreSQL with passwords and TLS");
describe(title, options, () => {
  const folder = mkdtempSync(join(tmpdir(), "geartrain-"));
  const file = (name: string) => join(folder, name);
  let postgres: Postgres;

  before(async () => {
    certificates(folder);
    postgres = await Postgres.start({
      settings: { ssl: "on" },
      files: {
        "server.crt": readFileSync(file("server.crt"), "utf8"),
        "server.key": readFileSync(file("server.key"), "utf8"),
      },
      hba: [
        "host all postgres 127.0.0.1/32 trust",
        "hostssl all queue 127.0.0.1/32 scram-sha-256",
        "host all old 127.0.0.1/32 md5",
      ],
    });
    await postgres.sql(
      "set password_encryption = 'scram-sha-256'; create role queue login superuser password 'sécret'; " +
        "set password_encryption = 'md5'; create role old login superuser password 'secret'",
    );
    await migrate(postgres.url());
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await postgres?.[Symbol.asyncDispose]();
  });

  const url = (parameters: string, user = "queue") =>
    `${postgres.url("postgres", user)}${parameters}`.replace("127.0.0.1", "localhost");

  test("is reached with a password that was given, and no message has it", async () => {
    assertEquals((await check(url(""), "sécret")).servers, 0);
    assertEquals((await check(url("", "old"), "secret")).servers, 0);
    const wrong = await assertRejects(() => check(url(""), "sécret wrong"), StoreError);
    assert(wrong.message.includes('password authentication failed for user "queue"'));
    assert(!wrong.message.includes("sécret"), wrong.message);
    const unencrypted = await assertRejects(() => check(url("?sslmode=disable"), "sécret"));
    assert((unencrypted as Error).message.includes("no pg_hba.conf entry"));
  });

  test("is checked by its certificate as far as sslmode says", async () => {
    const works = async (parameters: string) => {
      try {
        await check(url(parameters), "sécret");
        return true;
      } catch (error) {
        assert(error instanceof StoreError);
        return false;
      }
    };
    const [own, other] = [file("ca.crt"), file("other.crt")].map(encodeURIComponent);
    assert(await works("?sslmode=prefer"));
    assert(await works("?sslmode=require"));
    assert(await works(`?sslmode=verify-ca&sslrootcert=${own}`));
    assert(!await works(`?sslmode=verify-ca&sslrootcert=${other}`));
    // The certificate is of db.example.
    assert(!await works(`?sslmode=verify-full&sslrootcert=${own}`));
    assert(!await works(`?sslmode=verify-full&sslrootcert=${encodeURIComponent(file("none"))}`));
    assert(!await works("?sslmode=verify-ca"));
  });
});

/** Makes two authorities, and a certificate by the first for db.example. */
function certificates(folder: string): void {
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync("openssl", args, { cwd: folder, encoding: "utf8" });
    assertEquals(status, 0, stderr);
  };
  const made = ["-newkey", "rsa:2048", "-nodes", "-days", "2"];
  for (const name of ["ca", "other"]) {
    const to = ["-keyout", `${name}.key`, "-out", `${name}.crt`, "-subj", `/CN=${name}`];
    openssl("req", "-x509", ...made, ...to);
  }
  openssl("req", ...made, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=db.example");
  const by = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
  openssl("x509", "-req", "-in", "server.csr", ...by, "-out", "server.crt");
}
