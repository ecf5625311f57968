import * as fs from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { OptionError } from "../../options/kinds.ts";
import { socketRights } from "../../cli/serve/listening.ts";
import { runProgram, startServe } from "../support/program.ts";
import { program, run, testWith } from "../support/programs.ts";
import { NO_MODES, socketFolder } from "../support/unix_sockets.ts";
import { unless } from "../support/unless.ts";

const { directory, newPath } = socketFolder();
const isRoot = process.getuid?.() === 0;
const perl = program("perl", "perl-base");
const setpriv = program("setpriv", "util-linux");
/** Connects to a path; status 1 if that may not be. */
const CONNECT = ["-MSocket", "-e"].concat(
  "socket(S, AF_UNIX, SOCK_STREAM, 0); exit(connect(S, sockaddr_un($ARGV[0])) ? 0 : 1)",
);
const listen = [{ path: "/run/gearmand.sock" }];

describe(...unless(NO_MODES, "--listen-mode and --listen-group"), () => {
  test("set the rights of the file of a unix socket", async () => {
    const path = newPath();
    const group = String(isRoot ? 12345 : process.getgid!());
    const args = ["-L", `unix:${path}`, "--listen-mode", "0620", "--listen-group", group];
    await using program = startServe(args);
    await program.addresses();
    const { mode, gid } = fs.lstatSync(path);
    assertEquals([(mode & 0o777).toString(8), String(gid)], ["620", group]);
  });

  const name = "let those of the group connect, and nobody else";
  const body = async () => {
    fs.chmodSync(directory, 0o755);
    const path = newPath();
    await using server = startServe(["-L", `unix:${path}`, "--listen-group", "12345"]);
    await server.addresses();
    const codes = [];
    for (const group of ["12345", "12346"]) {
      const user = ["--reuid=65534", `--regid=${group}`, "--clear-groups"];
      codes.push((await run(setpriv.program, [...user, perl.program, ...CONNECT, path])).code);
    }
    assertEquals(codes, [0, 1]);
  };
  if (isRoot) testWith([perl, setpriv], name, body);
  else test(...unless("only root can become another user", name), body);

  test("without a unix socket, or with a group that there is not, nothing starts", async () => {
    const wrong: [args: string[], ...parts: string[]][] = [
      [["--listen-mode", "0660"], "--listen-mode needs --listen unix:PATH"],
      [["--listen-group", "0"], "--listen-group needs --listen unix:PATH"],
      [["-L", `unix:${newPath()}`, "--listen-group", "no such"], "--listen-group", "no such"],
      [["--listen-mode", "0999"], "--listen-mode", "0999"],
      [["--listen-mode", "rw-"], "--listen-mode", "rw-"],
    ];
    for (const [args, ...parts] of wrong) {
      const { status, stderr } = await runProgram(["serve", "-p", "0", ...args]);
      assertEquals([status, stderr.length], [1, 1], stderr.join("\n"));
      for (const part of parts) assertStringIncludes(stderr[0], part);
    }
  });
});

describe(...unless(NO_MODES, "the group of unix sockets"), () => {
  test("is known by its number, and by its name", () => {
    assertEquals(socketRights({ listen, listenGroup: "33" }).group, 33);
    const [name, , number] = fs.readFileSync("/etc/group", "utf8").split("\n")[0].split(":");
    assertEquals(socketRights({ listen, listenGroup: name }).group, Number(number));
  });

  test("of a name that nobody knows is an error", () => {
    for (const listenGroup of ["no-such-group", "roo", "-x", "root:x"]) {
      assertThrows(() => socketRights({ listen, listenGroup }), OptionError, listenGroup);
    }
  });
});
