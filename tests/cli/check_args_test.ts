import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { OptionError } from "../../options/kinds.ts";
import { checkStart } from "../../cli/serve/check_start.ts";
import type { ServeSettings } from "../../cli/serve/options.ts";
import { programWords, runProgram, startServe } from "../support/program.ts";
import { unless } from "../support/unless.ts";

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-check-"));
fs.chmodSync(directory, 0o755);
after(() => fs.rmSync(directory, { recursive: true }));

const isRoot = process.getuid?.() === 0;
const notRoot = !isRoot && "only root can become another user";
const notUser = isRoot && "root may write everywhere";

function inFolder(name: string): string {
  return join(directory, name);
}

function refused(settings: ServeSettings, ...parts: string[]): void {
  const { message } = assertThrows(() => checkStart(settings), OptionError);
  for (const part of parts) assertStringIncludes(message, part);
}

/** What the server makes, each in this folder, and the option. */
function filesIn(folder: string): [option: string, settings: ServeSettings][] {
  return [
    ["--log-file", { logFile: join(folder, "log") }],
    ["--pid-file", { pidFile: join(folder, "pid") }],
    ["--store", { store: { file: join(folder, "queue.db") } }],
    ["--listen", { listen: [{ host: "localhost" }, { path: join(folder, "socket") }] }],
  ];
}

describe("--check-args", () => {
  test("is content with all that a start would be content with, and leaves nothing behind", () => {
    const settings = Object.assign({}, ...filesIn(directory).map(([, one]) => one));
    assertEquals(checkStart({ ...settings, listenMode: 0o660, fileDescriptors: 100 }), []);
    assertEquals(checkStart({ logFile: "stderr" }), []);
    assertEquals(checkStart({ logFile: "none" }), []);
    assertEquals(fs.readdirSync(directory), []);
  });

  for (const [option, settings] of filesIn(join(directory, "missing"))) {
    test(`finds that the folder of ${option} is missing`, () => {
      refused(settings, option, `there is no folder ${inFolder("missing")}`);
    });
  }

  test("takes a path without a folder for one in the current folder", async () => {
    const command = { words: programWords(), environment: process.env, directory };
    const { status, stderr } = await runProgram(["serve", "--check-args", "-l", "x"], {}, command);
    assertEquals([status, stderr], [0, []]);
  });

  for (const [option, settings] of filesIn(directory)) {
    test(`finds a folder in the place of the file of ${option}`, () => {
      const [value] = Object.values(settings);
      const path = typeof value === "string"
        ? value
        : option === "--store"
        ? inFolder("queue.db")
        : inFolder("socket");
      fs.mkdirSync(path);
      refused(settings, option, path, "it is a folder");
      fs.rmdirSync(path);
    });

    test(...unless(notUser, `finds that it may not write in the folder of ${option}`), () => {
      fs.chmodSync(directory, 0o555);
      refused(settings, option, directory, "permission");
      fs.chmodSync(directory, 0o755);
    });
  }

  test("finds a file in the place of a socket; the socket of a server that runs is none", async () => {
    const path = inFolder("taken");
    fs.writeFileSync(path, "");
    refused({ listen: [{ path }] }, "--listen", path, "is not a socket");
    fs.rmSync(path);
    await using server = startServe(["-L", `unix:${path}`]);
    await server.addresses();
    assertEquals(checkStart({ listen: [{ path }] }), []);
  });

  test("finds a user, a group and a limit that there are not", () => {
    refused({ user: "no-such-user" }, "--user", isRoot ? "no-such-user" : "only root");
    const listen = [{ path: inFolder("socket") }];
    refused({ listen, listenGroup: "no-such-group" }, "--listen-group", "no-such-group");
    refused({ listenMode: 0o660 }, "--listen-mode needs --listen unix:PATH");
    refused({ fileDescriptors: 2 ** 30 }, "--file-descriptors");
    refused({ fileDescriptors: 10 }, "--file-descriptors");
  });

  test("finds that only root gives a socket to a group that the server is not in", () => {
    const settings = { listen: [{ path: inFolder("socket") }], listenGroup: "4321" };
    const { message } = assertThrows(
      () => checkStart(settings, { uid: 33, groups: [33, 4320] }),
      OptionError,
    );
    assertStringIncludes(message, "--listen-group: only root");
    assertEquals(checkStart(settings, { uid: 33, groups: [33, 4321] }), []);
    assertEquals(checkStart(settings, { uid: 0, groups: [0] }), []);
    const own = process.getgid === undefined ? undefined : String(process.getgid());
    assertEquals(checkStart({ ...settings, listenGroup: own }), []);
  });

  test(...unless(notRoot, "warns of what the user that it becomes cannot do later"), () => {
    for (const [option, settings] of filesIn(directory)) {
      const warnings = checkStart({ ...settings, user: "nobody" });
      assertEquals(warnings.length, 1);
      assertMatch(warnings[0], new RegExp(`${option}: .* in ${directory}: nobody may not write`));
    }
    fs.chownSync(directory, 65534, 65534);
    for (const [, settings] of filesIn(directory)) {
      assertEquals(checkStart({ ...settings, user: "nobody" }), []);
    }
    fs.chownSync(directory, 0, 0);
  });

  test(...unless(notRoot, "finds where that user may not write, nor root for him"), () => {
    const closed = inFolder("closed");
    fs.mkdirSync(join(closed, "open"), { recursive: true });
    fs.chmodSync(join(closed, "open"), 0o777);
    for (const [option, settings] of filesIn(join(closed, "open"))) {
      fs.chmodSync(closed, 0o755);
      assertEquals(checkStart({ ...settings, user: "nobody" }), []);
      fs.chmodSync(closed, 0o700);
      refused({ ...settings, user: "nobody" }, option, "permission denied for the user nobody");
    }
    const secret = join(closed, "secret");
    fs.writeFileSync(secret, "", { mode: 0o600 });
    fs.chmodSync(closed, 0o755);
    fs.symlinkSync(secret, join(closed, "open", "log"));
    refused({ logFile: join(closed, "open", "log"), user: "nobody" }, "permission denied");
    fs.rmSync(closed, { recursive: true });
  });

  test("finds a link in the place of the pid file", () => {
    const link = inFolder("link");
    fs.symlinkSync(inFolder("file"), link);
    refused({ pidFile: link }, "--pid-file", link, "symbolic link");
    assertEquals(checkStart({ logFile: link }), []);
    fs.rmSync(link);
  });

  test("says in one line with status 1 what the start would stumble over", async () => {
    const args = ["--check-args", "-l", inFolder("missing/log"), "-j", "0"];
    const { status, stderr } = await runProgram(["serve", ...args]);
    assertEquals([status, stderr.length], [1, 1], stderr.join("\n"));
    assertStringIncludes(stderr[0], inFolder("missing"));
  });

  test(...unless(notRoot, "says warnings with status 0"), async () => {
    const args = ["--check-args", "-l", inFolder("log"), "-u", "nobody"];
    const { status, stderr } = await runProgram(["serve", ...args]);
    assertEquals([status, stderr.length], [0, 1], stderr.join("\n"));
    assertMatch(stderr[0], /^geartrain: warning: -l\/--log-file: .*cannot be opened again/);
  });
});
