import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { assert } from "@std/assert";
import { RawPeer } from "../support/raw_peer.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The example of the README as a program, on a free port. */
function example(): string {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, "README.md"), "utf8"))!;
  assert(code.includes("createListeningSock(4730"));
  return code.replace('"@geartrain/server"', JSON.stringify(join(ROOT, "mod.ts")))
    .replace("createListeningSock(4730", "createListeningSock(0");
}

test("the README's example runs a server that goes on serving", async () => {
  const directory = mkdtempSync(join(tmpdir(), "geartrain-"));
  const file = join(directory, "example.ts");
  writeFileSync(file, example());
  const args = "Deno" in globalThis
    ? ["run", "--config", join(ROOT, "deno.npm.json"), "--allow-net", "--allow-read", file]
    : [file];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
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
    rmSync(directory, { recursive: true });
  }
});
