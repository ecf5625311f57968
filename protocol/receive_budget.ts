import { LARGEST_BUFFER } from "./buffer_pool.ts";

/** Of the packet whose turn it is, so much must come between two looks, in bytes, while others wait. */
const LEAST_PROGRESS = 2.5 * 1024 * 1024;

/** A packet of which a part has come, as the budget sees it. */
export interface UnfinishedPacket {
  /** Bytes that have come. */
  readonly length: number;
  /** Bytes that its buffer holds, as far as they count: 0 for a small one. */
  readonly counted: number;
  /** Bytes that its header announces. */
  readonly packetLength: number;
  /** There may be room for more of it: it asks again. */
  mayGoOn(): void;
  /** It has its turn and does not use it, while others wait. */
  isTooSlow(): void;
}

/**
 * What the unfinished large packets of all peers may take in memory together. A part of it is for one
 * that has its turn, and the others share the rest. One of them may always grow to as much as is free
 * then; so what is left gets less the more there are, but there is always something left for smaller
 * ones. What may not grow waits, and its peer is not read from. One of those that wait has its turn and
 * may become whole whatever the others take: the one that lacks least. So more than the limit is held
 * only if that is little more than the largest packet, or less.
 *
 * Packets of up to 64 KiB do not count and never wait.
 */
export class ReceiveBudget {
  /** How many bytes those may take that do not have their turn. */
  readonly #shared: number;
  /** Called when the first packet has its turn: {@linkcode look} is to be called from time to time. */
  onTurn: () => void = () => {};
  /** How many bytes the buffers of unfinished large packets hold. */
  used = 0;
  readonly #waiting = new Set<UnfinishedPacket>();
  /** The one that may become whole. */
  #turn: UnfinishedPacket | null = null;
  /** How much of it had come at the last look; -1 before the first one. */
  #lengthAtLook = -1;

  /**
   * @param limit in bytes.
   * @param largest length of the largest packet: so much is for the one that has its turn, but the
   * others have a quarter of the limit.
   */
  constructor(limit: number, largest = 0) {
    this.#shared = Math.max(limit - largest, Math.floor(limit / 4));
  }

  /** How many packets wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Is a buffer of `size` bytes within what this packet may take without its turn? */
  allows(packet: UnfinishedPacket, size: number): boolean {
    if (size <= LARGEST_BUFFER || packet === this.#turn) return true;
    return size <= this.#room;
  }

  /** What those that do not have their turn may take more, in bytes. */
  get #room(): number {
    return this.#shared - this.used + (this.#turn?.counted ?? 0);
  }

  /** Asks for a buffer of `size` bytes; if there is no room the packet waits. */
  ask(packet: UnfinishedPacket, size: number): boolean {
    if (this.#turn === null && !this.allows(packet, size)) this.#giveTurn(packet);
    const may = this.allows(packet, size);
    if (may) this.#waiting.delete(packet);
    else this.#waiting.add(packet);
    return may;
  }

  /** A packet counts for so many bytes more. */
  grew(bytes: number): void {
    this.used += bytes;
  }

  /** A packet that counted for so many bytes, or waited, is whole now, or gone. */
  ended(packet: UnfinishedPacket, bytes: number): void {
    this.used -= bytes;
    this.#waiting.delete(packet);
    if (packet === this.#turn) this.#turn = null;
    if (this.#waiting.size > 0) this.#wake();
  }

  /**
   * Ends the turn of a packet of which too little has come since the last look.
   *
   * @returns is another look needed?
   */
  look(): boolean {
    const packet = this.#turn;
    if (packet === null) return false;
    const { length } = packet;
    const isSlow = this.#lengthAtLook >= 0 && length - this.#lengthAtLook < LEAST_PROGRESS;
    this.#lengthAtLook = length;
    if (isSlow && this.#waiting.size > 0) packet.isTooSlow();
    return this.#turn !== null;
  }

  #giveTurn(packet: UnfinishedPacket): void {
    this.#turn = packet;
    this.#lengthAtLook = -1;
    this.onTurn();
  }

  /** Something has become free: one gets the turn if nobody has it, and all may ask again. */
  #wake(): void {
    const waiting = [...this.#waiting];
    if (this.#turn === null) this.#giveTurn(waiting.reduce(lackingLess));
    const room = this.#room;
    for (const packet of waiting) {
      if (packet === this.#turn || packet.counted < room) packet.mayGoOn();
    }
  }
}

function lackingLess(a: UnfinishedPacket, b: UnfinishedPacket): UnfinishedPacket {
  return b.packetLength - b.length < a.packetLength - a.length ? b : a;
}
