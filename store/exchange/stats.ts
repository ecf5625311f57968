import type { JsonBytes } from "./ndjson.ts";

/** The jobs of a function with a priority. */
export interface StoredQueue {
  readonly function: JsonBytes;
  readonly priority: "high" | "normal" | "low";
  readonly jobs: number;
  /** How long their payloads are together. */
  readonly bytes: number;
}

/** How many jobs of a function may live, by priority; 0 is no limit. */
export interface StoredLimits {
  readonly function: JsonBytes;
  readonly high: number;
  readonly normal: number;
  readonly low: number;
}

/** What a store holds. */
export interface StoreStats {
  readonly store: string;
  readonly handleBase: string;
  readonly nextNumber: number;
  readonly jobs: number;
  /** How long all payloads are together. */
  readonly bytes: number;
  /** The lowest number of a job, null if there is none. */
  readonly oldestNumber: number | null;
  /** How many jobs were set aside, as they are damaged. */
  readonly damaged: number;
  readonly queues: readonly StoredQueue[];
  /** Of functions, whether they have jobs or not. */
  readonly limits: readonly StoredLimits[];
}
