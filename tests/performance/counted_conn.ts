import type { ByteConn, Server } from "../../mod.ts";
import { DEADLINE, PACKET_NAMES } from "../support/raw_peer.ts";

const HEADER = 12;

/** A connection to a server that counts the reads and writes of the server. */
export class CountedConn implements ByteConn {
  /** How many chunks the server has written. */
  writes = 0;
  /** Names of the packets that the server has sent. */
  readonly types: string[] = [];
  /** Bodies of the same. */
  readonly bodies: string[] = [];
  readonly #chunks: Uint8Array[] = [];
  #wakeReader: (() => void) | null = null;
  #look: (() => void) | null = null;
  #isClosed = false;

  /** The server gets it as a client. */
  constructor(server: Server) {
    server.newClient(this);
  }

  /** The server reads these bytes at once. */
  send(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#wakeReader?.();
  }

  /** Resolves when the server has sent so many packets in all. */
  until(packets: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`only ${this.types}`)), DEADLINE);
      this.#look = () => {
        if (this.types.length < packets) return;
        clearTimeout(timer);
        this.#look = null;
        resolve();
      };
      this.#look();
    });
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#chunks.length === 0) {
      if (this.#isClosed) return null;
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
    const chunk = this.#chunks.shift()!;
    const count = Math.min(buffer.length, chunk.length);
    buffer.set(chunk.subarray(0, count));
    if (count < chunk.length) this.#chunks.unshift(chunk.subarray(count));
    return count;
  }

  write(bytes: Uint8Array): Promise<number> {
    this.writes++;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let position = 0; position < bytes.length;) {
      const end = position + HEADER + view.getUint32(position + 8);
      this.types.push(PACKET_NAMES[view.getUint32(position + 4)]);
      this.bodies.push(String.fromCharCode(...bytes.subarray(position + HEADER, end)));
      position = end;
    }
    this.#look?.();
    return Promise.resolve(bytes.length);
  }

  close(): void {
    this.#isClosed = true;
    this.#wakeReader?.();
  }
}
