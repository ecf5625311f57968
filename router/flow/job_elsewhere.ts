import type { SharedJobView } from "../../store/shared_queue.ts";
import { Job, JobPlace, JobTrouble } from "../model/job.ts";
import { JobState, JobStorage } from "../model/job_state.ts";
import { Timer } from "../model/timer.ts";
import type { FunctionTable } from "./function_table.ts";
import type { JobTable } from "./job_table.ts";

/**
 * A live job that no server has, or another one, as it was a moment ago: a copy to look at, which does
 * not change. What is to become of it is ordered by {@linkcode Everywhere}.
 */
export class JobElsewhere extends Job {
  /** What the shared queue said of it. */
  readonly seen: SharedJobView;

  /** @internal Made by the router. */
  constructor(seen: SharedJobView, functions: FunctionTable, jobs: JobTable) {
    const { functionName, number, priority, due, losses, failures } = seen;
    const func = functions.findOrAdd(functionName, 0, functionName.length);
    super(number, func, priority, true, jobs.payloads.keepRestored({ ...seen, payload: null }));
    this.seen = seen;
    this.storage = JobStorage.OUTSIDE;
    this.heapIndex = JobPlace.AWAY;
    if (losses + failures > 0) this.trouble = Object.assign(new JobTrouble(), { losses, failures });
    if (seen.isRunning) {
      this.state = JobState.RUNNING;
      const { numerator, denominator } = seen;
      if (denominator > 0) this.progress = { numerator, denominator };
    } else if (seen.state === "scheduled") {
      this.state = JobState.SCHEDULED;
      this.timer = new Timer(() => {});
      this.timer.due = due;
    }
  }

  /** A copy shows what was live when it was made. */
  override get isFinished(): boolean {
    return false;
  }
}
