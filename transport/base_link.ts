import type { Link, LinkHandler, PeerAddress } from "../router/mod.ts";
import type { Flushable, FlushQueue } from "./flush_queue.ts";
import { Burst, type Bursting } from "./burst.ts";
import { defectOf } from "./defect.ts";
import { Incoming, turns, type TurnTaker } from "./turns.ts";
import { startLingering, stopLingering } from "./lingering.ts";
import { Outgoing, type Outlet, type Unreader } from "./outgoing.ts";
import type { Accept, LinkSettings } from "./transport.ts";

/** Unsent bytes at which a handler looks at what it held. */
const RESUME_AT = 256 * 1024;
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
 * A peer that sends, or is sent, more than fits in a turn is not read from, or written to, until others
 * have had theirs.
 *
 * An exception in a handler, or while something is sent, is a defect of this server: it is reported
 * and costs the connection that it came about for, nobody else's.
 */
export abstract class BaseLink implements Link, Flushable, TurnTaker, Bursting, Outlet, Unreader {
  readonly peer: PeerAddress;
  isQueued = false;
  isInTurns = false;
  unread = 0;
  readonly #settings: LinkSettings;
  readonly #queue: FlushQueue;
  #handler: LinkHandler | null = null;
  readonly #incoming = new Incoming();
  readonly #outgoing = new Outgoing(this);
  #isPaused = false;
  #isEnding = false;
  #isClosed = false;
  #peerHasEnded = false;
  readonly #burst = new Burst(this, turns);
  /** Where the output began that had not left when it was counted last. */
  #start = 0;
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

  /** See {@linkcode Outlet}; {@linkcode BaseLink.wrote} is called when more is written. */
  abstract write(bytes: Uint8Array, start: number, end: number): number;

  /** Says that nothing more will be sent. False if this kind of connection cannot. */
  protected abstract endWriting(): boolean;

  /** Closes the socket; what was written still reaches a peer that reads. */
  protected abstract closeSocket(): void;

  // --- what the socket reports -----------------------------------------------------------------

  /** Nothing should be handed on while this is set. */
  protected get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Does some of what was handed on wait for its turn? Those bytes must stay as they are. */
  protected get isTurnOver(): boolean {
    const handler = this.#handler;
    return !this.#isClosed && handler!.isHolding && handler!.isTurnOver === true;
  }

  get isUnwritable(): boolean {
    return this.#isClosed || this.#gone !== null;
  }

  /** Is the socket closed? */
  protected get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * `bytes[start..end)` came in.
   *
   * @param hasMore may there be more, which comes before the event loop looks at other sockets?
   */
  protected received(
    bytes: Uint8Array,
    start: number,
    end: number,
    stable: boolean,
    hasMore: boolean,
  ): void {
    // What comes after the last answer is read, so that no reset overtakes that, but not looked at.
    if (this.#isClosed) return;
    if (this.#isEnding) return this.#hasTaken(end - start, 0, hasMore);
    const handler = this.#handler!;
    const before = hasMore ? performance.now() : 0;
    try {
      handler.receive(bytes, start, end, stable);
    } catch (error) {
      return this.#closeAfter(error);
    }
    if (handler.isHolding) this.#hold(handler);
    else this.#hasTaken(end - start, hasMore ? performance.now() - before : 0, hasMore);
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

  /** `count` bytes came in there, 0 if none did; `hasMore` as above. */
  protected filled(count: number, hasMore: boolean): void {
    if (this.#isClosed) return;
    try {
      if (!this.#isEnding) this.#handler!.filled!(count);
    } catch (error) {
      return this.#closeAfter(error);
    }
    if (this.#handler!.isHolding) this.#hold(this.#handler!);
    else this.#hasTaken(count, 0, hasMore);
  }

  /** `count` bytes come in, and more may have already: see {@linkcode Burst}. */
  protected burst(count: number): void {
    this.#burst.add(count);
  }

  /** Is there a burst of input? */
  protected get isInBurst(): boolean {
    return this.#burst.isOn;
  }

  get mayPause(): boolean {
    return this.#burst.mayPause(this.#outgoing.packets);
  }

  endBurst(): void {
    this.#burst.end();
    if (!this.isQueued && this.#outgoing.packets > 0) this.send();
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
    if (this.#isClosed) return;
    const { out } = this.#handler!;
    if (!this.#outgoing.wrote(count, out)) return;
    // This round may add to what waits: it leaves at the end of it.
    if (!this.#outgoing.isUnderWay && out.size > 0) this.flush();
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
    return this.#handler !== null && this.#outgoing.mayWait(this.#handler);
  }

  flush(mayWait = false): void {
    if (this.#outgoing.added(mayWait) && this.isQueued) this.#queue.hurry();
    if (!this.isQueued) return this.#queue.add(this);
    // One chunk may hold thousands of commands: their answers are bounded before the round ends.
    const out = this.#handler?.out;
    if (out === undefined || out.size <= this.#settings.maxUnsent) return;
    this.#outgoing.drop(out);
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
    this.#outgoing.begin();
    if (this.#gone !== null) return this.#takeRest(handler, this.#gone);
    this.#write(handler);
    if (this.isUnwritable) return;
    const unsent = this.#outgoing.unsent(handler.out);
    if (unsent > this.#settings.maxUnsent) {
      return this.#close(`the peer does not read: ${unsent} bytes of unsent output`, true);
    }
    this.#noteUnread(unsent, handler.out.start);
    if (this.#isClosed) return;
    this.#pauseOrResume(this.#mustPause(handler));
    if (this.#isEnding) {
      if (unsent === 0) this.#finish();
    } else if (handler.isHolding && unsent <= RESUME_AT) {
      turns.add(this);
    }
  }

  #noteUnread(bytes: number, start: number): void {
    this.#settings.unreadOutput?.note(this, bytes, start !== this.#start);
    this.#start = start;
  }

  cutOff(all: number): void {
    this.#close(`the peer does not read, and all peers leave ${all} bytes unread`, true);
  }

  /** What is under way goes on, and nothing comes after the end of either side. */
  #waitsForBurst({ out }: LinkHandler): boolean {
    const isUnderWay = this.#outgoing.isUnderWay || (this.#isPaused && !this.isInTurns);
    const isOver = this.#gone !== null || this.#isEnding || this.#peerHasEnded;
    return !isUnderWay && !isOver && this.#burst.delays(out.size, this.#settings.pauseReadingAt);
  }

  #write({ out }: LinkHandler): void {
    const { mayLeave } = this.#settings;
    if (mayLeave !== undefined && !mayLeave(this)) return;
    if (!this.#outgoing.isUnderWay && out.size > 0) this.#burst.answered();
    this.#outgoing.write(out);
    if (this.#outgoing.isTurnOver) turns.add(this);
  }

  // --- turns -----------------------------------------------------------------------------------

  takeTurn(): boolean {
    const handler = this.#handler;
    if (handler === null || this.#isClosed) return false;
    this.#incoming.beginTurn();
    if (this.#outgoing.beginTurn()) this.send();
    if (!this.#isClosed) this.#goOn(handler);
    return true;
  }

  /** So many bytes were dealt with, in so many milliseconds; `hasMore` as above. */
  #hasTaken(bytes: number, milliseconds: number, hasMore: boolean): void {
    if (!hasMore) return this.#incoming.beginTurn();
    this.#incoming.add(bytes, milliseconds);
    if (!this.#incoming.isTurnOver || this.#isClosed) return;
    this.#pauseOrResume(true);
    turns.add(this);
  }

  /** Reads no more while the handler holds. */
  #hold(handler: LinkHandler): void {
    if (this.#isClosed || this.#isEnding) return;
    this.#pauseOrResume(true);
    // Else its output leaves first, or it says itself when it can go on.
    if (handler.isTurnOver) turns.add(this);
  }

  /** What the handler held is looked at; what it answers leaves at the end of the round. */
  #goOn(handler: LinkHandler): void {
    if (handler.isHolding && !this.#isEnding) {
      // Else it goes on when enough is sent.
      if (this.#mayAnswer(handler)) this.#resumeHandler(handler);
      if (handler.isHolding || this.#isClosed) return;
    }
    if (this.#gone !== null) this.#takeRest(handler, this.#gone);
    else this.#pauseOrResume(this.#mustPause(handler));
  }

  #resumeHandler(handler: LinkHandler): void {
    try {
      handler.resume();
    } catch (error) {
      return this.#closeAfter(error);
    }
    if (handler.isHolding) this.#hold(handler);
  }

  /** Is there room for answers to what the handler holds? */
  #mayAnswer({ isTurnOver, out }: LinkHandler): boolean {
    return this.#outgoing.unsent(out) <= (isTurnOver ? this.#settings.pauseReadingAt : RESUME_AT);
  }

  /** Should it read no more? What comes after the end is read, whatever the handler holds. */
  #mustPause({ isHolding, out }: LinkHandler): boolean {
    return this.#incoming.isTurnOver || (isHolding && !this.#isEnding) ||
      this.#outgoing.unsent(out) > this.#settings.pauseReadingAt;
  }

  #pauseOrResume(mustPause: boolean): void {
    if (mustPause === this.#isPaused) return;
    this.#isPaused = mustPause;
    if (mustPause) this.pause();
    else this.resume();
  }

  // --- a peer that is gone ---------------------------------------------------------------------

  #becomeGone(handler: LinkHandler, reason: string): void {
    if (this.#gone !== null) return;
    this.#gone = reason;
    this.#outgoing.abandon();
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
    this.#noteUnread(0, 0);
    if (handler.isHolding) turns.add(this);
    this.#pauseOrResume(this.#mustPause(handler));
    if (this.#isEnding || this.#peerHasEnded) this.#endRest(reason);
  }

  /** Nothing more comes: closes, unless the handler still holds some of what came. */
  #endRest(reason: string): void {
    if (this.#isEnding || !this.#handler!.isHolding) this.#close(reason);
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
    this.#outgoing.abandon();
    this.#noteUnread(0, 0);
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

  #report(error: unknown): void {
    this.#settings.report(defectOf(this.peer, error));
  }
}
