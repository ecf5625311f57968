import { Buffer } from "node:buffer";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { testWithEachServer } from "../client/any_server.ts";
import { ForeignServer, onRequests, responseBytes } from "../client/foreign_server.ts";
import { type RawFunction, RawWorker } from "../client/raw_worker.ts";
import { freePort } from "../support/gearmand.ts";
import { programWords } from "../support/program.ts";
import { type Ended, run, RunningProgram, testWith } from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { startServer, untilListed } from "../support/server.ts";
import { Terminal, tmux } from "../support/terminal.ts";

const directory = mkdtempSync(join(tmpdir(), "geartrain-submit-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const FUNCTIONS: Record<string, RawFunction> = {
  upper: ({ payload }) => payload.toUpperCase(),
  echo: ({ payload }) => payload,
  talk: ({ send }) => {
    send("WORK_DATA", "one\ntw");
    send("WORK_WARNING", "careful\n");
    send("WORK_STATUS", "1", "2");
    send("WORK_DATA", "o\n");
    return "end";
  },
  pick: ({ payload, send }) => {
    if (payload.includes("fail")) {
      send("WORK_FAIL");
      return null;
    }
    if (payload.includes("throw")) {
      send("WORK_EXCEPTION", "no such\npicture");
      return null;
    }
    return payload;
  },
};

/** Starts it with this standard input; null leaves that open. */
function start(args: readonly string[], input: Uint8Array | string | null = ""): RunningProgram {
  const [path, ...words] = programWords();
  return new RunningProgram(path, [...words, "submit", ...args], input);
}

function submit(port: number, args: readonly string[], input?: Uint8Array | string) {
  return start(["-h", `127.0.0.1:${port}`, ...args], input).ended;
}

async function printed(
  port: number,
  args: readonly string[],
  input?: Uint8Array | string,
): Promise<string> {
  const { code, stdout, stderr } = await submit(port, args, input);
  assertEquals([code, stderr], [0, ""], args.join(" "));
  return stdout;
}

function objects({ stdout }: Ended): Record<string, unknown>[] {
  return Buffer.from(stdout, "latin1").toString().split("\n").slice(0, -1).map((line) =>
    JSON.parse(line)
  );
}

/** A server that completes jobs when the program has as many in flight as it may. */
async function countingServer(batch: number): Promise<ForeignServer & { most: number }> {
  let waiting: Buffer[] = [];
  let jobs = 0;
  const server = await ForeignServer.start((socket) => {
    socket.setNoDelay(true);
    onRequests(socket, (_type, body) => {
      const handle = `H:${++jobs}`;
      socket.write(responseBytes("JOB_CREATED", handle));
      waiting.push(responseBytes("WORK_COMPLETE", handle, body.split("\0")[2]));
      counting.most = Math.max(counting.most, waiting.length);
      // One job more than there may be would still come before that.
      if (waiting.length === batch) {
        setImmediate(() => {
          socket.write(Buffer.concat(waiting));
          waiting = [];
        });
      }
    });
  });
  const counting = Object.assign(server, { most: 0 });
  return counting;
}

describe("geartrain submit", () => {
  testWithEachServer("writes the result of DATA, @FILE and the standard input", async (port) => {
    using _worker = await RawWorker.start(port, FUNCTIONS);
    const file = join(directory, "payload");
    writeFileSync(file, "from a file");
    assertEquals(await printed(port, ["upper", "data"]), "DATA");
    assertEquals(await printed(port, ["upper", `@${file}`]), "FROM A FILE");
    assertEquals(await printed(port, ["upper"], "input"), "INPUT");
    assertEquals(await printed(port, ["upper", "-"], "input"), "INPUT");
    assertEquals(await printed(port, ["upper", "a", "-", "b"], "input"), "AINPUTB");
    assertEquals(await printed(port, ["upper", "--", "-dash"]), "-DASH");
    assertEquals(await printed(port, ["upper", "-s"], "unread"), "");
    assertEquals(await printed(port, ["upper", ""], "unread"), "");
  });

  testWithEachServer("writes data as it comes, warnings to standard error", async (port) => {
    using _worker = await RawWorker.start(port, FUNCTIONS);
    const { code, stdout, stderr } = await submit(port, ["talk", "-s"]);
    assertEquals([code, stdout, stderr], [0, "one\ntwo\nend", "careful\n"]);
    const prefixed = await submit(port, ["talk", "-s", "-P", "--progress"]);
    assertEquals(prefixed.stdout, "talk: one\ntalk: two\ntalk: end");
    assertEquals(prefixed.stderr, "careful\ngeartrain: 1 of 2\n");
  });

  testWithEachServer("passes every byte on, and large payloads", async (port) => {
    using _worker = await RawWorker.start(port, FUNCTIONS);
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
    assertEquals(await printed(port, ["echo"], bytes), bytes.toString("latin1"));
    const large = "0123456789abcdef".repeat(2 ** 19);
    assert((await printed(port, ["echo"], large)) === large);
    const lines = "\xff\xfe\n\0\n\r\n";
    const input = Buffer.from(lines, "latin1");
    assertEquals(await printed(port, ["echo", "--lines", "--ordered"], input), lines);
  });

  testWithEachServer("prints the handles of background jobs, with their options", async (port) => {
    const handles = await printed(port, ["-b", "-I", "-u", "photo", "resize", "x"]);
    assertMatch(handles, /^H:\S+\n$/);
    await untilListed(port, "show jobs", new RegExp(handles.trim()));
    await untilListed(port, "prioritystatus", /^resize\t1\t0\t0\t/);
    await untilListed(port, "show unique jobs", /^photo$/);
    await printed(port, ["-b", "-L", "resize", "y"]);
    await untilListed(port, "prioritystatus", /^resize\t1\t0\t1\t/);
    assertEquals(
      (await printed(port, ["-b", "resize", "--lines"], "a\nb\n")).split("\n").length,
      3,
    );
  });

  testWithEachServer("submits jobs for a time, and with a reducer", async (port) => {
    using client = await RawPeer.connect(port);
    await printed(port, ["--at", "+3600", "later", "x"]);
    await printed(port, ["--at", "2099-12-24", "later", "x"]);
    await printed(port, ["--at", "2099-12-24T18:00Z", "later", "x"]);
    await untilListed(port, "status", /^later\t3\t/);
    await printed(port, ["-b", "--reducer", "sum", "map", "x"]);
    client.packet("CAN_DO", "map");
    const [, , , reducer] = await client.packet("GRAB_JOB_ALL").expect("JOB_ASSIGN_ALL", 5);
    assertEquals(reducer, "sum");
  });

  test("takes the time of a job in seconds since 1970, as a date or from now", async () => {
    await using server = startServer();
    const now = Date.now();
    for (
      const at of ["4102444800", "4102444800.5", "2100-01-01T00:00Z", "+1.5h", "+0", "999999999"]
    ) {
      await printed(server.port, ["--at", at, "later", at]);
    }
    const dues = server.server.jobs().map(({ due }) => due ?? 0);
    assertEquals(dues.slice(0, 3), [4102444800_000, 4102444801_000, 4102444800_000]);
    const wait = dues[3] - now;
    assert(wait >= 5_400_000 && wait < 5_460_000, `${wait}`);
    for (const due of dues.slice(4)) assert(due < now + 60_000, `${due}`);
  });

  testWithEachServer("prints JSON for all that comes of a job", async (port) => {
    using _worker = await RawWorker.start(port, FUNCTIONS);
    const talked = objects(await submit(port, ["talk", "-s", "--json", "-u", "u1"]));
    const [{ handle }] = talked;
    assertMatch(`${handle}`, /^H:/);
    const common = { job: 1, function: "talk", handle, unique: "u1" };
    assertEquals(talked, [
      { event: "data", ...common, data: "one\ntw" },
      { event: "warning", ...common, data: "careful\n" },
      { event: "progress", ...common, numerator: 1, denominator: 2 },
      { event: "data", ...common, data: "o\n" },
      { event: "end", ...common, status: "done", data: "end" },
    ]);
    const picked = objects(
      await submit(port, ["pick", "--lines", "--ordered", "--json"], "größe\nthrow\nfail\n"),
    );
    assertEquals(picked.map(({ job, status }) => [job, status]), [
      [1, "done"],
      [2, "failed"],
      [3, "failed"],
    ]);
    assertEquals([picked[0].data, picked[1].exception], ["größe", "no such\npicture"]);
    const [binary] = objects(await submit(port, ["echo", "--json"], Buffer.from([0xff, 0])));
    assertEquals([binary.data, binary.dataBase64], [undefined, "/wA="]);
    const [submitted] = objects(await submit(port, ["nobody", "-b", "--json", "x"]));
    assertEquals([submitted.event, submitted.status], ["end", "submitted"]);
  });
});

describe("geartrain submit by lines", () => {
  testWithEachServer("has one result a line, in the order of the lines if wanted", async (port) => {
    using _worker = await RawWorker.start(port, FUNCTIONS);
    const input = "a b\n\nc\nlast";
    assertEquals(await printed(port, ["upper", "--lines", "--ordered"], input), "A B\n\nC\nLAST\n");
    const lines = (await printed(port, ["upper", "--lines"], input)).split("\n");
    assertEquals(lines.sort(), ["", "", "A B", "C", "LAST"]);
    assertEquals(await printed(port, ["upper", "-n"], input), "A B\n\nC\nLAST");
    assertEquals(await printed(port, ["upper", "-N"], input), "A BCLAST");
    const file = join(directory, "lines");
    writeFileSync(file, input);
    assertEquals(await printed(port, ["upper", "-n", `@${file}`], ""), "A B\n\nC\nLAST");
  });

  testWithEachServer("goes on after lines that fail, and names them", async (port) => {
    using _worker = await RawWorker.start(port, FUNCTIONS);
    const args = ["pick", "--lines", "--ordered", "--max-payload", "20"];
    const input = ["one", "fail", "three", "throw", "x".repeat(21), "last"].join("\n");
    const { code, stdout, stderr } = await submit(port, args, input);
    assertEquals(stdout, "one\nthree\nlast\n");
    const lines = stderr.split("\n").map((line) => line.replace(/ \(H:\S+\)$/, ""));
    assertEquals(lines, [
      "geartrain: line 2: The job failed",
      "geartrain: line 4: The job threw: no such picture",
      "geartrain: line 5: The payload is larger than 20 bytes (maxPayload); --max-payload raises that",
      "geartrain: 6 jobs: 3 done, 2 failed, 1 too-large",
      "",
    ]);
    assertEquals(code, 1);
    const failed = await submit(port, ["pick", "--lines"], "fail\nok\n");
    assertEquals([failed.code, failed.stdout], [2, "ok\n"]);
  });

  test("has 100,000 jobs done, and never more in flight than it may", async () => {
    await using server = await countingServer(250);
    const input = Array.from({ length: 100_000 }, (_, index) => `${index}\n`).join("");
    const args = ["f", "--lines", "--ordered", "--in-flight", "250"];
    const output = await printed(server.port, args, input);
    assert(output === input);
    assertEquals(server.most, 250);
  });

  test("has 100 in flight without being told, and one with -n", async () => {
    for (const [option, most] of [["--lines", 100], ["-n", 1]] as const) {
      await using server = await countingServer(most);
      await printed(server.port, ["f", option], "x\n".repeat(300));
      assertEquals(server.most, most);
    }
  });

  test("stops reading when its reader has had enough", async () => {
    await using server = startServer();
    using _worker = await RawWorker.start(server.port, FUNCTIONS);
    const script = `yes | { "$@" echo --lines; echo $? >&2; } | head -n 2`;
    const { stdout, stderr } = await shell(script, server.port).ended;
    assertEquals([stdout, stderr], ["y\ny\n", "0\n"]);
  });
});

describe("geartrain submit when something goes wrong", () => {
  testWithEachServer("ends with 2 when a job fails, with 3 when it is late", async (port) => {
    using _worker = await RawWorker.start(port, FUNCTIONS);
    const failed = await submit(port, ["pick", "fail"]);
    assertEquals([failed.code, failed.stdout], [2, ""]);
    assertMatch(failed.stderr, /^geartrain: the job failed \(H:\S+\)\n$/);
    const threw = await submit(port, ["pick", "throw"]);
    assertEquals(threw.code, 2);
    assertMatch(threw.stderr, /^geartrain: the job threw: no such picture \(H:\S+\)\n$/);
    const late = await submit(port, ["nobody", "-t", "50", "x"]);
    assertEquals(late.code, 3);
    assertMatch(late.stderr, /^geartrain: the job takes longer than 50 ms/);
  });

  test("ends with 2 when the server refuses", async () => {
    await using server = startServer({ maxQueue: { f: 1 } });
    const { code, stderr } = await submit(server.port, ["-b", "f", "--lines"], "1\n2\n3\n");
    assertEquals(code, 2);
    assertStringIncludes(stderr, "QUEUE_ERROR: Job queue is full");
    assertStringIncludes(stderr, "3 jobs: 1 submitted, 2 refused");
  });

  test("ends with 1 when no server answers, or another one does", async () => {
    const port = await freePort();
    const nobody = await submit(port, ["f", "x"]);
    assertEquals([nobody.code, nobody.stdout], [1, ""]);
    assertEquals(
      nobody.stderr,
      `geartrain: no job server: Cannot connect to 127.0.0.1:${port}: nobody listens there\n`,
    );
    const lines = await submit(port, ["f", "--lines"], "x\n".repeat(1000));
    assertEquals([lines.code, lines.stderr.split("\n").length], [1, 2]);
    await using web = await ForeignServer.start((socket) => {
      socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    });
    const { code, stderr } = await submit(web.port, ["f", "x"]);
    assertEquals([code, stderr.split("\n").length], [1, 2]);
    assertStringIncludes(stderr, "is not a Gearman server");
  });

  test("ends with 1 when the connection breaks, and tells which job was lost", async () => {
    await using server = await ForeignServer.start((socket) => {
      onRequests(socket, () => {
        socket.write(responseBytes("JOB_CREATED", "H:1"));
        socket.end();
      });
    });
    const { code, stderr } = await submit(server.port, ["f", "x"]);
    assertEquals(code, 1);
    assertMatch(stderr, /^geartrain: .* closed the connection \(H:1\)\n$/);
  });

  test("goes on with the next line after a connection broke", async () => {
    let jobs = 0;
    await using server = await ForeignServer.start((socket) => {
      onRequests(socket, () => {
        const handle = `H:${++jobs}`;
        socket.write(responseBytes("JOB_CREATED", handle));
        if (handle === "H:2") socket.end();
        else socket.write(responseBytes("WORK_COMPLETE", handle, handle));
      });
    });
    const { code, stdout, stderr } = await submit(server.port, ["f", "-N"], "1\n2\n3\n");
    assertEquals([code, stdout], [1, "H:1H:3"]);
    assertMatch(stderr, /line 2: .* closed the connection \(H:2\)\n.*3 jobs: 2 done, 1 lost\n$/);
  });

  test("asks the next server when the first does not answer", async () => {
    await using server = startServer();
    using _worker = await RawWorker.start(server.port, FUNCTIONS);
    const servers = `127.0.0.1:${await freePort()},localhost:${server.port}`;
    const { code, stdout } = await start(["-h", servers, "upper", "x"]).ended;
    assertEquals([code, stdout], [0, "X"]);
    const port = ["-p", `${server.port}`];
    assertEquals((await start([...port, "-h", "127.0.0.1", "upper", "x"]).ended).stdout, "X");
    assertEquals((await start([...port, "upper", "x"]).ended).stdout, "X");
  });

  test("refuses a payload that is too large, and says what raises the limit", async () => {
    await using server = startServer();
    const args = ["f", "-b", "--max-payload"];
    const { code, stderr } = await submit(server.port, [...args, "1K"], "x".repeat(1025));
    assertEquals(code, 1);
    assertMatch(stderr, /larger than 1024 bytes .*--max-payload raises that\n$/);
    await printed(server.port, [...args, "2K"], "x".repeat(1025));
  });

  test("refuses in one line what contradicts itself", async () => {
    const wrong: [string[], string][] = [
      [[], "name a function"],
      [["f", "-I", "-L"], "--high together with --low"],
      [["f", "-n", "--lines"], "--lines together with -n"],
      [["f", "--at", "+5", "-I"], "no priority"],
      [["f", "--at", "tomorrow"], 'not "tomorrow"'],
      [["f", "--at", "20991224"], 'not "20991224"'],
      [["f", "--at", "4102444800000"], 'not "4102444800000"'],
      [["f", "-t", "0"], "-t/--timeout-ms"],
      [["f", "--json", "-P"], "--prefix"],
      [["f", "--lines", "word"], '"word" has no lines'],
      [["f", "-", "-"], "- more than once"],
      [["f", "-s", "-"], "--skip-input"],
      [["f", "@/nonexistent/file"], "there is no file"],
      [["f", `@${directory}`], "is a directory"],
      [["f", "-u", "u".repeat(65)], "unique has more than 64 bytes"],
      [["f", "-h", "a b"], "-h/--host"],
      [["f", "-p", "0"], "-p/--port"],
      [["f", "--in-flight", "0"], "--in-flight"],
    ];
    for (const [args, reason] of wrong) {
      const { code, stdout, stderr } = await start(args).ended;
      assertEquals([code, stdout, stderr.split("\n").length], [1, "", 2], args.join(" "));
      assertStringIncludes(stderr, reason);
    }
  });

  test("ends with 130 after Ctrl-C, whatever it waits for", async () => {
    await using server = startServer();
    const port = ["-h", `127.0.0.1:${server.port}`];
    await using waiting = start([...port, "nobody", "x"]);
    await server.untilListed("status", /^nobody\t1\t/);
    waiting.kill("SIGINT");
    assertEquals((await waiting.ended).code, 130);
    // Nobody waits for it: it does not stay behind.
    await server.untilListed("status", /^nobody\t0\t/);
    await using reading = start([...port, "reads", "--lines", "-b"], null);
    reading.write("x\n");
    assertMatch(await reading.nextLine(), /^H:/);
    reading.kill("SIGTERM");
    const { code, stderr } = await reading.ended;
    assertEquals([code, stderr], [143, ""]);
  });
});

describe("geartrain submit with a slow reader", () => {
  const CHUNK = "x".repeat(2 ** 20);

  /** The program, whose output nobody reads before somebody writes to the pipe. */
  function held(port: number, fifo: string, ...args: string[]): RunningProgram {
    const status = `{ "$@" ${args.join(" ")}; echo $? >&2; }`;
    return shell(`mkfifo ${fifo}; ${status} | { read go <${fifo}; wc -c; }`, port);
  }

  const letGo = (fifo: string) => run("sh", ["-c", `echo go >${fifo}`]);

  testWithEachServer("loses nothing of 100 MiB", async (port) => {
    const begun = Promise.withResolvers<void>();
    using _worker = await RawWorker.start(port, {
      big: ({ send }) => {
        begun.resolve();
        for (let count = 0; count < 99; count++) send("WORK_DATA", CHUNK);
        return CHUNK;
      },
    });
    const fifo = join(directory, `fifo-${port}`);
    await using reader = held(port, fifo, "big", "-s");
    await begun.promise;
    await letGo(fifo);
    const { stdout, stderr } = await reader.ended;
    assertEquals([stdout.trim(), stderr], [`${100 * 2 ** 20}`, "0\n"]);
  });

  test("keeps no more than it may, and says so", async () => {
    const sent = Promise.withResolvers<void>();
    await using server = await ForeignServer.start((socket) => {
      onRequests(socket, () => {
        socket.write(responseBytes("JOB_CREATED", "H:1"));
        const data = responseBytes("WORK_DATA", "H:1", CHUNK);
        for (let count = 0; count < 100; count++) {
          // What the system does not keep of it, the program has read.
          socket.write(data, count === 99 ? () => sent.resolve() : undefined);
        }
      });
    });
    const fifo = join(directory, "fifo");
    await using reader = held(server.port, fifo, "big", "-s", "--max-result", "8M");
    await sent.promise;
    await letGo(fifo);
    const { stdout, stderr } = await reader.ended;
    assertMatch(stderr, /more than 8388608 bytes .*--max-result raises that.*\n1\n$/);
    assert(Number(stdout) <= 8 * 2 ** 20);
    const args = ["big", "--lines", "--max-result", "8M"];
    const gathered = await submit(server.port, args, "1\n");
    assertEquals([gathered.code, gathered.stdout], [1, ""]);
    assertMatch(gathered.stderr, /line 1: More than 8388608 bytes .*--max-result raises that/);
  });
});

describe("geartrain submit on a terminal", () => {
  testWith([tmux], "draws a progress bar when results go elsewhere", async () => {
    await using server = startServer();
    using _worker = await RawWorker.start(server.port, FUNCTIONS);
    const input = join(directory, "bar-input");
    const output = join(directory, "bar-output");
    writeFileSync(input, "good\nfail\n".repeat(50) + "good\n");
    const words = [...programWords(), "submit", "-p", `${server.port}`, "pick", "--lines"];
    const script = `exec "$@" >${output}`;
    using terminal = new Terminal(["sh", "-c", script, "sh", ...words, `@${input}`]);
    const lines = await terminal.until(/ended with 2/);
    const shown = lines.join("\n");
    assertMatch(shown, /\[\d\d:\d\d\] \[#{30}\] (51 done, 50 failed|50 failed, 51 done)/);
    assertMatch(shown, /geartrain: line 100: The job failed/);
    assertMatch(shown, /geartrain: 101 jobs: /);
    assertEquals(readFileSync(output, "utf8"), "good\n".repeat(51));
  });

  testWith([tmux], "tells what it waits for, and reads what is typed", async () => {
    await using server = startServer();
    using _worker = await RawWorker.start(server.port, FUNCTIONS);
    using terminal = new Terminal([
      ...programWords(),
      ...["submit", "-p", `${server.port}`, "upper"],
    ]);
    await terminal.until(/the payload is what you type until Ctrl-D/);
    terminal.press("h", "i", "Enter", "C-d");
    const lines = await terminal.until(/ended with 0/);
    assert(lines.includes("HI"));
  });
});

/** A script of the shell, in which "$@" is `geartrain submit` with the server. */
function shell(script: string, port: number): RunningProgram {
  const words = [...programWords(), "submit", "-h", `127.0.0.1:${port}`];
  return new RunningProgram("sh", ["-c", script, "sh", ...words]);
}
