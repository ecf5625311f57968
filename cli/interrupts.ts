import process from "node:process";

/** What shells add to the number of a signal that ended a program. */
const STATUSES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Calls back once, with the exit status that tells it, when somebody wants the program to end: Ctrl-C
 * or SIGTERM. The second time ends it at once.
 */
export function onInterrupt(interrupted: (exitStatus: number) => void): void {
  for (const [signal, status] of Object.entries(STATUSES)) {
    // Windows has no other, and Deno refuses to listen to what the system does not have.
    if (signal === "SIGINT" || process.platform !== "win32") {
      process.once(signal, () => interrupted(status));
    }
  }
}
