/**
 * The program `geartrain` in a process of its own, under the runtime that runs the tests.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { denoConfig, ROOT } from "./runtimes.ts";

/** How long a program may take for one step, in milliseconds. */
const DEADLINE = 30_000;
/** The line that says where it listens. */
const BANNER = /listening on (.+)$/;

/** How a program has ended. */
export interface ProgramEnd {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  /** Line by line. */
  readonly stderr: readonly string[];
}

/** How the program is called. */
export interface ProgramCommand {
  /** A program and what stands between it and the program's own arguments. */
  readonly words: readonly string[];
  /** All of its environment. */
  readonly environment: NodeJS.ProcessEnv;
  /** Where it is started. */
  readonly directory?: string;
  /** Does it run the server in a process of its own? Both are killed at the end then. */
  readonly hasChild?: boolean;
}

/** The program while it runs; disposing of it kills it. */
export class Program implements AsyncDisposable {
  /** How it ended. */
  readonly end: Promise<ProgramEnd>;
  readonly #child: ChildProcess;
  readonly #stderr: string[] = [];
  readonly #waiting = new Set<() => void>();
  #stdout = "";
  readonly #isGroup: boolean;
  #ended = false;

  /** Starts it under this runtime, or as a command of its own. */
  constructor(
    args: readonly string[],
    environment: Record<string, string> = {},
    command: ProgramCommand = {
      words: programWords(),
      environment: inherited(),
    },
  ) {
    const [program, ...words] = command.words;
    this.#child = spawn(program, [...words, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...command.environment, ...environment },
      cwd: command.directory,
      detached: command.hasChild,
    });
    this.#isGroup = command.hasChild === true;
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      for (const look of this.#waiting) look();
    });
    createInterface({ input: this.#child.stderr! }).on("line", (line) => {
      this.#stderr.push(line);
      for (const look of this.#waiting) look();
    });
    this.end = new Promise((resolve) => {
      this.#child.on("close", (status, signal) => {
        this.#ended = true;
        resolve({ status, signal, stdout: this.#stdout, stderr: this.#stderr });
        for (const look of this.#waiting) look();
      });
    });
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** Sends it a signal. */
  kill(signal: NodeJS.Signals): void {
    // The child's own kill, on Deno, works only once and then takes every end for one by a signal.
    if (!this.#ended) process.kill(this.pid, signal);
  }

  /** The first line of its standard error that matches, as soon as it is there. */
  line(pattern: RegExp): Promise<string> {
    return this.#lineOf(() => this.#stderr, pattern);
  }

  /** The same of its standard output. */
  outputLine(pattern: RegExp): Promise<string> {
    return this.#lineOf(() => this.#stdout.split("\n").slice(0, -1), pattern);
  }

  #lineOf(lines: () => readonly string[], pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = (settle: () => void) => {
        clearTimeout(deadline);
        this.#waiting.delete(look);
        settle();
      };
      const fail = (why: string) =>
        done(() => reject(new Error(`${why}; ${pattern} not in:\n${this.#stderr.join("\n")}`)));
      const look = () => {
        const found = lines().find((line) => pattern.test(line));
        if (found !== undefined) done(() => resolve(found));
        else if (this.#ended) fail("The program has ended");
      };
      const deadline = setTimeout(() => fail("The program takes too long"), DEADLINE);
      this.#waiting.add(look);
      look();
    });
  }

  /** Where it listens, as soon as it does: `127.0.0.1:4730`, `unix:/path`. */
  async addresses(): Promise<string[]> {
    return BANNER.exec(await this.line(BANNER))![1].split(", ");
  }

  /** The port of the first address. */
  async port(): Promise<number> {
    const [first] = await this.addresses();
    return Number(first.slice(first.lastIndexOf(":") + 1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isGroup && !this.#ended) process.kill(-this.pid, "SIGKILL");
    else this.kill("SIGKILL");
    await this.end;
  }
}

/** Starts `geartrain serve` on a free port of 127.0.0.1. */
export function startServe(
  args: readonly string[] = [],
  environment?: Record<string, string>,
  command?: ProgramCommand,
): Program {
  const address = ["--listen", "127.0.0.1", "--port", "0"];
  return new Program(["serve", ...address, ...args], environment, command);
}

/** Runs the program to its end. */
export async function runProgram(
  args: readonly string[],
  environment?: Record<string, string>,
  command?: ProgramCommand,
): Promise<ProgramEnd> {
  await using program = new Program(args, environment, command);
  const deadline = setTimeout(() => program.kill("SIGKILL"), DEADLINE);
  const end = await program.end;
  clearTimeout(deadline);
  return end;
}

/** What programs are told to wait at most, in seconds. */
const TIMES = ["0.3", "3", "20"];

/**
 * Asserts what a program does that is to wait for a short time only. On a machine that is busy it may
 * not even connect in that time, and tries again with more.
 */
export async function inEnoughTime(attempt: (seconds: string) => Promise<void>): Promise<void> {
  for (const seconds of TIMES.slice(0, -1)) {
    try {
      return await attempt(seconds);
    } catch {
      // The last attempt says what is wrong.
    }
  }
  await attempt(TIMES.at(-1)!);
}

/** A program and its arguments that run ours; the packages come from where ours come from. */
export function programWords(script = "cli.ts"): string[] {
  const main = join(ROOT, script);
  if (process.versions.deno === undefined) return [process.execPath, main];
  const permissions = ["net", "read", "write", "env", "run", "sys"].map((name) =>
    `--allow-${name}`
  );
  return [process.execPath, "run", "--config", denoConfig(), ...permissions, main];
}

function inherited(): NodeJS.ProcessEnv {
  const { GEARMAND_PORT: _, GEARTRAIN_DAEMON: __, GEARMAN_SERVERS: ___, ...others } = process.env;
  return others;
}
