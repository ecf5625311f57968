import process from "node:process";
import type { ProgramLog } from "./log.ts";

/**
 * Signals of the server program, from now on:
 * TERM and INT stop at once, USR2 and gearmand's USR1 gracefully, HUP opens the log again, PIPE and
 * XFSZ do nothing. To be called before anything listens: Deno ends the process when descriptors run out and
 * no signal has ever been listened to. Windows has none of the others, and Deno refuses to listen to
 * a signal that the system does not have.
 */
export function handleSignals(log: ProgramLog, stop: (graceful: boolean) => void): void {
  process.on("SIGINT", () => stop(false));
  if (process.platform === "win32") return;
  process.on("SIGTERM", () => stop(false));
  for (const signal of ["SIGUSR2", "SIGUSR1"] as const) process.on(signal, () => stop(true));
  process.on("SIGHUP", () => {
    log.reopen();
    log.announce("SIGHUP, reopening log file");
  });
  process.on("SIGPIPE", () => {});
  // A file of the store or the log may have reached its largest size: writing says so by an error too.
  process.on("SIGXFSZ", () => {});
}

/** An error that nothing has caught goes to the log, where somebody may look for it, and ends all. */
export function handleCrashes(log: ProgramLog, removePidFile: () => void): void {
  const crash = (error: unknown) => {
    log.write("FATAL", error instanceof Error ? error.stack ?? error.message : String(error));
    removePidFile();
    void log.close().then(() => process.exit(1));
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
}
