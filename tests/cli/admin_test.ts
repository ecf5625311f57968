import process from "node:process";
import { describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ADMIN_WORDS } from "../../cli/admin/admin.ts";
import { table } from "../../cli/table.ts";
import { SERVER_VERSION, VERSION } from "../../version.ts";
import { freePort, Gearmand } from "../support/gearmand.ts";
import { inEnoughTime, programWords, runProgram, startServe } from "../support/program.ts";
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

/** The same of a server that does not tell all, and what it says of that. */
async function adminOfOther(port: number, ...args: string[]): Promise<[string[], string]> {
  const { status, stdout, stderr } = await runProgram(["admin", "-p", `${port}`, ...args]);
  assertEquals([status, stderr.length], [0, 1], stderr.join("\n"));
  return [stdout.split("\n"), stderr[0]];
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
    using worker = await busyWorker(port);
    const later = `${Math.floor(Date.now() / 1000) + 7200}`;
    await worker.packet("SUBMIT_JOB_EPOCH", "mail", "", later, "").expect("JOB_CREATED");
    assertEquals(
      await admin(port, "status"),
      "FUNCTION  WAITING  SCHEDULED  RUNNING  WORKERS  DONE  FAILED\n" +
        "mail            0          1        0        0     0       0\n" +
        "resize          1          0        1        1     0       0\n",
    );
    assertEquals(
      await admin(port, "priority-status"),
      "FUNCTION  HIGH  NORMAL  LOW  SCHEDULED  WORKERS\n" +
        "mail         0       0    0          1        0\n" +
        "resize       0       0    1          0        1\n",
    );
    assertMatch(
      await admin(port, "workers"),
      /^CONNECTION +CLIENT ID +RUNS +WAITS FOR +FUNCTIONS\n1@127.0.0.1:\d+ +thumbs-1 +1 +0 +resize\n/,
    );
    const [head, ...jobs] = (await admin(port, "jobs")).split("\n");
    assertMatch(
      head,
      /^HANDLE +FUNCTION +UNIQUE +STATE +AGE +DUE +LOSSES +FAILURES +SUBMITTER +WORKER$/,
    );
    assertMatch(
      jobs[0],
      /^H:\S+ +resize +photo-1 +running +\S+s +- +0 +0 +(1@127\.0\.0\.1:\d+) +\1$/,
    );
    assertMatch(jobs[1], /^H:\S+ +resize +photo-2 +waiting +\S+s +- +0 +0 +1@\S+ +-$/);
    assertMatch(
      jobs[2],
      /^H:\S+ +mail +scheduled +\S+s +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +0 +0 +1@\S+ +-$/,
    );
    assertMatch(await admin(port, "show-jobs"), /^HANDLE +RETRIES +IGNORED +BACKGROUND\nH:\S+ +0 /);
    assertEquals(await admin(port, "show-unique-jobs"), "UNIQUE\nphoto-1\nphoto-2\n\n");
    assertMatch(await admin(port, "clients"), /^CLIENT +FUNCTION +UNIQUE +WORKER\n127.0.0.1:\d+\n/);
  });

  test("counts how jobs ended, and failed ones together", async () => {
    await using server = startServer();
    using worker = await busyWorker(server.port);
    const [first] = JSON.parse(await admin(server.port, "jobs", "--json"));
    worker.packet("WORK_COMPLETE", first.handle, "");
    const [second] = await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
    await worker.packet("WORK_EXCEPTION", second, "no").packet("ECHO_REQ", "").expect("ECHO_RES");
    assertStringIncludes(
      await admin(server.port, "status"),
      "resize          0          0        0        1     1       1\n",
    );
  });

  test("selects jobs by each of its options, and all that they say together", async () => {
    await using server = startServer();
    const { port } = server;
    using worker = await busyWorker(port);
    await worker.packet("SUBMIT_JOB_BG", "Report Export", "a b", "").expect("JOB_CREATED");
    const uniques = async (...options: string[]) => {
      const rows = JSON.parse(await admin(port, "jobs", "--json", ...options));
      return rows.map(({ unique }: { unique: string }) => unique);
    };
    assertEquals(await uniques(), ["photo-1", "photo-2", "a b"]);
    assertEquals(await uniques("--function", "Report Export"), ["a b"]);
    assertEquals(await uniques("--unique", "a b"), ["a b"]);
    assertEquals(await uniques("--unique", "a%20b"), []);
    assertEquals(await uniques("--state=WAITING", "--function=resize"), ["photo-2"]);
    assertEquals(await uniques("--worker", "thumbs-1"), ["photo-1"]);
    assertEquals(await uniques("--worker", "1"), ["photo-1"]);
    assertEquals(await uniques("--submitter", "127.0.0.1", "--state", "running"), ["photo-1"]);
    const { stdout, stderr } = await runProgram(["admin", "jobs", "-p", `${port}`, "--limit=2"]);
    assertEquals([stdout.split("\n").length, stderr], [4, [
      "geartrain: there are more than these 2 jobs; --limit says how many are listed",
    ]]);
    const one = await runProgram(["admin", "jobs", "-p", `${port}`, "--limit=1"]);
    assertStringIncludes(one.stderr[0], "there are more jobs than this one; --limit");
    assertEquals((await uniques("--limit", "3")).length, 3);
  });

  test("tells all about one job", async () => {
    await using server = startServer();
    const { port } = server;
    using worker = await busyWorker(port);
    const [{ handle }] = JSON.parse(await admin(port, "jobs", "--json", "--state=running"));
    await worker.packet("WORK_STATUS", handle, "1", "3").packet("ECHO_REQ", "").expect("ECHO_RES");
    const lines = (await admin(port, "job", handle)).split("\n");
    assertEquals(
      lines.map((line) => line.replace(/(\.1):\d+$/, "$1:PORT").replace(/\d\S*s$/, "AGE")),
      [
        `handle      ${handle}`,
        "function    resize",
        "unique      photo-1",
        "state       running",
        "priority    normal",
        "background  yes",
        "age         AGE",
        "due         -",
        "losses      0",
        "failures    0",
        "progress    1/3",
        "payload     1 byte",
        "clients     0",
        "submitter   1@127.0.0.1:PORT",
        "worker      1@127.0.0.1:PORT",
        "",
      ],
    );
    const { worker: by, age, due } = JSON.parse(await admin(port, "job", handle, "--json"));
    assertEquals([by.connection, typeof age, due], [1, "number", null]);
    await refused(2, ["job", "H:none:1", "-p", `${port}`], "UNKNOWN_JOB");
  });

  test("cancels jobs by handle, by unique, or all of a function", async () => {
    await using server = startServer();
    const { port } = server;
    using worker = await busyWorker(port);
    await worker.packet("SUBMIT_JOB", "mail", "a b", "").expect("JOB_CREATED");
    await worker.packet("SUBMIT_JOB", "resize", "a b", "").expect("JOB_CREATED");
    assertEquals(
      await admin(port, "cancel", "--unique", "a b", "--function=mail"),
      "1 job ended\n",
    );
    assertEquals((await worker.expect("WORK_FAIL")).length, 1);
    assertEquals(
      await admin(port, "cancel", "--unique", "a b", "--json"),
      '{\n  "ok": true,\n  "jobs": 1\n}\n',
    );
    assertEquals(await admin(port, "cancel", "--function", "resize"), "2 jobs ended\n");
    assertEquals(JSON.parse(await admin(port, "jobs", "--json")), []);
    await refused(2, ["cancel", "--unique", "none", "-p", `${port}`], "UNKNOWN_JOB");
    await refused(2, ["cancel", "--function", "none", "-p", `${port}`], "function not found");
    assertEquals((await worker.expect("WORK_FAIL")).length, 1);
    await worker.packet("SUBMIT_JOB_BG", "mail", "a b", "").expect("JOB_CREATED");
    await worker.packet("SUBMIT_JOB_BG", "mail", "a%20b", "").expect("JOB_CREATED");
    await refused(1, ["cancel", "--unique", "a b", "-p", `${port}`], "would mean the unique a%20b");
    assertEquals(await admin(port, "cancel", "--unique", "a%20b"), "1 job ended\n");
  });

  test("purges what waits of a function, and leaves what runs", async () => {
    await using server = startServer();
    const { port } = server;
    using _worker = await busyWorker(port);
    assertEquals(await admin(port, "purge", "resize"), "1 job ended\n");
    const jobs = JSON.parse(await admin(port, "jobs", "--json"));
    assertEquals(jobs.map(({ state }: { state: string }) => state), ["running"]);
    await refused(2, ["purge", "none", "-p", `${port}`], "function not found");
  });

  test("shows limits, and takes one away only when it is told so", async () => {
    await using server = startServer({ maxQueue: { mail: 7 } });
    const { port } = server;
    assertEquals(await admin(port, "maxqueue", "crop", "10,20"), "OK\n");
    const limits =
      "FUNCTION  HIGH  NORMAL   LOW\ncrop        10      20  none\nmail         7       7     7\n";
    assertEquals(await admin(port, "maxqueue"), limits);
    assertEquals(
      await admin(port, "maxqueue", "crop"),
      "FUNCTION  HIGH  NORMAL  LOW\ncrop        10      20  none\n",
    );
    assertEquals(await admin(port, "maxqueue"), limits);
    assertEquals(JSON.parse(await admin(port, "maxqueue", "none-yet", "--json")), {
      function: "none-yet",
      high: 0,
      normal: 0,
      low: 0,
    });
    assertEquals(await admin(port, "maxqueue", "crop", "none"), "OK\n");
    assertEquals(await admin(port, "maxqueue", "mail", "0"), "OK\n");
    assertEquals(await admin(port, "maxqueue"), "FUNCTION  HIGH  NORMAL  LOW\n");
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
    assertEquals(rows[0].functions, ["Report Export", "report%2Fdaily", "report/daily", "a%0Ab"]);
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
    await refused(
      1,
      ["create", "a b", "-p", port],
      `has no function "a b", and a text command creates none with spaces`,
    );
    assertEquals(await admin(server.port, "create", "a%20b"), "OK\n");
    await refused(
      1,
      ["drop", "a b", "-p", port],
      "would mean the function a%20b, which there is too",
    );
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

  test("lists dead jobs, buries some, and brings them back or drops them", async () => {
    await using server = startServer();
    const { port } = server;
    using client = await RawPeer.connect(port);
    const handles: string[] = [];
    for (const unique of ["a", "b", "c"]) {
      const [handle] = await client.packet("SUBMIT_JOB_BG", "f", unique, "").expect("JOB_CREATED");
      assertEquals(await admin(port, "bury", handle), "OK\n");
      handles.push(handle);
    }
    const rows = (await admin(port, "dead", "f")).split("\n");
    const columns = "HANDLE FUNCTION UNIQUE DIED FAILURES LOSSES CAUSE WORKER TEXT";
    assertEquals([rows[0].split(/ +/).join(" "), rows.length], [columns, 5]);
    assertMatch(rows[1], /^H:\S+ +f +a +\S+ \S+ +0 +0 +buried +\d+@\S+ +-$/);
    const [first, ...more] = JSON.parse(await admin(port, "dead", "--limit", "1", "--json"));
    assertEquals([first.handle, more], [handles[0], []]);
    assertEquals(await admin(port, "kick", "f", "1"), "1 job kicked\n");
    assertEquals(await admin(port, "kick", "job", handles[1]), "OK\n");
    assertEquals(await admin(port, "drop-dead", "f", "1d"), "0 jobs dropped\n");
    assertEquals(await admin(port, "drop-dead", "job", handles[2]), "OK\n");
    assertEquals(JSON.parse(await admin(port, "drop-dead", "f", "--json")), { ok: true, jobs: 0 });
    const refused = async (...words: string[]) => {
      const { status, stderr } = await runProgram(["admin", "-p", `${port}`, ...words]);
      return [status, stderr[0]];
    };
    assertMatch(`${await refused("kick", "job", handles[2])}`, /^2,.*UNKNOWN_JOB/);
    assertMatch(`${await refused("kick", "f", "x")}`, /^1,.*kick: N must be an integer >= 0/);
    assertMatch(`${await refused("kick")}`, /^1,.*kick: takes a function/);
    assertMatch(`${await refused("drop-dead", "f", "soon")}`, /^1,.*drop-dead: takes a function/);
  });

  test("pauses functions, quiets workers, and moves jobs", async () => {
    await using server = startServer();
    const { port } = server;
    using worker = await busyWorker(port);
    assertEquals(await admin(port, "pause"), "FUNCTION  SINCE  UNTIL  BY  REASON\n");
    assertEquals(await admin(port, "pause", "resize", "10m", "new", "version"), "OK\n");
    assertEquals(await admin(port, "pause", "mail", "-", "3", "servers", "are", "down"), "OK\n");
    assertMatch(
      await admin(port, "pause"),
      /^FUNCTION +SINCE +UNTIL +BY +REASON\nmail +\S+ \S+ +- +\d+@\S+ +3 servers are down\nresize +\S+ \S+ +\S+ \S+ +\d+@\S+ +new version\n$/,
    );
    assertMatch(await admin(port, "status"), /^resize +1, paused /m);
    await worker.packet("GRAB_JOB").expect("NO_JOB");
    assertEquals(await admin(port, "resume", "resize"), "OK\n");
    assertEquals(await admin(port, "quiet", "thumbs-1"), "1 worker\n");
    assertMatch(await admin(port, "workers"), / thumbs-1 +1, quiet /);
    const quieted = JSON.parse(await admin(port, "unquiet", "thumbs-1", "--json"));
    assertEquals(quieted, { ok: true, workers: 1 });
    const later = `${Math.floor(Date.now() / 1000) + 7200}`;
    const submit = worker.packet("SUBMIT_JOB_EPOCH", "mail", "", later, "");
    const [handle] = await submit.expect("JOB_CREATED");
    assertEquals(await admin(port, "move", handle, "2036-12-24T18:00"), "OK\n");
    assertMatch(await admin(port, "job", handle), /^due +2036-12-24 18:00:00$/m);
    assertEquals(await admin(port, "run", handle), "OK\n");
    const options = ["-p", `${port}`];
    await refused(2, ["run", handle, ...options], "NOT_SCHEDULED the job does not wait");
    await refused(2, ["resume", "resize", ...options], "NOT_PAUSED the function is not paused");
    await refused(2, ["quiet", "nobody", ...options], "UNKNOWN_WORKER");
    await refused(1, ["move", handle, "soon", ...options], "move: the time must be +SECONDS");
    await refused(1, ["move", handle, ...options], "move: takes the handle of a job and a time");
    await refused(1, ["quiet", ...options], "quiet: name a worker");
  });

  test("prints JSON", async () => {
    await using server = startServer();
    using _worker = await busyWorker(server.port);
    const none = { exception: 0, cancelled: 0, lost: 0, abandoned: 0, refused: 0 };
    assertEquals(JSON.parse(await admin(server.port, "status", "--json")), [{
      function: "resize",
      jobs: 2,
      waiting: 1,
      high: 0,
      normal: 0,
      low: 1,
      scheduled: 0,
      running: 1,
      workers: 1,
      paused: false,
      completed: 0,
      failed: 0,
      ...none,
    }]);
    assertEquals(JSON.parse(await admin(server.port, "getpid", "--json")), { pid: process.pid });
    assertEquals(JSON.parse(await admin(server.port, "create", "x", "--json")), { ok: true });
    assertEquals(JSON.parse(await admin(server.port, "version", "--json")), {
      version: SERVER_VERSION,
      geartrain: VERSION,
    });
  });

  test("--watch asks again and again, and ends with whoever reads it", async () => {
    let asked = 0;
    using server = await ScriptedServer.start(() => {
      return `function\tmax_high\tmax_normal\tmax_low\nf\t${++asked}\t0\t0\n.\n`;
    });
    const [path, ...words] = programWords();
    const options = ["-p", server.portText, "--watch=0.01", "--json"];
    await using watching = new RunningProgram(path, [...words, "admin", "maxqueue", ...options]);
    for (const jobs of [1, 2, 3]) {
      assertEquals(JSON.parse(await watching.nextLine())[0].high, jobs);
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
    const [status, missing] = await adminOfOther(port, "status");
    assertEquals(status[0], "FUNCTION  WAITING  RUNNING  WORKERS");
    assert(status.includes("resize          1        1        1"));
    assertEquals(
      missing,
      "geartrain: this server does not tell scheduled jobs apart from waiting ones, nor how jobs ended",
    );
    const [priorities] = await adminOfOther(port, "priority-status");
    assertEquals(priorities[0], "FUNCTION  HIGH  NORMAL  LOW  WORKERS");
    assert(priorities.includes("resize       0       0    1        1"));
    const [workers, ports] = await adminOfOther(port, "workers");
    assertEquals(workers[0], "CONNECTION    CLIENT ID  FUNCTIONS");
    assert(workers.some((line) => /^\d+@127\.0\.0\.1 {2}thumbs-1 {3}resize$/.test(line)));
    assertStringIncludes(ports, "does not tell the ports of connections");
    assertStringIncludes(await admin(port, "show-unique-jobs"), "photo-2");
    const [jobs, more] = await adminOfOther(port, "jobs");
    assertMatch(jobs[0], /^HANDLE +LOSSES$/);
    assertEquals(jobs.filter((line) => /^H:\S+ +0$/.test(line)).length, 2);
    assertStringIncludes(more, "does not tell more of a job than its handle");
    const handle = jobs[1].split(" ")[0];
    assertStringIncludes((await adminOfOther(port, "job", handle))[0][1], handle);
    const where = ["-p", `${port}`];
    await refused(2, ["job", "H:none:1", ...where], 'no job "H:none:1"');
    await refused(2, ["jobs", "--function=resize", ...where], "not tell the function of a job");
    await refused(2, ["cancel", "--function=resize", ...where], "by its handle only");
    await refused(2, ["purge", "resize", ...where], 'does not know the command "purge function');
    await refused(2, ["maxqueue", "resize", ...where], 'does not know the command "list limits"');
    assertEquals(await admin(port, "create", "abc"), "OK\n");
    assertStringIncludes((await adminOfOther(port, "status"))[0].join("\n"), "\nabc ");
    assertEquals(await admin(port, "maxqueue", "abc", "10"), "OK\n");
    assertEquals(await admin(port, "maxqueue", "abc", "none"), "OK\n");
    assertEquals(await admin(port, "drop", "abc"), "OK\n");
    assertMatch(await admin(port, "version"), /^\d+\.\d+\S*\n$/);
    for (const word of ["clients", "shutdown"]) {
      await refused(2, [word, ...where], `does not know the command "${word}"`);
    }
  });

  test("lists of Perl's server what that knows of its jobs", async () => {
    const replies: Record<string, string> = {
      jobs: "f\tu\t-\t2\nf\tv\t1.2.3.4:5\t0\n.\n",
    };
    using server = await ScriptedServer.start((line) => {
      return replies[line] ?? "ERR unknown_command Unknown+server+command\n";
    });
    const { port } = server;
    const [jobs, missing] = await adminOfOther(port, "jobs");
    assertEquals(jobs, [
      "FUNCTION  UNIQUE  STATE    WORKER",
      "f         u       waiting  -",
      "f         v       running  1.2.3.4:5",
      "",
    ]);
    assertStringIncludes(missing, "does not tell handles, ages and submitters of jobs");
    for (const option of ["--state=running", "--worker=1.2.3.4", "--unique=v"]) {
      assertEquals((await adminOfOther(port, "jobs", option))[0].length, 3);
    }
    const where = ["-p", server.portText];
    await refused(2, ["jobs", "--submitter=1", ...where], "not tell the submitter of a job");
    await refused(2, ["job", "H:x:1", ...where], "not tell the handles of jobs");
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
    await inEnoughTime((seconds) =>
      refused(1, ["status", "-p", silent.portText, `--timeout=${seconds}`], "does not answer")
    );
  });

  test("refuses what is no word or has wrong arguments, before it connects", async () => {
    await refused(1, [], "say what to do");
    await refused(1, ["stats"], `unknown word "stats"`);
    await refused(1, ["status", "now"], `unexpected argument "now"`);
    await refused(1, ["cancel"], "name a handle, --unique or --function");
    await refused(1, ["cancel", "H:x:1", "--unique=u"], `unexpected argument "H:x:1"`);
    await refused(
      1,
      ["cancel", "H:x:1", "--state=running"],
      "--state: cannot be used with admin cancel",
    );
    await refused(1, ["status", "--function=f"], "--function: cannot be used with admin status");
    await refused(1, ["jobs", "--state=asleep"], "must be one of waiting, scheduled, running");
    await refused(1, ["jobs", "--limit=0"], "--limit");
    await refused(1, ["purge"], "name a function");
    await refused(1, ["maxqueue", "f", "1", "--watch"], "--watch");
    await refused(1, ["create", "a", "b"], `unexpected argument "b"`);
    await refused(1, ["cancel", "a\nshutdown"], "no space and no control character");
    await refused(1, ["create", ""], "name a function");
    await refused(1, ["maxqueue", ""], "name a function");
    await refused(1, ["maxqueue", "f", "1,x"], `a size must be an integer >= 0, not "x"`);
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
