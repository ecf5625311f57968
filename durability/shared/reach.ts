import type { Clock, LogLevel } from "../../router/mod.ts";
import { messageOf } from "../../router/log/log.ts";

/** A process that stood still for so long may count as dead by now, in milliseconds: others wait for 8 s. */
const LONG = 3000;
/** Within this time it has heard whether it does, in milliseconds. */
const SOON = 2000;
/** Once it has been out of reach for so long, others may be about to declare this server dead, in milliseconds. */
const CUT_OFF = 2000;

/** Whether a shared queue can be reached, as it says; told to the log once for each change. */
export class Reach {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #report: (message: string, level?: LogLevel) => void;
  /** Since when it cannot be reached, in milliseconds of the clock. */
  #since: number | null = null;
  #cause: string | null = null;
  /** When this process was seen going, in milliseconds of the clock. */
  #lastTick: number;
  /** Since when, and until when, it may not have heard that others have declared it dead. */
  #unsureSince = 0;
  #unsureUntil = 0;

  constructor(
    name: string,
    clock: Clock,
    options: {
      readonly timeout: number;
      readonly report: (message: string, level?: LogLevel) => void;
    },
  ) {
    this.#name = name;
    this.#clock = clock;
    this.#timeout = options.timeout;
    this.#report = options.report;
    this.#lastTick = clock.now();
  }

  /** To be called several times a second: this process goes on. */
  tick(): void {
    const now = this.#clock.now();
    if (now - this.#lastTick > LONG) this.#doubt(now);
    this.#lastTick = now;
  }

  #doubt(now: number): void {
    this.#unsureSince = now;
    this.#unsureUntil = now + SOON;
  }

  /** The queue gave this server jobs when it was asked at this time: by then it was not dead. */
  proven(asked: number): void {
    if (asked > this.#unsureSince) this.#unsureUntil = 0;
  }

  /** Does this server still have what it had, as far as it can know? */
  get isSure(): boolean {
    const now = this.#clock.now();
    return this.#cause === null && now >= this.#unsureUntil && now - this.#lastTick <= LONG;
  }

  /** May others have declared this server dead, without its having heard of it? */
  get isDoubtful(): boolean {
    const now = this.#clock.now();
    if (now < this.#unsureUntil || now - this.#lastTick > LONG) return true;
    return this.#since !== null && now - this.#since >= CUT_OFF;
  }

  /** Why it cannot be reached; null if it can. */
  get cause(): string | null {
    return this.#cause;
  }

  /** Has it been out of reach for as long as a submit is held? */
  get isLost(): boolean {
    return this.#since !== null && this.#clock.now() - this.#since >= this.#timeout;
  }

  /** It cannot be reached, or can again: null. */
  set(error: Error | null): void {
    if (error === null) {
      if (this.#cause !== null) this.#report(`${this.#name} can be reached again`, "NOTICE");
      if (this.isDoubtful) this.#doubt(this.#clock.now());
      this.#since = null;
      this.#cause = null;
      return;
    }
    if (this.#cause === null) this.#report(messageOf(error));
    this.#since ??= this.#clock.now();
    this.#cause = messageOf(error);
  }
}
