import { Job, type JobRequest, type JobView, Priority, type Router } from "../router/mod.ts";

/** The live job of a router that a program looks at. */
export function ownJob(router: Router, job: JobView): Job {
  const own = job instanceof Job ? router.jobs.own(job) : undefined;
  if (own !== undefined) return own;
  throw new TypeError(`${job.handle} is no live job of this server`);
}

/**
 * Puts a new job in its queue, or moves a waiting one to the end of that of a priority: see
 * `Server.enqueueJob`.
 *
 * @param durable its stored jobs are read before, so that a new one does not overtake them.
 */
export function enqueueNow(
  router: Router,
  durable: { loadRest(): void } | null,
  job: JobRequest | JobView,
  isUrgent: boolean,
): JobView | undefined {
  if (job instanceof Job) {
    if (job.isFinished) return job;
    const own = ownJob(router, job);
    router.operations.reprioritize(own, isUrgent ? Priority.HIGH : own.priorityIndex);
    return job;
  }
  durable?.loadRest();
  const request = job as JobRequest;
  return router.enqueueJob(isUrgent ? { ...request, priority: "high" } : request) ?? undefined;
}
