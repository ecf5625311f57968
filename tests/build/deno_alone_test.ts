import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { copyProject } from "../support/jsr_project.ts";
import { Program } from "../support/program.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { denoProgram } from "../support/runtimes.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-alone-"));
after(() => fs.rmSync(directory, { recursive: true, force: true }));

const clone = copyProject(directory);
/** The only program there is. */
const programs = join(directory, "bin");
const deno = join(programs, process.platform === "win32" ? "deno.exe" : "deno");
fs.mkdirSync(programs);
fs.symlinkSync(denoProgram(), deno);
/** What Deno downloads and keeps; empty at first. */
const cache = join(directory, "cache");

const { NODE_V8_COVERAGE: _, ...inherited } = process.env;
const environment = { ...inherited, PATH: programs, DENO_DIR: cache, NO_COLOR: "1" };

/** Packages of npm that were downloaded: what reads TOML, and what the stand-ins for JSR need. */
const PACKAGES = [
  ...["smol-toml"],
  ...["cli-progress", "string-width", "emoji-regex", "is-fullwidth-code-point", "strip-ansi"],
  ...["ansi-regex", "fast-string-truncated-width", "fast-string-width", "minimist", "split2"],
].sort();

function downloaded(): { packages: string[]; bytes: number } {
  const [registry] = fs.readdirSync(join(cache, "npm"));
  const folder = join(cache, "npm", registry);
  const files = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
  const bytes = files.map((file) => fs.statSync(join(folder, file)).size);
  return {
    packages: fs.readdirSync(folder).sort(),
    bytes: bytes.reduce((sum, size) => sum + size, 0),
  };
}

/** The body that a server on a unix socket answers with. */
function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, headers: { host: "localhost" } }, async (response) => {
      resolve((await response.setEncoding("utf8").toArray()).join(""));
    }).on("error", reject).end();
  });
}

function runDeno(...args: string[]) {
  const options = { cwd: clone, encoding: "utf8", env: environment } as const;
  return spawnSync(deno, args, options);
}

describe("With Deno alone, in a fresh clone", () => {
  test("deno task serve answers, having downloaded only what the server needs", async () => {
    const command = { words: [deno], environment, directory: clone, hasChild: true };
    const args = ["task", "serve", "--listen", "127.0.0.1", "--port", "0"];
    await using server = new Program(args, {}, command);
    using peer = await RawPeer.connect(await server.port());
    assert((await peer.send("version\n").nextLine()).startsWith("OK "));
    const { packages, bytes } = downloaded();
    assertEquals(packages, PACKAGES);
    assert(bytes < 3_500_000, `${bytes} bytes`);
    server.kill("SIGTERM");
    await server.end;
  });

  test("with --http it downloads what answers HTTP too, and serves it", async () => {
    const socket = join(directory, "http.sock");
    const command = { words: [deno], environment, directory: clone, hasChild: true };
    const args = ["task", "serve", "--listen", "127.0.0.1", "--port", "0"];
    await using server = new Program([...args, "--http", `unix:${socket}`], {}, command);
    await server.port();
    assertStringIncludes(await get(socket, "/readyz"), "ready");
    assertEquals(downloaded().packages, [...PACKAGES, "hono"].sort());
    server.kill("SIGTERM");
    await server.end;
  });

  test("deno test says that -P gives the tests their permissions, and with it they run", () => {
    const file = "tests/cli/version_test.ts";
    const without = runDeno("test", file);
    assertEquals(without.status, 1);
    assertStringIncludes(without.stderr, "`-P`");
    for (const words of [["test", "-P"], ["task", "test"]]) {
      const { status, stdout, stderr } = runDeno(...words, file);
      assertEquals(status, 0, stderr);
      assertStringIncludes(stdout, "ok | 1 passed | 0 failed");
    }
  });
});
