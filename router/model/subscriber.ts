import type { Job } from "./job.ts";

/** Up to this number of clients of a job are searched one by one for the one that joins again. */
const FEW = 8;

/** What is counted of the clients of a job that has had more than one. */
export interface Audience {
  /** How often clients have joined. */
  joins: number;
  /** How many clients there are. */
  size: number;
  /** The subscribers by their recipients; null while they are only a few. */
  byRecipient: Map<Recipient, Subscriber> | null;
}

/** The body of a packet that a worker sent about a job: `bytes[start..end)`. */
export interface RelayedBody {
  /** The bytes that hold it. */
  bytes: Uint8Array;
  /** First byte of it. */
  start: number;
  /** Byte after the last one. */
  end: number;
  /** Will these bytes never change? */
  stable: boolean;
  /** Did the worker leave out the NUL that ends it? Recipients get it all the same. */
  lacksNul: boolean;
}

/**
 * Who is told what becomes of jobs: a connection, or a program that waits. It is told in the middle of
 * routing, and must neither throw nor call the router back.
 */
export abstract class Recipient {
  /** @internal The first of the jobs that it waits for. */
  firstSubscriber: Subscriber | null = null;
  /** @internal How many jobs those are. */
  subscriptions = 0;
  /** @internal Will it get nothing of what it is told? Then it need not be. */
  abstract readonly isDeaf: boolean;
  /** @internal Does it want WORK_EXCEPTION? It gets WORK_FAIL in its place otherwise. */
  wantsExceptions = false;

  /** Its submit made the job, or joined it, to wait for it or in the background. */
  abstract created(job: Job, background: boolean): void;
  /**
   * The worker of a job for which it waits sent a packet of this type about it. The bytes may change
   * when this returns.
   *
   * @param joins how often it has joined the job: as often it is told.
   */
  abstract relay(type: number, body: Readonly<RelayedBody>, joins: number): void;
  /** The job failed, and there is nothing to relay. */
  abstract failed(job: Job, joins: number): void;
  /** It waits for one job less: that has ended, and it was told how. */
  abstract released(): void;
}

/**
 * A recipient attached to a job: it gets what the worker sends, as often as it joined. Linked into the
 * list of the job and into that of the recipient, so that either can end in time proportional to its
 * own list.
 */
export class Subscriber {
  /** What it waits for. */
  readonly job: Job;
  /** The recipient that waits. */
  readonly recipient: Recipient;
  /** How often it has joined; 0 when it has left. */
  joins = 1;
  /** Counts of all subscribers of the job, at the first of them; null while there was one only. */
  audience: Audience | null = null;
  /** The subscriber before it among those of the job; of the first one, the last. */
  previousOfJob: Subscriber;
  /** The subscriber after it there. */
  nextOfJob: Subscriber | null = null;
  /** The subscriber before it among those of the recipient. */
  previousOfRecipient: Subscriber | null = null;
  /** The subscriber after it there. */
  nextOfRecipient: Subscriber | null = null;

  private constructor(job: Job, recipient: Recipient) {
    this.job = job;
    this.recipient = recipient;
    this.previousOfJob = this;
  }

  /** Attaches a recipient to a job, perhaps one that it is attached to already. */
  static attach(job: Job, recipient: Recipient): void {
    const first = job.firstSubscriber;
    if (first === null) {
      job.firstSubscriber = new Subscriber(job, recipient);
      job.firstSubscriber.#addToRecipient();
      return;
    }
    const known = Subscriber.#find(first, recipient);
    if (known !== undefined) known.joins++;
    else new Subscriber(job, recipient).#addBehind(first);
    if (first.audience !== null) first.audience.joins++;
  }

  /** Whoever waits for one job waits for another one from now on. */
  static move(from: Job, to: Job): void {
    for (let first = from.firstSubscriber; first !== null; first = from.firstSubscriber) {
      const { recipient, joins } = first;
      first.detach();
      for (let join = 0; join < joins; join++) Subscriber.attach(to, recipient);
    }
  }

  /** Is the recipient attached to the job? */
  static isAttached(job: Job, recipient: Recipient): boolean {
    const first = job.firstSubscriber;
    return first !== null && Subscriber.#find(first, recipient) !== undefined;
  }

  static #find(first: Subscriber, recipient: Recipient): Subscriber | undefined {
    const byRecipient = first.audience?.byRecipient ?? null;
    if (byRecipient !== null) return byRecipient.get(recipient);
    let subscriber: Subscriber | null = first;
    while (subscriber !== null && subscriber.recipient !== recipient) {
      subscriber = subscriber.nextOfJob;
    }
    return subscriber ?? undefined;
  }

  static #byRecipient(first: Subscriber): Map<Recipient, Subscriber> {
    const found = new Map<Recipient, Subscriber>();
    let subscriber: Subscriber | null = first;
    for (; subscriber !== null; subscriber = subscriber.nextOfJob) {
      found.set(subscriber.recipient, subscriber);
    }
    return found;
  }

  #addBehind(first: Subscriber): void {
    this.previousOfJob = first.previousOfJob;
    first.previousOfJob.nextOfJob = this;
    first.previousOfJob = this;
    this.#addToRecipient();
    this.job.func.jobs.sharing++;
    const audience = first.audience ??= { joins: first.joins, size: 1, byRecipient: null };
    audience.size++;
    if (audience.byRecipient !== null) audience.byRecipient.set(this.recipient, this);
    else if (audience.size > FEW) audience.byRecipient = Subscriber.#byRecipient(first);
  }

  #addToRecipient(): void {
    const { recipient } = this;
    const first = recipient.firstSubscriber;
    this.nextOfRecipient = first;
    if (first !== null) first.previousOfRecipient = this;
    recipient.firstSubscriber = this;
    recipient.subscriptions++;
  }

  /** It is told that the job has ended, once for each time that it has joined. */
  leaveOnce(): void {
    const { audience } = this.job.firstSubscriber!;
    if (audience !== null) audience.joins--;
    this.joins--;
  }

  /** Takes this subscriber out of both lists. Who goes through them goes on from it all the same. */
  detach(): void {
    const { job, recipient } = this;
    this.#leave(job.firstSubscriber!.audience);
    const { previousOfJob, nextOfJob } = this;
    if (job.firstSubscriber === this) {
      job.firstSubscriber = nextOfJob;
      if (nextOfJob !== null) nextOfJob.audience = this.audience;
    } else previousOfJob.nextOfJob = nextOfJob;
    if (nextOfJob !== null) nextOfJob.previousOfJob = previousOfJob;
    else if (job.firstSubscriber !== null) job.firstSubscriber.previousOfJob = previousOfJob;
    if (job.firstSubscriber !== null) job.func.jobs.sharing--;

    recipient.subscriptions--;
    if (this.previousOfRecipient === null) recipient.firstSubscriber = this.nextOfRecipient;
    else this.previousOfRecipient.nextOfRecipient = this.nextOfRecipient;
    if (this.nextOfRecipient !== null) {
      this.nextOfRecipient.previousOfRecipient = this.previousOfRecipient;
    }
  }

  #leave(audience: Audience | null): void {
    if (audience !== null) {
      audience.joins -= this.joins;
      audience.size--;
      audience.byRecipient?.delete(this.recipient);
    }
    this.joins = 0;
  }
}
