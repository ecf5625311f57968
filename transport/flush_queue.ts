import type { Schedule } from "./event_loop.ts";

/** Something with output to send. */
export interface Flushable {
  /** Is it in the queue? Only the queue changes it. */
  isQueued: boolean;
  /**
   * Under load, may its output wait for more of it? Asked at the end of each round.
   * {@linkcode FlushQueue.hurry} says that it may no longer.
   */
  readonly mayWait: boolean;
  /** Sends what waits. What it throws all the same keeps no other from being sent. */
  send(): void;
}

/** Connections with output in one round that say that there is more to do than time. */
const BUSY = 6;
/** How many rounds output waits at most. */
const MOST_ROUNDS = 4;

/**
 * Gathers the connections that got output during one event-loop round and sends once for each at the
 * end of it: a thousand replies to one peer leave in one write.
 *
 * A write costs more than all else that is done for a small job. A worker gets one for each job,
 * as it asks for the next one when it has done the last; but results for one client come from many
 * workers. So while there is much to do, output that may wait does so for up to four rounds more,
 * and never longer than until a round brings nothing. Results may; an answer to a peer's own request
 * may not, and what waits leaves with it. JOB_CREATED is one: measured, a client that submits anew for
 * each result gets no more writes by that.
 */
export class FlushQueue {
  readonly #atEndOfRound: Schedule;
  readonly #inNextRound: Schedule | null;
  #queued: Flushable[] = [];
  #spare: Flushable[] = [];
  #waiting: Flushable[] = [];
  #spareWaiting: Flushable[] = [];
  /** Rounds that ended while some waited. */
  #roundsWaited = 0;
  /** Will the end of this round be looked at? */
  #endsRound = false;
  #isScheduled = false;
  /** Has a round brought output since the last look at those that wait? */
  #isActive = false;
  /** What was thrown where nothing should be. */
  #thrown: unknown[] = [];
  readonly #endRound = () => this.#flush();
  readonly #look = () => this.#lookAtWaiting();

  /**
   * @param atEndOfRound calls a function at the end of the round.
   * @param inNextRound calls it in the next round, behind what comes in there; at once if nothing
   * does. Without this, no output waits.
   */
  constructor(atEndOfRound: Schedule, inNextRound?: Schedule) {
    this.#atEndOfRound = atEndOfRound;
    this.#inNextRound = inNextRound ?? null;
  }

  /** Sends for this one at the end of the round, or soon after it. */
  add(item: Flushable): void {
    if (item.isQueued) return;
    item.isQueued = true;
    this.#queued.push(item);
    if (!this.#endsRound) this.#scheduleEnd();
  }

  /** The output of one that waits is urgent now: it is sent at the end of the round. */
  hurry(): void {
    if (this.#waiting.length > 0 && !this.#endsRound) this.#scheduleEnd();
  }

  #scheduleEnd(): void {
    this.#endsRound = true;
    this.#atEndOfRound(this.#endRound);
  }

  #flush(): void {
    const queued = this.#queued;
    this.#queued = this.#spare;
    this.#endsRound = false;
    this.#isActive = true;
    if (this.#waiting.length > 0 && ++this.#roundsWaited >= MOST_ROUNDS) this.#sendWaiting();
    const isBusy = queued.length >= BUSY && this.#inNextRound !== null;
    if (this.#waiting.length > 0) this.#sendUrgent();
    for (const item of queued) {
      if (isBusy && item.mayWait) this.#waiting.push(item);
      else this.#send(item);
    }
    queued.length = 0;
    this.#spare = queued;
    if (this.#waiting.length > 0) this.#scheduleLook();
    this.#throwAgain();
  }

  #scheduleLook(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#isActive = false;
    this.#inNextRound!(this.#look);
  }

  #lookAtWaiting(): void {
    this.#isScheduled = false;
    if (this.#waiting.length === 0) return;
    // What came in this round may still be on its way to the end of it.
    if (this.#isActive || this.#queued.length > 0) this.#scheduleLook();
    else {
      this.#sendWaiting();
      this.#throwAgain();
    }
  }

  /** Sends for those that waited and may no longer. */
  #sendUrgent(): void {
    const waiting = this.#waiting;
    let kept = 0;
    for (const item of waiting) {
      if (item.mayWait) waiting[kept++] = item;
      else this.#send(item);
    }
    waiting.length = kept;
    if (kept === 0) this.#roundsWaited = 0;
  }

  #sendWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = this.#spareWaiting;
    this.#roundsWaited = 0;
    for (const item of waiting) this.#send(item);
    waiting.length = 0;
    this.#spareWaiting = waiting;
  }

  #send(item: Flushable): void {
    item.isQueued = false;
    try {
      item.send();
    } catch (error) {
      this.#thrown.push(error);
    }
  }

  /** A defect is not hidden, but all others have been sent for, and the lists are in order. */
  #throwAgain(): void {
    if (this.#thrown.length === 0) return;
    const thrown = this.#thrown.splice(0);
    throw thrown.length === 1 ? thrown[0] : new AggregateError(thrown);
  }
}
