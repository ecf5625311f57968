import { lstatSync, rmSync } from "node:fs";
import { Worker } from "node:worker_threads";

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
 * the address. The only sure way to tell is to connect, which no runtime does while one waits; so a
 * thread does.
 */
export function removeStaleSocket(path: string): void {
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
