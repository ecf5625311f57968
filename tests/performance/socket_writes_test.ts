import process from "node:process";
import { describe, test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { Turn } from "../../router/flow/turn.ts";
import { BaseLink } from "../../transport/base_link.ts";
import { BunLink } from "../../transport/bun.ts";
import { ConnLink } from "../../transport/conn_link.ts";
import { joined } from "../protocol/recorder.ts";
import { requestBytes } from "../support/raw_peer.ts";
import { startServer } from "../support/server.ts";

/** The link that the sockets of this runtime have. */
const SocketLink = process.versions.bun === undefined ? ConnLink : BunLink;

/** Counts the writes and the reads of all sockets, and the turns of peers, until it is disposed of. */
class Counted implements Disposable {
  writes = 0;
  reads = 0;
  turns = 0;
  readonly #undo: (() => void)[] = [];

  constructor() {
    this.#count(SocketLink.prototype, "write", () => this.writes++);
    this.#count(BaseLink.prototype, "received", () => this.reads++);
    this.#count(Turn.prototype, "begin", () => this.turns++);
  }

  #count(prototype: object, name: string, count: () => void): void {
    const property = Object.getOwnPropertyDescriptor(prototype, name)!;
    Object.defineProperty(prototype, name, {
      ...property,
      value(...args: unknown[]): unknown {
        count();
        return property.value.apply(this, args);
      },
    });
    this.#undo.push(() => Object.defineProperty(prototype, name, property));
  }

  [Symbol.dispose](): void {
    for (const undo of this.#undo) undo();
  }
}

describe("the server writes to a socket", () => {
  test("once at most for each turn of a peer, however many packets it deals with", async () => {
    await using server = startServer();
    using client = await server.peer();
    using counted = new Counted();
    const submits = new Array<Uint8Array>(1000).fill(requestBytes("SUBMIT_JOB_BG", "f", "", "x"));
    client.send(joined(submits));
    for (let job = 0; job < submits.length; job++) await client.expect("JOB_CREATED");
    // How many chunks there are is the kernel's affair; all answers fit into one segment of output.
    assert(counted.reads > 0 && counted.reads < 200, `${counted.reads} reads`);
    const { writes, turns } = counted;
    assert(writes > 0 && writes <= turns && turns < 200, `${writes} writes in ${turns} turns`);
  });

  test("five times for a job of one client and one sleeping worker", async () => {
    await using server = startServer();
    using client = await server.peer();
    using worker = await server.peer();
    await worker.packet("CAN_DO", "f").packet("GRAB_JOB").expect("NO_JOB");
    await worker.packet("PRE_SLEEP").packet("ECHO_REQ", "asleep").expect("ECHO_RES");
    using counted = new Counted();
    client.packet("SUBMIT_JOB", "f", "", "");
    await worker.expect("NOOP");
    const [handle] = await worker.packet("GRAB_JOB").expect("JOB_ASSIGN", 3);
    worker.send(joined([requestBytes("WORK_COMPLETE", handle, ""), requestBytes("GRAB_JOB")]));
    await worker.expect("NO_JOB");
    await client.expect("JOB_CREATED");
    await client.expect("WORK_COMPLETE");
    assertEquals([counted.writes, counted.reads], [5, 3]);
  });
});
