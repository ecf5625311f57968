import { setImmediate as nextPhase } from "node:timers/promises";
import process from "node:process";
import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { BaseLink } from "../../transport/base_link.ts";
import { BunLink } from "../../transport/bun.ts";
import { ConnLink } from "../../transport/conn_link.ts";
import { type RawPeer, requestBytes } from "../support/raw_peer.ts";
import { startServer, type TestServer } from "../support/server.ts";

const isBun = process.versions.bun !== undefined;
/** The link that the sockets of this runtime have. */
const SocketLink = isBun ? BunLink : ConnLink;
/** What a socket calls when bytes have come, and what writes them. */
interface Inside {
  received(bytes: Uint8Array, start: number, end: number, stable: boolean): void;
  write(bytes: Uint8Array, start: number, end: number): number;
}
const base = BaseLink.prototype as unknown as Inside;
const sockets = SocketLink.prototype as unknown as Inside;

const RESULTS = 16;
/** So many jobs of the client are under way even behind the last of these results. */
const JOBS = RESULTS + 8;
/** Others with output in each round: with the client there is much to do. */
const OTHERS = 5;

/**
 * The link of the server to a peer of a test, whose rounds the test makes: what is to come in at one
 * comes in at once, and what leaves in a write has left at once, so that neither the kernel nor the
 * time has a say in what is in a round.
 */
class HeldLink {
  writes = 0;
  isHeld = false;
  readonly #link: Inside;

  private constructor(link: Inside) {
    this.#link = link;
    Object.defineProperty(link, "write", {
      value: (bytes: Uint8Array, start: number, end: number) => {
        if (!this.isHeld) return sockets.write.call(link, bytes, start, end);
        this.writes++;
        return end - start;
      },
    });
  }

  static async of(peer: RawPeer): Promise<HeldLink> {
    const original = base.received;
    let link: Inside | null = null;
    base.received = function (this: Inside, ...chunk): void {
      link = this;
      original.apply(this, chunk);
    };
    try {
      await peer.packet("ECHO_REQ", "whose?").expect("ECHO_RES");
    } finally {
      base.received = original;
    }
    return new HeldLink(link!);
  }

  /** The server reads these bytes in this round. */
  read(bytes: Uint8Array): void {
    this.#link.received(bytes, 0, bytes.length, true);
  }
}

/** Resolves behind the round in which this is called, without time for sockets or timers. */
function endOfRound(): Promise<void> {
  // Bun ends a round in an immediate, and Deno in a microtask that is queued already.
  return isBun ? nextPhase() : Promise.resolve();
}

/** A client with its jobs, and a worker that has them all. */
async function busyClient(server: TestServer) {
  const client = await server.peer(), worker = await server.peer();
  for (let job = 0; job < JOBS; job++) client.packet("SUBMIT_JOB", "f", "", "");
  for (let job = 0; job < JOBS; job++) await client.expect("JOB_CREATED");
  worker.packet("CAN_DO", "f");
  const handles: string[] = [];
  for (let job = 0; job < JOBS; job++) {
    handles.push((await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3))[0]);
  }
  return { client, worker, results: handles.map((handle) => result(handle)) };
}

function result(handle: string): Uint8Array {
  return requestBytes("WORK_COMPLETE", handle, "done");
}

describe("results for a client with many jobs", () => {
  for (const others of [OTHERS, OTHERS - 1]) {
    const isBusy = others === OTHERS;
    const how = isBusy ? "leave in a quarter of the writes, or fewer" : "leave each in its round";
    test(`that come one in a round, with output for ${others} others, ${how}`, async () => {
      await using server = startServer();
      const { client, worker, results } = await busyClient(server);
      const peers = [client, worker];
      for (let count = 0; count < others; count++) peers.push(await server.peer());
      const links: HeldLink[] = [];
      for (const peer of peers) links.push(await HeldLink.of(peer));
      const [clientLink, workerLink, ...otherLinks] = links;
      const echo = requestBytes("ECHO_REQ", "x");

      for (const link of links) link.isHeld = true;
      for (let round = 0; round < RESULTS; round++) {
        workerLink.read(results[round]);
        for (const link of otherLinks) link.read(echo);
        await endOfRound();
      }
      for (const link of links) link.isHeld = false;
      assertEquals(otherLinks.map(({ writes }) => writes), otherLinks.map(() => RESULTS));
      if (isBusy) assert(clientLink.writes <= RESULTS / 4, `${clientLink.writes} writes`);
      else assertEquals(clientLink.writes, RESULTS);

      // What still waits leaves when a round brings nothing, and all is as it was before.
      await client.packet("ECHO_REQ", "the end").nextPacket();
      for (const peer of peers) peer.destroy();
    });
  }
});
