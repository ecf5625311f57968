/**
 * `geartrain serve --user`, which root starts: what belongs to whom, and that the user cannot have root
 * open, make or give away what is not his. `nobody` is that user.
 *
 * @module
 */
import * as fs from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { pathOutOfReach, userNamed } from "../../cli/serve/user.ts";
import { inOwnProcess } from "../support/own_process.ts";
import { type Program, startServe } from "../support/program.ts";
import { RawPeer } from "../support/raw_peer.ts";
import { unless } from "../support/unless.ts";

const notRoot = process.getuid?.() !== 0 && "only root can become another user";
const NOBODY = notRoot ? { name: "", uid: -1, gid: -1, groups: [] } : userNamed("nobody");
const GROUP = 12345;

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-user-"));
fs.chmodSync(directory, 0o755);
after(() => fs.rmSync(directory, { recursive: true }));
let folders = 0;

/** A folder of that user, or of root. */
function newFolder(uid = NOBODY.uid): string {
  const folder = join(directory, `${++folders}`);
  fs.mkdirSync(folder, { mode: 0o755 });
  fs.chownSync(folder, uid, uid === 0 ? 0 : NOBODY.gid);
  return folder;
}

/** A file that only root may read. */
function newSecret(): string {
  const path = join(newFolder(0), "secret");
  fs.writeFileSync(path, "secret", { mode: 0o600 });
  return path;
}

function assertUntouched(secret: string): void {
  const { uid, gid, mode } = fs.statSync(secret);
  assertEquals([uid, gid, (mode & 0o777).toString(8)], [0, 0, "600"]);
  assertEquals(fs.readFileSync(secret, "utf8"), "secret");
}

/** Links made by that user. */
function linkOf(target: string, path: string): string {
  fs.symlinkSync(target, path);
  fs.lchownSync(path, NOBODY.uid, NOBODY.gid);
  return path;
}

/** Everything that the options can name, in one folder. */
function allFilesIn(folder: string): string[] {
  const path = (name: string) => join(folder, name);
  return ["-u", "nobody", "--verbose", "INFO"].concat(
    ["-l", path("log"), "-P", path("pid"), "--store", `sqlite:${path("q.db")}`],
    ["-L", `unix:${path("socket")}`],
  );
}

const FILES = ["log", "pid", "q.db", "q.db-lock", "q.db-reserve", "q.db-wal", "socket"];

function owners(folder: string): Record<string, number> {
  const names = fs.readdirSync(folder).sort();
  return Object.fromEntries(names.map((name) => [name, fs.lstatSync(join(folder, name)).uid]));
}

const allOfNobody = Object.fromEntries(FILES.map((name) => [name, NOBODY.uid]));

async function stopped(program: Program): Promise<number | null> {
  program.kill("SIGTERM");
  return (await program.end).status;
}

describe(...unless(notRoot, "geartrain serve --user"), () => {
  test("makes all its files as that user, and takes them away", async () => {
    const folder = newFolder();
    for (let start = 0; start < 2; start++) {
      await using program = startServe(allFilesIn(folder));
      await program.port();
      assertEquals(owners(folder), allOfNobody);
      assertEquals(await stopped(program), 0);
      assertEquals(Object.keys(owners(folder)), ["log", "q.db"]);
    }
  });

  test("opens a new log as that user after the old one was renamed", async () => {
    const folder = newFolder();
    const log = join(folder, "log");
    await using program = startServe(["-u", "nobody", "-l", log]);
    await program.port();
    fs.renameSync(log, `${log}.1`);
    program.kill("SIGHUP");
    while (!fs.existsSync(log) || fs.statSync(log).size === 0) await turn();
    assertEquals(owners(folder), { log: NOBODY.uid, "log.1": NOBODY.uid });
  });

  test("starts with files in a folder where only root makes any, and again", async () => {
    const folder = newFolder(0);
    for (let start = 0; start < 2; start++) {
      await using program = startServe(allFilesIn(folder));
      using client = await RawPeer.connect(await program.port());
      assertEquals(owners(folder), allOfNobody);
      await client.packet("SUBMIT_JOB_BG", "f", "", "").expect("JOB_CREATED");
      assertEquals((await client.send("show jobs\n").textReply()).length, start + 1);
      assertEquals(await stopped(program), 0);
    }
    assert(fs.readFileSync(join(folder, "log"), "utf8").includes("pid stays: permission denied"));
  });

  test("goes on in a new log that logrotate has made for that user", async () => {
    const log = join(newFolder(0), "log");
    await using program = startServe(["-u", "nobody", "-l", log]);
    await program.port();
    fs.renameSync(log, `${log}.1`);
    fs.writeFileSync(log, "");
    fs.chownSync(log, NOBODY.uid, NOBODY.gid);
    program.kill("SIGHUP");
    while (fs.statSync(log).size === 0) await turn();
    assertMatch(fs.readFileSync(log, "utf8"), /SIGHUP/);
  });

  for (const option of ["-l", "-P", "--store"]) {
    test(`does not follow a link of that user in the place of the file of ${option}`, async () => {
      const secret = newSecret();
      const path = linkOf(secret, join(newFolder(), "x"));
      const value = option === "--store" ? `sqlite:${path}` : path;
      await using program = startServe(["-u", "nobody", option, value]);
      const { status, stderr } = await program.end;
      assertEquals(status, 1);
      assert(stderr.at(-1)!.includes(path), stderr.at(-1));
      assertUntouched(secret);
    });
  }

  for (const end of ["-reserve", "-lock", "-wal"]) {
    test(`does not follow a link of that user beside its database, q.db${end}`, async () => {
      const folder = newFolder();
      const secret = newSecret();
      linkOf(secret, join(folder, `q.db${end}`));
      await using program = startServe(["-u", "nobody", "--store", `sqlite:${folder}/q.db`]);
      await Promise.race([program.port().catch(() => {}), program.end]);
      program.kill("SIGTERM");
      await program.end;
      assertUntouched(secret);
    });
  }

  test("gives its unix sockets to that user, and to the group that it is not in", async () => {
    for (const uid of [NOBODY.uid, 0]) {
      const path = join(newFolder(uid), "socket");
      const args = ["-u", "nobody", "-L", `unix:${path}`, "--listen-group", `${GROUP}`];
      await using program = startServe(args);
      await program.port();
      const { uid: owner, gid, mode } = fs.lstatSync(path);
      assertEquals([owner, gid, (mode & 0o777).toString(8)], [NOBODY.uid, GROUP, "660"]);
      assertEquals(await stopped(program), 0);
    }
  });

  test("listens on a port that only root may have", async () => {
    const port = await freeLowPort();
    await using program = startServe(["-u", "nobody", "-L", `127.0.0.1:${port}`]);
    await program.port();
    using peer = await RawPeer.connect(port);
    await peer.packet("ECHO_REQ", "x").expect("ECHO_RES");
  });
});

describe(...unless(notRoot, "A path is out of a user's reach"), () => {
  test("in folders that only root may change", () => {
    const folder = newFolder(0);
    const path = join(folder, "new");
    assertEquals(pathOutOfReach(path, NOBODY), path);
    assertEquals(pathOutOfReach(join(folder, ".", "x", "..", "new"), NOBODY), path);
    fs.symlinkSync(folder, join(directory, "root's"));
    assertEquals(pathOutOfReach(join(directory, "root's", "new"), NOBODY), path);
  });

  test("not in his folder, below it, in everybody's, in another user's, or by a link in one", () => {
    const own = newFolder();
    const folder = newFolder(0);
    fs.mkdirSync(join(own, "of root"));
    linkOf(folder, join(own, "link"));
    fs.symlinkSync(join(own, "link"), join(folder, "link"));
    const everybodys = newFolder(0);
    fs.chmodSync(everybodys, 0o1777);
    linkOf(folder, join(everybodys, "link"));
    const paths = [
      join(own, "x"),
      join(own, "of root", "x"),
      join(own, "link", "x"),
      join(folder, "link", "x"),
      join(everybodys, "x"),
      join(everybodys, "link", "x"),
      join(newFolder(4711), "x"),
    ];
    for (const path of paths) assertEquals(pathOutOfReach(path, NOBODY), null, path);
    const ofGroup = newFolder(0);
    fs.chownSync(ofGroup, 0, GROUP);
    fs.chmodSync(ofGroup, 0o775);
    const path = join(ofGroup, "x");
    assertEquals(pathOutOfReach(path, NOBODY), path);
    assertEquals(pathOutOfReach(path, { ...NOBODY, groups: [GROUP] }), null);
  });

  test("and so root neither makes nor gives a file that the user has led it to", async () => {
    const own = newFolder();
    const folder = newFolder(0);
    linkOf(folder, join(own, "link"));
    const secret = newSecret();
    fs.linkSync(secret, join(folder, "of root"));
    const paths = [join(folder, "new"), join(own, "link", "led to"), join(folder, "of root")];
    await inOwnProcess("openFiles", ...paths);
    assertEquals(owners(folder), { new: NOBODY.uid, "of root": 0 });
    assertUntouched(secret);
  });
});

test(
  ...unless(notRoot, "Rights of a user end with what is done by them, also if it fails"),
  () => inOwnProcess("readSecret", newSecret()),
);

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function freeLowPort(): Promise<number> {
  for (let port = 1023; port > 600; port--) {
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.on("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
    });
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
  throw new Error("no port below 1024 is free");
}
