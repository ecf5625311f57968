import { describe, test } from "node:test";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { TextConnection } from "../../client/admin/text_connection.ts";
import { ClosedEarlyError, CommandRefusedError, NoAnswerError } from "../../client/admin/errors.ts";
import * as facts from "../../client/admin/facts.ts";
import * as listings from "../../client/admin/listings.ts";
import { brand, serverVersion } from "../../client/admin/names.ts";
import { EndlessServer } from "../support/endless_server.ts";
import { type Reply, ScriptedServer } from "../support/scripted_server.ts";
import { startServer } from "../support/server.ts";

const TIMEOUT = 10_000;

/** Asks a server that answers so. */
async function asked<T>(
  reply: Reply,
  question: (connection: TextConnection) => Promise<T>,
  { timeout = TIMEOUT, greeting = "" } = {},
): Promise<T> {
  using server = await ScriptedServer.start(reply, greeting);
  using connection = await TextConnection.open(
    { hostname: "127.0.0.1", port: server.port },
    timeout,
  );
  return await question(connection);
}

/** What its one listing is read as. */
function read<T>(text: string, reader: (connection: TextConnection) => Promise<T>): Promise<T> {
  return asked(() => `${text}.\n`, reader);
}

describe("a text connection", () => {
  test("asks one line after the other, and gets lines and listings", async () => {
    await using server = startServer();
    const address = { hostname: "127.0.0.1", port: server.port };
    using connection = await TextConnection.open(address, TIMEOUT);
    assertEquals(await connection.ask("create function abc"), "OK");
    assertEquals(await connection.list("status"), ["abc\t0\t0\t0"]);
    assertEquals(await connection.list("show jobs"), []);
    await assertRejects(() => connection.ask("cancel job x"), CommandRefusedError, "UNKNOWN_JOB");
    assertEquals(await connection.ask("drop function abc"), "OK");
  });

  test("puts lines together that come in pieces, with either line end", async () => {
    using server = await ScriptedServer.start(() => "größe\t1", "");
    const { port } = server;
    using connection = await TextConnection.open({ hostname: "127.0.0.1", port }, TIMEOUT);
    const listing = connection.list("status");
    const bytes = new TextEncoder().encode("ü\t2\r\nb\n.\r\n");
    for (const byte of bytes) connection.receive(Uint8Array.of(byte), 0, 1);
    assertEquals(await listing, ["ü\t2", "b"]);
  });

  test("tells a refusal and its code, and goes on", async () => {
    const replies: Record<string, string> = {
      "drop function x": "ERR function not found\r\n",
      jobs: "ERR UNKNOWN_COMMAND Unknown+server+commandjobs\r\n",
      maxqueue: "ERR INVALID_ARGUMENTS An+incomplete+set\r\n",
      getpid: "OK 1\n",
    };
    await asked((line) => replies[line], async (connection) => {
      const dropping = await assertRejects(
        () => connection.ask("drop function x"),
        CommandRefusedError,
      );
      assertStringIncludes(dropping.message, "function not found");
      const listing = await assertRejects(() => connection.list("jobs"), CommandRefusedError);
      assertEquals(listing.code, "UNKNOWN_COMMAND");
      assertStringIncludes(listing.message, `does not know the command "jobs"`);
      await assertRejects(
        () => connection.ask("maxqueue"),
        CommandRefusedError,
        "An incomplete set",
      );
      assertEquals(await connection.ask("getpid"), "OK 1");
    });
  });

  test("a function that is called ERR is no refusal", async () => {
    assertEquals(await read("ERR x\t1\t0\t0\n", (connection) => connection.list("status")), [
      "ERR x\t1\t0\t0",
    ]);
  });

  test("says of an HTTP server that it is one", async () => {
    const http: Reply = () => "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n.\n";
    await assertRejects(
      () => asked(http, (c) => c.ask("version")),
      NoAnswerError,
      "an HTTP server",
    );
    await assertRejects(
      () => asked(http, (c) => c.list("status")),
      NoAnswerError,
      "an HTTP server",
    );
  });

  test("says of others that they are not Gearman servers", async () => {
    const wrong: [answer: string, greeting: string][] = [
      ["", "SSH-2.0-OpenSSH\r\n"],
      ["220 mail\r\n", ""],
      ["\0\x01\x02", ""],
    ];
    for (const [answer, greeting] of wrong) {
      const question = (c: TextConnection) => c.ask("version");
      await assertRejects(
        () => asked(() => answer, question, { greeting }),
        NoAnswerError,
        "not a Gearman server",
      );
    }
    for (const line of ["abc\n", "abc\t1\t2\n", "abc\t1\tx\t3\n"]) {
      await assertRejects(() => read(line, listings.status), NoAnswerError, "not a Gearman server");
    }
    await assertRejects(
      () => read("abc\n", listings.workers),
      NoAnswerError,
      "not a Gearman server",
    );
    await assertRejects(
      () => read("\ta\tb\t-\n", listings.clients),
      NoAnswerError,
      "not a Gearman server",
    );
  });

  test("says what an ERROR packet says: a full server may send one instead of an answer", async () => {
    const body = "TOO_MANY_CONNECTIONS\0Server has too many connections";
    const greeting = `\0RES\0\0\0\x13\0\0\0${String.fromCharCode(body.length)}${body}`;
    const version = (connection: TextConnection) => connection.ask("version");
    const { message } = await assertRejects(
      () => asked(() => "", version, { greeting }),
      NoAnswerError,
    );
    const expected = "the server says: Server has too many connections (TOO_MANY_CONNECTIONS)";
    assertEquals(message, expected);
  });

  test("fails when the server closes before or amid its answer, and is of no use then", async () => {
    for (const answer of ["", "abc\t1\t", "abc\t1\t0\t0\n"]) {
      using server = await ScriptedServer.start(() => answer);
      const address = { hostname: "127.0.0.1", port: server.port };
      using connection = await TextConnection.open(address, TIMEOUT);
      const listing = assertRejects(() => connection.list("status"), ClosedEarlyError, "closed");
      await assertRejects(() => connection.ask("x"), Error, "One question");
      server.dropConnections();
      await listing;
      await assertRejects(() => connection.ask("version"), ClosedEarlyError);
    }
  });

  test("fails when the answer, or the rest of it, does not come in time", async () => {
    for (const answer of ["", "abc\t1\t0\t0\n"]) {
      await assertRejects(
        () => asked(() => answer, (c) => c.list("status"), { timeout: 50 }),
        NoAnswerError,
        "does not answer",
      );
    }
  });
});

describe("a text connection to a hostile server", () => {
  test("ends in time though some of the answer comes again and again", async () => {
    for (const piece of ["x", "x\n"]) {
      using server = await EndlessServer.start(piece, 10);
      const address = { hostname: "127.0.0.1", port: server.port };
      using connection = await TextConnection.open(address, 100);
      const question = piece === "x" ? connection.ask("version") : connection.list("status");
      await assertRejects(() => question, NoAnswerError, "does not answer in full within 0.1 s");
      await assertRejects(() => connection.ask("version"), NoAnswerError, "does not answer");
    }
  });

  test("has one time for all questions, until it gets that again", async () => {
    using server = await ScriptedServer.start(() => "OK 1\n");
    const address = { hostname: "127.0.0.1", port: server.port };
    const timeout = 200;
    const begin = performance.now();
    using patient = await TextConnection.open(address, timeout);
    while (performance.now() - begin < 2 * timeout) {
      patient.renewTime();
      assertEquals(await patient.ask("getpid"), "OK 1");
    }
    using connection = await TextConnection.open(address, timeout);
    await assertRejects(
      async () => {
        while (await connection.ask("getpid") === "OK 1");
      },
      NoAnswerError,
      "does not answer",
    );
  });

  test("reads no more of an answer than it is to hold", async () => {
    const pieces: [piece: string, limit: string][] = [
      ["x".repeat(4096), "64 KiB"],
      ["x".repeat(1024 * 1024), "64 MiB"],
      ["x".repeat(1023).concat("\n").repeat(1024), "64 MiB"],
      ["\n".repeat(100_000), "64 MiB"],
    ];
    for (const [piece, limit] of pieces) {
      using server = await EndlessServer.start(piece);
      const address = { hostname: "127.0.0.1", port: server.port };
      using connection = await TextConnection.open(address, TIMEOUT);
      const question = limit === "64 KiB" ? connection.ask("version") : connection.list("status");
      await assertRejects(() => question, NoAnswerError, `too large: more than ${limit}`);
      await server.untilLeft();
    }
  });
});

describe("a listing is read", () => {
  test("of status, also with a tab in a name", async () => {
    assertEquals(await read("f\t3\t1\t2\na\tb\t0\t0\t0\n", listings.status), [
      { function: "f", jobs: 3, running: 1, workers: 2 },
      { function: "a\tb", jobs: 0, running: 0, workers: 0 },
    ]);
  });

  test("of prioritystatus", async () => {
    assertEquals(await read("f\t1\t2\t3\t4\n", listings.priorityStatus), [
      { function: "f", high: 1, normal: 2, low: 3, workers: 4 },
    ]);
  });

  test("of workers, as gearmand, Perl's server and geartrain write it", async () => {
    const lines = "37 127.0.0.1 - :\n38 ::1 my worker : a b:c\n39 10.0.0.1 - : \n.\n";
    const reply = (command: string) => command === "workers" ? lines : "a\t0\t0\t1\n.\n";
    assertEquals(await asked(reply, listings.workers), [
      { connection: 37, address: "127.0.0.1", clientId: "-", functions: [] },
      { connection: 38, address: "::1", clientId: "my worker", functions: ["a", "b:c"] },
      { connection: 39, address: "10.0.0.1", clientId: "-", functions: [] },
    ]);
  });

  test("of workers with names that have spaces, which the server lists elsewhere", async () => {
    const names = ["Report Export", "Report", "Report Export All", "b", " c"];
    const status = names.map((name) => `${name}\t0\t0\t1\n`).join("");
    const lines =
      "1 ::1 my box : b Report Export All Report b Report Export\n2 ::1 - :  c Report\n";
    const reply = (command: string) => `${command === "workers" ? lines : status}.\n`;
    const rows = await asked(reply, listings.workers);
    assertEquals(rows[0].functions, ["b", "Report Export All", "Report", "b", "Report Export"]);
    assertEquals(rows[1].functions, [" c", "Report"]);
  });

  test("with the bytes of a name that are no UTF-8 as escapes", async () => {
    using server = await ScriptedServer.start(() => "", "");
    using connection = await TextConnection.open(
      { hostname: "127.0.0.1", port: server.port },
      TIMEOUT,
    );
    const listing = listings.showUniqueJobs(connection);
    connection.receive(Uint8Array.of(0x61, 0xff, 0x0a, 0x2e, 0x0a), 0, 5);
    assertEquals(await listing, [{ unique: "a%FF" }]);
  });

  test("of version, with geartrain's own where it is that", async () => {
    const said = (line: string) => asked(() => `${line}\n`, serverVersion);
    assertEquals(await said("OK 1.1.20+ds"), { version: "1.1.20+ds", geartrain: null });
    assertEquals(await said("v1.130.1"), { version: "v1.130.1", geartrain: null });
    const ours = await said("OK 2.0.0+geartrain.0.2.0-rc.1");
    assertEquals(ours, { version: "2.0.0+geartrain.0.2.0-rc.1", geartrain: "0.2.0-rc.1" });
    assertEquals(brand(ours), "geartrain 0.2.0-rc.1");
    assertEquals(brand(await said("OK 1.1.20+ds")), "version 1.1.20+ds");
  });

  test("of show jobs and show unique jobs", async () => {
    assertEquals(await read("H:x:1\t0\t1\t0\nH:x:2\t2\t0\t1\n", listings.showJobs), [
      { handle: "H:x:1", retries: 0, ignored: true, background: false },
      { handle: "H:x:2", retries: 2, ignored: false, background: true },
    ]);
    assertEquals(await read("a b\n\n", listings.showUniqueJobs), [
      { unique: "a b" },
      { unique: "" },
    ]);
  });

  test("of jobs and clients", async () => {
    assertEquals(await read("f\tu\t-\t2\nf\tv\t1.2.3.4:5\t0\n", listings.jobs), [
      { function: "f", unique: "u", worker: null, listeners: 2 },
      { function: "f", unique: "v", worker: "1.2.3.4:5", listeners: 0 },
    ]);
    assertEquals(await read("1.1.1.1:1\n2.2.2.2:2\n\tf\tu\t-\n", listings.clients), [
      { address: "1.1.1.1:1", jobs: [] },
      { address: "2.2.2.2:2", jobs: [{ function: "f", unique: "u", worker: null }] },
    ]);
  });
});

describe("a listing of geartrain's own", () => {
  test("is read by the names of its columns, whatever their order and however many", async () => {
    const text = "new\tmax_low\tfunction\tmax_high\tmax_normal\nx\t3\tf\t1\t2\n";
    assertEquals(await read(text, facts.limits), [{ function: "f", high: 1, normal: 2, low: 3 }]);
    const head = "connection\tclient_id\trunning\twaiting_for\tsleeping\tfunctions\tnames\n";
    const rows = "7@[::1]:5\tmy box\t1\t2\t1\t2\ta b\tc\n8@unix\t-\t0\t0\t0\t0\t\n";
    assertEquals(await read(head + rows, facts.connectionFacts), {
      rows: [
        {
          connection: { connection: 7, address: "[::1]:5" },
          clientId: "my box",
          running: 1,
          waitingFor: 2,
          sleeping: true,
          functions: ["a b", "c"],
        },
        {
          connection: { connection: 8, address: "unix" },
          clientId: "-",
          running: 0,
          waitingFor: 0,
          sleeping: false,
          functions: [],
        },
      ],
      untold: null,
    });
  });

  test("without the columns that it must have is none of a Gearman server", async () => {
    const texts = ["", "a\tb\n", "function\tmax_high\nf\t1\n", "function\tmax_high\nf\tx\n"];
    for (const text of texts) {
      await assertRejects(() => read(text, facts.limits), NoAnswerError, "not a Gearman server");
    }
  });
});
