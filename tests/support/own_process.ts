/**
 * What is done in a process of its own, as it changes the user, the umask or the working directory: these
 * belong to all threads of a process, on which `deno test --parallel` runs other tests.
 *
 * The first argument says what to do, the others are what it needs. The exit status is 0 if all is as
 * expected.
 *
 * @module
 */
import { closeSync, constants, lstatSync, readFileSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { openFile } from "../../cli/serve/open_file.ts";
import { writePidFile } from "../../cli/serve/pid_file.ts";
import { asUser, userNamed } from "../../cli/serve/user.ts";
import { SqliteStore } from "../../store/sqlite/store.ts";
import { bindWithRights } from "../../transport/unix_socket.ts";
import { allOf, batch, storedJob } from "../store/contract.ts";
import { settings, TestListener, transports } from "../transport/handlers.ts";
import { programWords, runProgram } from "./program.ts";

/** Does one of these things in a process of its own, and fails as it fails there. */
export async function inOwnProcess(act: keyof typeof ACTS, ...args: string[]): Promise<void> {
  const command = { words: programWords("tests/support/own_process.ts"), environment: process.env };
  const { status, stderr } = await runProgram([act, ...args], {}, command);
  assertEquals(status, 0, stderr.join("\n"));
}

const ACTS = {
  /** As `nobody`: opens a database, whose first job has the number 1. */
  openStore(path: string) {
    asUser(userNamed("nobody"), () => {
      const store = SqliteStore.open(path);
      assertEquals(allOf(store)[0].number, 1);
      store.close();
    });
  },

  /** Root opens one file for `nobody`, and not what a link leads to or what has other names. */
  openFiles(file: string, link: string, hardLink: string) {
    const options = {
      flags: constants.O_WRONLY,
      mode: 0o600,
      user: userNamed("nobody"),
      followsLink: true,
    };
    assertThrows(() => openFile(link, options));
    closeSync(openFile(file, options));
    assertThrows(() => openFile(hardLink, options), Error, "hard links");
  },

  /** As `nobody`: cannot read what only root may read. */
  readSecret(secret: string) {
    const read = () => readFileSync(secret, "utf8");
    assertThrows(() => asUser(userNamed("nobody"), read));
    assertEquals(asUser(undefined, read), "secret");
    assertEquals([process.geteuid!(), process.getegid!(), read()], [0, 0, "secret"]);
  },

  /** In a folder: what is a name with a meaning for SQLite is the name of a file there. */
  openByName(directory: string) {
    process.chdir(directory);
    for (const name of [":memory:", "file:queue.db?mode=memory"]) {
      const store = SqliteStore.open(name, { sync: "off", handlePrefix: "H:gear1", reserve: 0 });
      store.write(batch({ added: [storedJob(1)] }));
      assert(statSync(name).size > 0);
    }
  },

  /** A pid file is written whose mode would be 666 by the umask. */
  writePidFile(path: string) {
    process.umask(0);
    const remove = writePidFile(path);
    assertEquals(modeOf(path), 0o644);
    remove();
  },

  /** Sockets have the modes that they are to have, and the umask is as before. */
  async listenWithModes(name: string, path: string) {
    process.umask(0o027);
    for (const mode of [0o600, 0o660, 0o666]) {
      await using listener = await open(name, { path, mode });
      assertEquals([modeOf(listener.addr.path!), process.umask()], [mode, 0o027]);
    }
  },

  /** A socket has the mode of the umask if it is to have no other. */
  async listenWithoutMode(name: string, path: string) {
    process.umask(0o027);
    await using listener = await open(name, { path });
    assertEquals(modeOf(listener.addr.path!), 0o750);
  },

  /** The file of a socket is made by a umask that leaves nothing but the mode. */
  bindWithMode(path: string) {
    const seen: number[] = [];
    const bind = () => {
      seen.push(process.umask());
      writeFileSync(path, "");
      return path;
    };
    assertEquals(bindWithRights({ path, mode: 0o640 }, bind, () => {}), path);
    assertEquals(seen, [0o137]);
  },

  /** The umask is as before when a socket cannot be bound. */
  failToBind(path: string) {
    const before = process.umask();
    const fail = () => {
      throw new Error("in use");
    };
    assertThrows(() => bindWithRights({ path, mode: 0o600 }, fail, () => {}), Error, "in use");
    assertEquals(process.umask(), before);
  },
};

function open(transport: string, options: object): Promise<TestListener> {
  const found = transports.find(({ name }) => name === transport)!;
  return TestListener.open(found, () => {}, settings(), options);
}

function modeOf(path: string): number {
  return lstatSync(path).mode & 0o7777;
}

if (import.meta.main) {
  const [act, ...args] = process.argv.slice(2);
  await (ACTS[act as keyof typeof ACTS] as (...args: string[]) => unknown)(...args);
}
