import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import { setTimeout } from "node:timers";
import type { Worker } from "../../client/worker.ts";
import { signalsHere } from "../interrupts.ts";
import { searchPath, systemOutput } from "../../transport/machine.ts";

/**
 * Reads which process groups run: `+ NUMBER`, and `- NUMBER` for one that has ended. When no more can
 * come, whoever wrote is gone, and the groups that are left are asked to end, and killed later.
 */
const SCRIPT = `
  trap '' INT TERM HUP
  groups=
  while read -r what number; do
    others=
    for group in $groups; do [ "$group" = "$number" ] || others="$others $group"; done
    groups=$others
    [ "$what" = - ] || groups="$groups $number"
  done
  [ -n "$groups" ] || exit 0
  for group in $groups; do kill -s TERM -- "-$group"; done
  sleep "$1"
  for group in $groups; do kill -s KILL -- "-$group"; done
`;

/**
 * A shell that ends the commands of this program when SIGKILL, or a crash, has ended this program
 * itself. A system without a shell has no watcher.
 */
class Watcher {
  readonly #grace: number;
  readonly #groups = new Set<number>();
  #child: ChildProcess | null = null;

  /** @param grace milliseconds from the request to end to the end. */
  constructor(grace: number) {
    this.#grace = grace;
  }

  add(group: number): void {
    this.#groups.add(group);
    if (this.#child !== null) return this.#tell("+", group);
    this.#start();
    for (const each of this.#groups) this.#tell("+", each);
  }

  /** Forgets a group that does not belong to this program any more. */
  remove(group: number): void {
    if (this.#groups.delete(group)) this.#tell("-", group);
  }

  #start(): void {
    // The shell has a group of its own: what ends the group of this program does not end the shell.
    const child = spawn("sh", ["-c", SCRIPT, "sh", String(this.#grace / 1000)], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      env: searchPath(),
    });
    const gone = () => {
      if (this.#child === child) this.#child = null;
    };
    child.on("error", gone).on("exit", gone);
    child.stdin?.on("error", gone);
    child.unref();
    this.#child = child;
  }

  #tell(what: "+" | "-", group: number): void {
    this.#child?.stdin?.write(`${what} ${group}\n`);
  }
}

export interface CommandEnd {
  /** The exit status; null when a signal ended the command. */
  readonly status: number | null;
  readonly signal: string | null;
}

interface StartOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Is its standard error read here? Otherwise it is that of this program. */
  readonly readsErrors: boolean;
}

/** How long a command has to end by itself after it was asked to, in milliseconds. */
const GRACE = 5000;
const hasGroups = process.platform !== "win32";

/** The commands that run, to be killed when this program ends. */
const running = new Set<ProcessGroup>();
/** Ends them if this program cannot do that itself any more. */
const watcher = hasGroups ? new Watcher(GRACE) : null;
process.on("exit", () => {
  for (const group of running) group.kill("SIGKILL");
});

function terminateAll(): void {
  for (const group of running) group.terminate();
}

/**
 * A command with all that it starts, as long as that does not leave for a group of its own. What a
 * terminal sends to this program by Ctrl-C, it does not get.
 */
export class ProcessGroup {
  /** Settles when the command itself has ended; rejects when it could not be started. */
  readonly ended: Promise<CommandEnd>;
  readonly #child: ChildProcess;
  #isKilled = false;
  #hasEnded = false;

  constructor([program, ...args]: readonly string[], options: StartOptions) {
    this.#child = spawn(program, args, {
      detached: hasGroups,
      stdio: ["pipe", "pipe", options.readsErrors ? "pipe" : "inherit"],
      env: options.environment,
      windowsHide: true,
    });
    this.#begin();
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", (error) => {
        this.#end();
        reject(error);
      });
      this.#child.once("exit", (status, signal) => {
        this.#end();
        resolve({ status, signal });
      });
    });
  }

  get stdin(): Writable {
    return this.#child.stdin!;
  }

  get stdout(): Readable {
    return this.#child.stdout!;
  }

  /** Null when it is the standard error of this program. */
  get stderr(): Readable | null {
    return this.#child.stderr;
  }

  /**
   * Asks all of it to end, and kills what is there after a while. After the end it does nothing.
   *
   * @param grace that while, in milliseconds.
   */
  terminate(grace = GRACE): void {
    if (this.#isKilled || this.#hasEnded) return;
    this.#isKilled = true;
    this.kill("SIGTERM");
    setTimeout(() => {
      this.kill("SIGKILL");
      this.#forget();
    }, grace);
  }

  /** Sends a signal to all processes of the group. */
  kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || (this.#hasEnded && !hasGroups)) return;
    try {
      process.kill(hasGroups ? -pid : pid, signal);
    } catch {
      // All its processes have ended.
    }
  }

  #begin(): void {
    running.add(this);
    const { pid } = this.#child;
    if (pid !== undefined) watcher?.add(pid);
  }

  /** Processes that the command has left behind may stay, unless it was told to end. */
  #end(): void {
    this.#hasEnded = true;
    if (!this.#isKilled) this.#forget();
  }

  #forget(): void {
    running.delete(this);
    const { pid } = this.#child;
    if (pid !== undefined) watcher?.remove(pid);
  }
}

/** The bit of SIGHUP in the masks of Linux. */
const HANGUP = 1n;

/** The signals that ask a worker to leave. */
const SIGNALS = signalsHere("SIGINT", "SIGTERM", "SIGHUP");

/** Was it started by nohup? Only Linux tells. */
function ignoresHangup(): boolean {
  if (process.platform !== "linux") return false;
  // Deno reads there only with all permissions, but may be allowed to run this program.
  const status = systemOutput("cat", `/proc/${process.pid}/status`) ?? "";
  const [, ignored = "0"] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return (BigInt(`0x${ignored}`) & HANGUP) !== 0n;
}

/**
 * Works until the end: the worker has done its jobs, or a signal asks it to leave. With the first
 * one it finishes the jobs that it does; with a second one their commands are ended, and they fail.
 *
 * @param say told what is going on.
 */
export async function workUntilEnd(worker: Worker, say: (text: string) => void): Promise<void> {
  let isLeaving = false;
  const leave = (signal: string) => {
    if (isLeaving) {
      say(`${signal}: ends the commands that run`);
      terminateAll();
    }
    isLeaving = true;
    void worker.stop();
  };
  // As soon as Deno listens to any signal, a SIGHUP that nobody listens to ends it.
  const stay = ignoresHangup() ? () => {} : undefined;
  const listeners = SIGNALS.map((signal) => {
    return { signal, listener: signal === "SIGHUP" ? stay ?? leave : leave };
  });
  for (const { signal, listener } of listeners) process.on(signal, listener);
  await worker.finished;
  for (const { signal, listener } of listeners) process.off(signal, listener);
}
