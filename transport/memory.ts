import { type ByteConn, ConnLink } from "./conn_link.ts";
import { FlushQueue } from "./flush_queue.ts";
import type { Accept, LinkSettings } from "./transport.ts";
import { setImmediate } from "node:timers";

const flushQueue = new FlushQueue(queueMicrotask);

/**
 * One end of a connection within the process: no socket is opened. It has the methods of `Deno.Conn`
 * that clients use.
 *
 * @example
 * ```ts
 * import { Server } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new Server();
 * const conn = server.toInprocessServer();
 * await conn.write(new TextEncoder().encode("version\n"));
 * const buffer = new Uint8Array(100);
 * const count = await conn.read(buffer);
 * assertEquals(new TextDecoder().decode(buffer.subarray(0, 3)), "OK ");
 * assertEquals(buffer[count! - 1], 10);
 * conn.close();
 * ```
 */
export class InprocessConn implements ByteConn, Disposable {
  readonly #incoming: Pipe;
  readonly #outgoing: Pipe;
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | null = null;
  #writable: WritableStream<Uint8Array> | null = null;

  private constructor(incoming: Pipe, outgoing: Pipe) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  /** Two ends of one connection. */
  static pair(): [InprocessConn, InprocessConn] {
    const there = new Pipe();
    const back = new Pipe();
    return [new InprocessConn(back, there), new InprocessConn(there, back)];
  }

  /**
   * Reads what has come into `buffer`, waiting for something.
   *
   * @returns how many bytes, or null when the other end has sent all that it will.
   * @throws {Error} when the connection was closed at either end.
   */
  read(buffer: Uint8Array): Promise<number | null> {
    return this.#incoming.read(buffer);
  }

  /**
   * Writes some or all of `bytes`, waiting while the other end does not read.
   *
   * @returns how many bytes were written.
   * @throws {Error} when the connection was closed at either end.
   */
  write(bytes: Uint8Array): Promise<number> {
    return this.#outgoing.write(bytes);
  }

  /** Ends sending; what the other end sends still comes. */
  closeWrite(): Promise<void> {
    this.#outgoing.end();
    return Promise.resolve();
  }

  /** Closes both directions. */
  close(): void {
    this.#outgoing.end();
    this.#incoming.break();
  }

  /** Closes both directions. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** What comes in, as a stream. */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    this.#readable ??= new ReadableStream({
      pull: async (controller) => {
        const buffer = new Uint8Array(16 * 1024);
        const count = await this.read(buffer);
        if (count === null) controller.close();
        else controller.enqueue(buffer.subarray(0, count));
      },
      cancel: () => this.close(),
    });
    return this.#readable;
  }

  /** What goes out, as a stream. */
  get writable(): WritableStream<Uint8Array> {
    this.#writable ??= new WritableStream({
      write: async (chunk) => {
        for (let rest = chunk; rest.length > 0;) rest = rest.subarray(await this.write(rest));
      },
      close: () => this.closeWrite(),
      abort: () => this.close(),
    });
    return this.#writable;
  }
}

/** Connects to a server in the same process; the other end is returned. */
export function connectInprocess(settings: LinkSettings, accept: Accept): InprocessConn {
  const [ours, theirs] = InprocessConn.pair();
  const link = new ConnLink(ours, { hostname: "[inprocess]", port: 0 }, settings, flushQueue);
  link.start(accept);
  return theirs;
}

/** Bytes that may be on the way before a writer waits. */
const CAPACITY = 1024 * 1024;

/** One direction of a connection within the process: bytes go in at one end and come out at the other. */
class Pipe {
  #chunks: Uint8Array[] = [];
  #size = 0;
  #isEnded = false;
  #isBroken = false;
  #waiting: (() => void)[] = [];

  /**
   * Takes what is there into `buffer`, waiting for something.
   *
   * @returns how many bytes, or null when nothing more will come.
   * @throws {Error} when the reading end is closed.
   */
  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#size === 0) {
      if (this.#isBroken) throw new Error("The connection is closed");
      if (this.#isEnded) return null;
      await this.#change();
    }
    const count = this.#take(buffer);
    this.#wake();
    return count;
  }

  /**
   * Puts in as much of `bytes` as there is room for, waiting for some.
   *
   * @returns how many bytes.
   * @throws {Error} when an end is closed.
   */
  async write(bytes: Uint8Array): Promise<number> {
    while (this.#size >= CAPACITY && !this.#isBroken) await this.#change();
    if (this.#isBroken || this.#isEnded) throw new Error("Broken pipe");
    const count = Math.min(bytes.length, CAPACITY - this.#size);
    if (count === 0) return 0;
    // The writer may use its buffer again.
    this.#chunks.push(bytes.slice(0, count));
    this.#size += count;
    this.#wake();
    return count;
  }

  /** The writer is done; what is on the way still arrives. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /** The reader is gone. */
  break(): void {
    this.#isBroken = true;
    this.#chunks = [];
    this.#size = 0;
    this.#wake();
  }

  #take(buffer: Uint8Array): number {
    let count = 0;
    while (count < buffer.length && this.#chunks.length > 0) {
      const [chunk] = this.#chunks;
      const length = Math.min(chunk.length, buffer.length - count);
      buffer.set(chunk.subarray(0, length), count);
      count += length;
      if (length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(length);
    }
    this.#size -= count;
    return count;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * In the next round of the event loop: two ends that wake each other at once would leave no time
   * for sockets and timers.
   */
  #wake(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    setImmediate(() => {
      for (const resolve of waiting) resolve();
    });
  }
}
