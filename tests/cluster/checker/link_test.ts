import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { Link } from "./cluster/link.ts";

/** What is said on the line, and what came back. */
class Peer implements AsyncDisposable {
  readonly socket: Socket;
  heard = "";
  #wake: () => void = () => {};

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("error", () => {});
    this.socket.on("data", (data) => {
      this.heard += data;
      this.#wake();
    });
    this.socket.on("close", () => this.#wake());
  }

  async hears(text: string): Promise<void> {
    while (this.heard !== text) {
      if (this.socket.destroyed) throw new Error(`closed after ${this.heard}`);
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.destroyed) return;
    const closed = once(this.socket, "close");
    this.socket.destroy();
    await closed;
  }
}

/** A server that sends back what it gets. */
async function echo(): Promise<Server> {
  const server = createServer((socket) => socket.on("error", () => {}).pipe(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe("a link of the checker", () => {
  async function withLink(body: (link: Link) => Promise<void>): Promise<void> {
    const server = await echo();
    const link = await Link.to((server.address() as AddressInfo).port);
    try {
      await body(link);
    } finally {
      await link[Symbol.asyncDispose]();
      server.close();
    }
  }

  test("lets all through, also slowly", () =>
    withLink(async (link) => {
      await using peer = new Peer(link.port);
      peer.socket.write("one");
      await peer.hears("one");
      link.slow(20);
      const before = Date.now();
      peer.socket.write(" two");
      await peer.hears("one two");
      assertEquals(Date.now() - before >= 40, true);
    }));

  test("keeps the order of what is sent when it is slow no more", () =>
    withLink(async (link) => {
      await using peer = new Peer(link.port);
      peer.socket.write("1");
      await peer.hears("1");
      link.slow(30);
      peer.socket.write("2");
      await new Promise<void>((resolve) => peer.socket.write("3", () => resolve()));
      link.slow(0);
      peer.socket.write("4");
      await peer.hears("1234");
    }));

  test("lets nothing through when it is cut, and then what was sent", () =>
    withLink(async (link) => {
      await using cut = new Peer(link.port);
      cut.socket.write("a");
      await cut.hears("a");
      link.cut();
      cut.socket.write("b");
      await using late = new Peer(link.port);
      late.socket.write("c");
      // Whatever comes through is there before what another link brings back.
      await withLink(async (other) => {
        await using peer = new Peer(other.port);
        peer.socket.write("d");
        await peer.hears("d");
      });
      assertEquals([cut.heard, late.heard], ["a", ""]);
      link.heal();
      await cut.hears("ab");
      await late.hears("c");
    }));

  test("breaks connections, and lets new ones through", () =>
    withLink(async (link) => {
      await using peer = new Peer(link.port);
      peer.socket.write("a");
      await peer.hears("a");
      const closed = once(peer.socket, "close");
      link.reset();
      await closed;
      await using next = new Peer(link.port);
      next.socket.write("b");
      await next.hears("b");
    }));
});
