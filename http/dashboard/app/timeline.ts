/**
 * What has happened to a job, in order.
 *
 * @module
 */
import type { JobAnswer, PeerAnswer, RunCauseText } from "../../api/types.ts";

/** A stretch of a job's life: in a queue or on a worker. Moments in milliseconds. */
export interface Stretch {
  readonly kind: "scheduled" | "waiting" | "running" | "completed" | "failed";
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly worker: PeerAnswer | null;
}

/** Something that has happened to it. */
export interface Step {
  readonly at: number;
  readonly kind: "plain" | "good" | "bad" | "ahead";
  readonly text: string;
  readonly peer: PeerAnswer | null;
}

const RUN_ENDS: Readonly<Record<RunCauseText, string>> = {
  running: "runs",
  completed: "completed it",
  failed: "said that it failed",
  exception: "sent an exception",
  cancelled: "was told that it is cancelled",
  lost: "was lost: its connection ended",
  abandoned: "ran it for nobody: all clients had gone",
  refused: "was refused it",
  damaged: "could not get it: its payload is damaged",
  expired: "failed when it was too late for a further run",
  buried: "had it when it was put with the dead jobs",
  timeout: "did not end it in time",
  retry: "failed; it is tried again",
};

/** The stretches, without gaps, from the submit to its end or to this moment. */
export function stretchesOf(job: JobAnswer, now: number): Stretch[] {
  const found: Stretch[] = [];
  const first = job.runs[0];
  let at = job.submitted === null
    ? first === undefined ? null : Date.parse(first.started)
    : Date.parse(job.submitted);
  if (at === null) return found;
  const add = (
    kind: Stretch["kind"],
    title: string,
    to: number,
    worker: PeerAnswer | null = null,
  ) => {
    if (to > at!) found.push({ kind, title, from: at!, to, worker });
    at = Math.max(at!, to);
  };
  if (job.due !== null && job.state === "scheduled") {
    add("scheduled", "scheduled", now);
    return found;
  }
  for (const run of job.runs) {
    add("waiting", "waiting", Date.parse(run.started));
    const isGood = run.cause === "completed";
    const kind = run.ended === null ? "running" : isGood ? "completed" : "failed";
    const title = run.ended === null ? "running" : `run ended: ${run.cause}`;
    add(kind, title, run.ended === null ? now : Date.parse(run.ended), run.worker);
  }
  const end = job.ended === undefined ? now : Date.parse(job.ended);
  if (job.state === "waiting" || job.runs.length === 0) add("waiting", "waiting", end);
  return found;
}

/** The steps, oldest first; what is still to come is last. */
export function stepsOf(job: JobAnswer): Step[] {
  const steps: Step[] = [];
  const add = (at: string, kind: Step["kind"], text: string, peer: PeerAnswer | null = null) =>
    steps.push({ at: Date.parse(at), kind, text, peer });
  if (job.submitted !== null) {
    const by = job.submitter === null ? "" : " by";
    add(job.submitted, "plain", `submitted with ${job.priority} priority${by}`, job.submitter);
  }
  for (const run of job.runs) {
    add(run.started, "plain", "run began on", run.worker);
    if (run.ended === null) continue;
    add(
      run.ended,
      run.cause === "completed" ? "good" : "bad",
      RUN_ENDS[run.cause] ?? run.cause,
      run.worker,
    );
  }
  if (job.ended !== undefined) {
    add(job.ended, job.outcome === "completed" ? "good" : "bad", `ended as ${job.outcome}`);
  } else if (job.due !== null) {
    add(job.due, "ahead", "due");
  }
  return steps;
}
