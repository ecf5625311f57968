import type { JobUpdate } from "../../client/job_updates.ts";
import type { Outcome } from "./outcome.ts";
import type { SubmittedJob } from "./submitted_job.ts";

/** Tells what comes of jobs. Each call resolves when there is room for more. */
export interface Report {
  /** A worker has sent something. */
  update(job: SubmittedJob, update: JobUpdate): Promise<void>;
  /** The job is over. */
  end(job: SubmittedJob, outcome: Outcome): Promise<void>;
}
