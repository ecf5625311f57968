import { messageOf } from "../router/error_message.ts";
import type { PeerAddress } from "../router/mod.ts";
import { BaseLink } from "./base_link.ts";
import { FIRST_PAUSE } from "./burst.ts";
import type { FlushQueue } from "./flush_queue.ts";
import { ReadBuffer } from "./read_buffer.ts";
import type { LinkSettings } from "./transport.ts";

/**
 * A connection with promises: `Deno.Conn` is one, and so is the end of an in-process connection.
 *
 * @example
 * ```ts
 * import { type ByteConn, Server } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * const requests = ["version\n"];
 * const answer = Promise.withResolvers<string>();
 * const conn: ByteConn = {
 *   read(buffer) {
 *     const request = requests.shift();
 *     if (request === undefined) return Promise.resolve(null);
 *     return Promise.resolve(new TextEncoder().encodeInto(request, buffer).written);
 *   },
 *   write(bytes) {
 *     answer.resolve(new TextDecoder().decode(bytes));
 *     return Promise.resolve(bytes.length);
 *   },
 *   close() {},
 * };
 *
 * await using server = new Server();
 * server.newClient(conn);
 * assertEquals((await answer.promise).slice(0, 3), "OK ");
 * ```
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
 * After each so many bytes of requests others have their turn: while a peer sends faster than it is
 * served, its reads end at once, and no other socket would be looked at.
 */
const MOST_IN_A_TURN = 2 * 1024 * 1024;

/** Promises that follow each other until a read that need not wait has ended, and some more. */
const HOPS = 8;

/** Only a timer lets Deno look at its sockets: immediates do not. */
export function nextTurn(): Promise<void> {
  return turn(1);
}

function turn(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
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
  #writeLength = 0;
  #reads = 0;
  #isOthersTurn = false;
  #isWatching = false;
  #whenResumed: (() => void) | null = null;

  constructor(conn: ByteConn, peer: PeerAddress, settings: LinkSettings, queue: FlushQueue) {
    super(peer, settings, queue);
    this.#conn = conn;
  }

  protected override startReading(): void {
    void this.#readAll();
  }

  protected override pause(): void {}

  protected override resume(): void {
    this.#whenResumed?.();
    this.#whenResumed = null;
  }

  protected override write(bytes: Uint8Array, start: number, end: number): number {
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
    try {
      // What fails is closed already, by the peer's reset for one.
      Promise.resolve(this.#conn.close()).catch(() => {});
    } catch {
      // The same.
    }
  }

  #written(count: number): void {
    if (count > 0 && count <= this.#writeLength) this.wrote(count);
    else this.failed(`the connection wrote ${count} of ${this.#writeLength} bytes`);
  }

  /**
   * Ends a burst of input when no more of it is there. A read that filled its buffer is followed by
   * one that ends at once if there is more; for anything else Deno has to look at its sockets.
   */
  async #watchBurst(): Promise<void> {
    this.#isWatching = true;
    let reads: number;
    do {
      reads = this.#reads;
      for (let hop = 0; hop < HOPS; hop++) await null;
      if (reads !== this.#reads) continue;
      if (this.mayPause) await turn(FIRST_PAUSE);
      else if (this.#isOthersTurn) await nextTurn();
    } while (!this.isClosed && (reads !== this.#reads || this.#isOthersTurn));
    this.#isWatching = false;
    this.endBurst();
  }

  async #readAll(): Promise<void> {
    let buffer: ReadBuffer | null = null;
    let lent: Uint8Array | null = null;
    let read = 0;
    try {
      buffer = new ReadBuffer();
      while (!this.isClosed) {
        lent = this.lend();
        const bytes = lent ?? buffer.bytes;
        const count = await this.#conn.read(bytes);
        // Nothing is the end as well, as it is for read(2): asking again would never end.
        if (count === null || count === 0) {
          if (lent !== null) this.filled(0);
          return this.ended();
        }
        if (!(count > 0 && count <= bytes.length)) {
          return this.failed(`the connection read ${count} of ${bytes.length} bytes`);
        }
        this.#reads++;
        if (count === bytes.length || this.isInBurst) this.burst(count);
        if (this.isInBurst && !this.#isWatching) void this.#watchBurst();
        if (this.isPaused) await new Promise<void>((resolve) => this.#whenResumed = resolve);
        if (lent !== null) {
          this.filled(count);
          // Large payloads are work for the kernel: others have their turn between them anyway.
          read = 0;
          continue;
        }
        this.received(bytes, 0, count, false);
        buffer.filled(count);
        read += count;
        if (read < MOST_IN_A_TURN) continue;
        read = 0;
        this.#isOthersTurn = true;
        await nextTurn();
        this.#isOthersTurn = false;
      }
    } catch (error) {
      // Nobody writes there any more: its memory is free with the connection.
      if (lent !== null) this.filled(0);
      this.failed(messageOf(error));
    } finally {
      buffer?.release();
    }
  }
}
