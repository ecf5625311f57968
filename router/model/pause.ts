/** Says that no worker gets the jobs of a function, and why. */
export interface Pause {
  /** Name of the function, which need not exist. */
  readonly name: Uint8Array;
  /** Since when, in milliseconds since the Unix epoch. */
  readonly since: number;
  /** Until when, likewise; null until somebody resumes it. */
  readonly until: number | null;
  /** Who paused it, in words: `7@127.0.0.1:52604`, `deploy (7@127.0.0.1:52604)`, `HTTP`. */
  readonly by: string;
  /** Why; empty if nothing was said. */
  readonly reason: string;
}
