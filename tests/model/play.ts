import { assert, assertEquals } from "@std/assert";
import { PacketType } from "../../protocol/mod.ts";
import { SUBMIT_MODES } from "../../router/model/counts.ts";
import { PRIORITIES, type Router, whyJob } from "../../router/mod.ts";
import { assertInvariants } from "../../testing/invariants.ts";
import type { ManualClock } from "../../testing/manual_clock.ts";
import { takeAll } from "../protocol/taken.ts";
import { countsOfAll } from "../support/counts.ts";
import { binary, FakePeer } from "../support/fake_peer.ts";
import { routerWithRules } from "../support/router.ts";
import { LifeInvariants } from "./life_invariants.ts";
import { Model } from "./model.ts";
import type { ModelPeer, Rules } from "./model_state.ts";
import * as text from "./model_text.ts";
import { WakeUpRules } from "./wake_up_rules.ts";

/** So many connections at once, besides those that are half-closed. */
export const SLOTS = 3;

const LISTINGS = binary("status\nprioritystatus\nshow jobs\njobs\n");

const TYPE_NAMES: string[] = [];
for (const [name, number] of Object.entries(PacketType)) TYPE_NAMES[number] = name;

/** One peer, in the router and in the model. */
export interface Peer {
  readonly name: string;
  readonly real: FakePeer;
  readonly model: ModelPeer;
  /** The packets of this step, NOOPs apart, as `TYPE argument|argument`. */
  received: string[];
  wasWoken: boolean;
}

/** The router and the model side by side: every step is done to both and what they say compared. */
export class Play {
  readonly router: Router;
  readonly clock: ManualClock;
  readonly model: Model;
  /** Every handle there ever was. */
  readonly handles: string[] = [];
  /** What was done, a line a step. */
  readonly transcript: string[] = [];
  readonly #wakeUps: WakeUpRules;
  readonly #invariants: LifeInvariants;
  readonly #peers: Peer[] = [];
  readonly #slots: (Peer | undefined)[] = [];
  readonly #admin: FakePeer;
  #lastPort = 0;

  constructor(rules: Rules) {
    const { policies = {}, ...options } = rules;
    const { router, clock, peer } = routerWithRules(policies, options);
    this.router = router;
    this.clock = clock;
    this.model = new Model(rules, clock.epoch());
    this.#wakeUps = new WakeUpRules(this.model);
    this.#invariants = new LifeInvariants(router);
    this.#admin = peer(1);
  }

  /** The peer in a slot; a new one connects if there is none, or none that can send. */
  peer(slot: number): Peer {
    const { real, model } = this.#slots[slot] ?? {};
    if (real?.isClosed === false && !model!.isHalfClosed) return this.#slots[slot]!;
    const port = ++this.#lastPort;
    const peer: Peer = {
      name: `peer ${port}`,
      real: new FakePeer(this.router, { hostname: "127.0.0.1", port }),
      model: this.model.connect(port),
      received: [],
      wasWoken: false,
    };
    this.#slots[slot] = peer;
    this.#peers.push(peer);
    return peer;
  }

  /** One of the connected peers for which something makes sense, or none. */
  fitPeer(index: number, isFit: (peer: ModelPeer) => boolean): Peer | undefined {
    const fit = this.#peers.filter(({ model }) => !model.isHalfClosed && isFit(model));
    return fit[index % fit.length];
  }

  /** The one that has been half-closed longest and is still there. */
  halfClosedPeer(): Peer | undefined {
    return this.#peers.find(({ model }) => model.isOpen && model.isHalfClosed);
  }

  /** One step of one peer. `predict` tells the model; it may look at what the router has answered. */
  step(name: string, act: () => void, predict: () => void, order?: "in any order"): void {
    this.transcript.push(name);
    this.model.beginStep();
    act();
    for (const peer of this.#peers) receive(peer);
    predict();
    this.#compare(order, false);
  }

  /** A text command of somebody who has nothing to do with jobs. */
  command(line: string, predict: () => string): void {
    let answer = "";
    this.step(
      `"${line}"`,
      () => answer = this.#admin.text(line),
      () => assertEquals(answer, predict()),
    );
  }

  /** Lets time pass, in pieces that end where the model has something to say. */
  advance(milliseconds: number): void {
    const target = this.model.now + milliseconds;
    do {
      const next = Math.min(target, this.model.nextEvent(), this.#wakeUps.nextDeadline());
      this.transcript.push(`clock ${this.model.now} -> ${next}`);
      this.model.beginStep();
      this.clock.advance(next - this.model.now);
      for (const peer of this.#peers) receive(peer);
      this.model.advanceTo(next);
      this.#wakeUps.timePassed();
      this.#compare("in any order", true);
    } while (this.model.now < target);
  }

  #compare(order: "in any order" | undefined, didTimePass: boolean): void {
    for (const { name, real, model, received } of this.#peers) {
      if (order !== undefined) {
        received.sort();
        model.expected.sort();
      }
      assertSame(received, model.expected, `what ${name} received`);
      assert(real.isClosed === !model.isOpen, `${name} is ${real.isClosed ? "closed" : "open"}`);
    }
    const woken = this.#peers.filter((peer) => peer.wasWoken);
    this.#wakeUps.check(woken.map(({ model }) => model), didTimePass);
    assertInvariants(this.router);
    this.#invariants.check();
    this.#compareText();
    assertSame(textOf(this.#countsOfRouter()), textOf(this.model.counts), "what is counted");
    if (this.model.rules.history) this.#checkReasons();
    this.#forgetClosed();
  }

  /** Each job there was has ended, or there is a reason why it has not. */
  #checkReasons(): void {
    for (const handle of this.handles) {
      const reasons = whyJob(this.router, handle);
      const isDead = this.model.dead.some((dead) => dead.handle === handle);
      const lives = this.router.jobByHandle(handle) !== undefined;
      const code = isDead ? "dead" : lives ? null : "ended";
      assert(reasons.length > 0 && (code === null || reasons[0].code === code), handle);
    }
  }

  #compareText(): void {
    this.#admin.raw(LISTINGS);
    const expected = text.status(this.model) + text.prioritystatus(this.model) +
      text.showJobs(this.model) + text.jobs(this.model);
    assertSame(takeAll(this.#admin.connection.out), expected, "the listings");
    const dead = text.deadIn(this.#admin.text("show dead"));
    assertSame(dead, text.dead(this.model), "the dead jobs");
  }

  /** As the model has them: what never happened is missing. */
  #countsOfRouter(): Record<string, number> {
    const counts = countsOfAll(this.router);
    const { coalesced, refused, started, timedOut, requeued, ended } = counts;
    const { kicked, deadDropped } = counts;
    const found: [string, number][] = Object.entries({ coalesced, refused, started, timedOut });
    for (const mode of SUBMIT_MODES) {
      for (const priority of PRIORITIES) {
        found.push([`submitted ${mode} ${priority}`, counts.submittedAs(mode, priority)]);
      }
    }
    found.push(["kicked", kicked], ["dropped dead", deadDropped]);
    for (const [cause, count] of Object.entries(requeued)) found.push([`requeued ${cause}`, count]);
    for (const [outcome, count] of Object.entries(ended)) found.push([`ended ${outcome}`, count]);
    return Object.fromEntries(found.filter(([, count]) => count > 0));
  }

  #forgetClosed(): void {
    for (let index = this.#peers.length - 1; index >= 0; index--) {
      if (this.#peers[index].model.isOpen) continue;
      this.#peers.splice(index, 1);
      this.model.peers.splice(index, 1);
    }
  }
}

function receive(peer: Peer): void {
  peer.received = [];
  peer.wasWoken = false;
  let bytes = peer.real.bytes();
  while (bytes.length >= 12) {
    const length = numberAt(bytes, 8);
    if (bytes.length < 12 + length) break;
    assert(bytes.startsWith("\0RES"), "a packet begins with the magic");
    const type = TYPE_NAMES[numberAt(bytes, 4)];
    const body = bytes.slice(12, 12 + length).replaceAll("\0", "|");
    // A half-closed peer is sent one from time to time, to see whether it is there.
    const isProbe = type === "NOOP" && peer.real.connection.isHalfClosed;
    if (type !== "NOOP") peer.received.push(`${type} ${body}`);
    else if (!isProbe && peer.wasWoken) throw new Error(`${peer.name} was woken twice`);
    else peer.wasWoken ||= !isProbe;
    bytes = bytes.slice(12 + length);
  }
  assertEquals(bytes, "", "what is sent is whole packets");
}

function numberAt(bytes: string, position: number): number {
  let number = 0;
  for (let index = 0; index < 4; index++) {
    number = number * 256 + bytes.charCodeAt(position + index);
  }
  return number;
}

function textOf(counts: Record<string, number>): string {
  return Object.keys(counts).sort().map((what) => `${what}: ${counts[what]}\n`).join("");
}

/** Compares cheaply first: this happens some ten times a step. */
function assertSame<T extends string | string[]>(actual: T, expected: T, what: string): void {
  if (`${actual}` !== `${expected}`) assertEquals(actual, expected, what);
}
