import type { Link, LinkHandler, PeerAddress } from "../router/mod.ts";
import type { Flushable, FlushQueue } from "./flush_queue.ts";
import { mayLinger, startLingering, stopLingering } from "./lingering.ts";
import type { LinkLimits } from "./transport.ts";

/** A connection with promises: `Deno.Conn` is one, and so is the end of an in-process connection. */
export interface ByteConn {
  /** Reads into `buffer`; null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes some of `bytes`; how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Shuts the sending side down. */
  closeWrite?(): Promise<void>;
  /** Closes both sides. */
  close(): void;
}

/** Read buffers begin with this size: an idle connection holds no more. */
const SMALLEST_BUFFER = 1024;
const LARGEST_BUFFER = 64 * 1024;
/** After so many reads that would have fitted a much smaller buffer, the buffer shrinks. */
const SMALL_READS = 32;

/**
 * A link over a connection with promises. Reads into one buffer that is used again and again; one
 * write at a time is under way.
 */
export class ConnLink implements Link, Flushable {
  readonly peer: PeerAddress;
  isQueued = false;
  readonly #conn: ByteConn;
  readonly #limits: LinkLimits;
  readonly #queue: FlushQueue;
  #handler: LinkHandler | null = null;
  #inFlight = 0;
  #isWriting = false;
  #isEnding = false;
  #isClosed = false;
  #peerHasEnded = false;
  #whenDrained: (() => void) | null = null;
  #lingering: object | null = null;

  constructor(conn: ByteConn, peer: PeerAddress, limits: LinkLimits, queue: FlushQueue) {
    this.#conn = conn;
    this.peer = peer;
    this.#limits = limits;
    this.#queue = queue;
  }

  /** Begins to read for a handler. */
  start(handler: LinkHandler): void {
    this.#handler = handler;
    if (handler.out.size > 0) this.flush();
    if (!this.#isClosed) void this.#readAll(handler);
  }

  flush(): void {
    this.#queue.add(this);
  }

  end(): void {
    this.#isEnding = true;
    this.flush();
  }

  destroy(): void {
    this.#close("closed by this server");
  }

  send(): void {
    const handler = this.#handler;
    if (handler === null || this.#isClosed) return;
    if (this.#unsent(handler) > this.#limits.maxUnsent) {
      return this.#close(`the peer does not read: ${this.#unsent(handler)} bytes of unsent output`);
    }
    if (!this.#isWriting) void this.#writeAll(handler);
  }

  #unsent(handler: LinkHandler): number {
    return this.#inFlight + handler.out.size;
  }

  async #readAll(handler: LinkHandler): Promise<void> {
    let buffer = new Uint8Array(SMALLEST_BUFFER);
    let smallReads = 0;
    try {
      for (;;) {
        if (this.#unsent(handler) > this.#limits.pauseReadingAt) await this.#drained();
        const count = await this.#conn.read(buffer);
        if (count === null || this.#isClosed) break;
        if (!this.#isEnding) handler.receive(buffer, 0, count, false);
        if (count === buffer.length && count < LARGEST_BUFFER) {
          buffer = new Uint8Array(count * 4);
          smallReads = 0;
        } else if (buffer.length > SMALLEST_BUFFER && count * 8 < buffer.length) {
          if (++smallReads === SMALL_READS) {
            buffer = new Uint8Array(buffer.length / 4);
            smallReads = 0;
          }
        } else {
          smallReads = 0;
        }
      }
    } catch (error) {
      return this.#close(reason(error));
    }
    if (this.#isClosed) return;
    this.#peerHasEnded = true;
    if (this.#lingering !== null) this.#close("closed by this server");
    else handler.peerEnded();
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => this.#whenDrained = resolve);
  }

  async #writeAll(handler: LinkHandler): Promise<void> {
    const { out } = handler;
    this.#isWriting = true;
    try {
      for (let segment = out.take(); segment !== undefined; segment = out.take()) {
        let rest = segment.bytes.subarray(segment.start, segment.end);
        this.#inFlight = rest.length;
        for (;;) {
          const count = await this.#conn.write(rest);
          this.#inFlight -= count;
          if (this.#inFlight === 0 || this.#isClosed) break;
          rest = rest.subarray(count);
        }
        if (this.#isClosed) return;
        out.recycle(segment);
        this.#resumeReading(handler);
      }
    } catch (error) {
      return this.#close(reason(error));
    }
    this.#isWriting = false;
    if (this.#isEnding) this.#finish();
  }

  #resumeReading(handler: LinkHandler): void {
    if (this.#whenDrained === null || this.#unsent(handler) > this.#limits.pauseReadingAt) return;
    this.#whenDrained();
    this.#whenDrained = null;
  }

  /** All is sent. A peer that is still sending must get to read it before it gets a reset. */
  #finish(): void {
    if (this.#lingering !== null || this.#isClosed) return;
    const { closeWrite } = this.#conn;
    if (this.#peerHasEnded || closeWrite === undefined || !mayLinger()) {
      return this.#close("closed by this server");
    }
    this.#lingering = startLingering(() => this.#close("closed by this server"));
    closeWrite.call(this.#conn).catch((error) => this.#close(reason(error)));
  }

  #close(why: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#lingering !== null) stopLingering(this.#lingering);
    this.#whenDrained?.();
    try {
      this.#conn.close();
    } catch {
      // The peer's reset has closed it already.
    }
    this.#handler?.closed(why);
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
