import { readFileSync } from "node:fs";
import { describe } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Ended, program, run, RunningProgram } from "../support/programs.ts";
import { interopTest, type JobServer } from "./job_server.ts";

const gearman = program("gearman", "gearman-tools");

function options(server: JobServer, args: string[]): string[] {
  return ["-h", "127.0.0.1", "-p", String(server.port), ...args];
}

/** Runs the tool as a client. */
function client(
  server: JobServer,
  args: string[],
  input: string | Uint8Array = "",
): Promise<Ended> {
  return run(gearman.program, options(server, args), input);
}

/** Starts the tool as a worker. */
function start(server: JobServer, name: string, ...more: string[]): RunningProgram {
  return new RunningProgram(gearman.program, options(server, ["-w", "-f", name, ...more]));
}

/** Starts the tool as a worker and waits until the server knows what it can do. */
async function worker(
  server: JobServer,
  name: string,
  ...more: string[]
): Promise<RunningProgram> {
  const started = start(server, name, ...more);
  await server.untilListed("status", new RegExp(`^${name}\t\\d+\t\\d+\t1$`));
  return started;
}

describe("the gearman tool: payloads", () => {
  interopTest(
    [gearman],
    "counts the lines of a file through a worker that runs wc",
    async (server) => {
      await using _worker = await worker(server, "wc", "--", "wc", "-l");
      const file = readFileSync("/etc/passwd", "latin1");
      const stdout = `${file.split("\n").length - 1}\n`;
      assertEquals(await client(server, ["-f", "wc"], file), { code: 0, stdout, stderr: "" });
    },
  );

  interopTest([gearman], "gets bytes of every value back as they were", async (server) => {
    await using _worker = await worker(server, "cat", "--", "cat");
    const bytes = Uint8Array.from({ length: 1024 }, (_, index) => index % 256);
    const { stdout } = await client(server, ["-f", "cat"], bytes);
    assertEquals(Uint8Array.from(stdout, (character) => character.charCodeAt(0)), bytes);
  });

  // The tool's own time grows with the square of the size; the Perl tests send more.
  interopTest([gearman], "sends and gets 300 kB", async (server) => {
    await using _counter = await worker(server, "up", "--", "wc", "-c");
    await using _source = await worker(server, "down", "--", "head", "-c", "300000", "/dev/zero");
    const sent = await client(server, ["-f", "up"], "x".repeat(300_000));
    assertEquals(sent.stdout, "300000\n");
    const got = await client(server, ["-f", "down", "x"]);
    assert(got.stdout === "\0".repeat(300_000));
  });

  interopTest([gearman], "gets an empty result for an empty payload", async (server) => {
    await using _worker = await worker(server, "cat", "--", "cat");
    assertEquals(await client(server, ["-s", "-f", "cat"]), { code: 0, stdout: "", stderr: "" });
  });

  interopTest([gearman], "makes a job of each line, with its end or without", async (server) => {
    const bracketed = `printf '<%s>' "$(cat; echo .)"`;
    await using _worker = await worker(server, "f", "--", "sh", "-c", bracketed);
    assertEquals((await client(server, ["-n", "-f", "f"], "a\nb\n")).stdout, "<a\n.><b\n.>");
    assertEquals((await client(server, ["-N", "-f", "f"], "a\nb\n")).stdout, "<a.><b.>");
  });

  interopTest([gearman], "gets the data that a worker sends before its result", async (server) => {
    await using _worker = await worker(server, "f", "-n", "--", "printf", "a\\nb\\nc\\n");
    // With each line, the tool's worker sends the lines before it again.
    assertEquals((await client(server, ["-f", "f", "x"])).stdout, "a\na\nb\na\nb\nc\n");
  });
});

describe("the gearman tool: jobs", () => {
  interopTest([gearman], "exits with 1 when the command of the worker fails", async (server) => {
    await using _worker = await worker(server, "broken", "--", "false");
    const { code, stderr } = await client(server, ["-f", "broken", "data"]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "Job failed");
  });

  interopTest([gearman], "gets a handle for a background job and does not wait", async (server) => {
    const { code, stdout } = await client(server, ["-b", "-v", "-f", "later", "data"]);
    assertEquals(code, 0);
    assertMatch(stdout, /^Task created: H:\S+\n$/);
    await using late = start(server, "later", "-c", "1");
    assertEquals((await late.ended).stdout, "data");
  });

  interopTest([gearman], "has high priority run first and low priority last", async (server) => {
    for (const args of [["-L", "l1 "], ["n1 "], ["-I", "h1 "], ["-L", "l2 "], ["n2 "]]) {
      await client(server, ["-b", "-f", "f", ...args]);
    }
    await using all = start(server, "f", "-c", "5");
    assertEquals((await all.ended).stdout, "h1 n1 n2 l1 l2 ");
  });

  interopTest(
    [gearman],
    "shares one job with a client that gives the same unique",
    async (server) => {
      const first = client(server, ["-u", "same", "-f", "f", "one"]);
      await server.untilListed("status", /^f\t1\t0\t0$/);
      const second = client(server, ["-u", "same", "-f", "f", "two"]);
      await server.untilListed("jobs", /^f\tsame\t-\t2$/);
      await using _worker = start(server, "f", "-c", "1", "--", "cat");
      assertEquals((await first).stdout, "one");
      assertEquals((await second).stdout, "one");
    },
    { notGearmand: "It does not know the command jobs." },
  );

  interopTest([gearman], "sends a job to each function that it is given", async (server) => {
    await using _worker = await worker(server, "one", "-f", "two", "--", "cat");
    const { stdout } = await client(server, ["-P", "-f", "one", "-f", "two", "hello;"]);
    assertEquals(stdout.split(";").sort(), ["", "one: hello", "two: hello"]);
  });

  interopTest([gearman], "leaves no job behind when it gives up waiting", async (server) => {
    const { stderr } = await client(server, ["-t", "200", "-f", "nobody", "x"]);
    assertStringIncludes(stderr, "GEARMAN_TIMEOUT");
    await server.untilListed("status", /^nobody\t0\t0\t0$/);
  }, { notGearmand: "It counts the job until a worker comes." });

  interopTest([gearman], "exits as a worker after as many jobs as it was told", async (server) => {
    await using counted = await worker(server, "f", "-c", "3", "--", "cat");
    for (const text of ["a", "b", "c"]) {
      assertEquals((await client(server, ["-f", "f", text])).stdout, text);
    }
    assertEquals((await counted.ended).code, 0);
    await server.untilListed("status", /^f\t0\t0\t0$/);
  });
});
