import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import { setTimeout } from "node:timers";
import { Watcher } from "./watcher.ts";

/** How a command ended. */
export interface CommandEnd {
  /** Its exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly signal: string | null;
}

/** How a command is started. */
export interface StartOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Is its standard error read here? Otherwise it is that of this program. */
  readonly readsErrors: boolean;
}

/** What a command gets between the request to end and the end, in milliseconds. */
const GRACE = 5000;
const hasGroups = process.platform !== "win32";

/** The commands that run, to be killed when this program ends. */
const running = new Set<ProcessGroup>();
/** Ends them if this program cannot do that itself any more. */
const watcher = hasGroups ? new Watcher(GRACE) : null;
process.on("exit", () => {
  for (const group of running) group.kill("SIGKILL");
});

/** Asks all commands to end. */
export function terminateAll(): void {
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

  /** Null unless it is read here. */
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

  /** Sends all of it a signal. */
  kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || (this.#hasEnded && !hasGroups)) return;
    try {
      process.kill(hasGroups ? -pid : pid, signal);
    } catch {
      // None of it is there any more.
    }
  }

  #begin(): void {
    running.add(this);
    const { pid } = this.#child;
    if (pid !== undefined) watcher?.add(pid);
  }

  /** What it has left behind is its own affair, unless it was told to end. */
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
