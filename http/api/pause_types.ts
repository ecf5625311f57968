/**
 * Shapes of the JSON API for what holds jobs back; `types.ts` has the others.
 *
 * @module
 */

/** Who paused a function, and why. */
export interface PauseAnswer {
  readonly since: string;
  /** Null until somebody resumes it. */
  readonly until: string | null;
  /** A client by its id, number and address; `HTTP`; `the program`. */
  readonly by: string;
  /** Empty if nothing was said. */
  readonly reason: string;
}

/** An item of `GET /api/v1/pauses`: a function that is paused; it need not exist. */
export interface PausedAnswer extends PauseAnswer {
  readonly function: string;
  readonly functionBase64?: string;
}

/** Body of `PUT /api/v1/functions/{name}/pause`. */
export interface PauseRequest {
  /** For how long; without it, or with null, until somebody resumes it. */
  readonly seconds?: number | null;
  /** At most 200 characters. */
  readonly reason?: string;
}

/** Body of `PUT /api/v1/jobs/{handle}/due`. */
export interface DueRequest {
  /** The new time, in ISO 8601; the job runs at once if it has come. */
  readonly at: string;
}
