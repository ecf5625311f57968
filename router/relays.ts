import type { Connection } from "./connection.ts";
import type { Job } from "./job.ts";
import type { Listener } from "./listener.ts";
import { Timer, type Timers } from "./timers.ts";

/** A packet that is to be sent so many times at most is sent at once. */
const AT_ONCE = 256;
/** What is done at once of one for more, in packets to a client that has just had one. */
const PORTION = 4096;
/** A client costs more than a further packet for it: the system has a call for each, */
const COST_OF_CLIENT = 16;
/** and a long packet more than a short one: 1 for each 2^8 bytes. */
const COST_OF_BYTES = 8;

/** Sends the packet to a client. */
type Send = (client: Connection) => void;

/**
 * The packets that go to very many clients of one job: one after the other and in portions, between
 * which peers have their turn.
 */
export class Relays {
  readonly #timers: Timers;
  /** What is done when one has been sent to all. */
  readonly #done: () => void;
  readonly #timer = new Timer(() => this.#portion());
  /** What is left of each: gives the costs of what it has done. */
  readonly #relays: Generator<number, void>[] = [];
  readonly #ending = new Set<Job>();

  /** @param done called whenever all clients of a job have been told that it has ended. */
  constructor(timers: Timers, done: () => void) {
    this.#timers = timers;
    this.#done = done;
  }

  /** Has the job so many clients that nothing is to be sent to all of them at once? */
  hasMany(job: Job): boolean {
    return job.listenerCount > AT_ONCE;
  }

  /** Are clients told that the job has ended? They stay with it until they are. */
  isEnding(job: Job): boolean {
    return this.#ending.has(job);
  }

  /** Is anybody still to be told that a job has ended? */
  get isEndingAny(): boolean {
    return this.#ending.size > 0;
  }

  /** Sends a packet of a worker with so many bytes, from which nothing more is taken until all clients have it. */
  pass(worker: Connection, job: Job, length: number, send: Send): void {
    this.#add(passing(job, length, send, worker.answerLater()));
  }

  /** Sends the last packet of a job that is about to end, and lets its clients go. */
  end(job: Job, length: number, send: Send): void {
    this.#ending.add(job);
    this.#add(this.#letGo(job, length, send));
  }

  #add(relay: Generator<number, void>): void {
    this.#relays.push(relay);
    if (!this.#timer.isSet) this.#timers.setDelay(this.#timer, 0);
  }

  #portion(): void {
    const relays = this.#relays;
    for (let cost = 0; relays.length > 0;) {
      if (cost >= PORTION) return this.#timers.setDelay(this.#timer, 0);
      const { value, done } = relays[0].next();
      if (done) relays.shift();
      else cost += value;
    }
  }

  /** Nobody can join any more; who leaves meanwhile is passed over. */
  *#letGo(job: Job, length: number, send: Send): Generator<number, void> {
    for (let listener = job.firstListener; listener !== null; listener = job.firstListener) {
      const { connection } = listener;
      if (listener.joins > 0 && !connection.out.isDropped) {
        listener.leaveOnce();
        send(connection);
        yield costOf(length);
      } else {
        letGo(listener);
        yield COST_OF_CLIENT;
      }
    }
    this.#ending.delete(job);
    this.#done();
  }
}

function* passing(
  job: Job,
  length: number,
  send: Send,
  done: (text: string) => void,
): Generator<number, void> {
  for (let listener = job.firstListener; listener !== null; listener = listener.nextOfJob) {
    const { connection } = listener;
    // It may leave meanwhile, or be sent more than is kept for it.
    for (let join = 0; join < listener.joins && !connection.out.isDropped; join++) {
      send(connection);
      yield costOf(length);
    }
    yield COST_OF_CLIENT;
  }
  done("");
}

function costOf(length: number): number {
  return 1 + (length >>> COST_OF_BYTES);
}

/** The client waits for the job no more. If it sends nothing more either, that was all. */
export function letGo(listener: Listener): void {
  const { connection } = listener;
  listener.detach();
  if (connection.halfClose !== null && connection.firstListener === null) connection.link.end();
}
