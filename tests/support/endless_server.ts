import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

/** A server on 127.0.0.1 that answers whatever it gets with the same bytes, without end. */
export class EndlessServer implements Disposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #left = Promise.withResolvers<void>();

  private constructor(piece: string, interval: number) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.once(
        "data",
        () => interval === 0 ? flood(socket, piece) : drip(socket, piece, interval),
      );
      socket.resume().on("close", () => {
        this.#sockets.delete(socket);
        this.#left.resolve();
      });
    });
  }

  /** @param interval milliseconds between two pieces; 0 for as fast as they are read. */
  static async start(piece: string, interval = 0): Promise<EndlessServer> {
    const endless = new EndlessServer(piece, interval);
    endless.#server.listen(0, "127.0.0.1");
    await once(endless.#server, "listening");
    return endless;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Resolves when somebody has hung up. */
  untilLeft(): Promise<void> {
    return this.#left.promise;
  }

  [Symbol.dispose](): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function drip(socket: Socket, piece: string, interval: number): void {
  const timer = setInterval(() => socket.write(piece), interval);
  socket.on("close", () => clearInterval(timer));
}

function flood(socket: Socket, piece: string): void {
  const more = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on("drain", more);
  more();
}
