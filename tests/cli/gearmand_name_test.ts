/**
 * What operators of gearmand bring along: their files, their options, and the name of the program.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { untilEnded } from "../support/processes.ts";
import { Program, type ProgramEnd, programWords, runProgram } from "../support/program.ts";
import { unless } from "../support/unless.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-gearmand-"));
after(() => fs.rmSync(directory, { recursive: true, force: true }));
let files = 0;

function file(text: string): string {
  const path = join(directory, `gearmand-${++files}.conf`);
  fs.writeFileSync(path, text);
  return path;
}

/** The program by the name gearmand. */
const gearmand = {
  words: [...programWords("tests/support/called_as.ts"), "gearmand"],
  environment: process.env,
};
const LISTEN = ["-p", "0", "-L", "127.0.0.1"];

async function startedAndStopped(...words: string[]): Promise<ProgramEnd> {
  await using program = new Program([...LISTEN, ...words], {}, gearmand);
  await program.port();
  // Warnings come after the line that says where it listens, and at once.
  program.kill("SIGTERM");
  return await program.end;
}

describe("Under the name gearmand", () => {
  const ini = file("[gearmand]\nport=1\nlog-file=/x\n");

  test("a file of a form that gearmand passes over is told of in one warning, and it starts", async () => {
    const { status, stderr } = await startedAndStopped("--config-file", ini);
    assertEquals(status, 0);
    const warnings = stderr.filter((line) => /^WARNING/.test(line));
    assertEquals(warnings.length, 1, stderr.join("\n"));
    const what =
      `${ini}: not understood and ignored: line 1 [gearmand], line 2 port, line 3 log-file`;
    assertStringIncludes(warnings[0], what);
  });

  test("--check-args says the same, with status 0", async () => {
    const end = await runProgram(["--check-args", "--config-file", ini], {}, gearmand);
    assertEquals([end.status, end.stderr.length], [0, 1]);
    assertStringIncludes(end.stderr[0], `geartrain: warning: ${ini}: `);
  });

  test("--check-args shows no control characters of a file", async () => {
    const binary = file("\x1b]0;title\x07 = 1\n\x9b31m\n");
    const end = await runProgram(["--check-args", "--config-file", binary], {}, gearmand);
    assertStringIncludes(end.stderr[0], "line 1 \\x1b]0;title\\x07, line 2 \\x9b31m");
    const own = await runProgram(["serve", "--check-args", "--config-file", binary]);
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x1f\x7f-\x9f]/.test(own.stderr[0]), own.stderr[0]);
  });

  test("of a long file that is ignored twenty parts are named, and the number of the others", async () => {
    const long = file("a b\n".repeat(25));
    const end = await runProgram(["--check-args", "--config-file", long], {}, gearmand);
    assertMatch(end.stderr[0], /(line \d+ a, ){19}line \d+ a and 5 more$/);
  });

  test("under our own name the same file is an error", async () => {
    const end = await runProgram(["serve", "--check-args", "--config-file", ini]);
    assertEquals([end.status, end.stderr.length], [1, 1]);
    assertStringIncludes(end.stderr[0], ini);
  });
});

/** The runtime, and with it the program, by a link of that name. */
const link = join(directory, "gearmand");
const [runtime, ...runtimeWords] = programWords();
fs.symlinkSync(runtime, link);
const notLinux = process.platform !== "linux" && "only Linux has /proc";

describe(...unless(notLinux, "A server that was started as gearmand in the background"), () => {
  const PATH = `${directory}:${process.env.PATH}`;
  for (const program of [link, "./gearmand", "gearmand"]) {
    test(`keeps that name, called by ${program.replace(directory, "/path/to")}`, async () => {
      const pidFile = join(directory, `pid-${++files}`);
      const log = join(directory, `log-${files}`);
      const command = {
        // Deno itself would look for the path of a name.
        words: ["sh", "-c", 'exec "$0" "$@"', program, ...runtimeWords],
        environment: { ...process.env, PATH },
        directory,
      };
      const args = [...LISTEN, "-d", "--pid-file", pidFile, "--log-file", log];
      const { status, stderr } = await runProgram(args, {}, command);
      assertEquals([status, stderr], [0, []]);
      const pid = Number(fs.readFileSync(pidFile, "utf8"));
      try {
        assertEquals(proc(pid, "comm"), "gearmand\n");
        const [name, ...words] = proc(pid, "cmdline").split("\0").slice(0, -1);
        assertEquals([name, words], [program, [...runtimeWords, ...args]]);
      } finally {
        process.kill(pid, "SIGTERM");
        await untilEnded(pid);
      }
    });
  }
});

/** Deno itself lets nobody read there who has not all permissions. */
function proc(pid: number, file: string): string {
  return execFileSync("cat", [`/proc/${pid}/${file}`], { encoding: "utf8" });
}

describe("--job-retries 0", () => {
  for (const words of [["-j", "0"], ["--config-file", file("--job-retries=0\n")]]) {
    test(`is warned about once at start, whatever the log's level: ${words[0]}`, async () => {
      const { stderr } = await startedAndStopped("--verbose", "FATAL", ...words);
      const warnings = stderr.filter((line) => /^WARNING/.test(line));
      assertEquals(warnings.length, 1, stderr.join("\n"));
      assertMatch(warnings[0], /--job-retries 0: .* first lost worker.* -1/);
    });
  }

  test("is told of by --check-args, with status 0; 1 and -1 are not", async () => {
    const zero = await runProgram(["serve", "--check-args", "-j0"]);
    assertEquals([zero.status, zero.stderr.length], [0, 1]);
    assertMatch(zero.stderr[0], /^geartrain: warning: --job-retries 0: /);
    for (const value of ["1", "-1"]) {
      const { status, stderr } = await runProgram(["serve", "--check-args", "-j", value]);
      assertEquals([status, stderr], [0, []]);
    }
  });
});
