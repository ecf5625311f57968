/**
 * How links end: what a peer without a place is told, how long a connection that this side has ended is
 * kept, and what the log says of a defect.
 *
 * @module
 */

import { FAULTS, OutputBuffer, writeError } from "../protocol/mod.ts";
import type { Link, LinkHandler, PeerAddress } from "../router/mod.ts";
import { peerAddress } from "../router/model/peer.ts";
import type { LinkSettings } from "./transport.ts";

/** Tells a peer that there is no room for it, and closes. */
export function refuse(link: Link): LinkHandler {
  const out = new OutputBuffer();
  writeError(out, FAULTS.tooManyConnections);
  link.end();
  return {
    out,
    mayWait: false,
    isHolding: false,
    receive: () => {},
    resume: () => {},
    peerEnded: () => link.end(),
    closed: () => out.clear(),
  };
}

/** Why a link ends whose peer ended it. */
export const CLOSED_BY_PEER = "closed by the peer";
export const CLOSED_HERE = "closed by this server";
/** How long the end of a peer may take to come to which nothing can be written, in milliseconds. */
const LONGEST_REST = 10_000;
/** How long a connection is read out that this side has ended, in milliseconds, */
const LONGEST_LINGERING = 1000;
/** and how many such connections there are at the most: each holds a descriptor. */
const MOST_LINGERING = 32;

interface Lingering {
  readonly timer: ReturnType<typeof setTimeout>;
  readonly close: () => void;
}

/**
 * Connections that this side has ended and the other has not. Closing at once would answer whatever
 * the peer is still sending with a reset, and a reset makes it lose the ERROR packet that tells it
 * what was wrong. So they are read out for a moment; a newcomer takes the place of the one that has
 * had the longest time.
 */
const lingering = new Map<object, Lingering>();

/** Calls `close` after a while, or earlier to make room; the token calls it off. */
function startLingering(close: () => void): object {
  if (lingering.size >= MOST_LINGERING) endOldest();
  const token = {};
  lingering.set(token, { timer: setTimeout(close, LONGEST_LINGERING), close });
  return token;
}

/** The connection is closed. */
function stopLingering(token: object): void {
  clearTimeout(lingering.get(token)?.timer);
  lingering.delete(token);
}

function endOldest(): void {
  const [oldest] = lingering;
  if (oldest === undefined) return;
  const [token, { close }] = oldest;
  stopLingering(token);
  close();
}

/** What is reported of an error that is a defect of this server: in one line, as programs read logs. */
function defectOf(peer: PeerAddress, error: unknown): string {
  const trace = error instanceof Error ? error.stack ?? error.message : String(error);
  return `closing ${peerAddress(peer)}: ${trace.trim().replace(/\s*\n\s*/g, " | ")}`;
}

/**
 * A link as far as its end goes: it ends once, after its last byte, and a defect in a handler costs no
 * connection but the one that it came about for.
 */
export abstract class EndingLink {
  readonly peer: PeerAddress;
  protected readonly settings: LinkSettings;
  protected handler: LinkHandler | null = null;
  /** Is the socket closed? */
  protected isClosed = false;
  /** Does this side send no more than what waits? */
  protected isEnding = false;
  protected peerHasEnded = false;
  /** Why nothing can be written to the peer any more; null while it can. */
  protected gone: string | null = null;
  #rest: ReturnType<typeof setTimeout> | undefined;
  /** Set from the time when this side has ended until the peer has too. */
  #lingering: object | null = null;

  constructor(peer: PeerAddress, settings: LinkSettings) {
    this.peer = peer;
    this.settings = settings;
  }

  /** Says that nothing more will be sent. False if this kind of connection cannot. */
  protected abstract endWriting(): boolean;

  /** Closes the socket; what was written still reaches a peer that reads. */
  protected abstract closeSocket(): void;

  /** Nobody gets what has not been sent. */
  protected abstract abandonOutput(): void;

  /** Output is looked at, at the end of the round. */
  abstract flush(): void;

  /** Has all been sent, and does the peer still send? */
  protected get isLingering(): boolean {
    return this.#lingering !== null;
  }

  /** Closes the connection at once. */
  destroy(): void {
    this.closeFor(CLOSED_HERE);
  }

  /** All is sent. A peer that is still sending must get to read it before it gets a reset. */
  protected finish(): void {
    if (this.#lingering !== null) return;
    if (this.peerHasEnded) return this.closeFor(CLOSED_BY_PEER);
    this.#lingering = startLingering(() => this.closeFor(CLOSED_HERE));
    if (!this.endWriting()) this.closeFor(CLOSED_HERE);
  }

  /** Nothing can be written any more. What was received before is still to be read, and its end. */
  protected writingFailed(reason: string): void {
    const { handler } = this;
    if (this.isClosed || this.gone !== null) return;
    const isOver = this.peerHasEnded && !handler?.isHolding;
    if (handler === null || this.isEnding || isOver) return this.closeFor(reason);
    this.#becomeGone(handler, reason);
    if (!this.isClosed) this.#limitRest(handler, reason);
  }

  /** A socket that is broken ends by itself; somebody else's connection may not. */
  #limitRest(handler: LinkHandler, reason: string): void {
    this.#rest = setTimeout(() => {
      if (handler.isHolding) this.#limitRest(handler, reason);
      else this.closeFor(reason);
    }, LONGEST_REST);
  }

  /** The socket is broken, or gone: there is nothing more to read either. */
  protected failed(reason: string): void {
    const { handler } = this;
    if (handler === null || this.isEnding || !handler.isHolding) {
      return this.closeFor(this.gone ?? reason);
    }
    this.peerHasEnded = true;
    this.#becomeGone(handler, reason);
  }

  #becomeGone(handler: LinkHandler, reason: string): void {
    if (this.gone !== null) return;
    this.gone = reason;
    this.abandonOutput();
    this.#attempt(() => handler.peerGone?.());
    // Output is dropped, and what was held for it looked at, at the end of the round.
    this.flush();
  }

  /** Nothing more comes: closes, unless the handler still holds some of what came. */
  protected endRest(reason: string): void {
    if (this.isEnding || !this.handler!.isHolding) this.closeFor(reason);
  }

  /** Closes it now, for a reason that its handler is told. */
  protected closeFor(why: string, isCutOff = false): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.abandonOutput();
    clearTimeout(this.#rest);
    if (this.#lingering !== null) stopLingering(this.#lingering);
    this.#attempt(() => this.closeSocket());
    this.#attempt(() => this.handler?.closed(why, isCutOff));
  }

  /** Closes it after an exception in this server. */
  protected closeAfter(error: unknown): void {
    this.#report(error);
    this.closeFor("an error in this server");
  }

  /** What goes wrong when a link ends keeps it from nothing. */
  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    this.settings.report(defectOf(this.peer, error));
  }
}
