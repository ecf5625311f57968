import type { Segment } from "../protocol/mod.ts";
import type { Link, LinkHandler, PeerAddress } from "../router/mod.ts";
import { peerAddress } from "../router/peer_name.ts";
import type { Flushable, FlushQueue } from "./flush_queue.ts";
import { Burst } from "./burst.ts";
import { startLingering, stopLingering } from "./lingering.ts";
import type { Accept, LinkSettings } from "./transport.ts";

/** Unsent bytes at which a handler looks at what it held. */
const RESUME_AT = 256 * 1024;
/** Output that is worth a write of its own, however many there are to do: in bytes and in packets. */
const LONG_OUTPUT = 64 * 1024;
const MANY_PACKETS = 8;
/** Why a link ends whose peer ended it. */
export const CLOSED_BY_PEER = "closed by the peer";
const CLOSED_HERE = "closed by this server";
/** How long the end of a peer may take to come to which nothing can be written, in milliseconds. */
const LONGEST_REST = 10_000;

/**
 * What the links of all kinds of sockets share: output leaves segment by segment, what a peer does
 * not read is bounded, and a link ends once, after its last byte. A kind of socket adds how bytes are
 * written and read.
 *
 * A peer to which nothing can be written any more is gone, but what it sent before is still there to be
 * read: a producer that submits and closes without reading must not lose what has arrived. So output
 * is dropped, and input is taken to its end.
 *
 * An exception in a handler, or while something is sent, is a defect of this server: it is reported
 * and costs the connection that it came about for, nobody else's.
 */
export abstract class BaseLink implements Link, Flushable {
  readonly peer: PeerAddress;
  isQueued = false;
  readonly #settings: LinkSettings;
  readonly #queue: FlushQueue;
  #handler: LinkHandler | null = null;
  /** What is being sent, and how far. */
  #segment: Segment | undefined = undefined;
  #position = 0;
  #isWriting = false;
  /** How often output was added since it was sent last. */
  #packets = 0;
  /** Is there an answer among it, for which the peer waits? */
  #isUrgent = false;
  /** Output that was dropped because there was too much, in bytes. */
  #dropped = 0;
  #isPaused = false;
  #isEnding = false;
  #isClosed = false;
  #peerHasEnded = false;
  readonly #burst = new Burst();
  /** Why nothing can be written to the peer any more. */
  #gone: string | null = null;
  #rest: ReturnType<typeof setTimeout> | undefined;
  /** Set from the time when this side has ended until the peer has too. */
  #lingering: object | null = null;

  constructor(peer: PeerAddress, settings: LinkSettings, queue: FlushQueue) {
    this.peer = peer;
    this.#settings = settings;
    this.#queue = queue;
  }

  // --- what a kind of socket adds --------------------------------------------------------------

  /** Reads from now on. */
  protected abstract startReading(): void;

  /** Reads no more until {@linkcode BaseLink.resume}. */
  protected abstract pause(): void;

  /** Reads again. */
  protected abstract resume(): void;

  /**
   * Writes `bytes[start..end)`, or begins to; the bytes stay as they are until all are written.
   *
   * @returns how many are written by now. If that is not all, {@linkcode BaseLink.wrote} is called
   * when more are, or when more can be.
   */
  protected abstract write(bytes: Uint8Array, start: number, end: number): number;

  /** Says that nothing more will be sent. False if this kind of connection cannot. */
  protected abstract endWriting(): boolean;

  /** Closes the socket; what was written still reaches a peer that reads. */
  protected abstract closeSocket(): void;

  // --- what the socket reports -----------------------------------------------------------------

  /** Nothing should be handed on while this is set. */
  protected get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Is the socket closed? */
  protected get isClosed(): boolean {
    return this.#isClosed;
  }

  /** `bytes[start..end)` came in. */
  protected received(bytes: Uint8Array, start: number, end: number, stable: boolean): void {
    // What comes after the last answer is read, so that no reset overtakes that, but not looked at.
    if (this.#isClosed || this.#isEnding) return;
    try {
      this.#handler!.receive(bytes, start, end, stable);
    } catch (error) {
      this.#closeAfter(error);
    }
  }

  /** Where the next bytes should be read to, if it matters; then {@linkcode BaseLink.filled}. */
  protected lend(): Uint8Array | null {
    if (this.#isClosed || this.#isEnding) return null;
    try {
      return this.#handler!.lend?.() ?? null;
    } catch (error) {
      this.#closeAfter(error);
      return null;
    }
  }

  /** `count` bytes came in there; 0 if none did. */
  protected filled(count: number): void {
    if (this.#isClosed || this.#isEnding) return;
    try {
      this.#handler!.filled!(count);
    } catch (error) {
      this.#closeAfter(error);
    }
  }

  /** `count` bytes come in, and more may have already: see {@linkcode Burst}. */
  protected burst(count: number): void {
    this.#burst.add(count);
  }

  /** Is there a burst of input? */
  protected get isInBurst(): boolean {
    return this.#burst.isOn;
  }

  /** May the burst pause for a moment? */
  protected get mayPause(): boolean {
    return this.#burst.mayPause(this.#packets);
  }

  /** No more input has come. */
  protected endBurst(): void {
    this.#burst.end();
    if (!this.isQueued && this.#packets > 0) this.send();
  }

  /** The peer sends no more. */
  protected ended(): void {
    if (this.#isClosed || this.#peerHasEnded) return;
    this.#peerHasEnded = true;
    if (this.#lingering !== null) return this.#close(CLOSED_HERE);
    if (this.#isEnding) return;
    if (this.#gone !== null) return this.#endRest(this.#gone);
    try {
      this.#handler!.peerEnded();
    } catch (error) {
      this.#closeAfter(error);
    }
  }

  /** So many more bytes of what was given to {@linkcode BaseLink.write} are written. */
  protected wrote(count: number): void {
    if (this.#isClosed || !this.#isWriting) return;
    this.#isWriting = false;
    this.#position += count;
    const { out } = this.#handler!;
    if (this.#position < this.#segment!.end) return this.send();
    out.recycle(this.#segment!);
    this.#segment = undefined;
    // This round may add to what waits: it leaves at the end of it.
    if (out.size > 0) this.flush();
    else this.send();
  }

  /** Nothing can be written any more. What was received before is still to be read, and its end. */
  protected writingFailed(reason: string): void {
    const handler = this.#handler;
    if (this.#isClosed || this.#gone !== null) return;
    const isOver = this.#peerHasEnded && !handler?.isHolding;
    if (handler === null || this.#isEnding || isOver) return this.#close(reason);
    this.#becomeGone(handler, reason);
    this.#limitRest(handler, reason);
  }

  /** The socket is broken, or gone: there is nothing more to read either. */
  protected failed(reason: string): void {
    const handler = this.#handler;
    if (handler === null || this.#isEnding || !handler.isHolding) {
      return this.#close(this.#gone ?? reason);
    }
    this.#peerHasEnded = true;
    this.#becomeGone(handler, reason);
  }

  // --- what the handler asks for ---------------------------------------------------------------

  /** Gets its handler and begins to read for it. */
  start(accept: Accept): void {
    try {
      this.#handler = accept(this);
    } catch (error) {
      return this.#closeAfter(error);
    }
    if (this.#isClosed) return this.#handler.closed(CLOSED_HERE);
    if (this.#handler.out.size > 0) this.flush();
    this.startReading();
  }

  get mayWait(): boolean {
    if (this.#isUrgent) return false;
    const handler = this.#handler;
    return handler !== null && handler.mayWait && this.#packets < MANY_PACKETS &&
      handler.out.size < LONG_OUTPUT;
  }

  flush(mayWait = false): void {
    this.#packets++;
    if (!mayWait && !this.#isUrgent) {
      this.#isUrgent = true;
      if (this.isQueued) this.#queue.hurry();
    }
    if (!this.isQueued) return this.#queue.add(this);
    // One chunk may hold thousands of commands: their answers are bounded before the round ends.
    const out = this.#handler?.out;
    if (out === undefined || out.size <= this.#settings.maxUnsent) return;
    this.#dropped += out.size;
    out.clear();
  }

  end(): void {
    this.#isEnding = true;
    this.flush();
  }

  destroy(): void {
    this.#close(CLOSED_HERE);
  }

  // --- sending ---------------------------------------------------------------------------------

  send(): void {
    const handler = this.#handler;
    if (handler === null || this.#isClosed) return;
    try {
      this.#send(handler);
    } catch (error) {
      this.#closeAfter(error);
    }
  }

  #send(handler: LinkHandler): void {
    if (this.#burst.isOn && this.#waitsForBurst(handler)) return;
    this.#packets = 0;
    this.#isUrgent = false;
    if (this.#gone !== null) return this.#takeRest(handler, this.#gone);
    const { out } = handler;
    if (!this.#isWriting && this.#dropped === 0) this.#writeAll(handler);
    if (this.#isClosed || this.#gone !== null) return;
    const inFlight = this.#segment === undefined ? 0 : this.#segment.end - this.#position;
    const unsent = this.#dropped + inFlight + out.size;
    if (unsent > this.#settings.maxUnsent) {
      return this.#close(`the peer does not read: ${unsent} bytes of unsent output`, true);
    }
    this.#pauseOrResume(unsent > this.#settings.pauseReadingAt || handler.isHolding);
    if (this.#isEnding) {
      if (unsent === 0) this.#finish();
    } else if (handler.isHolding && unsent <= RESUME_AT) {
      this.#resumeHandler(handler);
    }
  }

  /** What is under way goes on, and nothing comes after the end of either side. */
  #waitsForBurst({ isHolding, out }: LinkHandler): boolean {
    const isUnderWay = this.#segment !== undefined || this.#isPaused || isHolding;
    const isOver = this.#gone !== null || this.#isEnding || this.#peerHasEnded;
    return !isUnderWay && !isOver && this.#burst.delays(out.size, this.#settings.pauseReadingAt);
  }

  /** Writes until the socket takes no more. */
  #writeAll({ out }: LinkHandler): void {
    const { mayLeave } = this.#settings;
    if (mayLeave !== undefined && !mayLeave(this)) return;
    for (;;) {
      const segment = this.#segment ?? out.take();
      if (segment === undefined) return;
      if (this.#segment === undefined) {
        this.#segment = segment;
        this.#position = segment.start;
        this.#burst.answered();
      }
      this.#position += this.write(segment.bytes, this.#position, segment.end);
      if (this.#isClosed || this.#gone !== null) return;
      if (this.#position < segment.end) {
        this.#isWriting = true;
        return;
      }
      this.#segment = undefined;
      out.recycle(segment);
    }
  }

  /** What the handler held is looked at now; what it answers leaves at the end of the round. */
  #resumeHandler(handler: LinkHandler): void {
    try {
      handler.resume();
    } catch (error) {
      return this.#closeAfter(error);
    }
    // If it holds without a word, it says itself when it can go on.
    if (!handler.isHolding || handler.out.size > 0) this.flush();
  }

  // --- a peer that is gone ---------------------------------------------------------------------

  #becomeGone(handler: LinkHandler, reason: string): void {
    if (this.#gone !== null) return;
    this.#gone = reason;
    // A write that was not finished may still hold on to its bytes: they are not recycled.
    this.#segment = undefined;
    this.#isWriting = false;
    this.#attempt(() => handler.peerGone?.());
    // Output is dropped, and what was held for it looked at, at the end of the round.
    this.flush();
  }

  /** A socket that is broken ends by itself; somebody else's connection may not. */
  #limitRest(handler: LinkHandler, reason: string): void {
    this.#rest = setTimeout(() => {
      if (handler.isHolding) this.#limitRest(handler, reason);
      else this.#close(reason);
    }, LONGEST_REST);
  }

  /** Drops what the peer would be sent, and goes on with what it has sent. */
  #takeRest(handler: LinkHandler, reason: string): void {
    handler.out.clear();
    this.#dropped = 0;
    if (handler.isHolding) this.#resumeHandler(handler);
    if (this.#isClosed) return;
    this.#pauseOrResume(handler.isHolding);
    if (this.#isEnding || this.#peerHasEnded) this.#endRest(reason);
  }

  /** Nothing more comes: closes, unless the handler still holds some of what came. */
  #endRest(reason: string): void {
    if (this.#isEnding || !this.#handler!.isHolding) this.#close(reason);
  }

  #pauseOrResume(mustPause: boolean): void {
    if (mustPause === this.#isPaused) return;
    this.#isPaused = mustPause;
    if (mustPause) this.pause();
    else this.resume();
  }

  /** All is sent. A peer that is still sending must get to read it before it gets a reset. */
  #finish(): void {
    if (this.#lingering !== null) return;
    if (this.#peerHasEnded) return this.#close(CLOSED_BY_PEER);
    this.#lingering = startLingering(() => this.#close(CLOSED_HERE));
    if (!this.endWriting()) this.#close(CLOSED_HERE);
  }

  #close(why: string, isCutOff = false): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // A write that was not finished may still hold on to its bytes: they are not recycled.
    this.#segment = undefined;
    clearTimeout(this.#rest);
    if (this.#lingering !== null) stopLingering(this.#lingering);
    this.#attempt(() => this.closeSocket());
    this.#attempt(() => this.#handler?.closed(why, isCutOff));
  }

  /** What goes wrong when a link ends keeps it from nothing. */
  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#report(error);
    }
  }

  #closeAfter(error: unknown): void {
    this.#report(error);
    this.#close("an error in this server");
  }

  /** In one line: logs are read by programs. */
  #report(error: unknown): void {
    const trace = error instanceof Error ? error.stack ?? error.message : String(error);
    const line = trace.trim().replace(/\s*\n\s*/g, " | ");
    this.#settings.report(`closing ${peerAddress(this.peer)}: ${line}`);
  }
}
