import { HEADER_SIZE } from "../protocol/mod.ts";
import { connect, type Connection, type Link, type Router } from "../router/mod.ts";

/** A client or worker of a router, without a socket. */
export class Peer implements Link {
  readonly peer = { hostname: "127.0.0.1", port: 40000 };
  readonly connection: Connection;

  constructor(router: Router) {
    this.connection = connect(router, this);
  }

  flush(): void {}

  end(): void {
    this.destroy();
  }

  destroy(): void {
    this.connection.closed();
  }

  /** The router gets these bytes from it. */
  send(bytes: Uint8Array): void {
    this.connection.receive(bytes, 0, bytes.length, false);
  }

  /** Reads nothing of what the router sent. */
  drop(): number {
    const { out } = this.connection;
    const { size } = out;
    out.clear();
    return size;
  }

  /** Copies the beginning of the first packet's body to `target`, and drops all the rest. */
  copyBody(target: Uint8Array, offset: number, length: number): void {
    const { out } = this.connection;
    const segment = out.take()!;
    const start = segment.start + HEADER_SIZE;
    for (let index = 0; index < length; index++) {
      target[offset + index] = segment.bytes[start + index];
    }
    out.recycle(segment);
    out.clear();
  }
}
