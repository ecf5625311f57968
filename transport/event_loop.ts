import type { Clock } from "../router/mod.ts";

/** Runs a function later. */
export type Schedule = (run: () => void) => void;

const ask: Schedule = "Deno" in globalThis
  ? (run) => denoRounds.next(run)
  : (run) => void setImmediate(run);

/** The rounds that were asked for and have not come. */
const awaited = new Set<Promise<void>>();

/** Calls a function in the next round of the event loop, when sockets have been looked at. */
export function inNextRound(run: () => void): void {
  const { promise, resolve } = Promise.withResolvers<void>();
  awaited.add(promise);
  ask(() => {
    awaited.delete(promise);
    resolve();
    run();
  });
}

/** Calls a function when the round of the event loop has ended, or after `delay` milliseconds. */
export function later(run: () => void, delay?: number): void {
  if (delay === undefined) atEndOfRound(run);
  else setTimeout(run, delay);
}

/** What is to be called when the round has ended. */
let atEnd: (() => void)[] = [];
let spare: (() => void)[] = [];

/** On Deno an immediate costs as much as a job does here and there: all share that of the round. */
function atEndOfRound(run: () => void): void {
  if (atEnd.push(run) === 1) setImmediate(endRound);
}

/** What one of them throws keeps no other from being called. */
function endRound(): void {
  const runs = atEnd;
  atEnd = spare;
  let next = 0;
  try {
    while (next < runs.length) runs[next++]();
  } finally {
    for (const left of runs.slice(next)) atEndOfRound(left);
    runs.length = 0;
    spare = runs;
  }
}

/**
 * Calls a function in a later round, by a timer. A store's next portion waits for it. (Measured: with
 * {@linkcode inNextRound} a store on Bun takes a quarter fewer jobs in a second.)
 */
export function inLaterRound(run: () => void): void {
  setTimeout(run, 0);
}

/** Resolves in the next round. */
export function nextRound(): Promise<void> {
  return new Promise(inNextRound);
}

/** Resolves when all rounds have come that were asked for by now: nothing goes on behind the caller's back. */
export async function roundsHaveCome(): Promise<void> {
  await Promise.all(awaited);
}

/** The time of the machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  epoch: () => Date.now(),
  after(delay, fire) {
    if (delay <= 0) return soon(fire);
    // A timer of a runtime may ring up to a millisecond early.
    const timer = setTimeout(fire, Math.ceil(delay));
    return () => clearTimeout(timer);
  },
};

/** In the next round, when peers have had their turn: Deno fires timers without a look at its sockets. */
function soon(fire: () => void): () => void {
  let isCalledOff = false;
  inNextRound(() => {
    if (!isCalledOff) fire();
  });
  return () => isCalledOff = true;
}

const NOTHING = new Uint8Array(0);

/**
 * The rounds of Deno's event loop in which it looks at its sockets. It runs up to sixty immediates, or
 * whatever else is ready, before it does, and a timer takes a millisecond. A {@linkcode Doorbell} takes
 * 7 microseconds. It is two sockets more, so there is one only while this process listens, and when
 * somebody has asked for a round.
 */
class DenoRounds {
  #listeners = 0;
  #bell: Doorbell | null = null;
  #isRinging = false;
  /** The callers for whom the bell has not been rung yet. */
  #waiting: (() => void)[] = [];
  #isOpening = false;

  /** A socket listens. */
  listens(): void {
    this.#listeners++;
  }

  /** It does not any more. */
  hasClosed(): void {
    if (--this.#listeners === 0) this.#removeBell();
  }

  /** Calls a function in the next round. */
  next(run: () => void): void {
    const bell = this.#bell;
    if (bell === null) {
      if (this.#listeners > 0 && !this.#isOpening) void this.#openBell();
      return hashNothing(run);
    }
    this.#waiting.push(run);
    if (!this.#isRinging) void this.#ring(bell);
  }

  /** One ring at a time: two would be heard as one. Who comes during one waits for the next. */
  async #ring(bell: Doorbell): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#isRinging = true;
    const hasRung = await bell.ring();
    this.#isRinging = false;
    if (!hasRung && bell === this.#bell) this.#removeBell();
    const late = this.#waiting;
    this.#waiting = [];
    for (const run of late) this.next(run);
    // What one of them throws keeps no other from its round.
    for (const run of waiting) hasRung ? queueMicrotask(run) : hashNothing(run);
  }

  /** Where that is not allowed it is not tried again. */
  async #openBell(): Promise<void> {
    this.#isOpening = true;
    const bell = await Doorbell.open();
    if (bell === null) return;
    this.#isOpening = false;
    if (this.#listeners > 0) this.#bell = bell;
    else bell[Symbol.dispose]();
  }

  #removeBell(): void {
    this.#bell?.[Symbol.dispose]();
    this.#bell = null;
  }
}

/**
 * Deno also looks when nothing at all is ready. So it is made to wait for another thread, which computes
 * a hash of nothing. It is begun when all else of the round has been done, as it may be over before Deno
 * waits for it: that is so on a busy machine, or with one processor.
 */
function hashNothing(run: () => void): void {
  setImmediate(() => void crypto.subtle.digest("SHA-1", NOTHING).then(run));
}

/** The rounds of this process. */
export const denoRounds: DenoRounds = new DenoRounds();

/**
 * A connection of this process with itself, for Deno: what is written at one end is read at the other
 * only after a look at the sockets, which is then a look at all of them.
 */
export class Doorbell implements Disposable {
  readonly #button: Deno.Conn;
  readonly #bell: Deno.Conn;
  readonly #press = new Uint8Array(1);
  readonly #rung = new Uint8Array(16);

  private constructor(button: Deno.Conn, bell: Deno.Conn) {
    this.#button = button;
    this.#bell = bell;
  }

  /** Resolves with null where this process may not connect to itself, or cannot. */
  static async open(): Promise<Doorbell | null> {
    const hostname = "127.0.0.1";
    if (Deno.permissions.querySync({ name: "net", host: hostname }).state !== "granted") {
      return null;
    }
    try {
      using listener = Deno.listen({ hostname, port: 0 });
      const button = await Deno.connect({ hostname, port: (listener.addr as Deno.NetAddr).port });
      button.setNoDelay(true);
      try {
        return new Doorbell(button, await acceptFrom(listener, button));
      } catch (error) {
        button.close();
        throw error;
      }
    } catch {
      return null;
    }
  }

  /** Resolves after the next look; with false if it cannot ring any more. */
  async ring(): Promise<boolean> {
    try {
      await this.#button.write(this.#press);
      return await this.#bell.read(this.#rung) !== null;
    } catch {
      return false;
    }
  }

  /** Lets go of both ends; whoever waits for a ring is told. */
  [Symbol.dispose](): void {
    this.#button.close();
    this.#bell.close();
  }
}

/** Somebody else might be faster. */
async function acceptFrom(listener: Deno.Listener, button: Deno.Conn): Promise<Deno.Conn> {
  const { port } = button.localAddr as Deno.NetAddr;
  for (;;) {
    const conn = await listener.accept();
    if ((conn.remoteAddr as Deno.NetAddr).port === port) return conn;
    conn.close();
  }
}
