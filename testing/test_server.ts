import type { Clock } from "../router/mod.ts";
import { routerOf, Server } from "../server.ts";
import type { ServerOptions } from "../server/options.ts";
import { systemClock } from "../transport/event_loop.ts";
import { assertInvariants } from "./invariants.ts";

/** What a test server can be told: all that a server can, and its time. */
export interface TestServerOptions extends ServerOptions {
  /** The clock of the server; that of the machine by default. */
  readonly clock?: Clock;
}

/**
 * A server for a test: it listens on a free port of 127.0.0.1, and clients and workers of the same
 * process can be given the server itself.
 *
 * @example
 * ```ts
 * import { Client } from "@geartrain/server";
 * import { ManualClock, TestServer } from "@geartrain/server/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new ManualClock();
 * await using server = await TestServer.start({ clock });
 * await using client = new Client({ servers: [server.address] });
 * await client.submit("report", "", { at: clock.epoch() + 60_000 });
 * assertEquals(server.jobs()[0].due, clock.epoch() + 60_000);
 * clock.advance(60_000);
 * assertEquals(server.jobs()[0].due, null); // it waits for a worker now
 * server.assertInvariants();
 * ```
 */
export class TestServer extends Server {
  /** Where it listens, such as `127.0.0.1:40123`: what a client, a worker or an admin is given. */
  get address(): string {
    const { hostname, port } = this.listeners()[0].addr;
    return `${hostname}:${port}`;
  }

  /** The port of {@linkcode address}. */
  get port(): number {
    return this.listeners()[0].addr.port;
  }

  /** Starts one: see {@linkcode testServer}. */
  static async start({ clock = systemClock, ...options }: TestServerOptions = {}): Promise<
    TestServer
  > {
    const server = new TestServer(options, clock);
    await server.start(0, { localAddr: "127.0.0.1" });
    return server;
  }

  /**
   * Checks that what the server knows twice agrees, such as its counts and its lists.
   *
   * @throws {Error} naming the first thing that does not hold.
   */
  assertInvariants(): void {
    assertInvariants(routerOf(this));
  }
}

/**
 * Starts a server for a test, on a free port of 127.0.0.1.
 *
 * @throws {TypeError} for an option that does not exist.
 * @throws {RangeError} for a value out of range.
 * @throws {ListenError} when it cannot listen.
 *
 * @example
 * ```ts
 * import { Client, Worker } from "@geartrain/server";
 * import { testServer } from "@geartrain/server/testing";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = await testServer();
 * const servers = [server.address];
 * await using _worker = new Worker({ servers, functions: { upper: (job) => job.text().toUpperCase() } });
 * await using client = new Client({ servers });
 * assertEquals(await client.submit("upper", "gearman").text(), "GEARMAN");
 * ```
 */
export function testServer(options: TestServerOptions = {}): Promise<TestServer> {
  return TestServer.start(options);
}
