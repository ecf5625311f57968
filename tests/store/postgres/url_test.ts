import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { passwordFor } from "../../../store/postgres/connection/password.ts";
import { parsePostgresUrl } from "../../../store/postgres/connection/url.ts";
import { StoreError } from "../../../store/store.ts";

describe("the URL of a queue in PostgreSQL", () => {
  test("names hosts, user, database, schema and encryption", () => {
    assertEquals(parsePostgresUrl("postgres://queue@db.example/jobs"), {
      hosts: [{ host: "db.example", port: 5432 }],
      user: "queue",
      password: undefined,
      database: "jobs",
      schema: "geartrain",
      sslMode: "prefer",
      sslRootCert: undefined,
      name: "postgres://queue@db.example/jobs",
    });
    const url = parsePostgresUrl(
      "postgresql://a%40b:s%3Acret@[::1]:6000,db:5433/x?schema=two&sslrootcert=/ca.pem",
    );
    assertEquals(url.hosts, [{ host: "::1", port: 6000 }, { host: "db", port: 5433 }]);
    assertEquals([url.user, url.password, url.database, url.schema], ["a@b", "s:cret", "x", "two"]);
    assertEquals([url.sslMode, url.sslRootCert], ["verify-full", "/ca.pem"]);
    assertEquals(url.name, "postgres://a%40b@[::1]:6000,db:5433/x?schema=two");
  });

  test("may name the folder of a unix socket", () => {
    const expected = [{ host: "/run/postgresql", port: 5432 }];
    for (
      const url of ["postgres://q@%2Frun%2Fpostgresql/q", "postgres://q@/q?host=/run/postgresql"]
    ) {
      assertEquals(parsePostgresUrl(url).hosts, expected);
    }
  });

  for (
    const [wrong, url] of [
      ["no URL", "jobs.db"],
      ["no user", "postgres://db.example/jobs"],
      ["no host", "postgres://q:secret@/jobs"],
      ["an impossible port", "postgres://q:secret@db:70000/jobs"],
      ["an unknown parameter", "postgres://q:secret@db/jobs?shema=x"],
      ["an unknown sslmode", "postgres://q:secret@db/jobs?sslmode=on"],
      [
        "a certificate that is not looked at",
        "postgres://q:secret@db/jobs?sslmode=require&sslrootcert=x",
      ],
      ["a schema that needs quotes", "postgres://q:secret@db/jobs?schema=a%22b"],
      ["a wrong percent sign", "postgres://q:secret@db/%zz"],
    ]
  ) {
    test(`is refused with ${wrong}, without a password in the message`, () => {
      const { message } = assertThrows(() => parsePostgresUrl(url), StoreError);
      assert(!message.includes("secret"), message);
    });
  }
});

describe("a password for PostgreSQL", () => {
  const folder = mkdtempSync(join(tmpdir(), "geartrain-"));
  const before = { PGPASSWORD: process.env.PGPASSWORD, PGPASSFILE: process.env.PGPASSFILE };
  after(() => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true });
  });
  const file = (name: string, text: string, mode = 0o600) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode });
    return path;
  };
  const asked = (text: string, given?: string) => {
    const url = parsePostgresUrl(text);
    return passwordFor(url, url.hosts[0], given);
  };

  test("is that which was given, that of the URL, PGPASSWORD, or that of the file", () => {
    process.env.PGPASSFILE = file(
      "pgpass",
      "# a comment\nother:*:*:*:no\ndb:5432:jobs:q:in the file\n*:6000:*:*:with\\:colon\\\\\n",
    );
    process.env.PGPASSWORD = "of the environment";
    assertEquals(asked("postgres://q:of-the-url@db/jobs", "given"), "given");
    assertEquals(asked("postgres://q:of-the-url@db/jobs"), "of-the-url");
    assertEquals(asked("postgres://q@db/jobs"), "of the environment");
    delete process.env.PGPASSWORD;
    assertEquals(asked("postgres://q@db/jobs"), "in the file");
    assertEquals(asked("postgres://x@y:6000/z"), "with:colon\\");
    assertEquals(asked("postgres://x@y/z"), undefined);
  });

  test("does not come from a file that others can read, nor from one that is not there", () => {
    delete process.env.PGPASSWORD;
    process.env.PGPASSFILE = file("open", "*:*:*:*:secret\n", 0o644);
    const expected = process.platform === "win32" ? "secret" : undefined;
    assertEquals(asked("postgres://q@db/jobs"), expected);
    process.env.PGPASSFILE = join(folder, "nothing");
    assertEquals(asked("postgres://q@db/jobs"), undefined);
  });
});
