import process from "node:process";
import type { Worker } from "../../client/worker.ts";
import { terminateAll } from "./process_group.ts";

/** What asks a worker to leave. Windows has the first only, and Deno refuses to listen to others. */
const SIGNALS = process.platform === "win32"
  ? ["SIGINT"] as const
  : ["SIGINT", "SIGTERM", "SIGHUP"] as const;

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
  for (const signal of SIGNALS) process.on(signal, leave);
  await worker.finished;
  for (const signal of SIGNALS) process.off(signal, leave);
}
