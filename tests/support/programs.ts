/**
 * Programs of other projects, in processes of their own.
 *
 * A test that needs one that is not installed is skipped and names the Debian package; with
 * `GEARTRAIN_REQUIRE_INTEROP=1` it fails.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { unless } from "./unless.ts";

/** How long a program may take, in milliseconds. */
const DEADLINE = 30_000;

/** Something a test needs from the system. */
export interface Requirement {
  /** What is run. */
  readonly program: string;
  /** Debian package that brings it. */
  readonly debianPackage: string;
  readonly present: boolean;
}

/** Programs of root are not always in the path of a user. */
const SYSTEM_DIRECTORIES = ["/usr/sbin", "/usr/local/sbin"];

/** A program of the path, or of `/usr/sbin`. */
export function program(name: string, debianPackage: string): Requirement {
  const directories = (process.env.PATH ?? "").split(delimiter).concat(SYSTEM_DIRECTORIES);
  const path = directories.map((directory) => join(directory, name)).find(isExecutable);
  return { program: path ?? name, debianPackage, present: path !== undefined };
}

/** The server in Perl, which has the same name as the one in C: Debian has it elsewhere. */
export function perlServer(): Requirement {
  const path = "/usr/bin/gearmand";
  return { program: path, debianPackage: "gearman-server", present: isExecutable(path) };
}

/** Perl with `Gearman::Client` and `Gearman::Worker`. */
export function perlGearman(): Requirement {
  const args = ["-MGearman::Client", "-MGearman::Worker", "-e", "1"];
  return interpreterWith("perl", args, "libgearman-client-perl");
}

/** PHP with the gearman extension. */
export function phpGearman(): Requirement {
  const args = ["-r", "exit(extension_loaded('gearman') ? 0 : 1);"];
  return interpreterWith("php", args, "php-gearman");
}

/** An interpreter with a module; with these arguments it exits with 0 if it has the module. */
function interpreterWith(name: string, args: string[], debianPackage: string): Requirement {
  const { program: path, present } = program(name, debianPackage);
  return {
    program: path,
    debianPackage,
    present: present && spawnSync(path, args, { stdio: "ignore" }).status === 0,
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A test that needs what others have written. */
export function testWith(
  needed: readonly Requirement[],
  name: string,
  body: () => Promise<void>,
): void {
  const packages = needed.filter(({ present }) => !present).map((r) => r.debianPackage);
  const absent = packages.length > 0 && `Debian package ${packages.join(", ")} is not installed`;
  const required = process.env.GEARTRAIN_REQUIRE_INTEROP === "1";
  const [title, { skip }] = unless(!required && absent, name);
  test(title, { skip, timeout: 6 * DEADLINE }, async () => {
    if (absent !== false) throw new Error(absent);
    await body();
  });
}

/** How a program ended. Output has one character a byte. */
export interface Ended {
  /** Exit code, or null after a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export class RunningProgram implements AsyncDisposable {
  /** Settles when it has ended and all its output has arrived; fails after the deadline. */
  readonly ended: Promise<Ended>;
  readonly #process: ChildProcess;
  #stdout = "";
  #stderr = "";
  #linesEnd = 0;
  #isOver = false;
  #changed: (() => void) | null = null;

  /** With `null` for its input, that stays open for {@linkcode write}. */
  constructor(path: string, args: readonly string[], input: Uint8Array | string | null = "") {
    const child = spawn(path, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#process = child;
    child.stdout!.on("data", (bytes: Buffer) => {
      this.#stdout += bytes.toString("latin1");
      this.#changed?.();
    });
    child.stderr!.on("data", (bytes: Buffer) => {
      this.#stderr += bytes.toString("latin1");
    });
    // A program that does not read its input to the end is no error.
    child.stdin!.on("error", () => {});
    if (input !== null) child.stdin!.end(input);
    this.ended = this.#untilEnded(path);
    // Whoever is interested awaits it; a test that only kills the program does not.
    this.ended.catch(() => {});
  }

  /** The next line of its standard output, without its end. */
  nextLine(): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const end = this.#stdout.indexOf("\n", this.#linesEnd);
        if (end < 0 && !this.#isOver) return;
        this.#changed = null;
        if (end < 0) return reject(new Error(`It ended without a further line: ${this.#shown()}`));
        resolve(this.#stdout.slice(this.#linesEnd, end));
        this.#linesEnd = end + 1;
      };
      this.#changed = look;
      look();
    });
  }

  /** Gives it more input. */
  write(text: string): void {
    this.#process.stdin!.write(text);
  }

  /** Ends its input. */
  endInput(): void {
    this.#process.stdin!.end();
  }

  /** Sends it a signal, and nothing else: Deno's `ChildProcess.kill` ends its input before that. */
  kill(signal: NodeJS.Signals = "SIGTERM"): void {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(pid, signal);
  }

  /** Ends it whatever it does. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.ended.catch(() => {});
  }

  #untilEnded(path: string): Promise<Ended> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        this.kill("SIGKILL");
      }, DEADLINE);
      const over = (act: () => void) => {
        clearTimeout(timer);
        this.#isOver = true;
        act();
        this.#changed?.();
      };
      this.#process.once("error", (error) => over(() => reject(error)));
      this.#process.once("close", (code) =>
        over(() => {
          if (isLate) reject(new Error(`${path} ran into the deadline: ${this.#shown()}`));
          else resolve({ code, stdout: this.#stdout, stderr: this.#stderr });
        }));
    });
  }

  #shown(): string {
    return JSON.stringify({ stdout: this.#stdout.slice(-500), stderr: this.#stderr.slice(-500) });
  }
}

/** Runs a program to its end. */
export function run(
  path: string,
  args: readonly string[],
  input?: Uint8Array | string,
): Promise<Ended> {
  return new RunningProgram(path, args, input).ended;
}
