import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { Program, programWords, runProgram, startServe } from "../support/program.ts";
import { untilListed } from "../support/server.ts";
import { shownCommands } from "../support/shown_commands.ts";

const directory = mkdtempSync(join(tmpdir(), "geartrain-work-doc-"));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Lets the shell find the program by both of its names, with the server on this port. */
function link(port: number): void {
  const quoted = (words: string[]) => words.map((word) => `'${word}'`).join(" ");
  const address = `-h 127.0.0.1 -p ${port}`;
  const geartrain = `word=$1; shift; exec ${quoted(programWords())} "$word" ${address} "$@"`;
  const gearman = `exec ${
    quoted(programWords("tests/support/called_as.ts"))
  } gearman ${address} "$@"`;
  for (const [name, line] of Object.entries({ geartrain, gearman })) {
    writeFileSync(join(directory, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  }
}

/** What is the same in every run. */
function lasting(text: string): string {
  return text.replaceAll(/H:gear1:\w{20,}/g, "HANDLE").replaceAll(
    /127\.0\.0\.1:\d+/g,
    "localhost:4730",
  )
    .trimEnd();
}

for (const [path, count] of [["docs/work.md", 13], ["README.md", 3]] as const) {
  test(`${path} shows what the commands print`, async () => {
    await using server = startServe(["--job-handle-prefix", "H:gear1"]);
    const port = await server.port();
    link(port);
    const shell = {
      words: ["sh", "-c"],
      environment: { ...process.env, PATH: `${directory}${delimiter}${process.env.PATH}` },
    };
    const shown = shownCommands(path);
    assert(shown.length >= count, `${shown.length}`);
    const workers: { program: Program; output: string }[] = [];
    try {
      for (const { line, output } of shown) {
        const isWorker = /^(geartrain work|gearman -w -n) /.test(line);
        if (isWorker) {
          const program = new Program([`exec ${line}`], {}, shell);
          workers.push({ program, output });
          const [, func] = / (?:work|-f) (\w+) /.exec(line)!;
          await untilListed(port, "status", new RegExp(`^${func}\t0\t0\t1$`));
          continue;
        }
        const { stdout, stderr } = await runProgram([line], {}, shell);
        assertEquals(lasting([...stderr, stdout].join("\n")).trim(), lasting(output), line);
      }
      for (const { program, output } of workers) {
        program.kill("SIGTERM");
        const { stderr } = await program.end;
        assertEquals(lasting(stderr.join("\n")), lasting(output));
      }
    } finally {
      for (const { program } of workers) await program[Symbol.asyncDispose]();
    }
  });
}
