import type { QueueClock } from "../clock.ts";
import { causeOf, IS_DEAD, isBroken, isPassing, sqlState } from "../connection/errors.ts";
import { NotConnected, type Session } from "../connection/session.ts";
import type { Parameter, Rows } from "../driver.ts";
import type { Life, Lives } from "../members/life.ts";
import { pause } from "../clock.ts";

/** How long to wait before a call that failed is made again, in milliseconds. */
const PAUSE = { first: 10, longest: 1000 };

const DISK_IS_FULL = "53100";

/** A statement and its parameters. */
export type Statement = readonly [text: string, parameters: readonly Parameter[]];

/** A call that changes jobs. */
export interface Call<T> {
  /** The life in whose name it is made; null: any, also one after another. */
  readonly life: Life | null;
  /** What is sent; with the same number it is carried out once, however often it is sent. */
  statement(life: Life, number: number): Statement;
  read(rows: Rows, life: Life): T;
  /**
   * Is it sent until it is certain what became of it? `whileWanted`: until nobody waits for it any
   * more. Without, it fails when the connection breaks.
   */
  readonly repeats: boolean | "whileWanted";
  /** Takes it back when nobody waits for it any more. */
  undo?(life: Life, number: number): Statement;
  /** What it answers when its life has ended; it fails without. */
  readonly afterDeath?: () => T;
}

/** A call under way. */
class Task<T> {
  readonly call: Call<T>;
  /** Resolves when nobody waits for it any more. */
  readonly over: Promise<void>;
  readonly promise: Promise<T>;
  isOver = false;
  readonly #answer = Promise.withResolvers<T>();
  readonly #over = Promise.withResolvers<void>();

  constructor(call: Call<T>) {
    this.call = call;
    this.over = this.#over.promise;
    this.promise = this.#answer.promise;
  }

  resolve(value: T): void {
    this.#answer.resolve(value);
    this.#end();
  }

  reject(error: unknown): void {
    this.#answer.reject(error);
    this.#end();
  }

  #end(): void {
    this.isOver = true;
    this.#over.resolve();
  }
}

/** What a lane does its work with. */
export interface LaneParts {
  readonly session: Session;
  readonly lives: Lives;
  readonly clock: QueueClock;
  /** Hears of what fails again and again; it is told once. */
  failing(cause: string): void;
  /** How long calls take, in milliseconds. */
  took(milliseconds: number): void;
}

/**
 * Calls of one kind, on a connection of their own, one after the other. When the connection breaks it is
 * found out what became of the last one before the next is made: a call has a number in its life, by
 * which the functions of the schema know one that was carried out before.
 */
export class Lane {
  readonly #number: number;
  readonly #parts: LaneParts;
  readonly #waiting: Task<unknown>[] = [];
  #current: Task<unknown> | null = null;
  #isClosed = false;

  /** @param number by which the functions of the schema know it. */
  constructor(number: number, parts: LaneParts) {
    this.#number = number;
    this.#parts = parts;
  }

  /** Makes a call. `timeout` ends the waiting for it, with its reason. */
  make<T>(call: Call<T>, timeout?: Promise<Error>): Promise<T> {
    const task = new Task(call);
    timeout?.then((error) => task.reject(error));
    if (this.#isClosed) task.reject(new Error("it is closed"));
    else if (!call.repeats && !this.#parts.session.isReady) task.reject(new NotConnected());
    else {
      this.#waiting.push(task as Task<unknown>);
      if (this.#current === null) this.#work();
    }
    return task.promise;
  }

  /** Ends all calls: they fail. */
  close(): void {
    this.#isClosed = true;
    for (const task of this.#waiting.splice(0)) task.reject(new Error("it is closed"));
    this.#current?.reject(new Error("it is closed"));
  }

  async #work(): Promise<void> {
    for (let task = this.#waiting.shift(); task !== undefined; task = this.#waiting.shift()) {
      this.#current = task;
      if (!task.isOver) await this.#carryOut(task);
    }
    this.#current = null;
  }

  async #carryOut(task: Task<unknown>): Promise<void> {
    for (;;) {
      const life = task.call.life ?? await Promise.race([this.#parts.lives.current(), task.over]);
      if (!life) return;
      if (life.isOver) return this.#failDead(task);
      if (!await this.#send(task, life)) return;
    }
  }

  /** @returns is it to be made in another life? */
  async #send(task: Task<unknown>, life: Life): Promise<boolean> {
    const number = life.nextCall(this.#number);
    for (let wait = PAUSE.first, mayBeDone = false;;) {
      if (task.isOver && !mayBeDone) return false;
      if (task.isOver) return await this.#takeBack(task.call, life, number);
      try {
        const isDone = await this.#ask(task, task.call.statement(life, number), mayBeDone);
        if (isDone === null) continue;
        mayBeDone = true;
        if (task.isOver) continue;
        task.resolve(task.call.read(isDone, life));
        return false;
      } catch (error) {
        if (sqlState(error) === IS_DEAD) {
          this.#parts.lives.ended(life);
          if (task.call.life === null) return true;
          this.#failDead(task);
          return false;
        }
        if (isBroken(error)) {
          mayBeDone ||= !(error instanceof NotConnected);
          this.#failImpatient();
        }
        if (!this.#isRepeated(task.call, error)) task.reject(error);
        else if (!isBroken(error)) {
          await pause(this.#parts.clock, wait, task.over);
          wait = Math.min(2 * wait, PAUSE.longest);
        }
      }
    }
  }

  /** The answer; null if it is not certain that there can be one. */
  async #ask(
    { call, over }: Task<unknown>,
    [text, parameters]: Statement,
    mayBeDone: boolean,
  ): Promise<Rows | null> {
    const { session, clock } = this.#parts;
    if (!session.isReady) {
      if (!call.repeats && !mayBeDone) throw new NotConnected();
      await Promise.race([session.whenReady(), over]);
      if (!session.isReady) return null;
    }
    const start = clock.now();
    const rows = await session.query(text, parameters);
    this.#parts.took(clock.now() - start);
    return rows;
  }

  /** The connection is broken: who does not wait until it is back hears of it. */
  #failImpatient(): void {
    for (const task of this.#waiting) if (!task.call.repeats) task.reject(new NotConnected());
  }

  #isRepeated({ repeats }: Call<unknown>, error: unknown): boolean {
    if (this.#isClosed || repeats === false) return false;
    if (repeats === "whileWanted" && sqlState(error) === DISK_IS_FULL) return false;
    if (isBroken(error) || isPassing(error)) return true;
    if (repeats === true) this.#parts.failing(causeOf(error));
    return repeats === true;
  }

  #failDead(task: Task<unknown>): void {
    const { afterDeath } = task.call;
    if (afterDeath !== undefined) task.resolve(afterDeath());
    else task.reject(new Error("this server was declared dead"));
  }

  /** Nobody waits for the answer: what was done is taken back, and can never be done later. */
  async #takeBack(call: Call<unknown>, life: Life, number: number): Promise<false> {
    if (call.undo === undefined) return false;
    const { session, clock } = this.#parts;
    for (let wait = PAUSE.first; !this.#isClosed; wait = Math.min(2 * wait, PAUSE.longest)) {
      try {
        await session.whenReady();
        await session.query(...call.undo(life, number));
        return false;
      } catch (error) {
        if (!isBroken(error) && !isPassing(error)) this.#parts.failing(causeOf(error));
        await pause(clock, wait);
      }
    }
    return false;
  }
}
