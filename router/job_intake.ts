import { ERRORS, PacketType, type ProtocolError } from "../protocol/mod.ts";
import type { Connection } from "./connection.ts";
import { type Durability, JobStorage, type RestoredJob } from "./durability.ts";
import type { FunctionQueue } from "./function_queue.ts";
import { Job, type JobContent } from "./job.ts";
import { JobState } from "./job_state.ts";
import { JOB_MEMORY } from "./job_table.ts";
import { Listener } from "./listener.ts";
import type { Router } from "./router.ts";
import { keepContent, keepRestored, type Submission } from "./submission.ts";
import { isPayloadKey, JobKey, type SubmittedKey } from "./unique_index.ts";
import type { WaitingJobs } from "./waiting_jobs.ts";

/**
 * How jobs come in: submitted or from the store, new or joined to a live one, at once or when they
 * are stored.
 */
export class JobIntake {
  /** Why the last refused submit was refused. */
  refusal: ProtocolError = ERRORS.queueFull;
  readonly #router: Router;
  readonly #waiting: WaitingJobs;
  readonly #key: SubmittedKey = {
    hash: 0,
    uniqueHash: 0,
    byPayload: false,
    bytes: new Uint8Array(),
    start: 0,
    end: 0,
  };

  /** @param waiting where they go. */
  constructor(router: Router, waiting: WaitingJobs) {
    this.#router = router;
    this.#waiting = waiting;
  }

  /** See {@linkcode Router.submit}. */
  submit(submission: Submission, connection: Connection | null): Job | null {
    const router = this.#router;
    const { functions, uniques, jobs, durability } = router;
    const { functionBytes, functionStart, functionEnd } = submission;
    const hasRoom = this.#hasRoomFor(submission);
    // A job for which there is no room may be one to join, but it makes no function.
    const func = hasRoom && functions.hasRoom
      ? functions.findOrAdd(functionBytes, functionStart, functionEnd)
      : functions.find(functionBytes, functionStart, functionEnd);
    if (func === undefined) return this.#refuse(hasRoom ? ERRORS.tooManyFunctions : this.refusal);
    const hasKey = uniques.keyOf(submission, func, this.#key);
    const existing = hasKey ? this.#existing(func) : null;
    if (existing !== null) return this.#join(existing, submission, connection);
    if (!hasRoom) return null;
    if (func.isFullFor(submission.priority)) return this.#refuse(ERRORS.queueFull);

    const { priority, background, due } = submission;
    const content = keepContent(submission, jobs.payloads);
    const job = new Job(jobs.nextSequence(), func, priority, background, content);
    router.submitTimes.note(job.sequence);
    if (connection !== null) this.#cameFrom(connection, job);
    this.#nowLive(job, hasKey);
    if (durability === null) {
      this.#attach(job, background, connection);
      this.#waiting.add(job, due);
    } else {
      // One that is ready now stands before later ones after a restart too.
      this.#storeFirst(job, due > 0 && due <= router.clock.epoch() ? 0 : due, durability);
      this.#attach(job, background, connection);
    }
    if (router.log.hasJobs) router.log.submitted(job, due);
    router.hooks.jobSubmitted?.(job);
    return job;
  }

  /** Do the limits of all jobs allow one more? If not, {@linkcode refusal} says which does not. */
  #hasRoomFor({ uniqueStart, payloadEnd }: Submission): boolean {
    const { jobs, options: { maxJobs, maxJobMemory } } = this.#router;
    const isTooMany = jobs.size >= maxJobs;
    if (!isTooMany && jobs.memory + JOB_MEMORY + payloadEnd - uniqueStart <= maxJobMemory) {
      return true;
    }
    this.refusal = isTooMany ? ERRORS.tooManyJobs : ERRORS.tooMuchJobMemory;
    return false;
  }

  #refuse(refusal: ProtocolError): null {
    this.refusal = refusal;
    return null;
  }

  #existing(func: FunctionQueue): Job | null {
    const { uniques, parked } = this.#router;
    const job = uniques.find(func, this.#key);
    return job === null && parked.size > 0 ? parked.find(func, this.#key) : job;
  }

  #cameFrom(connection: Connection, job: Job): void {
    job.submitter = connection.id;
    connection.hasSubmitted = true;
  }

  #nowLive(job: Job, hasKey: boolean): void {
    const { jobs, uniques } = this.#router;
    jobs.add(job);
    job.func.live++;
    if (hasKey) uniques.add(job.key = new JobKey(job, this.#key));
  }

  #join(job: Job, submission: Submission, connection: Connection | null): Job | null {
    if (connection !== null && !submission.background && !this.#mayShare(job, connection)) {
      return this.#refuse(ERRORS.tooManyListeners);
    }
    // A background submit is a promise that the job runs, whoever else leaves.
    if (submission.background && !job.background) {
      job.background = true;
      this.#router.durability?.mustStore(job, 0);
    }
    this.#attach(job, submission.background, connection);
    if (this.#router.log.hasSteps) this.#router.log.joined(job, connection);
    // Now somebody waits for it.
    if (job.state === JobState.KEPT && job.firstListener !== null) this.#waiting.enqueue(job);
    return job;
  }

  /** May the connection wait for a job that others may wait for? Once more it may in any case. */
  #mayShare(job: Job, connection: Connection): boolean {
    const { sharing, options: { maxSharing } } = this.#router;
    return sharing < maxSharing || job.firstListener === null ||
      Listener.isAttached(job, connection);
  }

  #attach(job: Job, background: boolean, connection: Connection | null): void {
    if (connection === null) return;
    const { durability, jobs } = this.#router;
    if (!background) Listener.attach(job, connection);
    else if (job.storage === JobStorage.WRITING) durability!.promised(job, connection);
    connection.out.packet(PacketType.JOB_CREATED, jobs.handleLength);
    jobs.writeHandle(job, connection.out);
    connection.link.flush();
  }

  /** Until the job is stored no worker gets it, and later ones of its function wait behind it. */
  #storeFirst(job: Job, due: number, durability: Durability): void {
    if (job.background) durability.mustStore(job, due);
    else if (job.func.storing > 0) durability.waitBehind(job);
    else return this.#waiting.add(job, due);
    job.state = JobState.STORING;
    job.func.storing++;
  }

  /** What the job waited for is written: it takes its place. */
  stored(job: Job, due: number): void {
    if (job.state !== JobState.STORING) return;
    job.func.storing--;
    this.#waiting.add(job, due);
  }

  /**
   * The job cannot be stored, and nobody was told that it is: it lives on only for the clients that
   * wait for it.
   */
  notStored(job: Job, due: number): void {
    if (job.state === JobState.FINISHED) return;
    job.storage = JobStorage.MEMORY;
    job.background = false;
    if (job.isNeeded) this.stored(job, due);
    else if (job.state !== JobState.RUNNING) this.#router.finish(job, "refused");
  }

  /** Takes in a job that was stored before; it is parked, if that is possible, or gets an object. */
  restore(restored: RestoredJob, parks: boolean): Job | null {
    const { functions, jobs, parked } = this.#router;
    const name = restored.func;
    const func = functions.findOrAdd(name, 0, name.length);
    if (parks && restored.attempts === 0) {
      jobs.startAt(restored.number + 1);
      parked.restore(restored, func, this.#hashOf(restored));
      return null;
    }
    const content = keepRestored(restored, jobs.payloads);
    const hasKey = this.#hasKey(restored, content, func);
    const job = new Job(restored.number, func, restored.priority, true, content);
    job.retries = restored.attempts;
    job.storage = restored.payload === null ? JobStorage.OUTSIDE : JobStorage.STORED;
    jobs.startAt(restored.number + 1);
    this.#nowLive(job, hasKey);
    this.#waiting.restore(job, restored.due);
    this.#router.durability?.returned(job);
    return job;
  }

  /** That of its key, or null if it has none. */
  #hashOf({ unique, payload, keyPayload }: RestoredJob): number | null {
    const key = isPayloadKey(unique, 0, unique.length) ? keyPayload ?? payload! : unique;
    return key.length === 0 ? null : this.#router.uniques.hashOf(key, 0, key.length);
  }

  #hasKey({ keyPayload }: RestoredJob, content: JobContent, func: FunctionQueue): boolean {
    const { uniques } = this.#router;
    if (keyPayload === undefined) return uniques.keyOf(content, func, this.#key);
    uniques.keyOfPayload(keyPayload, func, this.#key);
    return true;
  }
}
