import { encodeName } from "../../protocol/mod.ts";
import type { Clock } from "../../router/clock.ts";
import type { RouterHooks } from "../../router/hooks.ts";
import type { RouterLog } from "../../router/log/router_log.ts";
import type { Job } from "../../router/model/job.ts";
import type { JobOutcome } from "../../router/model/job_state.ts";
import type { Peer } from "../../router/model/peer.ts";
import type { Refusal } from "../../router/policy.ts";
import type { ScheduledJob, ScheduleRun } from "../../router/schedules.ts";
import type { Schedule } from "./schedule.ts";

/** What runs of schedules need of the router. */
export interface RunParts {
  readonly clock: Clock;
  readonly hooks: RouterHooks;
  readonly log: RouterLog;
  /** Submits a job in the background. */
  submit(job: ScheduledJob): Job | Refusal;
  /** Ends a job. */
  cancel(job: Job, by: Peer | null): void;
  /** The live job with a handle. */
  jobByHandle(handle: string): Job | undefined;
}

/** A live job of a run. */
interface LiveRun {
  readonly schedule: Schedule;
  readonly run: ScheduleRun;
}

/** Lets schedules run: submits their jobs, and learns how those end. */
export class ScheduleRuns {
  readonly #parts: RunParts;
  readonly #changed: (schedule: Schedule) => void;
  /** Runs whose jobs live, by the number of the job; a job may be that of several. */
  readonly #live = new Map<number, LiveRun[]>();

  /** @param changed told of a schedule when the job of a run has ended. */
  constructor(parts: RunParts, changed: (schedule: Schedule) => void) {
    this.#parts = parts;
    this.#changed = changed;
    parts.hooks.jobFinished.add((job, outcome) => this.#ended(job, outcome));
  }

  /**
   * A run of a schedule: its job is submitted, or it is left out.
   *
   * @param time by the schedule; null for one that is ordered now.
   */
  begin(schedule: Schedule, time: number | null, by: Peer | null): ScheduleRun {
    const { log } = this.#parts;
    const run = this.#begun(schedule, time, by);
    if (run.cause !== "") log.scheduleLeftOut(schedule.name, run.time, run.cause);
    schedule.add(run);
    return run;
  }

  #begun(schedule: Schedule, given: number | null, by: Peer | null): ScheduleRun {
    const { clock } = this.#parts;
    const { name, definition: { overlap, job } } = schedule;
    const now = clock.epoch();
    const time = given ?? now;
    const about = { time, isOrdered: given === null, started: now } as const;
    const before = overlap === "allow" ? [] : this.#unended(schedule);
    if (before.length > 0 && overlap === "skip") {
      const cause = `its job ${before[0].handle} has not ended`;
      return { ...about, handle: null, ended: now, outcome: "skipped", cause };
    }
    for (const one of before) this.#parts.cancel(one, by);
    const unique = job.unique.length > 0 ? job.unique : uniqueOf(name, time);
    const submitted = this.#parts.submit({ ...job, unique });
    if ("code" in submitted) {
      return { ...about, handle: null, ended: now, outcome: "refused", cause: submitted.text };
    }
    const run: ScheduleRun = {
      ...about,
      handle: submitted.handle,
      ended: null,
      outcome: null,
      cause: "",
    };
    this.#watch(schedule, run, submitted);
    return run;
  }

  /** The live jobs of its runs. */
  #unended({ runs }: Schedule): Job[] {
    return runs.flatMap(({ outcome, handle }) => {
      const job = outcome !== null ? undefined : this.#parts.jobByHandle(handle!);
      return job === undefined ? [] : [job];
    });
  }

  #watch(schedule: Schedule, run: ScheduleRun, job: Job): void {
    if (job.isFinished) return this.#end({ schedule, run }, "unknown");
    const runs = this.#live.get(job.number);
    if (runs === undefined) this.#live.set(job.number, [{ schedule, run }]);
    else runs.push({ schedule, run });
  }

  /** Watches the jobs of earlier runs that live, and notes that the others have ended. */
  resume(schedule: Schedule): void {
    for (const run of schedule.runs) {
      if (run.outcome !== null) continue;
      const job = this.#parts.jobByHandle(run.handle!);
      if (job === undefined) this.#end({ schedule, run }, "unknown");
      else this.#watch(schedule, run, job);
    }
  }

  #ended({ number }: Job, outcome: JobOutcome): void {
    const runs = this.#live.get(number);
    if (runs === undefined) return;
    this.#live.delete(number);
    for (const run of runs) {
      this.#end(run, outcome);
      this.#changed(run.schedule);
    }
  }

  #end({ run }: LiveRun, outcome: JobOutcome | "unknown"): void {
    run.ended = this.#parts.clock.epoch();
    run.outcome = outcome;
  }
}

/** A unique that no other run has, and that says to the worker which run it is. */
function uniqueOf(name: string, time: number): Uint8Array {
  const [start] = new Date(time).toISOString().split(".");
  // Of a handle the last digits tell it from the others of this server.
  const short = name.startsWith("S:") ? `S:${name.slice(-26)}` : name;
  return encodeName(`${short}@${start}Z`);
}
