import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/**
 * A peer for many bytes: it reads only when it is told to, and puts together what it reads only when
 * it is asked for it.
 */
export class BulkPeer implements Disposable {
  /** Bytes that it has read. */
  received = 0;
  /** How the connection ended, or null. */
  end: string | null = null;
  readonly #socket: Socket;
  #kept: Buffer[] = [];
  #taken = 0;
  #changed: (() => void) | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.pause();
    socket.on("data", (bytes: Buffer) => {
      this.received += bytes.length;
      this.#kept.push(bytes);
      this.#changed?.();
    });
    socket.on("end", () => this.#ended("end"));
    socket.on("error", (error: Error & { code?: string }) => this.#ended(error.code ?? "error"));
    socket.on("close", () => this.#ended("close"));
  }

  static async connect(port: number): Promise<BulkPeer> {
    const socket = connect({ port, host: "127.0.0.1" });
    await once(socket, "connect");
    return new BulkPeer(socket);
  }

  /** Sends bytes, waiting for nothing. */
  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Bytes that the server has not taken yet. */
  get unsent(): number {
    return this.#socket.writableLength;
  }

  /** Reads from now on. */
  resume(): void {
    this.#socket.resume();
  }

  /** The next bytes, so many, when they have come. */
  async take(count: number): Promise<Buffer> {
    const wanted = this.#taken + count;
    await this.until(() => this.received >= wanted || this.end !== null);
    const all = Buffer.concat(this.#kept);
    this.#kept = [all.subarray(count)];
    this.#taken = Math.min(wanted, this.received);
    return all.subarray(0, count);
  }

  /** Resolves when something is so; looked at whenever bytes arrive or the connection ends. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = () => {
        if (!condition()) return;
        this.#changed = null;
        resolve();
      };
      this.#changed();
    });
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #ended(how: string): void {
    this.end ??= how;
    this.#changed?.();
  }
}
