import type { Peer } from "../model/peer.ts";
import type { FunctionQueue } from "../model/function_queue.ts";
import type { RouterLog } from "../log/router_log.ts";
import { Timer } from "../model/timer.ts";
import type { Timers } from "./timers.ts";
import type { Turn } from "./turn.ts";

/** A worker with more abilities than this keeps its place in most lists of sleepers. */
const MANY_ABILITIES = 64;

/** The knobs of {@linkcode WakeUps}; see the options of the router. */
export interface WakeUpOptions {
  /** Workers woken for a job that waits alone, -1 all; for each further one, one more. */
  readonly wakeup: number;
  /** Seconds until more are woken; -1 never. */
  readonly wakeupDelay: number;
}

/**
 * Decides which sleeping workers get a NOOP. As in the Perl server: a few for a job, those first that
 * worked last, and a few more after a while if jobs still wait. Workers that were woken for an earlier
 * job and have not looked for it yet count for the next one: of those, one for each job will do. They
 * count until more are woken in their place, or would be if jobs still waited: one that hangs must not
 * keep others asleep for ever.
 *
 * A worker is listed with each of its functions when it goes to sleep and stays in the other lists
 * when one function wakes it; stale entries are thrown away when they come up. So neither sleeping
 * nor waking costs anything for the functions that were not concerned.
 */
export class WakeUps {
  readonly #timers: Timers;
  readonly #log: RouterLog;
  readonly #turn: Turn;
  readonly #wakeup: number;
  readonly #delay: number;

  /** @param turn the turn of the peer whose packets cause wake-ups: each costs it some. */
  constructor(timers: Timers, log: RouterLog, turn: Turn, options: WakeUpOptions) {
    this.#timers = timers;
    this.#log = log;
    this.#turn = turn;
    this.#wakeup = options.wakeup === -1 ? Infinity : options.wakeup;
    this.#delay = options.wakeupDelay * 1000;
  }

  /** The worker sleeps now: it can be woken for each of its functions. */
  sleep(worker: Peer): void {
    worker.isSleeping = true;
    this.looked(worker);
    if (worker.hasWorked && worker.abilities.length <= MANY_ABILITIES) this.#unlistAll(worker);
    this.list(worker);
    worker.hasWorked = false;
  }

  /** Lists a sleeping worker with those of its functions where it is not listed. */
  list(worker: Peer): void {
    if (worker.isQuiet) return;
    for (const ability of worker.unlisted) {
      if (worker.hasWorked) ability.func.sleepers.addFirst(ability);
      else ability.func.sleepers.addLast(ability);
    }
    worker.unlisted.length = 0;
  }

  /** The worker is not woken from now on: others are in its place. */
  quiet(worker: Peer): void {
    worker.isQuiet = true;
    this.#unlistAll(worker);
    this.replace(worker);
  }

  #unlistAll(worker: Peer): void {
    for (const ability of worker.abilities) {
      if (!ability.isListed) continue;
      ability.func.sleepers.remove(ability);
      worker.unlisted.push(ability);
    }
  }

  /** A woken worker looks for work, or never will. The function it was woken for, if any. */
  looked(worker: Peer): FunctionQueue | null {
    const { wokenFor } = worker;
    if (wokenFor !== null && worker.wokenInRound === wokenFor.wakeUpRound) wokenFor.woken--;
    worker.wokenFor = null;
    return wokenFor;
  }

  /** A woken worker will not fetch the job that it was woken for: others are woken in its place. */
  replace(worker: Peer): void {
    const wokenFor = this.looked(worker);
    if (wokenFor !== null && wokenFor.hasWork) this.wake(wokenFor);
  }

  /** Wakes workers for a job that begins to wait in the function. */
  wake(func: FunctionQueue): void {
    // Nobody would be woken later in the place of one that was woken and does not look.
    if (this.#delay < 0) return this.wakeMore(func);
    const most = Math.min(func.waiting + this.#wakeup - 1, func.room) - func.woken;
    this.#wake(func, Math.min(this.#wakeup, most));
  }

  /**
   * Wakes workers for all jobs that wait in a function, as if they had just come.
   *
   * @param expected so many workers look by themselves, if others are woken later in their place.
   */
  wakeAll(func: FunctionQueue, expected = 0): void {
    if (this.#wakeup === 0) return;
    const { waiting, room } = func;
    if (this.#delay < 0) return this.#wake(func, Math.min(this.#wakeup * waiting, room));
    this.#wake(func, Math.min(waiting + this.#wakeup - 1, room) - expected);
  }

  /** Wakes workers for the jobs that may start now, but for as many as are awake for them, or will look. */
  wakeFor(func: FunctionQueue, expected: number): void {
    if (this.#delay < 0) return this.wakeMore(func);
    const most = Math.min(func.waiting + this.#wakeup - 1, func.room);
    this.#wake(func, most - func.woken - expected);
  }

  /** Wakes workers for jobs that waited too long for those that were woken. */
  wakeMore(func: FunctionQueue): void {
    this.#wake(func, Math.min(this.#wakeup, func.room));
  }

  #wake(func: FunctionQueue, count: number): void {
    const { sleepers } = func;
    let left = count;
    while (left > 0 && sleepers.first !== null) {
      const ability = sleepers.first;
      this.#turn.spend(1);
      sleepers.remove(ability);
      ability.worker.unlisted.push(ability);
      if (!ability.worker.isSleeping) continue;
      this.wakeWorker(ability.worker, func);
      left--;
    }
    if (sleepers.first !== null) this.#wakeMoreLater(func);
  }

  /** Sends a NOOP to one worker. */
  wakeWorker(worker: Peer, func: FunctionQueue): void {
    worker.isSleeping = false;
    this.looked(worker);
    worker.wokenFor = func;
    worker.wokenInRound = func.wakeUpRound;
    func.woken++;
    func.counts.wakeUps++;
    worker.wakeUps++;
    worker.wake();
    if (this.#log.hasSteps) this.#log.woken(worker, func);
  }

  /** Lets go of a function that is dropped. */
  forget(func: FunctionQueue): void {
    if (func.wakeUpTimer !== null) this.#timers.clearDelay(func.wakeUpTimer);
    func.wakeUpTimer = null;
  }

  #wakeMoreLater(func: FunctionQueue): void {
    if (this.#delay < 0 || this.#wakeup === 0) return;
    func.wakeUpTimer ??= new Timer(() => {
      // Who has not looked by now may never do so.
      func.wakeUpRound++;
      func.woken = 0;
      if (func.hasWork) this.wakeMore(func);
    });
    if (!func.wakeUpTimer.isSet) this.#timers.setDelay(func.wakeUpTimer, this.#delay);
  }
}
