import {
  decodeName,
  type PacketInfo,
  type PacketName,
  PACKETS,
  type PacketView,
} from "../protocol/mod.ts";
import type { Clock } from "../router/mod.ts";

/** A request that the server owes an answer. */
interface Owed {
  /** The type of the answer; an ERROR answers as well. */
  readonly reply: PacketName;
  /** Called with the answer before the next packet is looked at. */
  answer(packet: ReceivedPacket): void;
  /** No answer comes any more. */
  fail(error: Error): void;
}

/**
 * The requests of a connection that are not answered yet. Servers answer in the order of the
 * requests, an ERROR in place of the answer.
 */
export class Replies {
  readonly #clock: Clock;
  #owed: Owed[] = [];
  #next = 0;
  /** When the oldest request became the oldest. */
  #since = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many requests are not answered. */
  get size(): number {
    return this.#owed.length - this.#next;
  }

  /** For how many milliseconds the oldest request has been the oldest. */
  get age(): number {
    return this.size === 0 ? 0 : this.#clock.now() - this.#since;
  }

  add(owed: Owed): void {
    if (this.size === 0) this.touch();
    this.#owed.push(owed);
  }

  /** The server has shown that it goes on. */
  touch(): void {
    this.#since = this.#clock.now();
  }

  /** Hands an answer on; false when there is no request that it answers. */
  answer(packet: ReceivedPacket): boolean {
    const owed = this.#owed[this.#next];
    if (owed === undefined) return false;
    if (packet.name !== owed.reply && packet.name !== "ERROR") return false;
    this.touch();
    if (++this.#next === this.#owed.length) {
      this.#owed = [];
      this.#next = 0;
    } else if (this.#next > 1000 && 2 * this.#next > this.#owed.length) {
      this.#owed = this.#owed.slice(this.#next);
      this.#next = 0;
    }
    owed.answer(packet);
    return true;
  }

  clear(error: Error): void {
    const owed = this.#owed.slice(this.#next);
    this.#owed = [];
    this.#next = 0;
    for (const one of owed) one.fail(error);
  }
}

/** A packet from a server. Nothing in it is shared with the connection. */
export interface ReceivedPacket {
  readonly name: PacketName;
  /** The arguments, as the table of the protocol lists them. */
  readonly args: readonly string[];
  /** What follows them; empty for a type without data. */
  readonly data: Uint8Array;
  /** Of JOB_ASSIGN_UNIQ: the unique as it came, which need not be text. */
  readonly uniqueBytes?: Uint8Array;
}

/** The index of the unique among the arguments of JOB_ASSIGN_UNIQ. */
const UNIQUE = 2;
const NO_DATA = new Uint8Array(0);

/** The packet of a view, or null when it lacks arguments. */
export function receivedPacket(view: PacketView): ReceivedPacket | null {
  const info = PACKETS[view.type]!;
  if (!view.split(info) && !splitLeniently(view, info)) return null;
  const { bytes } = view;
  // gearmand tells of a failure after an exception with one NUL too many.
  if (info.args.length === 1 && !info.data) {
    const text = decodeName(bytes.subarray(view.start, view.endOfText()));
    return { name: info.name, args: [text], data: NO_DATA };
  }
  const args = info.args.map((_, index) =>
    decodeName(bytes.subarray(view.argumentStart(index), view.argumentEnd(index)))
  );
  const { name } = info;
  const data = info.data ? dataOf(view) : NO_DATA;
  if (name !== "JOB_ASSIGN_UNIQ") return { name, args, data };
  const uniqueBytes = bytes.slice(view.argumentStart(UNIQUE), view.argumentEnd(UNIQUE));
  return { name, args, data, uniqueBytes };
}

/** Servers relay what workers send, and Perl's leave out the NUL before an empty result. */
function splitLeniently(view: PacketView, info: PacketInfo): boolean {
  if (info.name === "WORK_STATUS") return view.splitWithoutLast(info);
  if (info.nuls !== 1 || !info.data) return false;
  view.wholeBodyIsFirstArgument();
  return true;
}

/** The data: a copy, unless it is most of a chunk that nobody else will touch. */
function dataOf(view: PacketView): Uint8Array {
  const { bytes, dataStart, end } = view;
  const isMostOfChunk = 2 * (end - dataStart) > bytes.length;
  return view.stable && isMostOfChunk
    ? bytes.subarray(dataStart, end)
    : bytes.slice(dataStart, end);
}

/** A number as workers and servers write it; nonsense is 0, as for the C server. */
export function count(text: string): number {
  const value = parseFloat(text);
  return Number.isFinite(value) ? value : 0;
}

/** What a server knows of a job. */
export interface JobStatus {
  /** Does it wait or run? Jobs that are done are not known any more, unless their result is kept. */
  readonly known: boolean;
  /** Does a worker do it? */
  readonly running: boolean;
  /** How far it is, as its worker said: so many ... */
  readonly numerator: number;
  /** ... of so many; 0 before it said anything. */
  readonly denominator: number;
}

/** What a server knows of the job with a unique. */
export interface UniqueStatus extends JobStatus {
  /** How many submits wait for its result. */
  readonly clients: number;
}

export function statusOf({ args: [, ...rest] }: ReceivedPacket): JobStatus {
  const [known, running, numerator, denominator] = rest.map(count);
  return { known: known > 0, running: running > 0, numerator, denominator };
}

export function uniqueStatusOf(packet: ReceivedPacket): UniqueStatus {
  return { ...statusOf(packet), clients: count(packet.args[5]) };
}
