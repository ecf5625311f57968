/** Runs the programs of README.md and docs/library.md, in all languages that they are in. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { phpGearman, program, run, RunningProgram, testWith } from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { denoConfig, denoProgram, ROOT } from "../support/runtimes.ts";
import { startServer } from "../support/server.ts";

const PORT = "4730";

function page(name: string): string {
  return readFileSync(join(ROOT, name), "utf8");
}

/** The blocks of a page in one language. */
function blocks(name: string, language: string): string[] {
  const fenced = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "gm");
  return [...page(name).matchAll(fenced)].map(([, code]) => code);
}

/** What a program prints as its comments say, in their order. */
function expectedOutput(code: string): string[] {
  return [...code.matchAll(/^(?:console\.log|echo|print)\b.* (?:\/\/|#) (\w+)$/gm)]
    .map(([, text]) => text);
}

/** A TypeScript program, on another port, with the module that this is. */
function ours(code: string): string {
  assertStringIncludes(code, '"@geartrain/server"');
  return code.replace('"@geartrain/server"', JSON.stringify(join(ROOT, "mod.ts")))
    .replace('"@geartrain/server/testing"', JSON.stringify(join(ROOT, "testing/mod.ts")))
    .replace(`createListeningSock(${PORT}`, "createListeningSock(0");
}

/** The program and arguments that run a program. */
function runtimeWords(file: string): string[] {
  const permissions = ["--allow-net", "--allow-read", "--allow-sys=hostname"];
  const deno = ["run", "--config", denoConfig(), ...permissions];
  return [process.execPath, ...("Deno" in globalThis ? deno : []), file];
}

/** Programs as files of a folder, for as long as they are needed. */
async function withFiles<Result>(
  files: Record<string, string>,
  use: (path: (name: string) => string) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), "geartrain-"));
  try {
    for (const [name, code] of Object.entries(files)) writeFileSync(join(directory, name), code);
    return await use((name) => join(directory, name));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const PAGES = [["README.md", 1], ["docs/library.md", 7]] as const;

for (const [name, count] of PAGES) {
  describe(`the TypeScript programs of ${name}`, () => {
    const programs = blocks(name, "ts");
    test("are there, and need no 'using', which Node 22 does not know", () => {
      assertEquals(programs.length, count);
      assertEquals(programs.filter((code) => /\busing\b/.test(code)), []);
    });

    for (const [index, code] of programs.entries()) {
      const expected = expectedOutput(code);
      if (expected.length === 0) continue;
      test(`print what their comments say: program ${index + 1}`, async () => {
        await withFiles({ "example.ts": ours(code) }, async (path) => {
          const [word, ...args] = runtimeWords(path("example.ts"));
          const { code: status, stdout, stderr } = await run(word, args);
          assertEquals(status, 0, stderr);
          assertEquals(stdout.split("\n").filter((line) => expected.includes(line)), expected);
        });
      });
    }
  });
}

test("the TypeScript programs have types that hold", async () => {
  const programs = PAGES.flatMap(([name]) => blocks(name, "ts")).map(ours);
  const files = Object.fromEntries(programs.map((code, index) => [`program_${index}.ts`, code]));
  await withFiles(files, (path) => {
    const args = ["check", "--config", denoConfig(), ...Object.keys(files).map(path)];
    const { status, stderr } = spawnSync(denoProgram(), args, { encoding: "utf8" });
    assertEquals(status, 0, stderr);
    return Promise.resolve();
  });
});

test("the server of docs/library.md goes on serving", async () => {
  const [server] = blocks("docs/library.md", "ts");
  await withFiles({ "server.ts": ours(server) }, async (path) => {
    const [word, ...args] = runtimeWords(path("server.ts"));
    await using program = new RunningProgram(word, args, null);
    const [, port] = /Gearman on port (\d+)/.exec(await program.nextLine()) ?? [];
    assertMatch(await program.nextLine(), /^OK /);
    using peer = await RawPeer.connect(Number(port));
    assertMatch(await peer.send("version\n").nextLine(), /^OK /);
  });
});

describe("the README's other languages", () => {
  const [worker, client] = blocks("README.md", "php");
  const [python] = blocks("README.md", "python");
  const php = phpGearman();
  const python3 = program("python3", "python3");

  testWith([php, python3], "print what their comments say, with the PHP worker", async () => {
    await using server = startServer();
    const onPort = (code: string) => {
      assert(code.includes(PORT));
      return code.replaceAll(PORT, String(server.port));
    };
    const files = {
      "worker.php": onPort(worker),
      "client.php": onPort(client),
      "client.py": onPort(python),
    };
    await withFiles(files, async (path) => {
      await using _worker = new RunningProgram(php.program, [path("worker.php")]);
      await server.untilListed("status", /^reverse\t0\t0\t1$/);
      const fromPhp = await run(php.program, [path("client.php")]);
      const [result, handle, ...rest] = fromPhp.stdout.split("\n");
      assertEquals([result, rest], [expectedOutput(client)[0], [""]]);
      assertMatch(handle, /^H:/);
      const fromPython = await run(python3.program, [path("client.py")]);
      assertEquals(fromPython.stderr, "");
      assertEquals(fromPython.stdout, `${expectedOutput(python)[0]}\n`);
    });
  });
});

for (const name of ["README.md", "CONTRIBUTING.md", "docs/installation.md"]) {
  test(`${name} names scripts and tasks that there are`, () => {
    const { scripts } = JSON.parse(page("package.json"));
    const { tasks } = JSON.parse(page("deno.json"));
    const npm = [
      ...page(name).matchAll(/\bnpm (?:run )?((?:start|test|run|build|check|compile)[\w:]*)/g),
    ]
      .map(([, script]) => script).filter((script) => script !== "run");
    const deno = [...page(name).matchAll(/\bdeno task (\w+)/g)].map(([, task]) => task);
    assert(npm.length > 0 && deno.length > 0);
    assertEquals(npm.filter((script) => scripts[script] === undefined), []);
    assertEquals(deno.filter((task) => tasks[task] === undefined), []);
  });
}
