import { PacketType } from "../../protocol/mod.ts";
import type { Job } from "../model/job.ts";
import type { Peer } from "../model/peer.ts";
import type { Recipient, RelayedBody } from "../model/subscriber.ts";
import { Timer } from "../model/timer.ts";
import type { Timers } from "./timers.ts";

/** A packet is sent at once if it is to be sent at most this number of times. */
const AT_ONCE = 256;
/** What one turn may cost, counted in packets to a client that has just had one. */
const PORTION = 4096;
/** A client costs more than a further packet for it, as each client needs a call of the system. */
const COST_OF_CLIENT = 16;
/** A long packet costs more than a short one: 1 more for each 2^8 bytes. */
const COST_OF_BYTES = 8;

/**
 * The packets that go to very many recipients of one job: one after the other and in portions, between
 * which peers have their turn.
 */
export class Relays {
  readonly #timers: Timers;
  /** What is done when one has been sent to all. */
  readonly #done: () => void;
  readonly #timer = new Timer(() => this.#portion());
  /** What is left of each: gives the costs of what it has done. */
  readonly #relays: Generator<number, void>[] = [];
  #ending = 0;

  /** @param done called whenever all recipients of a job have been told that it has ended. */
  constructor(timers: Timers, done: () => void) {
    this.#timers = timers;
    this.#done = done;
  }

  /** Has the job so many recipients that nothing is to be sent to all of them at once? */
  hasMany(job: Job): boolean {
    return job.subscriberCount > AT_ONCE;
  }

  /** Is anybody still to be told that a job has ended? */
  get isEndingAny(): boolean {
    return this.#ending > 0;
  }

  /** Sends a packet of a worker, from which nothing more is taken until all recipients have it. */
  pass(worker: Peer, job: Job, type: number, body: RelayedBody): void {
    this.#add(passing(job, type, copyOf(body), worker.pause()));
  }

  /** Tells all recipients of a job how it has ended, as {@linkcode tellEnd} does, and lets them go. */
  end(job: Job, type: number, body: RelayedBody | null): void {
    this.#ending++;
    this.#add(this.#letGo(job, type, body && copyOf(body)));
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
  *#letGo(job: Job, type: number, body: RelayedBody | null): Generator<number, void> {
    const cost = costOf(body);
    let subscriber = job.firstSubscriber;
    for (; subscriber !== null; subscriber = job.firstSubscriber) {
      const { recipient } = subscriber;
      if (subscriber.joins > 0 && !recipient.isDeaf) {
        subscriber.leaveOnce();
        tellEnd(recipient, job, type, body, 1);
        yield cost;
      } else {
        subscriber.detach();
        recipient.released();
        yield COST_OF_CLIENT;
      }
    }
    this.#ending--;
    this.#done();
  }
}

/**
 * Tells a recipient how a job has ended, as often as it joined.
 *
 * @param type WORK_COMPLETE or WORK_EXCEPTION with a body, WORK_FAIL without one; 0 for nothing at all.
 */
export function tellEnd(
  recipient: Recipient,
  job: Job,
  type: number,
  body: RelayedBody | null,
  joins: number,
): void {
  if (body !== null && (type === PacketType.WORK_COMPLETE || recipient.wantsExceptions)) {
    recipient.relay(type, body, joins);
  } else if (type !== 0) recipient.failed(job, joins);
}

function* passing(
  job: Job,
  type: number,
  body: RelayedBody,
  done: () => void,
): Generator<number, void> {
  const cost = costOf(body);
  let subscriber = job.firstSubscriber;
  for (; subscriber !== null; subscriber = subscriber.nextOfJob) {
    const { recipient } = subscriber;
    // It may leave meanwhile, or be sent more than is kept for it.
    for (let join = 0; join < subscriber.joins && !recipient.isDeaf; join++) {
      recipient.relay(type, body, 1);
      yield cost;
    }
    yield COST_OF_CLIENT;
  }
  done();
}

function copyOf({ bytes, start, end, lacksNul }: RelayedBody): RelayedBody {
  return { bytes: bytes.slice(start, end), start: 0, end: end - start, stable: true, lacksNul };
}

function costOf(body: RelayedBody | null): number {
  return body === null ? 1 : 1 + (body.end - body.start >>> COST_OF_BYTES);
}
