/**
 * What root makes beside the database of another user: a command that is killed leaves nothing that keeps
 * that user from it, and no link in his folder leads root elsewhere.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { userNamed } from "../../../cli/serve/user.ts";
import { copyTo, openItself, UNNAMED } from "../../../store/file_itself.ts";
import { exportedLines } from "../../../store/exchange/ndjson.ts";
import { soundParts } from "../../../store/sqlite/salvage.ts";
import { SqliteStore } from "../../../store/sqlite/store.ts";
import { inOwnProcess } from "../../support/own_process.ts";
import { Program } from "../../support/program.ts";
import { unless } from "../../support/unless.ts";
import { batch, storedJob } from "../contract.ts";
import { makeOldStore } from "./old_store.ts";

const notRoot = process.getuid?.() !== 0 && "only root can give files away";
const NOBODY = notRoot ? { name: "", uid: -1, gid: -1, groups: [] } : userNamed("nobody");

const directory = fs.mkdtempSync(join(tmpdir(), "geartrain-owner-"));
fs.chmodSync(directory, 0o755);
after(() => fs.rmSync(directory, { recursive: true }));
let folders = 0;

/** A folder of that user. */
function newFolder(): string {
  const folder = join(directory, `${++folders}`);
  fs.mkdirSync(folder);
  fs.chownSync(folder, NOBODY.uid, NOBODY.gid);
  return folder;
}

/** A path of a database of that user, with one job. */
function newStore(): string {
  const path = join(newFolder(), "q.db");
  const store = SqliteStore.open(path, { reserve: 4096, sync: "off" });
  store.write(batch({ added: [storedJob(1)] }));
  store.close();
  fs.chownSync(path, NOBODY.uid, NOBODY.gid);
  return path;
}

function exportOf(path: string): string {
  const store = SqliteStore.open(path);
  const lines = [...exportedLines(store, soundParts(store, () => {}))];
  store.close();
  return lines.map((line) => `${line}\n`).join("");
}

/** Files in the folder of a database that are not that user's, and all names. */
function filesBeside(path: string): { others: string[]; names: string[] } {
  const folder = join(path, "..");
  const names = fs.readdirSync(folder).sort();
  const others = names.filter((name) => {
    const { uid, gid, mode } = fs.lstatSync(join(folder, name));
    return uid !== NOBODY.uid || gid !== NOBODY.gid || (mode & 0o077) !== 0;
  });
  return { others, names };
}

describe(...unless(notRoot, "Root at the database of another user"), () => {
  test("makes files that are that user's, also those that are there only while it is open", () => {
    const path = newStore();
    const store = SqliteStore.open(path, { reserve: 4096 });
    store.write(batch({ added: [storedJob(2)] }));
    const names = ["q.db", "q.db-lock", "q.db-reserve", "q.db-wal"];
    assertEquals(filesBeside(path), { others: [], names });
    store.close();
    assertEquals(filesBeside(path), { others: [], names: ["q.db"] });
  });

  test("leaves nothing that keeps that user from it when it is killed", async () => {
    // It never ends.
    const pipe = join(directory, "jobs");
    execFileSync("mkfifo", [pipe]);
    const writer = fs.openSync(pipe, fs.constants.O_RDWR);
    fs.writeSync(writer, exportOf(newStore()));
    for (const args of [["import", pipe], ["serve", "-p", "0", "-L", "127.0.0.1"]]) {
      const path = newStore();
      const program = new Program([...args, "--store", `sqlite:${path}`]);
      // It has the database as soon as the log is there.
      const log = () => fs.statSync(`${path}-wal`, { throwIfNoEntry: false });
      let found = log();
      for (; found === undefined; found = log()) await turn();
      assertEquals(found.uid, NOBODY.uid);
      program.kill("SIGKILL");
      await program.end;
      const { others } = filesBeside(path);
      assertEquals(others.filter((name) => !name.endsWith(UNNAMED)), []);
      await inOwnProcess("openStore", path);
    }
    fs.closeSync(writer);
  });

  test("copies the database before an upgrade, and a damaged log, for that user", () => {
    const path = join(newFolder(), "q.db");
    makeOldStore(path, [storedJob(1)]);
    fs.writeFileSync(`${path}-wal`, new Uint8Array(100));
    for (const end of ["", "-wal"]) fs.chownSync(path + end, NOBODY.uid, NOBODY.gid);
    fs.chmodSync(path, 0o600);
    fs.chmodSync(`${path}-wal`, 0o600);
    SqliteStore.open(path, { reserve: 0 }).close();
    assertEquals(filesBeside(path), { others: [], names: ["q.db", "q.db-v1", "q.db-wal-damaged"] });
  });
});

describe("What is made beside a database", () => {
  test("is never written through a link in its place", () => {
    const [path, secret] = [join(directory, "new.db"), join(directory, "secret")];
    fs.writeFileSync(secret, "secret");
    makeOldStore(path, [storedJob(1)]);
    fs.symlinkSync(secret, `${path}-v1-unfinished`);
    fs.symlinkSync(secret, `${path}-v1`);
    SqliteStore.open(path, { reserve: 0 }).close();
    assertEquals(fs.readFileSync(secret, "utf8"), "secret");
    assert(fs.lstatSync(`${path}-v1`).isFile());
    assert(!fs.existsSync(`${path}-v1-unfinished`));
    const from = openItself(path);
    fs.symlinkSync(secret, `${path}-wal-damaged`);
    assertThrows(() => copyTo(from, `${path}-wal-damaged`));
    fs.closeSync(from);
    assertEquals(fs.readFileSync(secret, "utf8"), "secret");
  });

  test("is never a copy of what a link in the place of the log leads to", () => {
    const [path, secret] = [join(directory, "led.db"), join(directory, "other secret")];
    SqliteStore.open(path).close();
    fs.writeFileSync(secret, "secret".repeat(100));
    fs.symlinkSync(secret, `${path}-wal`);
    assertThrows(() => SqliteStore.open(path));
    assertEquals(fs.readFileSync(secret, "utf8"), "secret".repeat(100));
    const names = fs.readdirSync(directory).filter((name) => name.startsWith("led.db"));
    assertEquals(names.sort(), ["led.db", "led.db-wal"]);
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
