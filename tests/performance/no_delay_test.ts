import { Socket } from "node:net";
import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import type { Link } from "../../router/mod.ts";
import type { Transport } from "../../transport/transport.ts";
import { settings, TestHandler, transports, within } from "../transport/handlers.ts";

const HOSTNAME = "127.0.0.1";

/** What the sockets of all runtimes have. */
interface Delaying {
  setNoDelay(on?: boolean): unknown;
}

interface BunSockets {
  listen(options: object): { readonly port: number; stop(closeAll: boolean): void };
  connect(options: object): Promise<Delaying & { end(): void }>;
}

/** What the sockets of a runtime inherit from; there are some only while they are connected. */
const PROTOTYPE_OF: Record<Transport["name"], () => Promise<Delaying>> = {
  async deno() {
    using listener = Deno.listen({ hostname: HOSTNAME, port: 0 });
    const { port } = listener.addr;
    const accepting = listener.accept();
    using conn = await Deno.connect({ hostname: HOSTNAME, port });
    (await accepting).close();
    return Object.getPrototypeOf(conn);
  },
  async bun() {
    const { Bun } = globalThis as unknown as { Bun: BunSockets };
    const socket = { data() {} };
    const listener = Bun.listen({ hostname: HOSTNAME, port: 0, socket });
    const conn = await Bun.connect({ hostname: HOSTNAME, port: listener.port, socket });
    conn.end();
    listener.stop(true);
    return Object.getPrototypeOf(conn);
  },
  node: () => Promise.resolve(Socket.prototype),
};

/** Remembers the sockets whose delay is switched off, each time, until it is disposed of. */
class Undelayed implements Disposable {
  readonly sockets: unknown[] = [];
  readonly #prototype: Delaying;
  readonly #original: Delaying["setNoDelay"];

  constructor(prototype: Delaying) {
    const { sockets } = this;
    const original = prototype.setNoDelay;
    this.#prototype = prototype;
    this.#original = original;
    prototype.setNoDelay = function (this: unknown, on?: boolean): unknown {
      if (on) sockets.push(this);
      return original.call(this, on);
    };
  }

  [Symbol.dispose](): void {
    this.#prototype.setNoDelay = this.#original;
  }
}

for (const transport of transports) {
  describe(`sockets of ${transport.name}`, () => {
    test("send what they are given at once: accepted ones and those that connected", async () => {
      using undelayed = new Undelayed(await PROTOTYPE_OF[transport.name]());
      const links: Link[] = [];
      const all = Promise.withResolvers<void>();
      const accept = (link: Link) => {
        links.push(link);
        if (links.length === 4) all.resolve();
        return new TestHandler(link);
      };
      const listener = transport.listen({ hostname: HOSTNAME, port: 0 }, settings(), accept);
      await listener.ready;
      const { port } = listener.addr;
      for (let count = 0; count < 2; count++) {
        await transport.connect({ hostname: HOSTNAME, port }, settings(), accept);
      }
      await within("all links", all.promise);
      for (const link of links) link.destroy();
      await listener.close();
      assertEquals([undelayed.sockets.length, new Set(undelayed.sockets).size], [4, 4]);
    });
  });
}
