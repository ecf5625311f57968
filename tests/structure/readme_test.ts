import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";
import { RunningProgram } from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The programs in the README. */
const PROGRAMS = [
  ...readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/```ts\n([\s\S]*?)```/g),
]
  .map(([, code]) => code.replace('"@geartrain/server"', JSON.stringify(join(ROOT, "mod.ts"))));

/** The program and arguments that check the types of a program, where the runtime does, and run it. */
function runtimeWords(file: string): string[] {
  const permissions = ["--allow-net", "--allow-read", "--allow-sys=hostname"];
  const deno = ["run", "--check", "--config", join(ROOT, "deno.npm.json"), ...permissions];
  return [process.execPath, ...("Deno" in globalThis ? deno : []), file];
}

/** A program as a file, for as long as it is needed. */
async function withFile(code: string, use: (words: string[]) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "geartrain-"));
  const file = join(directory, "example.ts");
  writeFileSync(file, code);
  try {
    await use(runtimeWords(file));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("the README's server goes on serving", async () => {
  const [server] = PROGRAMS;
  assert(server.includes("createListeningSock(4730"));
  const onFreePort = server.replace("createListeningSock(4730", "createListeningSock(0");
  await withFile(onFreePort, async ([word, ...args]) => {
    const child = spawn(word, args, { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const port = /Gearman on port (\d+)/.exec((await lines.next()).value ?? "")?.[1];
      assert(port !== undefined);
      assert((await lines.next()).value?.startsWith("OK "));
      const peer = await RawPeer.connect(Number(port));
      peer.send("version\n");
      assert((await peer.nextLine()).startsWith("OK "));
      peer.destroy();
    } finally {
      child.kill("SIGKILL");
    }
  });
});

describe("the README's clients and workers", () => {
  const others = PROGRAMS.slice(1);
  test("are there", () => assertEquals(others.length, 2));
  for (const [index, code] of others.entries()) {
    test(`print what the comments say: program ${index + 1}`, async () => {
      const expected = [...code.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) =>
        text
      );
      assert(expected.length > 0);
      await withFile(code, async ([word, ...args]) => {
        await using program = new RunningProgram(word, args);
        const { stdout, stderr, code } = await program.ended;
        assertEquals(code, 0, stderr);
        const lines = stdout.split("\n");
        assertEquals(lines.filter((line) => expected.includes(line)), expected);
      });
    });
  }
});
