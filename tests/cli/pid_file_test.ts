import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { OptionError } from "../../options/kinds.ts";
import { secondsSinceStart, writePidFile } from "../../cli/serve/pid_file.ts";
import { inOwnProcess } from "../support/own_process.ts";
import { runProgram, startServe } from "../support/program.ts";
import { unless } from "../support/unless.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-pid-"));
after(() => fs.rmSync(directory, { recursive: true }));
const OWN = `${process.pid}\n`;
const onWindows = process.platform === "win32" && "Windows does not tell of other processes";
let files = 0;

function newPath(): string {
  return join(directory, `${++files}.pid`);
}

function content(path: string): string {
  return fs.readFileSync(path, "utf8");
}

function refused(path: string, ...parts: string[]): void {
  const { message } = assertThrows(() => writePidFile(path), OptionError);
  for (const part of parts) assertStringIncludes(message, part);
}

describe("A pid file", () => {
  test("replaces one that is there, and is taken away", () => {
    const path = newPath();
    fs.writeFileSync(path, "an older one, and longer\n");
    const remove = writePidFile(path);
    assertEquals(content(path), OWN);
    remove();
    assert(!fs.existsSync(path));
    remove();
  });

  test(
    ...unless(onWindows, "may be written to by nobody else, whatever the umask"),
    () => inOwnProcess("writePidFile", newPath()),
  );

  test(...unless(onWindows, "is not written through a link, and not to what is no file"), () => {
    const [file, link, folder] = [newPath(), newPath(), newPath()];
    fs.writeFileSync(file, "somebody's");
    fs.symlinkSync(file, link);
    refused(link, link, "symbolic link");
    assertEquals(content(file), "somebody's");
    fs.rmSync(file);
    refused(link, "symbolic link");
    assert(!fs.existsSync(file));
    fs.mkdirSync(folder);
    refused(folder, folder);
  });

  test(
    ...unless(onWindows, "of a process that runs is left to it, and the message names it"),
    () => {
      const path = newPath();
      fs.writeFileSync(path, `${process.ppid}\n`);
      refused(path, path, `process ${process.ppid}, which runs`);
      assertEquals(content(path), `${process.ppid}\n`);
    },
  );

  test("of a process that is gone, or younger than the file, is overwritten", () => {
    const path = newPath();
    fs.writeFileSync(path, `${spawnSync(process.execPath, ["--version"]).pid}\n`);
    writePidFile(path);
    assertEquals(content(path), OWN);
    fs.writeFileSync(path, `${process.ppid}\n`);
    const longAgo = Date.now() / 1000 - secondsUp() - 100;
    fs.utimesSync(path, longAgo, longAgo);
    writePidFile(path);
    assertEquals(content(path), OWN);
  });

  test("that is no longer its own stays", () => {
    const path = newPath();
    const remove = writePidFile(path);
    fs.writeFileSync(path, "4711\n");
    remove();
    assertEquals(content(path), "4711\n");
    const again = writePidFile(path);
    const other = newPath();
    fs.writeFileSync(other, OWN);
    fs.renameSync(other, path);
    again();
    assertEquals(content(path), OWN);
  });

  test(...unless(onWindows, "keeps a second server from starting, and stays its own"), async () => {
    const path = newPath();
    await using first = startServe(["--pid-file", path]);
    await first.port();
    const args = ["serve", "-L", "127.0.0.1", "-p", "0", "--pid-file", path];
    const { status, stderr } = await runProgram(args);
    assertEquals(status, 1);
    assertStringIncludes(stderr.at(-1)!, `${path}: process ${first.pid}, which runs`);
    assertEquals(content(path), `${first.pid}\n`);
    first.kill("SIGKILL");
    await first.end;
    await using second = startServe(["--pid-file", path]);
    await second.port();
    assertEquals(content(path), `${second.pid}\n`);
  });
});

describe(...unless(onWindows, "How long a process runs"), () => {
  test("is known of this one and of others", () => {
    // From the start of the runtime on, which some count from the start of this file only.
    const uptime = Math.floor(process.uptime());
    const found = secondsSinceStart(process.pid)!;
    assert(found + 2 > uptime && found < secondsUp(), `${found}, ${uptime} s`);
    assert(secondsSinceStart(process.ppid)! + 2 > found);
  });

  test("is unknown of one that is gone", async () => {
    const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
    await new Promise((resolve) => child.on("close", resolve));
    assertEquals(secondsSinceStart(child.pid!), null);
  });
});

/** How long the machine runs, at least. */
function secondsUp(): number {
  return secondsSinceStart(1) ?? 0;
}
