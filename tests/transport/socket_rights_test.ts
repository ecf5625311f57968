import * as fs from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ListenError } from "../../transport/socket_errors.ts";
import { bindWithRights } from "../../transport/unix_socket.ts";
import { settings, TestListener, transports } from "./handlers.ts";
import { NO_MODES, socketFolder } from "../support/unix_sockets.ts";
import { inOwnProcess } from "../support/own_process.ts";
import { unless } from "../support/unless.ts";

const { newPath } = socketFolder();
const isRoot = process.getuid?.() === 0;
/** A group that this process may give files to. */
const group = isRoot ? 12345 : process.getgid?.();

function rights(path: string): [mode: string, group: number] {
  const { mode, gid } = fs.lstatSync(path);
  return [(mode & 0o7777).toString(8), gid];
}

for (const transport of transports) {
  describe(...unless(NO_MODES, `the file of a unix socket of ${transport.name}`), () => {
    const open = (options: object) => {
      const path = newPath();
      return TestListener.open(transport, () => {}, settings(), { path, ...options });
    };

    test("has the mode that was asked for, whatever the umask", () =>
      inOwnProcess("listenWithModes", transport.name, newPath()));

    test("belongs to the group that was asked for, which may connect then", async () => {
      await using listener = await open({ group });
      assertEquals(rights(listener.addr.path!), ["660", group!]);
      await using strict = await open({ group, mode: 0o620 });
      assertEquals(rights(strict.addr.path!), ["620", group!]);
    });

    test("has that of the umask without a mode", () =>
      inOwnProcess("listenWithoutMode", transport.name, newPath()));
  });
}

describe(...unless(NO_MODES, "binding a unix socket with a mode"), () => {
  test("makes the file with that mode: at no time has it others", () =>
    inOwnProcess("bindWithMode", newPath()));

  test("gives the umask back when it fails", () => inOwnProcess("failToBind", newPath()));

  test("closes it when its file cannot be given away, and says so", () => {
    const path = newPath();
    const closed: string[] = [];
    const bindNothing = () => path;
    const { message } = assertThrows(
      () => bindWithRights({ path, group }, bindNothing, (socket) => closed.push(socket)),
      ListenError,
    );
    assertStringIncludes(message, `unix:${path}: its mode or group cannot be set`);
    assertEquals(closed, [path]);
  });

  test("changes no file that a link in its place leads to", () => {
    const path = newPath();
    const target = newPath();
    fs.writeFileSync(target, "");
    const before = rights(target);
    const bind = () => {
      fs.symlinkSync(target, path);
      return path;
    };
    bindWithRights({ path, group, mode: 0o666 }, bind, () => {});
    assertEquals(rights(target), before);
  });
});
