import { ERRORS } from "../../protocol/mod.ts";
import type { Clock } from "../clock.ts";
import type { ClaimedJob } from "../../store/shared_queue.ts";
import type { LoadedJob } from "../../store/store.ts";
import type { Cluster } from "../cluster.ts";
import type { Durability } from "../durability.ts";
import type { RouterHooks } from "../hooks.ts";
import type { RouterLog } from "../log/router_log.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import type { JobOptions } from "../model/function_rule.ts";
import { Job, JobKey, JobTrouble } from "../model/job.ts";
import { JobState, JobStorage } from "../model/job_state.ts";
import type { Peer } from "../model/peer.ts";
import { type Recipient, Subscriber } from "../model/subscriber.ts";
import type { RouterOptions } from "../options.ts";
import type { Policy, Refusal } from "../policy.ts";
import type { DeadJob, DeadJobs } from "./dead_jobs.ts";
import { type Dedupe, ownDue } from "./dedupe.ts";
import type { Endings } from "./endings.ts";
import { type Expiry, ttlOf } from "./expiry.ts";
import type { FunctionTable } from "./function_table.ts";
import type { JobClients } from "./job_clients.ts";
import type { JobTable } from "./job_table.ts";
import type { NamedOptions } from "./named_options.ts";
import type { ParkedJobs } from "./parked_jobs.ts";
import { RoomForJobs } from "./room_for_jobs.ts";
import { troubleIn, troubleOfClaimed } from "./stored_trouble.ts";
import type { SubmitTimes } from "./submit_times.ts";
import { emptySubmission, type Submission } from "../model/submission.ts";
import { emptyKey, type SubmittedKey, type UniqueIndex } from "./unique_index.ts";
import type { WaitingJobs } from "./waiting.ts";

/** What {@linkcode Intake} needs. */
export interface IntakeParts {
  readonly options: RouterOptions;
  readonly clock: Clock;
  readonly functions: FunctionTable;
  readonly jobs: JobTable;
  readonly parked: ParkedJobs;
  readonly uniques: UniqueIndex;
  readonly submitTimes: SubmitTimes;
  readonly endings: Endings;
  readonly expiry: Expiry;
  readonly dead: DeadJobs;
  readonly dedupe: Dedupe;
  readonly clients: JobClients;
  readonly namedOptions: NamedOptions;
  readonly log: RouterLog;
  readonly hooks: RouterHooks;
  readonly policy: Policy;
  readonly durability: Durability | null;
  readonly cluster: Cluster | null;
}

/**
 * How jobs come in: submitted or from the store, new or joined to a live one, at once or when they
 * are stored.
 */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #waiting: WaitingJobs;
  /** Is there room for one more? */
  readonly room: RoomForJobs;
  /** @internal What a packet asks for: used again for each, nothing of it outlives {@linkcode submit}. */
  readonly submission: Submission = emptySubmission();
  /** The key of the submission that is being looked at. */
  readonly #key: SubmittedKey = emptyKey();

  /** @param waiting where they go. */
  constructor(parts: IntakeParts, waiting: WaitingJobs) {
    this.#parts = parts;
    this.#waiting = waiting;
    this.room = new RoomForJobs(parts.options, parts.jobs);
  }

  /**
   * Takes a job in, or joins a live one with the same function and key, and tells the recipient so.
   *
   * @param submission may be changed.
   * @param peer who submits; null for a program.
   * @param recipient who waits for it, or is told the handle of a background job; null for nobody.
   */
  submit(
    submission: Submission,
    peer: Peer | null,
    recipient: Recipient | null,
  ): Job | Refusal {
    const { functions, uniques, policy } = this.#parts;
    const isAsked = peer !== null && peer.putsOptionsInNames;
    const options = isAsked || policy.readsNames === true
      ? this.#parts.namedOptions.cut(submission, isAsked)
      : null;
    if (options !== null && "code" in options) return options;
    const { functionBytes, functionStart, functionEnd } = submission;
    const refusal = this.room.refusal(submission.payloadEnd - submission.uniqueStart);
    // A job for which there is no room may be one to join, but it makes no function.
    const func = refusal === null && functions.hasRoom
      ? functions.findOrAdd(functionBytes, functionStart, functionEnd)
      : functions.find(functionBytes, functionStart, functionEnd);
    if (func === undefined) return refusal ?? ERRORS.tooManyFunctions;
    const hasKey = uniques.keyOf(submission, func, this.#key);
    let existing = hasKey ? this.#existing(func) : null;
    let behind: Job | null = null;
    if (hasKey && func.rule !== null) {
      const { dedupe } = this.#parts;
      const answer = existing === null
        ? dedupe.answer(submission, func, this.#key, recipient)
        : null;
      if (answer !== null) return answer;
      if (existing !== null) ({ joins: existing, behind } = dedupe.placeOf(existing));
    }
    const refused = existing === null
      ? refusal ?? this.#denial(func, submission, peer)
      : this.#unshared(existing, submission, recipient);
    if (refused !== null) {
      func.counts.refused++;
      return refused;
    }
    return existing === null
      ? this.#take(submission, func, hasKey, peer, recipient, options, behind)
      : this.#join(existing, submission, peer, recipient);
  }

  /** Why the function takes no new job, if it does not. */
  #denial(func: FunctionQueue, submission: Submission, peer: Peer | null): Refusal | null {
    if (func.isFullFor(submission.priority)) return ERRORS.queueFull;
    const { cluster } = this.#parts;
    if (cluster !== null && submission.background && cluster.refusal !== null) {
      return cluster.refusal;
    }
    return this.#parts.policy.admit(func, submission, peer);
  }

  #take(
    submission: Submission,
    func: FunctionQueue,
    hasKey: boolean,
    peer: Peer | null,
    recipient: Recipient | null,
    options: JobOptions | null,
    behind: Job | null,
  ): Job {
    const { jobs, submitTimes, clock, durability, log, hooks } = this.#parts;
    const { priority, background, due } = submission;
    const content = jobs.payloads.keep(submission);
    const job = new Job(jobs.nextNumber(), func, priority, background, content);
    // One that is ready now stands before later ones after a restart too.
    if (due > 0 && (durability === null || due > clock.epoch())) this.#waiting.setDue(job, due);
    submitTimes.note(job.number);
    func.counts.submit(submission);
    if (peer !== null) {
      job.submitter = peer.id;
      peer.hasSubmitted = true;
    }
    this.#nowLive(job, hasKey && behind === null);
    if (behind !== null) this.#parts.dedupe.wait(behind, job, due, this.#key.uniqueHash);
    if (options !== null) this.#parts.namedOptions.begin(job, options);
    if (func.rule !== null && func.rule.fair !== null) this.#parts.clients.note(job, peer);
    const ttl = ttlOf(job);
    if (ttl > 0) this.#parts.expiry.begin(job, ttl);
    if (durability === null) {
      this.#attach(job, background, recipient);
      this.#waiting.add(job);
    } else {
      this.#storeFirst(job, durability);
      this.#attach(job, background, recipient);
    }
    if (log.hasSteps) log.submitted(job, due);
    hooks.jobSubmitted.tell(job);
    return job;
  }

  #existing(func: FunctionQueue): Job | null {
    const { uniques, parked } = this.#parts;
    const job = uniques.find(func, this.#key);
    return job === null && parked.size > 0 ? parked.find(func, this.#key) : job;
  }

  #nowLive(job: Job, hasKey: boolean): void {
    const { jobs, uniques } = this.#parts;
    jobs.add(job);
    job.func.live++;
    if (hasKey) uniques.add(job.key = new JobKey(job, this.#key.uniqueHash));
  }

  #join(
    job: Job,
    submission: Submission,
    peer: Peer | null,
    recipient: Recipient | null,
  ): Job {
    const { durability, log, dedupe } = this.#parts;
    const { background } = submission;
    job.func.counts.coalesced++;
    if (job.func.rule !== null && dedupe.replaces(job.func)) dedupe.replace(job, submission);
    // A background submit is a promise that the job runs, whoever else leaves.
    if (background && !job.background) {
      job.background = true;
      durability?.mustStore(job);
    }
    this.#attach(job, background, recipient);
    if (log.hasSteps) log.joined(job, peer);
    // Now somebody waits for it.
    if (job.state === JobState.KEPT && job.firstSubscriber !== null) this.#waiting.enqueue(job);
    return job;
  }

  /** Why one may not wait for a job that others may wait for. Once more it may in any case. */
  #unshared(
    job: Job,
    { background }: Submission,
    recipient: Recipient | null,
  ): Refusal | null {
    const { jobs, cluster, options: { maxSharing } } = this.#parts;
    if (cluster !== null && background && !cluster.mayJoin(job)) return ERRORS.queueUnreachable;
    if (recipient === null || background || jobs.sharing < maxSharing) return null;
    if (job.firstSubscriber === null || Subscriber.isAttached(job, recipient)) return null;
    return ERRORS.tooManySubscribers;
  }

  #attach(job: Job, background: boolean, recipient: Recipient | null): void {
    if (recipient === null) return;
    if (!background) Subscriber.attach(job, recipient);
    recipient.created(job, background);
  }

  /** Until the job is stored no worker gets it, and later ones of its function wait behind it. */
  #storeFirst(job: Job, durability: Durability): void {
    const { cluster } = this.#parts;
    if (job.background) durability.mustStore(job);
    else if (cluster === null || job.key === null || !cluster.asksFor(job)) {
      if (job.func.storing === 0 || !durability.waitBehind(job)) return this.#waiting.add(job);
    }
    job.state = JobState.STORING;
    job.func.storing++;
  }

  /** What the job waited for is written: it takes its place. */
  stored(job: Job): void {
    if (job.state !== JobState.STORING) return;
    job.func.storing--;
    const { log } = this.#parts;
    if (log.hasSteps && job.storage !== JobStorage.MEMORY) log.stored(job);
    this.#waiting.add(job);
  }

  /** A job that waits for a worker gets none until {@linkcode goOn}, {@linkcode stored} or {@linkcode disown}. */
  hold(job: Job): void {
    this.#waiting.remove(job);
    job.state = JobState.STORING;
    job.func.storing++;
  }

  /** A job that was held waits for a worker again, where it stood. */
  goOn(job: Job): void {
    job.func.storing--;
    this.#waiting.requeue(job);
  }

  /**
   * The job cannot be stored, and nobody was told that it is: it lives on only for the clients that
   * wait for it.
   */
  notStored(job: Job): void {
    if (job.state === JobState.FINISHED) return;
    job.storage = JobStorage.MEMORY;
    job.background = false;
    if (job.isNeeded) this.stored(job);
    else if (job.state !== JobState.RUNNING) this.#parts.endings.drop(job, "refused");
  }

  /**
   * A job that was to be stored is not this server's: it lives on only for the clients that wait for it
   * here, or is gone.
   */
  disown(job: Job): void {
    if (job.state === JobState.FINISHED) return;
    job.storage = JobStorage.MEMORY;
    job.background = false;
    if (job.firstSubscriber === null) this.#parts.endings.leave(job);
    else this.stored(job);
  }

  /**
   * Takes in a job of a queue that servers share, which belongs to this one from now on. It waits for a
   * worker, with the clients that have waited for another one with its key.
   *
   * @param instead that other one, which is gone.
   */
  claimed(claimed: ClaimedJob, instead: Job | null = null): Job {
    const { functions, jobs, uniques, endings, submitTimes } = this.#parts;
    const { number, functionName: name } = claimed;
    // Another server has brought it back.
    this.#parts.dead.leaveNumber(number);
    const known = jobs.get(number);
    // Clients that joined it while it was being written kept it here.
    if (known !== undefined) return this.#nowOurs(known, claimed);
    const func = functions.findOrAdd(name, 0, name.length);
    jobs.noteNumber(number);
    submitTimes.came(number, claimed.age, claimed.wait);
    func.counts.claimed++;
    const content = jobs.payloads.keepRestored({ ...claimed, due: 0 });
    const job = new Job(number, func, claimed.priority, true, content);
    job.trouble = troubleOfClaimed(claimed, func, this.#parts.expiry);
    job.storage = JobStorage.STORED;
    if (instead !== null) {
      Subscriber.move(instead, job);
      endings.leave(instead);
    }
    const hasKey = uniques.keyOf(content, func, this.#key);
    // A foreground job may have it, which was submitted when this one was elsewhere.
    this.#nowLive(job, hasKey && uniques.find(func, this.#key) === null);
    this.#waiting.enqueue(job);
    return job;
  }

  #nowOurs(job: Job, claimed: ClaimedJob): Job {
    job.trouble = troubleOfClaimed(claimed, job.func, this.#parts.expiry);
    job.background = true;
    job.storage = JobStorage.STORED;
    this.stored(job);
    return job;
  }

  /** What went wrong with a stored job, and what else its client has said of it. */
  #troubleOf(restored: LoadedJob, func: FunctionQueue): JobTrouble | null {
    const { expiry, namedOptions } = this.#parts;
    const { number, due } = restored;
    const ttl = expiry.restored(number, due, func.rule?.ttl ?? 0);
    const options = namedOptions.restored(number);
    const trouble = troubleIn(restored);
    const client = this.#parts.clients.restored(number);
    if (ttl === 0 && options === null && client === "") return trouble;
    return Object.assign(trouble ?? new JobTrouble(), { ttl, client, ...options });
  }

  /** Takes in a job that was stored before; it is parked, if that is possible, or gets an object. */
  restore(restored: LoadedJob, parks: boolean): Job | null {
    const { functions, jobs, parked, durability } = this.#parts;
    const name = restored.functionName;
    const func = functions.findOrAdd(name, 0, name.length);
    jobs.startAt(restored.number + 1);
    if (restored.state === "dead") {
      this.#parts.dead.restore(restored, func, troubleIn(restored)!);
      return null;
    }
    func.counts.restored++;
    const trouble = this.#troubleOf(restored, func);
    const dueItself = ownDue(restored.due);
    if (parks && trouble === null && dueItself === null && !func.hasLanes) {
      parked.restore(restored, func);
      return null;
    }
    const content = jobs.payloads.keepRestored(restored);
    const hasKey = this.#parts.uniques.keyOf(content, func, this.#key);
    const job = new Job(restored.number, func, restored.priority, true, content);
    job.trouble = trouble;
    const holder = dueItself === null || !hasKey ? null : this.#existing(func);
    const isDue = dueItself ?? restored.due;
    if (isDue > 0) this.#waiting.setDue(job, isDue);
    job.storage = restored.payload === null ? JobStorage.OUTSIDE : JobStorage.STORED;
    this.#nowLive(job, hasKey && holder === null);
    if (holder !== null) this.#parts.dedupe.wait(holder, job, isDue, this.#key.uniqueHash);
    this.#waiting.restore(job);
    durability?.returned(job);
    return job;
  }

  /**
   * A dead job lives again, at the end of its queue, unless another one has its unique by now. It has as
   * many runs as a new one; what is written down of those before stays.
   *
   * @returns does it?
   */
  revive(dead: DeadJob): boolean {
    const { uniques, durability } = this.#parts;
    const { job } = dead;
    const hasKey = uniques.keyOf(job, job.func, this.#key);
    if (hasKey && this.#existing(job.func) !== null) return false;
    this.#parts.dead.leave(dead);
    Object.assign(job.trouble!, { isDead: false, failures: 0, losses: 0 });
    job.func.counts.kicked++;
    this.#nowLive(job, hasKey);
    const ttl = ttlOf(job);
    // Its time before may be noted still.
    if (ttl > 0) this.#parts.expiry.moved(job, ttl);
    this.#waiting.enqueue(job);
    if (job.storage !== JobStorage.MEMORY) durability!.revived(job);
    return true;
  }
}
