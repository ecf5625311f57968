/** The time of a shared queue; the clock of a router is one. */
export interface QueueClock {
  /** Milliseconds that only ever grow, from an arbitrary start. */
  now(): number;
  /** Milliseconds since the Unix epoch. */
  epoch(): number;
  /** Calls `fire` once, `delay` milliseconds from now; returns a function that calls it off. */
  after(delay: number, fire: () => void): () => void;
}
