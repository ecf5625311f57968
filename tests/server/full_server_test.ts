import { describe, test } from "node:test";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Router } from "../../router/mod.ts";
import type { Link, LinkHandler, PeerAddress } from "../../router/mod.ts";
import { SparePlaces } from "../../server/spare_places.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { binary, request } from "../support/fake_peer.ts";
import type { RawPeer } from "../support/raw_peer.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { untilClients } from "./until_clients.ts";

const REFUSAL = ["TOO_MANY_CONNECTIONS", "Server has too many connections"];
const REFUSAL_LINE = "ERR TOO_MANY_CONNECTIONS Server+has+too+many+connections";
/** Places for peers on this machine, and for others. */
const LOCAL_PLACES = 16;
const OTHER_PLACES = 8;

/** A server that holds as many connections as it may. */
async function fullServer(): Promise<TestServer & { held: RawPeer[] }> {
  const listening = startServer({ maxConnections: 2 });
  const held = [await listening.peer(), await listening.peer()];
  for (const peer of held) await peer.packet("ECHO_REQ", "").expect("ECHO_RES");
  return Object.assign(listening, { held });
}

describe("a server that holds as many connections as it may", () => {
  test("answers text commands of this machine", async () => {
    await using listening = await fullServer();
    using peer = await listening.peer();
    assertMatch(await peer.send("version\n").nextLine(), /^OK /);
    assertEquals(await peer.send("ready\n").nextLine(), "OK ready");
    assertEquals((await peer.send("workers\n").textReply()).length, 3);
  });

  test("has no room for packets, also behind a text command", async () => {
    await using listening = await fullServer();
    using peer = await listening.peer();
    assertEquals(await peer.packet("CAN_DO", "f").expect("ERROR", 2), REFUSAL);
    assertEquals(await peer.allUntilClose(), "");
    using asking = await listening.peer();
    assertMatch(await asking.send("version\n").nextLine(), /^OK /);
    asking.packet("SUBMIT_JOB_BG", "f", "", "").packet("ECHO_REQ", "");
    assertEquals(await asking.expect("ERROR", 2), REFUSAL);
    assertEquals(await asking.allUntilClose(), "");
    assertEquals(listening.server.jobsOutstanding(), 0);
  });

  test("has room again when one of them has left, though others ask", async () => {
    await using listening = await fullServer();
    using asking = await listening.peer();
    await asking.send("version\n").nextLine();
    listening.held[0].destroy();
    await untilClients(listening.server, 2);
    using next = await listening.peer();
    await next.packet("ECHO_REQ", "").expect("ECHO_RES");
    using refused = await listening.peer();
    assertEquals(await refused.packet("ECHO_REQ", "").expect("ERROR", 2), REFUSAL);
  });

  test("gives the place of the one that is there longest to a newcomer", async () => {
    await using listening = await fullServer();
    const silent: RawPeer[] = [];
    for (let count = 0; count < LOCAL_PLACES; count++) silent.push(await listening.peer());
    const newcomers: RawPeer[] = [];
    for (const oldest of silent.slice(0, 3)) {
      const health = await listening.peer();
      assertMatch(await health.send("version\n").nextLine(), /^OK /);
      assertEquals(await oldest.expect("ERROR", 2), REFUSAL);
      newcomers.push(health);
    }
    newcomers.forEach((peer) => peer.destroy());
    silent.forEach((peer) => peer.destroy());
  });

  test("stops although some have said nothing yet", async () => {
    const listening = await fullServer();
    using silent = await listening.peer();
    using asking = await listening.peer();
    await asking.send("version\n").nextLine();
    await listening.stop();
    assertEquals(await silent.expect("ERROR", 2), REFUSAL);
    await asking.allUntilClose();
  });
});

/** The other end of a connection without a socket. */
class Visitor implements Link {
  readonly peer: PeerAddress;
  readonly #handler: LinkHandler;
  hasEnded = false;
  readonly ended = Promise.withResolvers<void>();
  isClosed = false;
  #told = "";

  constructor(places: SparePlaces, hostname = "192.0.2.7") {
    this.peer = { hostname, port: 40000 };
    this.#handler = places.accept(this);
  }

  flush(): void {}

  end(): void {
    this.hasEnded = true;
    this.ended.resolve();
  }

  destroy(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#handler.closed();
  }

  say(bytes: string | Uint8Array): this {
    const chunk = typeof bytes === "string" ? binary(bytes) : bytes;
    this.#handler.receive(chunk, 0, chunk.length, false);
    return this;
  }

  /** All that it was told. */
  get told(): string {
    const { out } = this.#handler;
    for (let part = out.take(); part !== undefined; part = out.take()) {
      this.#told += String.fromCharCode(...part.bytes.subarray(part.start, part.end));
    }
    return this.#told;
  }
}

function sparePlaces(longest?: number) {
  const router = new Router(new ManualClock(), { version: "1.2.3" });
  const refused: string[] = [];
  const told = ({ peer }: Link) => void refused.push(peer.hostname);
  const places = new SparePlaces(router, told, longest);
  return { router, places, refused };
}

describe("the spare places of a full server", () => {
  test("are for health checks alone, if they come from elsewhere", () => {
    const { router, places, refused } = sparePlaces();
    for (const command of ["version\n", "VERSION\r\n", "ready\n"]) {
      const visitor = new Visitor(places).say(command);
      assertMatch(visitor.told, /^OK/);
      visitor.destroy();
    }
    for (const command of ["status\n", "shutdown\n", "version now\n", "versions\n", "\n"]) {
      const visitor = new Visitor(places).say(command);
      assertEquals([visitor.told, visitor.hasEnded], [`${REFUSAL_LINE}\r\n`, true]);
      visitor.destroy();
    }
    assertEquals([refused.length, places.connections, router.connections.size], [5, 0, 0]);
    router.close();
  });

  test("are for all text commands of this machine, by whichever address", () => {
    const { router, places } = sparePlaces();
    for (const hostname of ["127.0.0.1", "127.1.2.3", "::1", "unix"]) {
      const visitor = new Visitor(places, hostname).say("getpid\nstatus\n");
      assertMatch(visitor.told, /^OK \d+\n\.\n$/);
      assertEquals(places.connections, 1);
      visitor.destroy();
      assertEquals(places.connections, 0);
    }
    router.close();
  });

  test("are no connections of the router while nobody asks", () => {
    const { router, places, refused } = sparePlaces();
    const visitor = new Visitor(places);
    assertEquals([router.connections.size, places.connections], [0, 0]);
    visitor.say(request(1, "f"));
    assertEquals([router.connections.size, refused], [0, ["192.0.2.7"]]);
    assertEquals([visitor.told.slice(0, 4), visitor.told.slice(12)], [
      "\0RES",
      REFUSAL.join("\0"),
    ]);
    visitor.destroy();
  });

  test("are few; those of this machine are kept from others", () => {
    const { router, places } = sparePlaces();
    const local = Array.from({ length: LOCAL_PLACES }, () => new Visitor(places, "::1"));
    const others = Array.from({ length: 1000 }, () => new Visitor(places));
    assertEquals(others.filter(({ hasEnded }) => !hasEnded), others.slice(-OTHER_PLACES));
    assert(local.every(({ hasEnded }) => !hasEnded));
    others.at(-1)!.say("version\n");
    local[0].say("version\n");
    assertEquals(router.connections.size, 2);
    places.end();
    assert([...local, ...others].every(({ hasEnded }) => hasEnded));
    assertEquals(local[0].told, `OK 1.2.3\n${REFUSAL_LINE}\r\n`);
    for (const visitor of [...local, ...others]) visitor.destroy();
    assertEquals([router.connections.size, places.connections], [0, 0]);
  });

  test("are left after a while, whatever is asked", async () => {
    const { places } = sparePlaces(5);
    const silent = new Visitor(places);
    const asking = new Visitor(places, "::1").say("version\n");
    await Promise.all([silent.ended.promise, asking.ended.promise]);
    assert(silent.told.endsWith(REFUSAL[1]));
    assert(asking.told.endsWith(`${REFUSAL_LINE}\r\n`));
    silent.destroy();
    asking.destroy();
  });

  test("are free when somebody has hung up, or was told that there is no room", () => {
    const { places } = sparePlaces();
    const first = new Visitor(places);
    for (let count = 1; count < OTHER_PLACES; count++) new Visitor(places).destroy();
    for (let count = 1; count < OTHER_PLACES; count++) new Visitor(places).say("status\n");
    for (let count = 1; count < OTHER_PLACES; count++) new Visitor(places).say(request(1, "f"));
    assertEquals(first.hasEnded, false);
    places.end();
  });
});
