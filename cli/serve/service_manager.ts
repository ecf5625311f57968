import { spawn } from "node:child_process";
import process from "node:process";
import type { ProgramLog } from "./log.ts";
import { searchPath } from "./search_path.ts";

/**
 * Tells the service manager that started this process what it does, such as `READY=1`, as
 * `sd_notify(3)` describes it; nothing where there is none (`NOTIFY_SOCKET` is not set). No runtime
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
      // Deno throws where it has no leave to run that program.
      failed((error as Error).message);
      resolve();
    }
  });
}
