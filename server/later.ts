/** Calls a function when the round of the event loop has ended, or after `delay` milliseconds. */
export function later(run: () => void, delay?: number): void {
  if (delay === undefined) setImmediate(run);
  else setTimeout(run, delay);
}

/** Calls a function in a later round, when sockets have had their turn. */
export function inNextRound(run: () => void): void {
  // Immediates of Deno run without a look at the sockets: only a timer lets a round come between.
  setTimeout(run, 0);
}
