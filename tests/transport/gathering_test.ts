import { describe, test } from "node:test";
import { assertEquals } from "@std/assert";
import { PacketType } from "../../protocol/mod.ts";
import { connect, Router } from "../../router/mod.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { BaseLink } from "../../transport/base_link.ts";
import { FlushQueue } from "../../transport/flush_queue.ts";
import { request } from "../support/fake_peer.ts";
import { settings } from "./handlers.ts";

/** Connections with output in a round from which on results are gathered. */
const BUSY = 6;

/** A link whose peer is the test: it takes all that is written. */
class HandLink extends BaseLink {
  /** Names of the packets of each write. */
  readonly writes: string[][] = [];
  /** The bodies of all packets. */
  readonly bodies: string[] = [];

  /** A packet comes from the peer. */
  says(type: keyof typeof PacketType, ...args: string[]): this {
    const bytes = request(PacketType[type], ...args);
    this.received(bytes, 0, bytes.length, true, false);
    return this;
  }

  protected override startReading(): void {}
  protected override pause(): void {}
  protected override resume(): void {}

  override write(bytes: Uint8Array, start: number, end: number): number {
    const names: string[] = [];
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (let position = start; position < end;) {
      const type = view.getUint32(position + 4);
      const bodyEnd = position + 12 + view.getUint32(position + 8);
      names.push(Object.entries(PacketType).find(([, number]) => number === type)![0]);
      this.bodies.push(new TextDecoder().decode(bytes.subarray(position + 12, bodyEnd)));
      position = bodyEnd;
    }
    this.writes.push(names);
    return end - start;
  }

  protected override endWriting(): boolean {
    return false;
  }

  protected override closeSocket(): void {}
}

/** A client with twelve jobs that as many workers run, on a server whose rounds the test ends. */
class BusyServer {
  readonly client: HandLink;
  readonly #workers: HandLink[];
  readonly #ends: (() => void)[] = [];
  readonly #looks: (() => void)[] = [];

  constructor() {
    const router = new Router(new ManualClock());
    const queue = new FlushQueue((run) => this.#ends.push(run), (run) => this.#looks.push(run));
    const connected = () => {
      const link = new HandLink({ hostname: "test", port: 0 }, settings(), queue);
      link.start((started) => connect(router, started));
      return link;
    };
    this.client = connected();
    this.#workers = Array.from({ length: 12 }, connected);
    for (const worker of this.#workers) {
      this.client.says("SUBMIT_JOB", "f", "", "");
      worker.says("CAN_DO", "f").says("GRAB_JOB");
    }
    this.endRound();
    this.client.writes.length = 0;
  }

  /** Workers ask for something, so many that results may wait. */
  workersAsk(): void {
    for (const worker of this.#workers.slice(0, BUSY)) worker.says("ECHO_REQ", "");
  }

  /** A worker sends a part of a result. */
  workerSendsData(): void {
    const worker = this.#workers[0];
    worker.says("WORK_DATA", worker.bodies[0].split("\0")[0], "data");
  }

  endRound(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  /** A round comes that brings nothing. */
  nextRound(): void {
    for (const look of this.#looks.splice(0)) look();
  }
}

describe("on a busy server, a client with many jobs", () => {
  test("gets results together", () => {
    const server = new BusyServer();
    for (let round = 0; round < 3; round++) {
      server.workerSendsData();
      server.workersAsk();
      server.endRound();
    }
    assertEquals(server.client.writes, []);
    server.nextRound();
    server.nextRound();
    assertEquals(server.client.writes, [["WORK_DATA", "WORK_DATA", "WORK_DATA"]]);
  });

  for (
    const [request, ...args] of [
      ["ECHO_REQ", "hi"],
      ["OPTION_REQ", "exceptions"],
      ["OPTION_REQ", "unknown"],
      ["GET_STATUS", "H:none"],
      ["GET_STATUS_UNIQUE", "none"],
      ["SUBMIT_JOB_BG", "g", "", ""],
    ] as const
  ) {
    test(`has the answer to ${request} ${args} at the end of the round`, () => {
      const server = new BusyServer();
      server.client.says(request, ...args);
      server.workersAsk();
      server.endRound();
      assertEquals(server.client.writes.length, 1);
    });
  }

  test("has an answer at the end of the round, and what was gathered with it", () => {
    const server = new BusyServer();
    server.workerSendsData();
    server.workersAsk();
    server.endRound();
    assertEquals(server.client.writes, []);
    server.client.says("ECHO_REQ", "hi");
    server.endRound();
    assertEquals(server.client.writes, [["WORK_DATA", "ECHO_RES"]]);
  });

  test("has its next results gathered behind an answer", () => {
    const server = new BusyServer();
    server.client.says("ECHO_REQ", "hi");
    server.workersAsk();
    server.endRound();
    server.workerSendsData();
    server.workersAsk();
    server.endRound();
    assertEquals(server.client.writes, [["ECHO_RES"]]);
  });
});
