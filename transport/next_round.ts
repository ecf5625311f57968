import { denoRounds } from "./deno_rounds.ts";

/** Runs a function later. */
export type Schedule = (run: () => void) => void;

const ask: Schedule = "Deno" in globalThis
  ? (run) => denoRounds.next(run)
  : (run) => void setImmediate(run);

/** The rounds that were asked for and have not come. */
const awaited = new Set<Promise<void>>();

/** Calls a function in the next round of the event loop, when sockets have been looked at. */
export function inNextRound(run: () => void): void {
  const { promise, resolve } = Promise.withResolvers<void>();
  awaited.add(promise);
  ask(() => {
    awaited.delete(promise);
    resolve();
    run();
  });
}

/** Resolves in the next round. */
export function nextRound(): Promise<void> {
  return new Promise(inNextRound);
}

/** Resolves when all rounds have come that were asked for by now: nothing goes on behind the caller's back. */
export async function roundsHaveCome(): Promise<void> {
  await Promise.all(awaited);
}
