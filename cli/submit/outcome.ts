import {
  ConnectionLostError,
  GearmanError,
  JobFailedError,
  JobTimeoutError,
  NoServerError,
  PayloadTooLargeError,
  ServerError,
} from "../../client/errors.ts";

/** The ways in which a job may go wrong, and the exit status of each. */
const TROUBLES = {
  "no-server": 1,
  lost: 1,
  "too-large": 1,
  overflow: 1,
  failed: 2,
  refused: 2,
  "timed-out": 3,
} as const;

interface Trouble {
  readonly status: keyof typeof TROUBLES;
  readonly error: Error;
}

export type Outcome =
  | { readonly status: "done"; readonly result: Uint8Array }
  | { readonly status: "submitted" }
  | Trouble;

/**
 * What an error of a job means.
 *
 * @throws the error, if it is a defect of this program.
 */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof NoServerError) return { status: "no-server", error };
  if (error instanceof JobFailedError) return { status: "failed", error };
  if (error instanceof ServerError) return { status: "refused", error };
  if (error instanceof JobTimeoutError) return { status: "timed-out", error };
  if (error instanceof PayloadTooLargeError) return { status: "too-large", error };
  if (error instanceof ConnectionLostError) return { status: "lost", error };
  // The error about data that came faster than it was written has no class of its own.
  if (error instanceof GearmanError) return { status: "overflow", error };
  throw error;
}

/** What went wrong, and what may help. */
export function explanation({ status, error }: Trouble): string {
  const help = status === "too-large"
    ? "; --max-payload raises that"
    : status === "overflow"
    ? "; --max-result raises that"
    : "";
  const job = "handle" in error && error.handle !== undefined ? ` (${error.handle})` : "";
  return `${error.message}${help}${job}`;
}

export function wentWell(outcome: Outcome): outcome is Exclude<Outcome, Trouble> {
  return !("error" in outcome);
}

/** Counts jobs by how they ended. */
export class Tally {
  readonly #counts = new Map<Outcome["status"], number>();
  /** How many bytes of the input are done with. */
  bytes = 0;

  add({ status }: Outcome, bytes: number): void {
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + 1);
    this.bytes += bytes;
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  get troubles(): number {
    return [...this.#counts].reduce((sum, [status, count]) => {
      return status in TROUBLES ? sum + count : sum;
    }, 0);
  }

  /** The counts in words, such as `2 done, 1 failed`. */
  toString(): string {
    return [...this.#counts].map(([status, count]) => `${count} ${status}`).join(", ");
  }

  /** The lowest exit status of the jobs that did not go well; 0 if all did. */
  get exitStatus(): number {
    const statuses = [...this.#counts.keys()].flatMap((status) =>
      status in TROUBLES ? [TROUBLES[status as Trouble["status"]]] : []
    );
    return statuses.length === 0 ? 0 : Math.min(...statuses);
  }
}
