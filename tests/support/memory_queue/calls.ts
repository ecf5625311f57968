import type { ClaimedJob } from "../../../store/shared_queue.ts";
import { StoreError } from "../../../store/store.ts";
import type { Engine, Life } from "./engine.ts";
import type { Link } from "./link.ts";

/** The calls of a member: how they travel, and in the name of which of its lives. */
export class Calls {
  /** What errors begin with. */
  readonly #name: string;
  readonly #engine: Engine;
  readonly #link: Link;
  readonly #beginAnew: (last: Life) => Life;
  readonly #lost: () => void;
  readonly #pending = new Set<Promise<unknown>>();
  /** Jobs of claims whose answers did not arrive. */
  #unanswered: number[] = [];
  life: Life | null = null;
  isClosed = false;

  /**
   * @param beginAnew called when it turns out that its life was over: the next one.
   * @param lost called then.
   */
  constructor(
    name: string,
    engine: Engine,
    link: Link,
    beginAnew: (last: Life) => Life,
    lost: () => void,
  ) {
    this.#name = name;
    this.#engine = engine;
    this.#link = link;
    this.#beginAnew = beginAnew;
    this.#lost = lost;
  }

  /** Its life, as it is open. */
  get ownLife(): Life {
    if (this.life === null) throw this.error("it is not open");
    return this.life;
  }

  /** Finds out whether it was declared dead. */
  checkLife(): void {
    if (this.life === null || !this.life.isDead || this.isClosed) return;
    this.#unanswered = [];
    this.life = this.#beginAnew(this.life);
    this.#lost();
  }

  /** Resolves when a call has come through. */
  async arrive(): Promise<void> {
    while (!await this.#link.travel()) await this.#link.whole();
    this.checkLife();
  }

  /** Resolves when an answer has come through, however long that takes. */
  async answered(): Promise<void> {
    while (!await this.#link.answer()) await this.#link.whole();
    this.checkLife();
  }

  /** A call that is repeated until it is answered, in the name of the life that made it. */
  repeat<T>(carryOut: (life: Life) => T): Promise<T> {
    const life = this.ownLife;
    return this.tracked(async () => {
      await this.arrive();
      const result = this.#engine.act(life, () => carryOut(life));
      await this.answered();
      return result;
    });
  }

  /** A call that fails when it does not come through. */
  ask<T>(carryOut: () => T | Promise<T>): Promise<T> {
    const life = this.ownLife;
    return this.tracked(async () => {
      if (!await this.#link.travel()) throw this.#unreachable();
      this.checkLife();
      const result = await this.#engine.act(life, carryOut);
      if (!await this.#link.answer()) throw this.#unreachable();
      return result;
    });
  }

  /** A call that brings jobs, or fails. */
  claim<T>(claim: (life: Life) => T, jobsOf: (claimed: T) => readonly ClaimedJob[]): Promise<T> {
    const life = this.ownLife;
    return this.tracked(async () => {
      if (!await this.#link.travel()) throw this.#unreachable();
      this.#refuseFenced(life);
      const claimed = this.#engine.act(life, () => claim(life));
      if (!await this.#link.answer()) {
        this.#unanswered.push(...jobsOf(claimed).map(({ number }) => number));
        throw this.#unreachable();
      }
      this.#refuseFenced(life);
      return claimed;
    });
  }

  #refuseFenced(life: Life): void {
    this.checkLife();
    if (life.isDead) throw this.error("this server was declared dead");
  }

  /** Gives back what claims brought whose answers did not arrive. */
  giveBackUnanswered(): void {
    const life = this.ownLife;
    this.#engine.act(life, () => this.#engine.jobs.release(life, this.#unanswered));
    this.#unanswered = [];
  }

  /** A call that a close waits for. */
  async tracked<T>(make: () => Promise<T>): Promise<T> {
    if (this.isClosed) throw this.error("it is closed");
    const call = make();
    this.#pending.add(call);
    try {
      return await call;
    } finally {
      this.#pending.delete(call);
    }
  }

  /** Resolves when all calls are answered and the next one would come through. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#pending);
    await this.#link.whole();
  }

  #unreachable(): StoreError {
    return this.error("it cannot be reached");
  }

  error(cause: string): StoreError {
    return new StoreError(`${this.#name}: ${cause}`);
  }
}
