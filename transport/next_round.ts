import { denoRounds } from "./deno_rounds.ts";

/** Runs a function later. */
export type Schedule = (run: () => void) => void;

/** Calls a function in the next round of the event loop, when sockets have been looked at. */
export const inNextRound: Schedule = "Deno" in globalThis
  ? (run) => denoRounds.next(run)
  : (run) => void setImmediate(run);

/** Resolves in the next round. */
export function nextRound(): Promise<void> {
  return new Promise(inNextRound);
}
