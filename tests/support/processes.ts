/**
 * Processes that a test knows by their ids only.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";

const DEADLINE = 10_000;
/** How long to wait between two looks, in milliseconds. */
const RETRY = 20;

/** Does it run? One that has ended and that nobody has waited for does not. */
export function isRunning(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", `${pid}`], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}

/** Resolves when it has ended. */
export async function untilEnded(pid: number): Promise<void> {
  for (const until = Date.now() + DEADLINE; Date.now() < until;) {
    if (!isRunning(pid)) return;
    await pause(RETRY);
  }
  throw new Error(`Process ${pid} does not end`);
}
