/**
 * Shapes of the JSON API for jobs that are submitted; `types.ts` has the others.
 *
 * @module
 */
import type { PriorityText } from "./types.ts";

/**
 * Body of `POST /api/v1/jobs`, or a line of it as NDJSON. A name or payload that is no UTF-8 stands in
 * the field with `Base64` behind its name.
 */
export interface SubmitRequest {
  readonly function?: string;
  readonly functionBase64?: string;
  readonly unique?: string;
  readonly uniqueBase64?: string;
  readonly payload?: string;
  readonly payloadBase64?: string;
  readonly priority?: PriorityText;
  /**
   * Does nobody wait for it?
   * @default {true}
   */
  readonly background?: boolean;
  /** When to run it, in ISO 8601; of background jobs only. */
  readonly at?: string;
}

/** Answer to the submit of a background job, when it is stored if jobs are. */
export interface SubmitAnswer {
  readonly handle: string;
}

/** What became of a line of NDJSON: the handle, or why there is no job. */
export type SubmitOutcome =
  | SubmitAnswer
  | { readonly status: number; readonly detail: string; readonly code?: string };

/** Answer to the submit of a job for which the client waits, without a stream of events. */
export interface JobEndAnswer {
  readonly handle: string;
  readonly outcome: "completed" | "failed" | "exception";
  readonly result?: string;
  readonly resultBase64?: string;
  /** What the exception said. */
  readonly text?: string;
  readonly textBase64?: string;
}
