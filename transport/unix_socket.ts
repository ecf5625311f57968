import { chmodSync, lchownSync, lstatSync, rmSync } from "node:fs";
import { Worker } from "node:worker_threads";
import process from "node:process";
import { ListenError } from "./socket_errors.ts";
import type { ListenOptions } from "./transport.ts";

/** Longest wait for an answer of whoever listens, in milliseconds. */
const LONGEST = 3000;
const REFUSED = 1;

/** Runs in a thread of its own: connects, and wakes the thread that waits. */
const CONNECT = `
  const { connect } = require("node:net");
  const { workerData: { path, result } } = require("node:worker_threads");
  const socket = connect({ path });
  const answer = (value) => {
    Atomics.store(result, 0, value);
    Atomics.notify(result, 0);
    socket.destroy();
  };
  socket.on("connect", () => answer(2));
  socket.on("error", (error) => answer(error.code === "ECONNREFUSED" ? ${REFUSED} : 2));
`;

/**
 * Removes the file of a socket that nobody listens on: it is left over from a crash and would block
 * the address. The only sure way to tell is to connect, and a thread does that while this one waits,
 * because a program may lend this call the rights of another user, which it has only until the call
 * returns: what was removed and bound later would be removed and bound by root.
 */
function removeStaleSocket(path: string): void {
  try {
    if (!lstatSync(path).isSocket()) return;
  } catch {
    // Nothing there, or nothing that may be looked at: listening will say what is wrong.
    return;
  }
  if (refusesConnections(path)) rmSync(path, { force: true });
}

function refusesConnections(path: string): boolean {
  const result = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(CONNECT, { eval: true, workerData: { path, result } });
  Atomics.wait(result, 0, 0, LONGEST);
  void thread.terminate();
  return result[0] === REFUSED;
}

/** Rights of a socket that is given to a group: nobody else connects. */
const MODE_OF_GROUP = 0o660;

/**
 * Binds a unix socket, in the place of one that nobody listens on any more. Its file has the mode and the
 * group of the options. At no time may anybody connect who is not to: the file is made with that mode,
 * by the umask.
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
  removeStaleSocket(path);
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

/** The umask before, or null if Deno may not change it (`--allow-sys=umask`). */
function changeUmask(mask: number): number | null {
  try {
    return process.umask(mask);
  } catch {
    return null;
  }
}
