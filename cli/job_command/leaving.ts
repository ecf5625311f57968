import { execFileSync } from "node:child_process";
import process from "node:process";
import type { Worker } from "../../client/worker.ts";
import { signalsHere } from "../interrupts.ts";
import { terminateAll } from "./process_group.ts";

/** The bit of SIGHUP in the masks of Linux. */
const HANGUP = 1n;

/** What asks a worker to leave. */
const SIGNALS = signalsHere("SIGINT", "SIGTERM", "SIGHUP");

/** Was it started by nohup? Only Linux tells. */
function ignoresHangup(): boolean {
  if (process.platform !== "linux") return false;
  try {
    // Deno lets nobody read there who has not all permissions, but may let him run this.
    const status = execFileSync("cat", [`/proc/${process.pid}/status`], { encoding: "utf8" });
    const [, ignored] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status) ?? [];
    return ignored !== undefined && (BigInt(`0x${ignored}`) & HANGUP) !== 0n;
  } catch {
    return false;
  }
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
  // Deno, as soon as it listens to any signal, ends by a SIGHUP that nobody listens to.
  const stay = ignoresHangup() ? () => {} : undefined;
  const listeners = SIGNALS.map((signal) => {
    return { signal, listener: signal === "SIGHUP" ? stay ?? leave : leave };
  });
  for (const { signal, listener } of listeners) process.on(signal, listener);
  await worker.finished;
  for (const { signal, listener } of listeners) process.off(signal, listener);
}
