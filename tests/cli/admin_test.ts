import process from "node:process";
import { describe, test } from "node:test";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ADMIN_WORDS } from "../../cli/admin/admin.ts";
import { table } from "../../cli/table.ts";
import { SERVER_VERSION, VERSION } from "../../version.ts";
import { freePort, Gearmand } from "../support/gearmand.ts";
import { programWords, runProgram, startServe } from "../support/program.ts";
import { program, RunningProgram, testWith } from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { ScriptedServer } from "../support/scripted_server.ts";
import { startServer, untilListed } from "../support/server.ts";

/** What it prints about a server, which has done it. */
async function admin(port: number, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await runProgram(["admin", "-p", `${port}`, ...args]);
  assertEquals([status, stderr], [0, []]);
  return stdout;
}

/** It fails with this status and this reason, in one line. */
async function refused(status: number, args: readonly string[], reason: string): Promise<void> {
  const end = await runProgram(["admin", ...args]);
  assertEquals([end.status, end.stdout, end.stderr.length], [status, "", 1], end.stderr.join("\n"));
  assertStringIncludes(end.stderr[0], reason);
}

/** A worker that runs one job of two, the second waits. */
async function busyWorker(port: number): Promise<RawPeer> {
  const worker = await RawPeer.connect(port);
  worker.packet("SET_CLIENT_ID", "thumbs-1").packet("CAN_DO", "resize");
  worker.packet("SUBMIT_JOB_BG", "resize", "photo-1", "x");
  await worker.expect("JOB_CREATED");
  worker.packet("SUBMIT_JOB_LOW_BG", "resize", "photo-2", "x");
  await worker.expect("JOB_CREATED");
  await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
  return worker;
}

describe("geartrain admin", () => {
  test("lists functions, connections and jobs as aligned tables", async () => {
    await using server = startServer();
    const { port } = server;
    using _worker = await busyWorker(port);
    assertEquals(
      await admin(port, "status"),
      "FUNCTION  JOBS  RUNNING  WORKERS\nresize       2        1        1\n",
    );
    assertEquals(
      await admin(port, "priority-status"),
      "FUNCTION  HIGH  NORMAL  LOW  WORKERS\nresize       0       0    1        1\n",
    );
    assertMatch(
      await admin(port, "workers"),
      /^CONNECTION {2}ADDRESS {4}CLIENT ID {2}FUNCTIONS\n +\d+ {2}127.0.0.1 {2}thumbs-1 {3}resize\n/,
    );
    assertMatch(await admin(port, "show-jobs"), /^HANDLE +RETRIES +IGNORED +BACKGROUND\nH:\S+ +0 /);
    assertEquals(await admin(port, "show-unique-jobs"), "UNIQUE\nphoto-1\nphoto-2\n");
    assertMatch(await admin(port, "jobs"), /\nresize +photo-1 +127.0.0.1:\d+ +0\n/);
    assertMatch(await admin(port, "clients"), /^CLIENT +FUNCTION +UNIQUE +WORKER\n127.0.0.1:\d+\n/);
  });

  test("changes what is asked for", async () => {
    await using server = startServer();
    const { port } = server;
    using client = await server.peer();
    assertEquals(await admin(port, "create", "crop"), "OK\n");
    assertEquals(await admin(port, "maxqueue", "crop", "1,0", "0"), "OK\n");
    const [handle] = await client.packet("SUBMIT_JOB_HIGH", "crop", "a", "x").expect("JOB_CREATED");
    await client.packet("SUBMIT_JOB_HIGH", "crop", "b", "x").expect("ERROR", 2);
    assertEquals(await admin(port, "cancel", handle), "OK\n");
    assertEquals(await client.expect("WORK_FAIL"), [handle]);
    assertEquals(await admin(port, "drop", "crop"), "OK\n");
    assertEquals(await admin(port, "show-jobs"), "HANDLE  RETRIES  IGNORED  BACKGROUND\n");
  });

  test("takes names as listings show them, with spaces and percent signs", async () => {
    await using server = startServer();
    const { port } = server;
    using worker = await server.peer();
    for (const name of ["Report Export", "report%2Fdaily", "report/daily", "a\nb"]) {
      worker.packet("CAN_DO", name);
    }
    await worker.packet("ECHO_REQ", "").expect("ECHO_RES");
    const rows = JSON.parse(await admin(port, "workers", "--json"));
    assertEquals(rows[0].functions, ["a%0Ab", "report/daily", "report%2Fdaily", "Report Export"]);
    for (const name of ["Report Export", "report%2Fdaily", "a\nb"]) {
      assertEquals(await admin(port, "maxqueue", name, "1"), "OK\n");
      await worker.packet("SUBMIT_JOB_BG", name, "", "").expect("JOB_CREATED");
      await worker.packet("SUBMIT_JOB_BG", name, "", "").expect("ERROR", 2);
    }
    await worker.packet("SUBMIT_JOB_BG", "report/daily", "", "").expect("JOB_CREATED");
    await worker.packet("SUBMIT_JOB_BG", "report/daily", "", "").expect("JOB_CREATED");
    const status = await admin(port, "status");
    for (const name of ["Report Export", "report%2Fdaily", "report/daily", "a%0Ab"]) {
      assertStringIncludes(status, `\n${name} `);
    }
  });

  test("refuses a name with spaces that the server would take for another", async () => {
    await using server = startServer();
    const port = `${server.port}`;
    await refused(1, ["create", "a b", "-p", port], `has no function "a b"`);
    assertEquals(await admin(server.port, "create", "a%20b"), "OK\n");
    await refused(1, ["drop", "a b", "-p", port], "has a function a%20b too");
    using other = await ScriptedServer.start(() => "OK 1.1.20\n");
    await refused(1, ["maxqueue", "a b", "5", "-p", other.portText], "takes no name with spaces");
  });

  test("tells version, process and log level, and stops the server", async () => {
    await using server = startServe(["--allow-shutdown"]);
    const port = await server.port();
    assertEquals(await admin(port, "version"), `${SERVER_VERSION}\n`);
    assertEquals(await admin(port, "getpid"), `${server.pid}\n`);
    assertEquals(await admin(port, "verbose"), "ERROR\n");
    assertEquals(await admin(port, "shutdown", "graceful"), "OK\n");
    assertEquals((await server.end).status, 0);
  });

  test("a server that shuts down without a word has done it, as Perl's does", async () => {
    using server = await ScriptedServer.start(() => null);
    assertEquals(await admin(server.port, "shutdown"), "OK\n");
    assertEquals(server.lines, ["shutdown\r\n"]);
  });

  test("prints JSON", async () => {
    await using server = startServer();
    using _worker = await busyWorker(server.port);
    assertEquals(JSON.parse(await admin(server.port, "status", "--json")), [
      { function: "resize", jobs: 2, running: 1, workers: 1 },
    ]);
    assertEquals(JSON.parse(await admin(server.port, "getpid", "--json")), { pid: process.pid });
    assertEquals(JSON.parse(await admin(server.port, "create", "x", "--json")), { ok: true });
    assertEquals(JSON.parse(await admin(server.port, "version", "--json")), {
      version: SERVER_VERSION,
      geartrain: VERSION,
    });
  });

  test("--watch asks again and again, and ends with whoever reads it", async () => {
    let asked = 0;
    using server = await ScriptedServer.start(() => `f\t${++asked}\t0\t0\n.\n`);
    const [path, ...words] = programWords();
    const options = ["-p", server.portText, "--watch=0.01", "--json"];
    await using watching = new RunningProgram(path, [...words, "admin", "status", ...options]);
    for (const jobs of [1, 2, 3]) {
      assertEquals(JSON.parse(await watching.nextLine())[0].jobs, jobs);
    }
    server.dropConnections();
    const { code, stderr } = await watching.ended;
    assertEquals(code, 1);
    assertStringIncludes(stderr, "closed the connection");
  });

  const gearmand = program("gearmand", "gearman-job-server");
  testWith([gearmand], "works with gearmand, and says what that does not know", async () => {
    await using server = await Gearmand.start(gearmand.program);
    const { port } = server;
    using _worker = await busyWorker(port);
    await untilListed(port, "status", /resize\t2\t1\t1/);
    assertStringIncludes(await admin(port, "status"), "\nresize       2        1        1\n");
    assertStringIncludes(await admin(port, "priority-status"), "resize       0       0    1 ");
    assertStringIncludes(await admin(port, "workers"), "thumbs-1   resize\n");
    assertStringIncludes(await admin(port, "show-unique-jobs"), "photo-2");
    assertEquals(await admin(port, "create", "abc"), "OK\n");
    assertStringIncludes(await admin(port, "status"), "\nabc ");
    assertEquals(await admin(port, "maxqueue", "abc", "10"), "OK\n");
    assertEquals(await admin(port, "drop", "abc"), "OK\n");
    assertMatch(await admin(port, "version"), /^\d+\.\d+\S*\n$/);
    for (const word of ["jobs", "clients", "shutdown"]) {
      await refused(2, [word, "-p", `${port}`], `does not know the command "${word}"`);
    }
  });

  test("fails with 2 where the server refuses, and with 1 where none answers", async () => {
    await using server = startServer();
    const port = `${server.port}`;
    await refused(2, ["cancel", "H:none:1", "-p", port], "UNKNOWN_JOB");
    await refused(2, ["drop", "none", "-p", port], "function not found");
    await refused(2, ["shutdown", "-p", port], "Shutdown is not allowed");
    await refused(1, ["status", "-p", `${await freePort()}`], "nobody listens there");
    using web = await ScriptedServer.start(() => "HTTP/1.1 400 Bad Request\r\n\r\n");
    await refused(1, ["status", "-p", web.portText], "an HTTP server");
    using silent = await ScriptedServer.start(() => "f\t1");
    await refused(1, ["status", "-p", silent.portText, "--timeout=0.1"], "does not answer");
  });

  test("refuses what is no word or has wrong arguments, before it connects", async () => {
    await refused(1, [], "say what to do");
    await refused(1, ["stats"], `unknown word "stats"`);
    await refused(1, ["status", "now"], `unexpected argument "now"`);
    await refused(1, ["cancel"], "the handle of a job");
    await refused(1, ["create", "a", "b"], `unexpected argument "b"`);
    await refused(1, ["cancel", "a\nshutdown"], "a space or a control character");
    await refused(1, ["create", ""], "name a function");
    await refused(1, ["maxqueue"], "name a function");
    await refused(1, ["maxqueue", "f", "1,x"], `"x" is no size`);
    await refused(1, ["maxqueue", "f", "1,2,3,4"], "at most three sizes");
    await refused(1, ["shutdown", "now"], "graceful");
    await refused(1, ["drop", "f", "--watch"], "--watch");
    await refused(1, ["status", "--watch=0"], "--watch");
  });

  test("explains every word in its help", async () => {
    const { stdout } = await runProgram(["admin", "--help"]);
    for (const { name } of ADMIN_WORDS) assertStringIncludes(stdout, `  ${name}`);
    assertEquals(stdout.split("\n").filter((line) => line.length > 80), []);
  });
});

describe("a table", () => {
  test("is aligned by what a terminal shows, and moves no cursor", () => {
    const columns = [
      { title: "NAME", cell: ([name]: [string, number]) => name },
      { title: "N", cell: ([, count]: [string, number]) => count },
    ];
    assertEquals(table(columns, [["größe", 5], ["日本語", 1000], ["a\x1b[2J\u0085", 1]]), [
      "NAME              N",
      "größe             5",
      "日本語         1000",
      "a%1B[2J%C2%85     1",
    ]);
  });
});
