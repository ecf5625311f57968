import { describe, test } from "node:test";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Admin } from "../../mod.ts";
import { Gearmand } from "../support/gearmand.ts";
import { programWords } from "../support/program.ts";
import { program, run, testWith } from "../support/programs.ts";
import { startServer } from "../support/server.ts";

const gearmand = program("gearmand", "gearman-job-server");

function submit(port: number, ...args: string[]) {
  const [path, ...words] = programWords();
  return run(path, [...words, "submit", "-h", `127.0.0.1:${port}`, ...args]);
}

const HOUR = 3600_000;

describe("geartrain submit --delay --ttl --attempts", () => {
  test("say it to a server whose rule allows it", async () => {
    await using server = startServer({ policies: { f: { optionsInName: true } } });
    const before = Date.now();
    const options = [
      "--delay",
      "1h",
      "--ttl",
      "1500ms",
      "--attempts",
      "5",
      "--unique-window",
      "1h",
    ];
    const { code, stdout } = await submit(
      server.port,
      "-b",
      "--high",
      "-u",
      "u",
      ...options,
      "f",
      "x",
    );
    assertEquals(code, 0);
    assertMatch(stdout, /^H:/);
    await using admin = new Admin(`127.0.0.1:${server.port}`);
    const { rows: [{ due, priority }] } = await admin.jobs();
    assert(due! >= before + HOUR && due! <= Date.now() + HOUR);
    assertEquals(priority, "high");
    // A foreground job waits for its time, too, and fails when nobody has taken it in time.
    const late = await submit(server.port, "--delay", "10ms", "--ttl", "10ms", "f", "x");
    assertEquals(late.code, 2);
    assertMatch(late.stderr, /^geartrain: the job failed/);
  });

  testWith([gearmand], "are refused by gearmand", async () => {
    await using server = await Gearmand.start(gearmand.program);
    const { code, stderr } = await submit(server.port, "-b", "--delay", "1h", "f", "x");
    assertEquals(code, 2);
    const text = "Server knows no options of jobs (delay), as geartrain does";
    assertEquals(stderr, `geartrain: the server refuses: UNKNOWN_OPTION: ${text}\n`);
  });

  test("are refused at once when they are wrong", async () => {
    const refused: [args: string[], message: RegExp][] = [
      [
        ["--delay", "soon"],
        /a number of seconds or a time such as 500ms or 10m, at most 10 years, not "soon"/,
      ],
      [["--ttl", "0"], /more than 0 and at most 10 years/],
      [["--attempts", "0"], /attempts/],
      [["--unique-window", "1h"], /A job without a unique has no uniqueWindow/],
      [["--delay", "1", "--at", "+10"], /--at together with --delay/],
    ];
    for (const [args, message] of refused) {
      const { code, stderr } = await submit(1, "-b", ...args, "f", "x");
      assertEquals(code, 1);
      assertMatch(stderr, message);
    }
  });
});
