import type { Segment } from "../protocol/mod.ts";
import type { Link, LinkHandler, PeerAddress } from "../router/mod.ts";
import { peerAddress } from "../router/peer_name.ts";
import type { Flushable, FlushQueue } from "./flush_queue.ts";
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

/**
 * What the links of all kinds of sockets share: output leaves segment by segment, what a peer does
 * not read is bounded, and a link ends once, after its last byte. A kind of socket adds how bytes are
 * written and read.
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

  /** The peer sends no more. */
  protected ended(): void {
    if (this.#isClosed || this.#peerHasEnded) return;
    this.#peerHasEnded = true;
    if (this.#lingering !== null) return this.#close(CLOSED_HERE);
    if (this.#isEnding) return;
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

  /** The socket is broken, or gone. */
  protected failed(reason: string): void {
    this.#close(reason);
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
    this.#packets = 0;
    this.#isUrgent = false;
    const { out } = handler;
    if (!this.#isWriting && this.#dropped === 0) this.#writeAll(handler);
    if (this.#isClosed) return;
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
      }
      this.#position += this.write(segment.bytes, this.#position, segment.end);
      if (this.#isClosed) return;
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
