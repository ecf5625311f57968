import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { testWithEachServer } from "../client/any_server.ts";
import { type RawFunction, RawWorker } from "../client/raw_worker.ts";
import { freePort } from "../support/gearmand.ts";
import { programWords } from "../support/program.ts";
import { type Ended, program, run, RunningProgram, testWith } from "../support/programs.ts";
import { startServer, untilListed } from "../support/server.ts";

const real = program("gearman", "gearman-tools");
const directory = mkdtempSync(join(tmpdir(), "geartrain-gearman-"));
after(() => rmSync(directory, { recursive: true, force: true }));

/** A program and its arguments up to those of gearman. */
type Words = readonly string[];
const REAL: Words = [real.program];
const OURS: Words = [...programWords("tests/support/called_as.ts"), "gearman"];

type Environment = Record<string, string>;

function call(
  words: Words,
  args: readonly string[],
  input: string | Uint8Array = "",
  environment: Environment = {},
): Promise<Ended> {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return run("env", [...variables, ...words, ...args], input);
}

function address(port: number): string[] {
  return ["-h", "127.0.0.1", "-p", `${port}`];
}

/** Each job has its handle; what is behind the name of an error is told in other words. */
function comparable({ code, stdout, stderr }: Ended): Ended {
  return {
    code,
    stdout: stdout.replaceAll(/H:\S+/g, "HANDLE"),
    stderr: stderr.replaceAll(/ ->.*| pid\(.*|, \d+ servers.*/g, ""),
  };
}

/** Both do the same, one after the other; how it ended. */
async function assertSame(
  args: readonly string[],
  input?: string | Uint8Array,
  environment?: Environment,
  also: (end: Ended) => Ended = (end) => end,
): Promise<Ended> {
  const [theirs, end] = [
    also(comparable(await call(REAL, args, input, environment))),
    also(comparable(await call(OURS, args, input, environment))),
  ];
  assertEquals(end, theirs, JSON.stringify(args));
  return end;
}

/** A test with each kind of server, where that tool is installed. */
function testSame(name: string, body: (port: number) => Promise<void>): void {
  if (real.present) testWithEachServer(name, body);
  else testWith([real], name, () => Promise.resolve());
}

const FUNCTIONS: Record<string, RawFunction> = {
  echo: ({ payload }) => payload,
  fail: ({ send }) => {
    send("WORK_DATA", "half\n");
    send("WORK_FAIL");
    return null;
  },
  steps: ({ send }) => {
    send("WORK_STATUS", "1", "3");
    send("WORK_DATA", "first\n");
    send("WORK_STATUS", "2", "3");
    return "last\n";
  },
  warns: ({ send }) => {
    send("WORK_WARNING", "careful\n");
    return "done\n";
  },
  unique: ({ unique }) => unique,
};
const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, index) => index);

/** Arguments of a client, and its standard input. */
const CLIENT_CASES: readonly (readonly [args: string[], input?: string | Uint8Array])[] = [
  [["-f", "echo", "data"]],
  [["-f", "echo", "one ", "two ", "three"]],
  [["data", "-fecho"]],
  [["-f", "echo", "--", "-b"]],
  [["-f", "echo"], "from\nstdin"],
  [["-f", "echo"], EVERY_BYTE],
  [["-f", "echo"], ""],
  [["-s", "-f", "echo"], "not read"],
  [["-f", "echo", ""]],
  [["-f", "echo", "", "x"]],
  [["-n", "-f", "echo"], "a\n\nb\n"],
  [["-N", "-f", "echo"], "a\n\nb\n"],
  [["-n", "-P", "-f", "echo"], "a\nb"],
  [["-N", "-n", "-P", "-f", "echo"], "a\nb\n"],
  [["-n", "-f", "echo"], ""],
  [["-n", "-f", "echo", "word"], "a\nb\n"],
  [["-f", "fail", "x"]],
  [["-P", "-f", "fail", "x", "y"]],
  [["-f", "steps", "x"]],
  [["-P", "-v", "-f", "steps", "x", "y"]],
  [["-vf", "steps", "x"]],
  [["-f", "warns", "x"]],
  [["-P", "-f", "warns", "x"]],
  [["-b", "-f", "later", "x"]],
  [["-bv", "-f", "later", "-f", "later", "x", "y"]],
  [["-b", "-I", "-v", "-f", "later", "x"]],
  [["-bLv", "-f", "later"], "x"],
  [["-u", "one", "-f", "unique", "x"]],
  [["-u", "-", "-f", "unique", "x"]],
  [["-u-x", "-u", "-y", "-f", "unique", "x"]],
  [["-I", "-f", "echo", "x"]],
  [["-L", "-I", "-f", "echo", "x"]],
  [["-t", "5000", "-f", "echo", "x"]],
  [["-t", "-1", "-f", "echo", "x"]],
  [["-t", "50", "-f", "nobody", "x", "y"]],
  [["-c", "3", "-f", "echo", "x"]],
  [["-i", join(directory, "pid"), "-f", "echo", "x"]],
];

describe("called by the name gearman, geartrain as a client", () => {
  testSame("prints what that tool prints, and ends as it does", async (port) => {
    using _worker = await RawWorker.start(port, FUNCTIONS);
    const cases = CLIENT_CASES.values();
    const lane = async () => {
      for (const [args, input] of cases) await assertSame([...address(port), ...args], input);
    };
    await Promise.all([lane(), lane(), lane()]);
    assert(!existsSync(join(directory, "pid")));
  });

  testSame("does each job for each function", async (port) => {
    using _worker = await RawWorker.start(port, FUNCTIONS);
    // In which order they come is up to the server.
    const sorted = (end: Ended) => ({ ...end, stdout: [...end.stdout].sort().join("") });
    const functions = ["-f", "echo", "-f", "fail", "-f", "echo"];
    for (const args of [["x", "y"], ["-P", "x\n"], ["-bv", "x"]]) {
      await assertSame([...address(port), ...functions, ...args], "", {}, sorted);
    }
  });

  testWith([real], "says of an exception only that the job failed", async () => {
    await using server = startServer();
    using _worker = await RawWorker.start(server.port, {
      throws: ({ send }) => {
        send("WORK_EXCEPTION", "why");
        return null;
      },
    });
    const end = await assertSame([...address(server.port), "-f", "throws", "x"]);
    assertEquals(end, { code: 1, stdout: "", stderr: "Job failed\n" });
  });

  testWith([real], "finds its servers where that tool does", async () => {
    await using server = startServer();
    const down = `127.0.0.1:${await freePort()}`;
    const here = `127.0.0.1:${server.port}`;
    const args = ["-b", "-v", "-f", "later", "x"];
    await assertSame(args, "", { GEARMAN_SERVER: here });
    await assertSame(args, "", { GEARMAN_SERVERS: here });
    await assertSame([...address(1), ...args], "", { GEARMAN_SERVER: here });
    await assertSame([...address(server.port), ...args], "", { GEARMAN_SERVER: down });
    await assertSame(args, "", { GEARMAN_SERVER: `${here},${down}` });
    await assertSame(["-h", "other", ...address(server.port), ...args]);
    const { stdout } = await call(OURS, args, "", { GEARMAN_SERVER: `${down},${here}` });
    assertMatch(stdout, /^Task created: H:/);
  });

  testWith([real], "ends as that tool does where it cannot do anything", async () => {
    const down = address(await freePort());
    assertEquals((await assertSame([...down, "-f", "f", "x"])).code, 0);
    assertEquals((await assertSame([...down, "-b", "-f", "f", "x", "y"])).code, 0);
    for (const args of [[], ["x"], ["-Z", "-f", "f"], ["-f"], ["-f", "f", "--bogus"]]) {
      const [theirs, end] = [await call(REAL, args), await call(OURS, args)];
      assertEquals([theirs.code, end.code, theirs.stdout, end.stdout], [1, 1, "", ""]);
      assertMatch(end.stderr, /^gearman\tError in usage\(.*\n$/);
    }
    const lost = ["-i", "/nonexistent/pid", ...down, "-b", "-f", "f", "x"];
    assertEquals([(await call(REAL, lost)).code, (await call(OURS, lost)).code], [1, 1]);
    const unknown = ["-h", "no-such-host.invalid", "-f", "f", "x"];
    assertEquals([(await call(REAL, unknown)).code, (await call(OURS, unknown)).code], [0, 0]);
  });

  test("cuts nothing off lines, as that tool does", async () => {
    await using server = startServer();
    using _worker = await RawWorker.start(server.port, {
      size: ({ payload }) => `${payload.length} `,
    });
    const sizes = async (option: string, input: string) => {
      return (await call(OURS, [...address(server.port), option, "-f", "size"], input)).stdout;
    };
    assertEquals(await sizes("-N", "a\nbc"), "1 2 ");
    assertEquals(await sizes("-n", `${"x".repeat(20_000)}\n`), "20001 ");
    assertEquals(await sizes("-n", "a\0b\n"), "4 ");
  });

  test("explains its options, and refuses those that it does not have", async () => {
    const help = await call(OURS, ["-H"]);
    assertEquals(help.code, 0);
    assertStringIncludes(help.stdout, "Usage: gearman -f FUNC");
    assertStringIncludes(help.stdout, "-t MILLISECONDS");
    for (const [option, reason] of [["-S", "no TLS"], ["-d", "background"], ["-tx", "-t: "]]) {
      const { code, stderr } = await call(OURS, [option, "-f", "f", "x"]);
      assertEquals(code, 1);
      assertStringIncludes(stderr, reason);
    }
  });
});

/** Arguments of a worker, and the payload of a job. */
const WORKER_CASES: readonly (readonly [args: string[], payload: string])[] = [
  [["--", "cat"], "data\n"],
  [["--", "cat"], ""],
  [["-f", "other", "--", "sh", "-c", 'cat; echo "$@"', "sh", "a", "b"], "data "],
  [["--", "sh", "-c", "cat; exit 3"], "data\n"],
  [["--", "false"], "data\n"],
  [["cat"], "data"],
  [["-n", "--", "cat"], "a\nb\n\nc"],
  [["-N", "--", "cat"], "a\nb\n"],
  [["-n", "--", "true"], "a\n"],
  [["-n", "--", "sh", "-c", "cat; exit 1"], "a\nb\n"],
  [[], "printed"],
  [["-n"], "printed\n"],
];

/** What a worker and the client of its one job print. */
async function play(
  port: number,
  words: Words,
  [args, payload]: readonly [string[], string],
): Promise<unknown> {
  const submit = [...address(port), "-P", "-f", "f"];
  await using client = new RunningProgram(real.program, submit, payload);
  await untilListed(port, "status", /^f\t1\t0\t/);
  const { code, stdout } = await call(words, ["-w", ...address(port), "-c1", "-ff", ...args]);
  return { worker: { code, stdout }, client: await client.ended };
}

describe("called by the name gearman, geartrain as a worker", () => {
  testSame("does jobs as that tool does", async (port) => {
    for (const worked of WORKER_CASES) {
      const [theirs, ours] = [await play(port, REAL, worked), await play(port, OURS, worked)];
      assertEquals(ours, theirs, JSON.stringify(worked));
    }
  });

  testSame("ends after as many jobs as -c says", async (port) => {
    const submit = [...address(port), "-b", "-f", "f", "1 ", "2 ", "3 "];
    for (const words of [REAL, OURS]) {
      await call(REAL, submit);
      const args = ["-w", ...address(port), "-f", "f", "-c"];
      assertEquals((await call(words, [...args, "2"])).stdout, "1 2 ");
      assertEquals((await call(words, [...args, "1"])).stdout, "3 ");
    }
  });

  testSame("counts times without a job as that tool does", async (port) => {
    const end = await assertSame(["-w", ...address(port), "-t", "50", "-c", "2", "-f", "idle"]);
    assertEquals(end.code, 0);
    assertEquals(end.stderr.split("\n").length, 3);
  });

  testWith([real], "counts failures to connect as that tool does", async () => {
    const down = address(await freePort());
    const end = await assertSame(["-w", ...down, "-c", "2", "-f", "f", "--", "cat"]);
    assertEquals(end.code, 0);
    const unknown = ["-w", "-h", "no-such-host.invalid", "-f", "f"];
    assertEquals([(await call(REAL, unknown)).code, (await call(OURS, unknown)).code], [1, 1]);
  });

  test("refuses a command that there is not", async () => {
    const { code, stderr } = await call(OURS, ["-w", "-f", "f", "--", "no-such-command"]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, 'there is no command "no-such-command"');
  });

  test("leaves when it is asked to, and takes its pid file along", async () => {
    await using server = startServer();
    const path = join(directory, "worker-pid");
    const [program, ...words] = OURS;
    const args = [...words, "-w", ...address(server.port), "-i", path, "-f", "f", "--", "cat"];
    await using worker = new RunningProgram(program, args);
    await untilListed(server.port, "status", /^f\t0\t0\t1$/);
    assert(existsSync(path));
    worker.kill("SIGTERM");
    assertEquals((await worker.ended).code, 0);
    assert(!existsSync(path));
  });
});
