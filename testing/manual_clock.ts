import type { Clock } from "../router/clock.ts";

interface Alarm {
  readonly due: number;
  readonly fire: () => void;
}

/**
 * A clock that stands still until it is moved: tests of timeouts, delays and due times run without
 * waiting for any. It is given to a test server, a client or a worker.
 *
 * @example
 * ```ts
 * import { ManualClock } from "@geartrain/server/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new ManualClock();
 * const fired: number[] = [];
 * clock.after(3000, () => fired.push(clock.now()));
 * clock.advance(2999);
 * assertEquals(fired, []);
 * clock.advance(1);
 * assertEquals(fired, [3000]);
 * ```
 */
export class ManualClock implements Clock {
  #now = 0;
  #epoch: number;
  #alarms: Alarm[] = [];

  /**
   * A clock that shows `epoch`.
   *
   * @param epoch what the wall shows at first, in milliseconds since the Unix epoch.
   */
  constructor(epoch = 1_700_000_000_000) {
    this.#epoch = epoch;
  }

  /** See {@linkcode Clock}. */
  now(): number {
    return this.#now;
  }

  /** See {@linkcode Clock}. */
  epoch(): number {
    return this.#epoch;
  }

  /** See {@linkcode Clock}. */
  after(delay: number, fire: () => void): () => void {
    const alarm = { due: this.#now + delay, fire };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((other) => other !== alarm);
    };
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#alarms.length;
  }

  /** Moves both clocks on by `milliseconds`, firing what comes due on the way, in order. */
  advance(milliseconds: number): void {
    const target = this.#now + milliseconds;
    for (let alarm = this.#nextDue(target); alarm; alarm = this.#nextDue(target)) {
      this.#moveTo(Math.max(alarm.due, this.#now));
      this.#alarms = this.#alarms.filter((other) => other !== alarm);
      alarm.fire();
    }
    this.#moveTo(target);
  }

  /** Sets the wall clock as an administrator or a time server does: delays do not notice. */
  setEpoch(epoch: number): void {
    this.#epoch = epoch;
  }

  #nextDue(target: number): Alarm | undefined {
    let next: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (alarm.due <= target && (next === undefined || alarm.due < next.due)) next = alarm;
    }
    return next;
  }

  #moveTo(now: number): void {
    this.#epoch += now - this.#now;
    this.#now = now;
  }
}
