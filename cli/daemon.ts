import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import process from "node:process";

/** Set in the environment of the process in the background. */
const DAEMON_VARIABLE = "GEARTRAIN_DAEMON";
const READY = "ready";

let isWaitedFor = process.env[DAEMON_VARIABLE] !== undefined;

/** Is this the process in the background? */
export function isDaemon(): boolean {
  return process.env[DAEMON_VARIABLE] !== undefined;
}

/** Tells the process that started this one that it serves; that one then ends. */
export function reportReady(): void {
  report(READY);
}

/** Tells the process that started this one why this one ends. */
export function reportFailure(reason: string): void {
  if (isWaitedFor) report(reason);
}

/** The standard output is a pipe to the process that waits; nothing else is written to it. */
function report(text: string): void {
  isWaitedFor = false;
  writeSync(process.stdout.fd, `${text}\n`);
}

/**
 * Starts this program once more, in a session of its own and without a terminal, and waits until it
 * serves.
 *
 * @returns null when it does, else why it does not.
 */
export function startDaemon(args: readonly string[]): Promise<string | null> {
  const child = spawn(process.execPath, [...runtimeArguments(), ...args], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, [DAEMON_VARIABLE]: "1" },
  });
  let reported = "";
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code) => resolve(`it ended with status ${code}`));
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (text: string) => {
      reported += text;
      if (!reported.endsWith("\n")) return;
      const [reason] = reported.split("\n");
      resolve(reason === READY ? null : reason);
    });
    child.unref();
  });
}

/** What stands between the runtime and the arguments of this program. */
function runtimeArguments(): string[] {
  const { Deno } = globalThis as { Deno?: { mainModule: string; build: { standalone: boolean } } };
  if (Deno === undefined) {
    // A program compiled by Bun names a path that exists only inside it.
    return process.argv[1]?.startsWith("/$bunfs/") ? [] : [process.argv[1]];
  }
  if (Deno.build.standalone) return [];
  return ["run", "--allow-all", ...configArguments(), Deno.mainModule];
}

/** With JSR out of reach the packages come from another configuration, which must be the same. */
function configArguments(): string[] {
  const config = import.meta.resolve("@std/cli/parse-args");
  return config.startsWith("jsr:") || config.startsWith("http") ? [] : ["--config", npmConfig()];
}

function npmConfig(): string {
  return new URL("../deno.npm.json", import.meta.url).pathname;
}
