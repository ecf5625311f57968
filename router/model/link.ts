import type { OutputBuffer } from "../../protocol/mod.ts";

/** Who is at the other end of a connection, as text commands and logs show it. */
export interface PeerAddress {
  /** An IP address without brackets, or a word for what has none: `unix`, `[inprocess]`. */
  readonly hostname: string;
  /** TCP port, or 0. */
  readonly port: number;
}

/**
 * What the router asks of the transport under a connection. A transport implements it once for each
 * kind of socket; the router never sees the socket.
 */
export interface Link {
  /** The address of the other end. */
  readonly peer: PeerAddress;
  /**
   * Output waits in the connection's `out`: send it at the end of this event-loop round, in as few
   * writes as possible. Cheap to call for each packet.
   *
   * @param mayWait it may wait for more of its kind, as far as {@linkcode LinkHandler.mayWait} says:
   * the peer does not wait for this packet alone. Answers to its requests leave at once.
   */
  flush(mayWait?: boolean): void;
  /** Close as soon as all output has left. */
  end(): void;
  /** Close now; unsent output is lost. */
  destroy(): void;
}

/** Something that has output, which waits until what it promises is stored. */
export interface Sender {
  /** Sends what waits; throws nothing. */
  send(): void;
}

/** What a transport tells the connection on top of a {@linkcode Link}. */
export interface LinkHandler {
  /** Where the output of this connection is written to and taken from. */
  readonly out: OutputBuffer;
  /**
   * May output that was flushed with `mayWait` wait a moment for more of it when there is much to do?
   * Not if somebody idles.
   */
  readonly mayWait: boolean;
  /**
   * `bytes[start..end)` came in. If {@linkcode isTurnOver} is true afterwards, the transport changes
   * them only when it is false again.
   *
   * @param stable it will never change these bytes again.
   */
  receive(bytes: Uint8Array, start: number, end: number, stable: boolean): void;
  /**
   * Where the next bytes that come in are to be read to, so that a large packet need not be copied;
   * null if it does not matter. After a call that is not null comes {@linkcode LinkHandler.filled}.
   */
  lend?(): Uint8Array | null;
  /** `count` bytes were written into what was lent: called instead of {@linkcode LinkHandler.receive}. */
  filled?(count: number): void;
  /**
   * Does something that came in wait? The link looks after each call. It then hands on nothing more
   * and calls {@linkcode resume}: in the next round if {@linkcode isTurnOver}, else when it has sent
   * most of what there was, and after a {@linkcode Link.flush}.
   */
  readonly isHolding: boolean;
  /** Does it wait only until others have had their turn? */
  readonly isTurnOver?: boolean;
  /** Looks at what waits; it may hold again. */
  resume(): void;
  /**
   * The peer will send no more but may still read (a half-close). The connection ends the link
   * itself when it owes no more replies.
   */
  peerEnded(): void;
  /**
   * The peer is gone: nothing that it is sent will be read. What it sent before still comes, then
   * {@linkcode LinkHandler.closed}.
   */
  peerGone?(): void;
  /**
   * The link is gone, for whatever reason. Called exactly once.
   *
   * @param isCutOff did this side end it because too much output was unread?
   */
  closed(reason?: string, isCutOff?: boolean): void;
}
