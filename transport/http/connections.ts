import type { Socket } from "node:net";
import type { HttpLimits } from "./limits.ts";

/** So many requests of a connection may wait for the response to one before; with more it is cut. */
const MOST_PIPELINED = 32;

interface Connection {
  /** Its requests whose responses have not ended. */
  responses: number;
  /** Resolves when the response to its last request has ended. */
  last: Promise<void>;
  /** When what is awaited of it must have come, in milliseconds. */
  deadline: number;
}

/** One request in the row of those of its connection. */
export interface Turn {
  /** Resolves when those before it have been answered. */
  readonly come: Promise<void>;
  /** Resolves when its response has ended. */
  readonly ended: Promise<void>;
  /** All of the request has arrived. */
  arrived(): void;
  /** Its response has ended. */
  end(): void;
}

/** The open connections of a listener. */
export class HttpConnections {
  readonly #limits: HttpLimits;
  /** The one that has been idle longest first. */
  readonly #open = new Map<Socket, Connection>();

  /** Begins without connections. */
  constructor(limits: HttpLimits) {
    this.#limits = limits;
  }

  /**
   * Takes one in. When there are as many as there may be, the one that has been idle longest gives way.
   *
   * @returns false if none is idle.
   */
  take(socket: Socket): boolean {
    if (this.#open.size >= this.#limits.connections && !this.#makeRoom()) return false;
    const deadline = performance.now() + this.#limits.headerSeconds * 1000;
    this.#open.set(socket, { responses: 0, last: Promise.resolve(), deadline });
    socket.once("close", () => this.#open.delete(socket));
    return true;
  }

  #makeRoom(): boolean {
    for (const [socket, { responses }] of this.#open) {
      if (responses > 0) continue;
      this.#open.delete(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  /** A request has begun. Null if the connection was turned away, or is cut for what it does. */
  begin(socket: Socket): Turn | null {
    const connection = this.#open.get(socket);
    if (connection === undefined) return null;
    if (connection.responses > MOST_PIPELINED) {
      socket.destroy();
      return null;
    }
    const come = connection.last;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    connection.responses++;
    connection.last = ended;
    connection.deadline = performance.now() + this.#limits.requestSeconds * 1000;
    return {
      come,
      ended,
      arrived: () => connection.deadline = Infinity,
      end: () => {
        resolve();
        this.#hasAnswered(socket, connection);
      },
    };
  }

  #hasAnswered(socket: Socket, connection: Connection): void {
    connection.responses--;
    if (connection.responses === 0) {
      connection.deadline = performance.now() + this.#limits.idleSeconds * 1000;
    }
    // It goes to the end of those that are idle.
    if (this.#open.delete(socket) && !socket.destroyed) this.#open.set(socket, connection);
  }

  /** How many responses have not ended. */
  get responses(): number {
    let sum = 0;
    for (const { responses } of this.#open.values()) sum += responses;
    return sum;
  }

  /** Cuts those of which something did not come in time. */
  cutLate(): void {
    const now = performance.now();
    for (const [socket, { deadline }] of this.#open) if (deadline <= now) socket.destroy();
  }

  /** Cuts all connections. */
  cutAll(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }
}
