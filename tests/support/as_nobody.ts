/**
 * What is done with the rights of the user `nobody`, in a process of its own: the user of a process is
 * that of all its threads, on which `deno test --parallel` runs other tests.
 *
 * The first argument says what to do, the others are paths. The exit status is 0 if all is as expected.
 *
 * @module
 */
import { closeSync, constants, readFileSync } from "node:fs";
import process from "node:process";
import { assertEquals, assertThrows } from "@std/assert";
import { openFile } from "../../cli/serve/open_file.ts";
import { asUser, userNamed } from "../../cli/serve/user.ts";
import { SqliteStore } from "../../store/sqlite/store.ts";
import { allOf } from "../store/contract.ts";
import { programWords, runProgram } from "./program.ts";

/** Does one of these things in a process of its own, and fails as it fails there. */
export async function asNobody(act: keyof typeof ACTS, ...paths: string[]): Promise<void> {
  const command = { words: programWords("tests/support/as_nobody.ts"), environment: process.env };
  const { status, stderr } = await runProgram([act, ...paths], {}, command);
  assertEquals(status, 0, stderr.join("\n"));
}

const ACTS = {
  /** Opens a database, whose first job has the number 1. */
  openStore(path: string) {
    asUser(userNamed("nobody"), () => {
      const store = SqliteStore.open(path);
      assertEquals(allOf(store)[0].number, 1);
      store.close();
    });
  },

  /** Root opens one file for that user, and not what a link leads to or what has other names. */
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

  /** Reads what only root may read. */
  readSecret(secret: string) {
    const read = () => readFileSync(secret, "utf8");
    assertThrows(() => asUser(userNamed("nobody"), read));
    assertEquals(asUser(undefined, read), "secret");
    assertEquals([process.geteuid!(), process.getegid!(), read()], [0, 0, "secret"]);
  },
};

if (import.meta.main) {
  const [act, ...paths] = process.argv.slice(2);
  (ACTS[act as keyof typeof ACTS] as (...paths: string[]) => void)(...paths);
}
