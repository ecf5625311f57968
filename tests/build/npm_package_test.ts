import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { buildPackage } from "../../build/npm_package.ts";
import { SERVER_VERSION, VERSION } from "../../version.ts";
import { runProgram, startServe } from "../support/program.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { bunProgram, nodeProgram, ROOT, withoutPackages } from "../support/runtimes.ts";
import { unless } from "../support/unless.ts";

/** A program that has the package installed, and what the package depends on. */
const consumer = fs.mkdtempSync(join(tmpdir(), "geartrain-npm-"));
const installed = join(consumer, "node_modules/@geartrain/server");
const required = process.env.GEARTRAIN_REQUIRE_INTEROP === "1";
const node = nodeProgram();

/** Uses types of every entry point, and a wrong option that they must notice. */
const TYPES = `
import { type Job, Server, type ServerOptions, type ServerEvents } from "@geartrain/server";
import { PacketDecoder, PacketType } from "@geartrain/server/protocol";
import { ManualClock, Router } from "@geartrain/server/router";
import { main } from "@geartrain/server/cli";
const options: ServerOptions = { wakeup: 3 };
const server = new Server(options);
server.on("jobFinished", ({ job }: ServerEvents["jobFinished"]) => void (job satisfies Job));
const port: number = server.createListeningSock(0).addr.port;
// @ts-expect-error There is no such option.
new Server({ wakup: 3 });
export { main, ManualClock, PacketDecoder, PacketType, port, Router };
`;

const PROGRAM = `
import { Server, VERSION } from "@geartrain/server";
import { PacketType } from "@geartrain/server/protocol";
import { Router } from "@geartrain/server/router";
const server = new Server();
const conn = server.toInprocessServer();
await conn.write(new TextEncoder().encode("version\\n"));
const buffer = new Uint8Array(100);
const length = await conn.read(buffer);
console.log(new TextDecoder().decode(buffer.subarray(0, length)).trim(), VERSION);
console.log(PacketType.ECHO_REQ, typeof Router);
await server.stop();
`;

before(() => {
  if (withoutPackages) return;
  buildPackage(installed);
  const packages = [
    ...["cli-progress", "string-width", "emoji-regex", "is-fullwidth-code-point", "strip-ansi"],
    ...["ansi-regex", "fast-string-truncated-width", "fast-string-width", "minimist"],
    ...["smol-toml", "split2"],
    ...["@types", "undici-types"],
  ];
  for (const name of packages) {
    const target = join(ROOT, "node_modules", name);
    fs.symlinkSync(target, join(consumer, "node_modules", name), "junction");
  }
  fs.writeFileSync(join(consumer, "package.json"), '{ "type": "module" }');
  fs.writeFileSync(join(consumer, "program.js"), PROGRAM);
  fs.writeFileSync(join(consumer, "types.ts"), TYPES);
});
after(() => fs.rmSync(consumer, { recursive: true, force: true }));

/** Runs a program to its end in the folder of the consumer. */
function run(program: string, ...args: string[]) {
  return spawnSync(program, args, { cwd: consumer, encoding: "utf8" });
}

describe(...unless(withoutPackages, "the npm package"), () => {
  test("has types that hold, its own files included", () => {
    const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
    const options = ["--noEmit", "--strict", "--types", "node", "--target", "ES2023"];
    const modules = ["--lib", "ESNext,DOM", "--module", "NodeNext"];
    const { status, stdout } = run("node", compiler, ...options, ...modules, "types.ts");
    assertEquals([status, stdout], [0, ""]);
  });

  test("serves on Bun", () => {
    const { status, stdout, stderr } = run(bunProgram(), "program.js");
    assertEquals([status, stderr], [0, ""]);
    assertEquals(stdout, `OK ${SERVER_VERSION} ${VERSION}\n16 function\n`);
  });

  const skip = node === undefined && !required && "GEARTRAIN_NODE names no Node 22";
  test(...unless(skip, "serves on Node 22, as a module"), () => {
    const { status, stdout, stderr } = run(node!, "program.js");
    assertEquals([status, stderr], [0, ""]);
    assertEquals(stdout, `OK ${SERVER_VERSION} ${VERSION}\n16 function\n`);
  });

  test(...unless(skip, "runs the README's program on Node 22"), () => {
    const [, program] = /```ts\n([^]*?)```/.exec(fs.readFileSync(join(ROOT, "README.md"), "utf8"))!;
    assertStringIncludes(program, "createListeningSock(4730");
    const onFreePort = program.replace("createListeningSock(4730", "createListeningSock(0");
    fs.writeFileSync(join(consumer, "readme.js"), onFreePort);
    const { status, stdout, stderr } = run(node!, "readme.js");
    assertEquals([status, stderr], [0, ""]);
    assert(/^Gearman on port [1-9]\d*\nGEARMAN\n$/.test(stdout), stdout);
  });

  test(...unless(skip, "serves on Node 22, as a program"), async () => {
    const words = [node!, join(installed, "bin/geartrain.js")];
    const command = { words, environment: {}, directory: consumer };
    assertStringIncludes((await runProgram(["--version"], {}, command)).stdout, "Node 2");
    await using server = startServe([], {}, command);
    using peer = await RawPeer.connect(await server.port());
    assertEquals(await peer.send("version\n").nextLine(), `OK ${SERVER_VERSION}`);
    server.kill("SIGTERM");
    assertEquals((await server.end).status, 0);
  });

  test("names its files, its dependencies and no others", () => {
    const manifest = JSON.parse(fs.readFileSync(join(installed, "package.json"), "utf8"));
    assertEquals(manifest.version, VERSION);
    assertEquals(manifest.private, undefined);
    for (const entry of Object.values(manifest.exports) as Record<string, string>[]) {
      for (const file of Object.values(entry)) assert(fs.existsSync(join(installed, file)), file);
    }
    for (const file of fs.readdirSync(installed, { recursive: true, encoding: "utf8" })) {
      if (!/\.(js|d\.ts)$/.test(file)) continue;
      const text = fs.readFileSync(join(installed, file), "utf8").replaceAll(/^ *\*.*$/gm, "");
      for (const [, name] of text.matchAll(/(?:from |import\()"([^"]+)"/g)) {
        const known = name.startsWith("node:") || Object.hasOwn(manifest.dependencies, name) ||
          (name.startsWith(".") && fs.existsSync(join(installed, file, "..", name)));
        assert(known, `${file} imports ${name}`);
      }
    }
  });
});
