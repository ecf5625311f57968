import type { Link, LinkHandler, PeerAddress } from "../router/mod.ts";
import type { Flushable, FlushQueue } from "./flush_queue.ts";
import { Burst, type Bursting } from "./burst.ts";
import { Incoming, turns, type TurnTaker } from "./turns.ts";
import { CLOSED_HERE, EndingLink } from "./closing.ts";
import { Outgoing, type Outlet, type Unreader } from "./outgoing.ts";
import type { Accept, LinkSettings } from "./transport.ts";

/** Unsent bytes at which a handler looks at what it held. */
const RESUME_AT = 256 * 1024;

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
export abstract class BaseLink extends EndingLink
  implements Link, Flushable, TurnTaker, Bursting, Outlet, Unreader {
  isQueued = false;
  isInTurns = false;
  unread = 0;
  readonly #queue: FlushQueue;
  readonly #incoming = new Incoming();
  readonly #outgoing = new Outgoing(this);
  #isPaused = false;
  readonly #burst = new Burst(this, turns);
  /** Where the output began that had not left when it was counted last. */
  #start = 0;

  constructor(peer: PeerAddress, settings: LinkSettings, queue: FlushQueue) {
    super(peer, settings);
    this.#queue = queue;
  }

  // --- what a kind of socket adds --------------------------------------------------------------

  /** Reads from now on. */
  protected abstract startReading(): void;

  /** Does not read until {@linkcode BaseLink.resume}. */
  protected abstract pause(): void;

  /** Reads on after a pause. */
  protected abstract resume(): void;

  /** See {@linkcode Outlet}; {@linkcode BaseLink.wrote} is called when more is written. */
  abstract write(bytes: Uint8Array, start: number, end: number): number;

  // --- what the socket reports -----------------------------------------------------------------

  /** Nothing should be handed on while this is set. */
  protected get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Does some of what was handed on wait for its turn? Those bytes must stay as they are. */
  protected get isTurnOver(): boolean {
    const handler = this.handler;
    return !this.isClosed && handler!.isHolding && handler!.isTurnOver === true;
  }

  get isUnwritable(): boolean {
    return this.isClosed || this.gone !== null;
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
    if (this.isClosed) return;
    if (this.isEnding) return this.#hasTaken(end - start, 0, hasMore);
    const handler = this.handler!;
    const before = hasMore ? performance.now() : 0;
    try {
      handler.receive(bytes, start, end, stable);
    } catch (error) {
      return this.closeAfter(error);
    }
    if (handler.isHolding) this.#hold(handler);
    else this.#hasTaken(end - start, hasMore ? performance.now() - before : 0, hasMore);
  }

  /** Where the next bytes should be read to, if it matters; then {@linkcode BaseLink.filled}. */
  protected lend(): Uint8Array | null {
    if (this.isClosed || this.isEnding) return null;
    try {
      return this.handler!.lend?.() ?? null;
    } catch (error) {
      this.closeAfter(error);
      return null;
    }
  }

  /** `count` bytes came in there, 0 if none did; `hasMore` as above. */
  protected filled(count: number, hasMore: boolean): void {
    if (this.isClosed) return;
    try {
      if (!this.isEnding) this.handler!.filled!(count);
    } catch (error) {
      return this.closeAfter(error);
    }
    if (this.handler!.isHolding) this.#hold(this.handler!);
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

  /** The peer has sent all that it will. */
  protected ended(): void {
    if (this.isClosed || this.peerHasEnded) return;
    this.peerHasEnded = true;
    if (this.isLingering) return this.closeFor(CLOSED_HERE);
    if (this.isEnding) return;
    if (this.gone !== null) return this.endRest(this.gone);
    try {
      this.handler!.peerEnded();
    } catch (error) {
      this.closeAfter(error);
    }
  }

  /** So many more bytes of what was given to {@linkcode BaseLink.write} are written. */
  protected wrote(count: number): void {
    if (this.isClosed) return;
    const { out } = this.handler!;
    if (!this.#outgoing.wrote(count, out)) return;
    // This round may add to what waits: it leaves at the end of it.
    if (!this.#outgoing.isUnderWay && out.size > 0) this.flush();
    else this.send();
  }

  // --- what the handler asks for ---------------------------------------------------------------

  /** Gets its handler and begins to read for it. */
  start(accept: Accept): void {
    try {
      this.handler = accept(this);
    } catch (error) {
      return this.closeAfter(error);
    }
    if (this.isClosed) return this.handler.closed(CLOSED_HERE);
    if (this.handler.out.size > 0) this.flush();
    this.startReading();
  }

  get mayWait(): boolean {
    return this.handler !== null && this.#outgoing.mayWait(this.handler);
  }

  flush(mayWait = false): void {
    if (this.#outgoing.added(mayWait) && this.isQueued) this.#queue.hurry();
    if (!this.isQueued) return this.#queue.add(this);
    // One chunk may hold thousands of commands: their answers are bounded before the round ends.
    const out = this.handler?.out;
    if (out === undefined || out.size <= this.settings.maxUnsent) return;
    this.#outgoing.drop(out);
  }

  end(): void {
    this.isEnding = true;
    this.flush();
  }

  // --- sending ---------------------------------------------------------------------------------

  send(): void {
    const handler = this.handler;
    if (handler === null || this.isClosed) return;
    try {
      this.#send(handler);
    } catch (error) {
      this.closeAfter(error);
    }
  }

  #send(handler: LinkHandler): void {
    if (this.#burst.isOn && this.#waitsForBurst(handler)) return;
    this.#outgoing.begin();
    if (this.gone !== null) return this.#takeRest(handler, this.gone);
    this.#write(handler);
    if (this.isUnwritable) return;
    const unsent = this.#outgoing.unsent(handler.out);
    if (unsent > this.settings.maxUnsent) {
      return this.closeFor(`the peer does not read: ${unsent} bytes of unsent output`, true);
    }
    this.#noteUnread(unsent, handler.out.start);
    if (this.isClosed) return;
    this.#pauseOrResume(this.#mustPause(handler));
    if (this.isEnding) {
      if (unsent === 0) this.finish();
    } else if (handler.isHolding && unsent <= RESUME_AT) {
      turns.add(this);
    }
  }

  #noteUnread(bytes: number, start: number): void {
    this.settings.unreadOutput?.note(this, bytes, start !== this.#start);
    this.#start = start;
  }

  protected override abandonOutput(): void {
    this.#outgoing.abandon();
    if (this.isClosed) this.#noteUnread(0, 0);
  }

  cutOff(all: number): void {
    this.closeFor(`the peer does not read, and all peers leave ${all} bytes unread`, true);
  }

  /** What is under way goes on, and nothing comes after the end of either side. */
  #waitsForBurst({ out }: LinkHandler): boolean {
    const isUnderWay = this.#outgoing.isUnderWay || (this.#isPaused && !this.isInTurns);
    const isOver = this.gone !== null || this.isEnding || this.peerHasEnded;
    return !isUnderWay && !isOver && this.#burst.delays(out.size, this.settings.pauseReadingAt);
  }

  #write({ out }: LinkHandler): void {
    const { mayLeave } = this.settings;
    if (mayLeave !== undefined && !mayLeave(this)) return;
    if (!this.#outgoing.isUnderWay && out.size > 0) this.#burst.answered();
    this.#outgoing.write(out);
    if (this.#outgoing.isTurnOver) turns.add(this);
  }

  // --- turns -----------------------------------------------------------------------------------

  takeTurn(): boolean {
    const handler = this.handler;
    if (handler === null || this.isClosed) return false;
    this.#incoming.beginTurn();
    if (this.#outgoing.beginTurn()) this.send();
    if (!this.isClosed) this.#goOn(handler);
    return true;
  }

  /** So many bytes were dealt with, in so many milliseconds; `hasMore` as above. */
  #hasTaken(bytes: number, milliseconds: number, hasMore: boolean): void {
    if (!hasMore) return this.#incoming.beginTurn();
    this.#incoming.add(bytes, milliseconds);
    if (!this.#incoming.isTurnOver || this.isClosed) return;
    this.#pauseOrResume(true);
    turns.add(this);
  }

  /** Does not read while the handler holds. */
  #hold(handler: LinkHandler): void {
    if (this.isClosed || this.isEnding) return;
    this.#pauseOrResume(true);
    // Else its output leaves first, or it says itself when it can go on.
    if (handler.isTurnOver) turns.add(this);
  }

  /** What the handler held is looked at; what it answers leaves at the end of the round. */
  #goOn(handler: LinkHandler): void {
    if (handler.isHolding && !this.isEnding) {
      // Else it goes on when enough is sent.
      if (this.#mayAnswer(handler)) this.#resumeHandler(handler);
      if (handler.isHolding || this.isClosed) return;
    }
    if (this.gone !== null) this.#takeRest(handler, this.gone);
    else this.#pauseOrResume(this.#mustPause(handler));
  }

  #resumeHandler(handler: LinkHandler): void {
    try {
      handler.resume();
    } catch (error) {
      return this.closeAfter(error);
    }
    if (handler.isHolding) this.#hold(handler);
  }

  /** Is there room for answers to what the handler holds? */
  #mayAnswer({ isTurnOver, out }: LinkHandler): boolean {
    return this.#outgoing.unsent(out) <= (isTurnOver ? this.settings.pauseReadingAt : RESUME_AT);
  }

  /** Should it stop reading? What comes after the end is read, whatever the handler holds. */
  #mustPause({ isHolding, out }: LinkHandler): boolean {
    return this.#incoming.isTurnOver || (isHolding && !this.isEnding) ||
      this.#outgoing.unsent(out) > this.settings.pauseReadingAt;
  }

  #pauseOrResume(mustPause: boolean): void {
    if (mustPause === this.#isPaused) return;
    this.#isPaused = mustPause;
    if (mustPause) this.pause();
    else this.resume();
  }

  // --- a peer that is gone ---------------------------------------------------------------------

  /** Drops what the peer would be sent, and goes on with what it has sent. */
  #takeRest(handler: LinkHandler, reason: string): void {
    handler.out.clear();
    this.#noteUnread(0, 0);
    if (handler.isHolding) turns.add(this);
    this.#pauseOrResume(this.#mustPause(handler));
    if (this.isEnding || this.peerHasEnded) this.endRest(reason);
  }
}
