/**
 * Shapes of the JSON API for dead jobs; `types.ts` has the others.
 *
 * @module
 */

/** An item of `GET /api/v1/dead`: a job that has failed for good, or was buried. */
export interface DeadJobAnswer {
  readonly handle: string;
  readonly function: string;
  readonly functionBase64?: string;
  readonly unique: string;
  readonly uniqueBase64?: string;
  /** When it died. */
  readonly died: string;
  readonly failures: number;
  readonly losses: number;
  readonly payloadBytes: number;
  /** Its last 20 runs that were written down, oldest first. */
  readonly runs: readonly DeadRunAnswer[];
}

/** A run of a dead job that failed, or that somebody buried the job, or that it expired. */
export interface DeadRunAnswer {
  /** Null if that is not known, or it was no run. */
  readonly started: string | null;
  readonly ended: string;
  /** Who ran it, or who buried the job: client id, number and address. */
  readonly worker: string;
  readonly cause: "fail" | "exception" | "timeout" | "lost" | "buried" | "expired";
  /** What the worker said, at most 1,000 bytes. */
  readonly text: string;
  /** Was the job dead already, and the worker one of `<function>.dead`? */
  readonly afterDeath: boolean;
}

/** Answer of `POST /api/v1/dead/kick` and `DELETE /api/v1/dead`. */
export interface DeadOrderAnswer {
  /** How many jobs that was about. */
  readonly jobs: number;
}
