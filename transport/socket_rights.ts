import { chmodSync, lchownSync, lstatSync } from "node:fs";
import process from "node:process";
import { ListenError } from "./socket_errors.ts";
import type { ListenOptions } from "./transport.ts";

/** Rights of a socket that is given to a group: nobody else connects. */
const MODE_OF_GROUP = 0o660;

/**
 * Binds a unix socket whose file has the mode and the group of the options. At no time may anybody
 * connect who is not to: the file is made with that mode, by the umask.
 *
 * @param bind listens on the path; null if that has failed.
 * @param close undoes it.
 * @throws {ListenError} when the file cannot be given away.
 */
export function bindWithRights<Socket>(
  options: ListenOptions,
  bind: () => Socket | null,
  close: (socket: Socket) => void,
): Socket | null {
  const { path = "", group, mode = group === undefined ? undefined : MODE_OF_GROUP } = options;
  if (mode === undefined) return bind();
  const former = changeUmask(0o777 & ~mode);
  let socket: Socket | null;
  try {
    socket = bind();
  } finally {
    if (former !== null) process.umask(former);
  }
  if (socket === null) return null;
  try {
    // Whatever stands there by now: not what a link there points to.
    if (group !== undefined) lchownSync(path, lstatSync(path).uid, group);
    if (former === null) chmodSync(path, mode);
  } catch (error) {
    close(socket);
    const { code = "EPERM", message } = error as { code?: string; message: string };
    throw new ListenError(code, `unix:${path}`, `its mode or group cannot be set: ${message}`);
  }
  return socket;
}

/** The umask before, or null if Deno has no leave to change it (`--allow-sys=umask`). */
function changeUmask(mask: number): number | null {
  try {
    return process.umask(mask);
  } catch {
    return null;
  }
}
