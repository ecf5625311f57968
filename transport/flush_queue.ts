/** Something with output to send. */
export interface Flushable {
  /** Is it in the queue? Only the queue changes it. */
  isQueued: boolean;
  /** Under load, may its output wait for more of it? Asked at the end of each round. */
  readonly mayWait: boolean;
  /** Sends what waits; throws nothing. */
  send(): void;
}

/** Runs a function later. */
export type Schedule = (run: () => void) => void;

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
 * and never longer than until a round brings nothing.
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
  #isScheduled = false;
  /** Has a round brought output since the last look at those that wait? */
  #isActive = false;
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
    if (this.#queued.length === 1) this.#atEndOfRound(this.#endRound);
  }

  #flush(): void {
    const queued = this.#queued;
    this.#queued = this.#spare;
    this.#isActive = true;
    if (this.#waiting.length > 0 && ++this.#roundsWaited >= MOST_ROUNDS) this.#sendWaiting();
    const isBusy = queued.length >= BUSY && this.#inNextRound !== null;
    if (this.#waiting.length > 0) this.#sendUrgent();
    for (const item of queued) {
      if (isBusy && item.mayWait) this.#waiting.push(item);
      else send(item);
    }
    queued.length = 0;
    this.#spare = queued;
    if (this.#waiting.length > 0) this.#scheduleLook();
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
    else this.#sendWaiting();
  }

  /** Sends for those that waited and may no longer. */
  #sendUrgent(): void {
    const waiting = this.#waiting;
    let kept = 0;
    for (const item of waiting) {
      if (item.mayWait) waiting[kept++] = item;
      else send(item);
    }
    waiting.length = kept;
  }

  #sendWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = this.#spareWaiting;
    this.#roundsWaited = 0;
    for (const item of waiting) send(item);
    waiting.length = 0;
    this.#spareWaiting = waiting;
  }
}

function send(item: Flushable): void {
  item.isQueued = false;
  item.send();
}
