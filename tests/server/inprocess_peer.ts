import { Buffer } from "node:buffer";
import type { InprocessConn } from "../../mod.ts";
import { PACKET_NAMES, requestBytes } from "../support/raw_peer.ts";

const HEADER = 12;

/** A client or worker in the process of the server. */
export class InprocessPeer {
  readonly #conn: InprocessConn;
  readonly #chunk = new Uint8Array(64 * 1024);
  #arrived: Buffer = Buffer.alloc(0);

  constructor(conn: InprocessConn) {
    this.#conn = conn;
  }

  /** Sends a request packet. */
  async send(type: string, ...args: string[]): Promise<void> {
    let rest: Uint8Array = requestBytes(type, ...args);
    while (rest.length > 0) rest = rest.subarray(await this.#conn.write(rest));
  }

  /** The next packet, which must be of this type; its arguments, the last with all that is left. */
  async expect(type: string, count = 1): Promise<string[]> {
    await this.#untilArrived(HEADER);
    const length = HEADER + this.#arrived.readUInt32BE(8);
    await this.#untilArrived(length);
    const name = PACKET_NAMES[this.#arrived.readUInt32BE(4)];
    const body = this.#arrived.toString("latin1", HEADER, length);
    this.#arrived = this.#arrived.subarray(length);
    if (name !== type) throw new Error(`Expected ${type}, got ${name} ${JSON.stringify(body)}`);
    const parts = body.split("\0");
    return [...parts.slice(0, count - 1), parts.slice(count - 1).join("\0")];
  }

  async #untilArrived(length: number): Promise<void> {
    const parts = [this.#arrived];
    for (let total = this.#arrived.length; total < length;) {
      const count = await this.#conn.read(this.#chunk);
      if (count === null) throw new Error("The server closed");
      parts.push(Buffer.from(this.#chunk.subarray(0, count)));
      total += count;
    }
    this.#arrived = parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }
}
