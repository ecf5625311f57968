import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import type { Socket } from "node:net";
import { delimiter, join } from "node:path";
import process from "node:process";
import { FlushQueue } from "./flush_queue.ts";
import { SocketLink } from "./node.ts";
import type { Accept, LinkSettings } from "./transport.ts";

const flushQueue = new FlushQueue(setImmediate);

/**
 * The child gets a socket as descriptor 3 and makes it its standard input and output: Perl's
 * `Gearman::Worker` reads and writes its descriptor 0, which therefore must be a socket, and the
 * pipes that a runtime gives to a child are none. `exec` keeps the pid.
 */
const SOCKET_TO_STDIO = 'exec "$@" 0<&3 1>&3 3>&-';

/** How a worker process ended. */
export interface WorkerExit {
  /** Its exit code, or null if a signal ended it. */
  readonly code: number | null;
  /** The signal that ended it, or null. */
  readonly signal: string | null;
}

/** A worker program that a server started. */
export interface WorkerProcess {
  /** Its process id. */
  readonly pid: number;
  /** Settles when it has ended. */
  readonly exited: Promise<WorkerExit>;
  /** Sends it a signal, SIGTERM unless said otherwise. */
  kill(signal?: NodeJS.Signals): void;
}

/**
 * Starts a program whose standard input and output are its connection to the server.
 *
 * @throws {Error} when it could not be started, with code `ENOENT` when there is no such program.
 */
export function startWorkerProcess(
  program: string,
  args: readonly string[],
  settings: LinkSettings,
  accept: Accept,
): WorkerProcess {
  checkProgram(program);
  const child = spawn("/bin/sh", ["-c", SOCKET_TO_STDIO, "sh", program, ...args], {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
    env: { ...process.env, GEARMAN_WORKER_USE_STDIO: "1" },
  });
  const exited = new Promise<WorkerExit>((resolve) => {
    child.on("exit", (code, signal) => resolve({ code, signal }));
    child.on("error", () => resolve({ code: 127, signal: null }));
  });
  if (child.pid === undefined) throw new Error(`Cannot start the worker program ${program}`);
  const peer = { hostname: "[gearman_child]", port: 0 };
  const link = new SocketLink(child.stdio[3] as Socket, peer, settings, flushQueue);
  link.start(accept);
  return { pid: child.pid, exited, kill: (signal) => void child.kill(signal) };
}

/** The shell would only say so on its standard error, after the connection exists. */
function checkProgram(program: string): void {
  const places = program.includes("/")
    ? [program]
    : (process.env.PATH ?? "").split(delimiter).map((directory) => join(directory, program));
  if (places.some(mayBeProgram)) return;
  const error = new Error(`Cannot start the worker program ${program}: there is no such program`);
  throw Object.assign(error, { code: "ENOENT" });
}

/** Any bit that lets somebody execute a file. */
const EXECUTABLE = 0o111;

/** Whether it is this user who may execute it is known to the system only; Deno guesses. */
function mayBeProgram(path: string): boolean {
  try {
    const file = statSync(path);
    return file.isFile() && (file.mode & EXECUTABLE) !== 0;
  } catch (error) {
    // Deno may not be allowed to look; the shell is.
    return (error as Error).name === "NotCapable";
  }
}
