import process from "node:process";

/** What shells add to the number of a signal that ended a program. */
const STATUSES = { SIGINT: 130, SIGTERM: 143 } as const;

/** The given signals that this system has: Windows has the first only, and Deno refuses the others. */
export function signalsHere<Signal extends NodeJS.Signals>(
  ...signals: readonly ["SIGINT", ...Signal[]]
): readonly ("SIGINT" | Signal)[] {
  return process.platform === "win32" ? ["SIGINT"] : signals;
}

/**
 * Calls back once, with the exit status that tells it, when somebody wants the program to end: Ctrl-C
 * or SIGTERM. The second time ends it at once.
 */
export function onInterrupt(interrupted: (exitStatus: number) => void): void {
  for (const signal of signalsHere("SIGINT", "SIGTERM")) {
    process.once(signal, () => interrupted(STATUSES[signal]));
  }
}
