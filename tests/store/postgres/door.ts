import type { Buffer } from "node:buffer";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Postgres } from "../../support/postgres.ts";

/** Connections on which jobs are changed, by what they call themselves. */
const CALLS = /geartrain (add|claim|end)\0/;
/** How the answer to a statement ends: PostgreSQL is ready for the next one. */
const READY = [0x5a, 0, 0, 0, 5];

/** What stands between a server and its PostgreSQL: it can be shut. */
export class Door implements AsyncDisposable {
  readonly #server: Server;
  readonly #port: number;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #isShut = false;
  #losesAnswer = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.#port = port;
    server.on("connection", (socket) => this.#accept(socket));
  }

  /** One that is open. */
  static async open(postgres: Postgres): Promise<Door> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Door(server, postgres.port);
  }

  /** The same URL, through this door. */
  url(url: string): string {
    const { port } = this.#server.address() as AddressInfo;
    return url.replace(`:${this.#port}/`, `:${port}/`) + "?sslmode=disable";
  }

  /** Breaks all connections, and those that come. */
  shut(): void {
    this.#isShut = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  /** Lets all through again. */
  reopen(): void {
    this.#isShut = false;
  }

  /** Shuts when the next call that changes jobs has been carried out, before its answer comes through. */
  loseAnswer(): void {
    this.#losesAnswer = true;
  }

  #accept(client: Socket): void {
    if (this.#isShut) {
      client.destroy();
      return;
    }
    const server = connect(this.#port, "127.0.0.1");
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    let isOfCalls = false;
    client.once("data", (bytes: Buffer) => isOfCalls = CALLS.test(bytes.toString("latin1")));
    client.on("data", (bytes: Buffer) => server.write(bytes));
    server.on("data", (bytes: Buffer) => {
      const isAnswer = READY.every((byte, index) => bytes.at(index - 6) === byte);
      if (!isOfCalls || !isAnswer || !this.#losesAnswer) client.write(bytes);
      else {
        this.#losesAnswer = false;
        this.shut();
      }
    });
    for (const socket of pair) {
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  }

  /** Shuts for ever. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.shut();
    this.#server.close();
    await once(this.#server, "close");
  }
}
