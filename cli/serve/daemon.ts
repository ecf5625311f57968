import { spawn } from "node:child_process";
import { realpathSync, writeSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import process from "node:process";
import { Readable } from "node:stream";
import { TextLineStream } from "@std/streams/text-line-stream";
import { searchPath, systemOutput, textOf } from "../../transport/machine.ts";
import type { ProgramLog } from "./log.ts";

/** The variable that is set in the environment of the process in the background. */
const DAEMON_VARIABLE = "GEARTRAIN_DAEMON";
/** What that process says when it serves; anything else is the reason why it does not. */
const READY = "ready";
const STDOUT = 1;

/** Is this the process in the background? */
export const isDaemon = process.env[DAEMON_VARIABLE] !== undefined;
// A server that this one starts in turn, by one of its workers, is not a daemon because of that.
if (isDaemon) delete process.env[DAEMON_VARIABLE];

/** Tells the process that started this one that it serves; that one then ends. */
export function reportReady(): void {
  report(READY);
}

/** Tells the process that started this one, if it still waits, why this one ends. */
export function reportFailure(reason: string): void {
  report(reason.replaceAll("\n", " "));
}

/** The standard output is a pipe to the process that waits; nothing else is written to it. */
function report(line: string): void {
  try {
    writeSync(STDOUT, `${line}\n`);
  } catch {
    // Nobody waits any more.
  }
}

/**
 * Starts this program once more as it was started, by the same name, in a session of its own and
 * without a terminal, and waits until it serves.
 *
 * @returns null when it does, else why it does not.
 */
export async function startDaemon(): Promise<string | null> {
  // The words include what runtimes do not tell: permissions, configuration and the path of cli.ts.
  const [name, ...words] = commandLine();
  const child = spawn(programNamed(name), words, {
    argv0: name,
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, [DAEMON_VARIABLE]: "1" },
  });
  const ended = new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (status, signal) => {
      resolve(`the process in the background ended with ${signal ?? `status ${status}`}`);
    });
  });
  const line = await Promise.race([firstLine(child.stdout), ended]);
  child.unref();
  return line === READY ? null : line;
}

/** The first line; never resolves when there is none. */
async function firstLine(stream: Readable): Promise<string> {
  const text = Readable.toWeb(stream) as ReadableStream<Uint8Array<ArrayBuffer>>;
  const lines = text.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const line of lines) return line;
  return new Promise(() => {});
}

/**
 * The file that the program was called by, a link perhaps: the system calls a process by the name of
 * the file that it runs. `pidof gearmand` is to find a server that was started as `gearmand`.
 */
function programNamed(name: string): string {
  const folders = name.includes("/") ? [""] : (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => resolve(folder, name)).find(isThisProgram) ?? process.execPath;
}

function isThisProgram(path: string): boolean {
  try {
    return realpathSync(path) === realpathSync(process.execPath);
  } catch {
    return false;
  }
}

/** The words that this process was started with. */
function commandLine(): string[] {
  const path = `/proc/${process.pid}/cmdline`;
  // Deno reads there only with all permissions.
  const text = textOf(path) || systemOutput("cat", path) || wordsOfPs();
  if (text === "") {
    throw new Error("--daemon: this system does not tell how the program was started");
  }
  return text.split("\0").slice(0, -1);
}

/** For systems without /proc. It does not tell where a word ends: a word must not have a space. */
function wordsOfPs(): string {
  const line = systemOutput("ps", "-ww", "-o", "args=", "-p", `${process.pid}`) ?? "";
  return line.trim().replace(/\s+|$/g, "\0");
}

/**
 * Tells the service manager that started this process what it does, such as `READY=1`, as
 * `sd_notify(3)` describes it. Without a manager (`NOTIFY_SOCKET` is not set) it does nothing. No runtime
 * can write to its datagram socket, so the system's `systemd-notify` does: a unit needs
 * `NotifyAccess=all`.
 *
 * @returns resolves when it knows, or cannot be told: what is said before that may come out of order.
 */
export function tellServiceManager(
  log: ProgramLog,
  ...assignments: readonly string[]
): Promise<void> {
  const { NOTIFY_SOCKET } = process.env;
  if (NOTIFY_SOCKET === undefined || NOTIFY_SOCKET === "") return Promise.resolve();
  // The process in the background is not the one that the manager started.
  const words = [...assignments, `MAINPID=${process.pid}`];
  const failed = (why: string) => {
    log.write("WARNING", `The service manager was not told ${assignments[0]}: ${why}`);
  };
  return new Promise((resolve) => {
    try {
      spawn("systemd-notify", words, { stdio: "ignore", env: { ...searchPath(), NOTIFY_SOCKET } })
        .on("error", ({ message }) => {
          failed(message);
          resolve();
        })
        .on("exit", (status) => {
          if (status !== 0) failed(`systemd-notify ended with status ${status}`);
          resolve();
        });
    } catch (error) {
      // Deno throws where it may not run that program.
      failed((error as Error).message);
      resolve();
    }
  });
}
