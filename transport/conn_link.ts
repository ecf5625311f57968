import { messageOf } from "../router/log/log.ts";
import type { PeerAddress } from "../router/mod.ts";
import { BaseLink } from "./base_link.ts";
import type { FlushQueue } from "./flush_queue.ts";
import type { LinkSettings } from "./transport.ts";

/**
 * A connection with promises: `Deno.Conn` is one, and so is the end of an in-process connection.
 */
export interface ByteConn {
  /** Reads into `buffer`, at least one byte; null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes some of `bytes`, at least one; how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Shuts the sending side down. */
  closeWrite?(): Promise<void>;
  /** Closes both sides. */
  close(): void;
}

/**
 * A link over a connection with promises: one read and at most one write are under way.
 *
 * The connection may be somebody else's object: what it throws, or returns in the place of a promise,
 * costs that connection at most.
 */
export class ConnLink extends BaseLink {
  readonly #conn: ByteConn;
  readonly #onWritten = (count: number): void => this.#written(count);
  readonly #onError = (error: unknown): void => this.writingFailed(messageOf(error));
  readonly #isSocket: boolean;
  #writeLength = 0;
  #whenResumed: (() => void) | null = null;
  #whenTurnTaken: (() => void) | null = null;

  /**
   * @param isSocket is it one of Deno's? Then the event loop looks at others after a read that has not
   * filled its buffer. Other connections may have more at once for ever.
   */
  constructor(
    conn: ByteConn,
    peer: PeerAddress,
    settings: LinkSettings,
    queue: FlushQueue,
    isSocket = false,
  ) {
    super(peer, settings, queue);
    this.#conn = conn;
    this.#isSocket = isSocket;
  }

  protected override startReading(): void {
    void this.#readAll();
  }

  protected override pause(): void {}

  protected override resume(): void {
    this.#whenResumed?.();
    this.#whenResumed = null;
  }

  override write(bytes: Uint8Array, start: number, end: number): number {
    this.#writeLength = end - start;
    try {
      const written = this.#conn.write(bytes.subarray(start, end));
      Promise.resolve(written).then(this.#onWritten, this.#onError);
    } catch (error) {
      this.#onError(error);
    }
    return 0;
  }

  protected override endWriting(): boolean {
    if (typeof this.#conn.closeWrite !== "function") return false;
    try {
      Promise.resolve(this.#conn.closeWrite()).catch(this.#onError);
    } catch (error) {
      this.#onError(error);
    }
    return true;
  }

  protected override closeSocket(): void {
    this.resume();
    this.#letGo();
    try {
      // What fails is closed already, by the peer's reset for one.
      Promise.resolve(this.#conn.close()).catch(() => {});
    } catch {
      // The same holds for what is thrown at once.
    }
  }

  #written(count: number): void {
    if (count > 0 && count <= this.#writeLength) this.wrote(count);
    else this.failed(`the connection wrote ${count} of ${this.#writeLength} bytes`);
  }

  async #readAll(): Promise<void> {
    let buffer: ReadBuffer | null = null;
    let lent: Uint8Array | null = null;
    try {
      buffer = new ReadBuffer();
      while (!this.isClosed) {
        lent = this.lend();
        const bytes = lent ?? buffer.bytes;
        const count = await this.#conn.read(bytes);
        // Nothing is the end as well, as it is for read(2): asking again would never end.
        if (count === null || count === 0) {
          if (lent !== null) this.filled(0, false);
          return this.ended();
        }
        if (!(count > 0 && count <= bytes.length)) {
          return this.failed(`the connection read ${count} of ${bytes.length} bytes`);
        }
        // A read that filled its buffer is followed by one that ends at once if there is more.
        const isFull = count === bytes.length;
        const hasMore = isFull || !this.#isSocket;
        if (isFull || this.isInBurst) this.burst(count);
        if (this.isPaused) await this.#untilResumed();
        if (lent !== null) {
          this.filled(count, hasMore);
          continue;
        }
        this.received(bytes, 0, count, false, hasMore);
        // What waits lies in the buffer.
        if (this.isTurnOver) await this.#untilTurnTaken();
        buffer.filled(count);
      }
    } catch (error) {
      // Nobody writes there any more: its memory is free with the connection.
      if (lent !== null) this.filled(0, false);
      this.failed(messageOf(error));
    } finally {
      buffer?.release();
    }
  }

  override takeTurn(): boolean {
    const hadMore = super.takeTurn();
    if (!this.isTurnOver) this.#letGo();
    return hadMore;
  }

  #letGo(): void {
    this.#whenTurnTaken?.();
    this.#whenTurnTaken = null;
  }

  #untilResumed(): Promise<void> {
    return new Promise((resolve) => this.#whenResumed = resolve);
  }

  #untilTurnTaken(): Promise<void> {
    return new Promise((resolve) => this.#whenTurnTaken = resolve);
  }
}

/** A size of buffers: a connection moves from one to the next. */
class Size {
  readonly length: number;
  readonly smaller: Size;
  /** How many buffers are kept for whoever needs one next. */
  readonly mostPooled: number;
  readonly pool: Uint8Array[] = [];
  inUse = 0;

  constructor(length: number, mostPooled: number, smaller?: Size) {
    this.length = length;
    this.mostPooled = mostPooled;
    this.smaller = smaller ?? this;
  }
}

/** A connection from which little comes at a time holds a buffer of this size, its own. */
const SMALL = new Size(1024, 0);
/** One that may wait for long holds no more than this, */
const MEDIUM = new Size(4 * 1024, 32, SMALL);
/** but for a few, from which much comes at a time, */
const LARGE = new Size(64 * 1024, 32, MEDIUM);
const MOST_LARGE = 64;
/** and very few that fill those: large payloads need less calls. */
const HUGE = new Size(512 * 1024, 4, LARGE);
const MOST_HUGE = 8;
/** A buffer for which too little comes so often in a row is given back: sizes of packets vary. */
const PATIENCE = 16;
/** More connections than this give it back at once. */
const MOST_PATIENT = 256;

/**
 * What one connection reads into. A read under way owns its buffer for as long as nothing comes, so
 * ten thousand silent connections must not wait with large ones. A read that fills its buffer is
 * followed by one into a larger buffer.
 */
export class ReadBuffer {
  /** Read into this next. */
  bytes: Uint8Array = new Uint8Array(SMALL.length);
  readonly #small = this.bytes;
  #size: Size = SMALL;
  /** How often in a row a smaller buffer would have done. */
  #littleReads = 0;

  /** A read put `count` bytes in, which have been dealt with. */
  filled(count: number): void {
    const size = this.#size;
    if (count === size.length) return this.#grow();
    if (size === SMALL) return;
    if (size === LARGE && LARGE.inUse > MOST_LARGE) return this.#use(MEDIUM);
    if (count >= size.smaller.length) {
      this.#littleReads = 0;
    } else if (++this.#littleReads >= PATIENCE || MEDIUM.inUse + LARGE.inUse > MOST_PATIENT) {
      this.#use(count < SMALL.length ? SMALL : size.smaller);
    }
  }

  #grow(): void {
    const size = this.#size;
    this.#littleReads = 0;
    if (size === SMALL) this.#use(MEDIUM);
    else if (size === MEDIUM) this.#use(LARGE);
    else if (size === LARGE && HUGE.inUse < MOST_HUGE) this.#use(HUGE);
  }

  /** No read is under way: gives a larger buffer back. */
  release(): void {
    const size = this.#size;
    if (size === SMALL) return;
    size.inUse--;
    if (size.pool.length < size.mostPooled) size.pool.push(this.bytes);
    this.bytes = this.#small;
    this.#size = SMALL;
  }

  #use(size: Size): void {
    this.release();
    this.#littleReads = 0;
    if (size === SMALL) return;
    this.bytes = size.pool.pop() ?? new Uint8Array(size.length);
    this.#size = size;
    size.inUse++;
  }
}
