import { type ByteConn, ConnLink } from "../../transport/conn_link.ts";
import { FlushQueue } from "../../transport/flush_queue.ts";
import type { LinkSettings } from "../../transport/transport.ts";
import { settings, TestHandler, within } from "./handlers.ts";

/** A connection that the test drives by hand. */
export class FakeConn implements ByteConn {
  /** What was written, write by write. */
  readonly writes: Uint8Array[] = [];
  /** How many bytes a write takes; Infinity for all, 0 for a peer that does not read. */
  takes = Infinity;
  hasEndedWriting = false;
  closings = 0;
  reads = 0;
  #incoming: (Uint8Array | null | Error)[] = [];
  #wakeReader: (() => void) | null = null;
  #finishWrite: (() => void) | null = null;
  #onWrite: () => void = () => {};
  #failWrite: ((error: Error) => void) | null = null;
  /** How often was read before each write? */
  readonly readsBeforeWrite: number[] = [];

  /** Bytes, the end, or an error come from the peer. */
  arrive(item: Uint8Array | null | Error): void {
    this.#incoming.push(item);
    this.#wakeReader?.();
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    this.reads++;
    while (this.#incoming.length === 0) {
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
    const [item] = this.#incoming;
    if (item === null || item instanceof Error) {
      this.#incoming.shift();
      if (item === null) return null;
      throw item;
    }
    const count = Math.min(item.length, buffer.length);
    buffer.set(item.subarray(0, count));
    if (count === item.length) this.#incoming.shift();
    else this.#incoming[0] = item.subarray(count);
    return count;
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.takes === 0) {
      await new Promise<void>((resolve, reject) => {
        this.#finishWrite = resolve;
        this.#failWrite = reject;
      });
    }
    this.readsBeforeWrite.push(this.reads);
    const count = Math.min(this.takes, bytes.length);
    this.writes.push(bytes.slice(0, count));
    this.#onWrite();
    return count;
  }

  /** The peer reads on, all there is. */
  drain(): void {
    this.takes = Infinity;
    this.#finishWrite?.();
  }

  /** The write that is under way fails. */
  breakWrite(error: Error): void {
    this.#failWrite?.(error);
  }

  closeWrite(): Promise<void> {
    this.hasEndedWriting = true;
    return Promise.resolve();
  }

  close(): void {
    this.closings++;
    this.arrive(new Error("closed"));
  }

  /** Resolves once so many bytes were written. */
  untilWritten(length: number): Promise<void> {
    return within(
      `${length} bytes`,
      new Promise((resolve) => {
        this.#onWrite = () => {
          if (this.written.length >= length) resolve();
        };
      }),
    );
  }

  /** All that was written. */
  get written(): Uint8Array {
    const all = new Uint8Array(this.writes.reduce((sum, { length }) => sum + length, 0));
    let position = 0;
    for (const bytes of this.writes) {
      all.set(bytes, position);
      position += bytes.length;
    }
    return all;
  }
}

/** A link over it, with a handler. */
export function linked(
  conn: FakeConn,
  given: LinkSettings = settings(),
  prepare: (handler: TestHandler) => void = () => {},
): TestHandler {
  const peer = { hostname: "fake", port: 0 };
  let handler: TestHandler;
  new ConnLink(conn, peer, given, new FlushQueue(queueMicrotask)).start((link) => {
    handler = new TestHandler(link);
    prepare(handler);
    return handler;
  });
  return handler!;
}

/** Of a link that a test makes by itself. */
export const PEER = { hostname: "fake", port: 0 };
/** In bytes. */
export const MIB = 1024 * 1024;

/** Starts a link and returns its handler. */
export function started(link: ConnLink): TestHandler {
  let handler: TestHandler;
  link.start((link) => handler = new TestHandler(link));
  return handler!;
}

/** All that can happen without the test has happened: promises that settled were followed up. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 5; round++) await new Promise<void>((resolve) => setTimeout(resolve));
}

/** All of them in one. */
export function concat(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    all.set(part, position);
    position += part.length;
  }
  return all;
}
