import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { buildPackage } from "../../build/npm_package.ts";
import { SERVER_VERSION, VERSION } from "../../version.ts";
import { runProgram, startServe } from "../support/program.ts";
import { RunningProgram } from "../support/programs.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { bunProgram, nodeProgram, ROOT, withoutPackages } from "../support/runtimes.ts";
import { unless } from "../support/unless.ts";

/** A program that has the package installed, and what the package depends on. */
const consumer = fs.mkdtempSync(join(tmpdir(), "geartrain-npm-"));
const installed = join(consumer, "node_modules/@geartrain/server");
const ENTRY_POINTS = [".", "./store", "./postgres", "./testing", "./cli"];
const required = process.env.GEARTRAIN_REQUIRE_INTEROP === "1";
const node = nodeProgram();

/** Uses types of every entry point, and a wrong option that they must notice. */
const TYPES = `
import { type JobView, Server, type ServerOptions, type ServerEvents } from "@geartrain/server";
import { MemoryStore } from "@geartrain/server/store";
import { ManualClock, testServer } from "@geartrain/server/testing";
import { main } from "@geartrain/server/cli";
const options: ServerOptions = { wakeup: 3 };
const server = new Server(options);
server.on("jobFinished", ({ job }: ServerEvents["jobFinished"]) => void (job satisfies JobView));
const port: number = server.createListeningSock(0).addr.port;
// @ts-expect-error There is no such option.
new Server({ wakup: 3 });
export { main, ManualClock, MemoryStore, port, testServer };
`;

const PROGRAM = `
import { Server, VERSION } from "@geartrain/server";
import { testServer } from "@geartrain/server/testing";
const server = new Server();
const conn = server.toInprocessServer();
await conn.write(new TextEncoder().encode("version\\n"));
const buffer = new Uint8Array(100);
const length = await conn.read(buffer);
console.log(new TextDecoder().decode(buffer.subarray(0, length)).trim(), VERSION);
console.log(typeof testServer);
await server.stop();
`;

before(() => {
  if (withoutPackages) return;
  buildPackage(installed);
  const packages = [
    ...["cli-progress", "string-width", "emoji-regex", "is-fullwidth-code-point", "strip-ansi"],
    ...["ansi-regex", "fast-string-truncated-width", "fast-string-width", "minimist"],
    ...["croner", "hono", "postgres", "smol-toml", "split2"],
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

/** Listens on Node, where that takes a moment. */
const LISTENING = `
import { Server } from "@geartrain/server";
const server = new Server();
const localAddr = "127.0.0.1";
const listener = server.createListeningSock(0, { localAddr });
try {
  console.log(listener.addr.port);
} catch (error) {
  console.log(error.message);
}
await listener.ready;
const { port } = listener.addr;
const taken = server.createListeningSock(port, { localAddr });
await taken.ready.catch(({ name, code }) => console.log(name, code));
console.log(server.listeners().length, "listener");
await listener.close();
await server.createListeningSock(port, { localAddr }).close();
await server.start(port, { localAddr });
console.log("closed before it was ready");
await server.stop();
`;

/** Does not ask whether a port is taken that is. */
const UNASKED = `
import { Server } from "@geartrain/server";
const server = new Server();
const { addr } = await server.start(0, { localAddr: "127.0.0.1" });
server.createListeningSock(addr.port, { localAddr: "127.0.0.1" });
console.log("goes on");
`;

/** Runs a program to its end in the folder of the consumer. */
function run(program: string, ...args: string[]) {
  return spawnSync(program, args, { cwd: consumer, encoding: "utf8" });
}

/** A copy of an example, where the package is installed. */
function copied(file: string): string {
  fs.cpSync(join(ROOT, "examples"), consumer, { recursive: true });
  return join(consumer, file);
}

/** Runs a program of this text on Node. */
function runText(text: string, name = "text.js") {
  fs.writeFileSync(join(consumer, name), text);
  return run(node!, name);
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
    assertEquals(stdout, `OK ${SERVER_VERSION} ${VERSION}\nfunction\n`);
  });

  const skip = node === undefined && !required && "GEARTRAIN_NODE names no Node 22";
  test(...unless(skip, "serves on Node 22, as a module"), () => {
    const { status, stdout, stderr } = run(node!, "program.js");
    assertEquals([status, stderr], [0, ""]);
    assertEquals(stdout, `OK ${SERVER_VERSION} ${VERSION}\nfunction\n`);
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

  test(...unless(skip, "tells on Node 22 by `ready` on which port it listens, or why not"), () => {
    const { status, stdout, stderr } = runText(LISTENING);
    assertEquals([status, stderr], [0, ""]);
    assertEquals(stdout.split("\n"), [
      "The port is not known yet: await listener.ready first",
      "ListenError EADDRINUSE",
      "1 listener",
      "closed before it was ready",
      "",
    ]);
  });

  test(...unless(skip, "ends a program on Node 22 that does not ask if it listens"), () => {
    const { status, stdout, stderr } = runText(UNASKED);
    assertEquals([status, stdout], [1, "goes on\n"]);
    assertStringIncludes(stderr, "ListenError: Cannot listen on 127.0.0.1:");
    assertStringIncludes(stderr, "the address is in use");
  });

  test(...unless(skip, "is taken by require() on Node 22 too"), () => {
    const text = `const { Server, VERSION } = require("@geartrain/server");
      console.log(new Server() instanceof Server, VERSION);`;
    const { status, stdout, stderr } = runText(text, "required.cjs");
    assertEquals([status, stderr], [0, ""]);
    assertEquals(stdout, `true ${VERSION}\n`);
  });

  for (const file of ["server.ts", "adopt_connection.ts", "start_worker.ts"]) {
    test(...unless(skip, `runs examples/${file} on Node 22`), async () => {
      await using example = new RunningProgram(node!, [copied(file), "0", "127.0.0.1"]);
      const port = /^Gearman on 127\.0\.0\.1:(\d+)$/.exec(await example.nextLine())?.[1];
      using peer = await RawPeer.connect(Number(port));
      assertEquals(await peer.send("version\n").nextLine(), `OK ${SERVER_VERSION}`);
      peer.destroy();
      example.kill("SIGTERM");
      assertEquals((await example.ended).code, 0);
    });
  }

  test(...unless(skip, "runs the other examples on Node 22"), () => {
    const { status, stdout } = run(node!, copied("in_process.ts"), "Gearman", "geartrain");
    assertEquals([status, stdout], [0, "namraeG\nniartraeg\n"]);
    const tests = run(node!, "--test", copied("with_test_server_test.ts"));
    assertEquals(tests.status, 0, tests.stdout);
    assertStringIncludes(tests.stdout, "pass 2\n");
  });

  test(...unless(skip, "serves on Node 22, as a program"), async () => {
    const words = [node!, join(installed, "bin/geartrain.js")];
    const command = { words, environment: {}, directory: consumer };
    assertStringIncludes((await runProgram(["--version"], {}, command)).stdout, "Node 2");
    await using server = startServe(["--http", "0"], {}, command);
    using peer = await RawPeer.connect(await server.port());
    assertEquals(await peer.send("version\n").nextLine(), `OK ${SERVER_VERSION}`);
    const place = (await server.line(/HTTP is served on/)).replace(/^.* on /, "");
    const metrics = await (await fetch(`http://${place}/metrics`)).text();
    assertMatch(metrics, /^gearman_build_info\{.*runtime="Node 2/m);
    server.kill("SIGTERM");
    assertEquals((await server.end).status, 0);
  });

  test("has examples that import the package itself, or a package of JSR", () => {
    let count = 0;
    for (const file of fs.readdirSync(installed, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".d.ts")) continue;
      const text = fs.readFileSync(join(installed, file), "utf8");
      for (const [, name] of text.matchAll(/^ *\* .*\bfrom "([^"]+)";$/gm)) {
        const entry = name.replace(/^@geartrain\/server/, ".");
        assert(name === "@std/assert" || ENTRY_POINTS.includes(entry), `${file} has ${name}`);
        count++;
      }
    }
    assert(count > 50, `${count} imports`);
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
      for (const [, name] of text.matchAll(/(?:from |import\()"([^"\s]+)"/g)) {
        // A part of a package, such as hono/cookie, comes with the package.
        const [, whole] = /^((?:@[^/]+\/)?[^/]+)/.exec(name)!;
        const known = name.startsWith("node:") || Object.hasOwn(manifest.dependencies, whole) ||
          (name.startsWith(".") && fs.existsSync(join(installed, file, "..", name)));
        assert(known, `${file} imports ${name}`);
      }
    }
  });
});
