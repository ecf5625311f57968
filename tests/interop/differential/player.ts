import { setTimeout as pause } from "node:timers/promises";
import { type RawPacket, RawPeer } from "../../support/raw_peer.ts";
import { Handles, shownPart } from "./handles.ts";
import type { Script, Step } from "./script.ts";

const DEADLINE = 10_000;
/** How long to wait between two looks at the connections, in milliseconds. */
const RETRY = 2;

/** One connection of a script. */
interface Peer {
  readonly name: string;
  readonly raw: RawPeer;
  /** Can it do an ECHO round trip? Not in the middle of a packet, nor after a half-close. */
  echoes: boolean;
}

/**
 * Plays a script against the server on a port.
 *
 * @returns what was sent and what came, a line each, with names in the place of what differs from
 * start to start.
 */
export async function play(script: Script, port: number): Promise<string[]> {
  const player = new Player(port);
  try {
    for (const step of script.steps) await player.play(step);
    await player.finish();
  } catch (error) {
    throw new Error(`${(error as Error).message}\nso far:\n${player.transcript.join("\n")}`);
  } finally {
    player.hangUp();
  }
  return player.transcript;
}

class Player {
  readonly transcript: string[] = [];
  readonly #port: number;
  readonly #handles = new Handles();
  readonly #peers = new Map<string, Peer>();
  #observer: RawPeer | null = null;
  #echoes = 0;

  constructor(port: number) {
    this.#port = port;
  }

  async play(step: Step): Promise<void> {
    const peer = await this.#peerNamed(step.on);
    switch (step.kind) {
      case "wait":
        await this.#collect(peer, true);
        break;
      case "hangUp":
        await this.#hangUp(peer);
        break;
      case "halfClose":
        this.transcript.push(`${peer.name} shuts its sending side down`);
        peer.raw.halfClose();
        peer.echoes = false;
        break;
      default:
        this.transcript.push(`${peer.name} > ${step.parts.map(shownPart).join(", ")}`);
        await this.#send(peer, step);
    }
    for (const each of this.#peers.values()) await this.#collect(each);
  }

  /** Writes down what the connections that could not echo have got. */
  async finish(): Promise<void> {
    for (const peer of this.#peers.values()) {
      if (peer.echoes) continue;
      for (let item; (item = await peer.raw.nextItem()) !== null;) this.#write(peer, [item]);
      this.#closed(peer);
    }
  }

  hangUp(): void {
    for (const { raw } of this.#peers.values()) raw.destroy();
    this.#observer?.destroy();
  }

  async #peerNamed(name: string): Promise<Peer> {
    let peer = this.#peers.get(name);
    if (peer === undefined) {
      peer = { name, raw: await RawPeer.connect(this.#port), echoes: true };
      this.#peers.set(name, peer);
    }
    return peer;
  }

  async #send(peer: Peer, step: Step & { kind: "send" | "trickle" | "fragment" }): Promise<void> {
    const bytes = this.#handles.bytes(step.parts);
    if (step.kind !== "trickle") peer.raw.send(bytes);
    else {
      for (const byte of bytes) {
        peer.raw.send(Uint8Array.of(byte));
        await new Promise(setImmediate);
      }
    }
    peer.echoes = step.kind !== "fragment";
  }

  /** Writes down what has come. With `first`, waits until something has. */
  async #collect(peer: Peer, first = false): Promise<void> {
    if (!peer.echoes) return;
    const items: (RawPacket | string)[] = [];
    if (first) items.push(await peer.raw.nextItem() ?? "");
    const echo = `echo ${++this.#echoes}`;
    peer.raw.packet("ECHO_REQ", echo);
    for (;;) {
      const item = await peer.raw.nextItem();
      if (item === null || (typeof item !== "string" && item.body === echo)) {
        this.#write(peer, items);
        if (item === null) this.#closed(peer);
        return;
      }
      items.push(item);
    }
  }

  #write(peer: Peer, items: readonly (RawPacket | string)[]): void {
    for (const item of items) if (typeof item !== "string") this.#handles.learn(item);
    const shown = items.map((item) =>
      this.#handles.masked(typeof item === "string" ? shownLine(item) : shownPacket(item))
    );
    this.transcript.push(...sortedListings(shown).map((text) => `${peer.name} < ${text}`));
  }

  #closed(peer: Peer): void {
    this.transcript.push(`${peer.name} < closed`);
    peer.raw.destroy();
    this.#peers.delete(peer.name);
  }

  async #hangUp(peer: Peer): Promise<void> {
    this.transcript.push(`${peer.name} hangs up`);
    this.#observer ??= await RawPeer.connect(this.#port);
    const before = await this.#connections(this.#observer);
    peer.raw.destroy();
    this.#peers.delete(peer.name);
    for (const until = Date.now() + DEADLINE; Date.now() < until; await pause(RETRY)) {
      if (await this.#connections(this.#observer) < before) return;
    }
    throw new Error("The server does not notice that a peer has hung up");
  }

  async #connections(observer: RawPeer): Promise<number> {
    return (await observer.send("workers\n").textReply()).length;
  }
}

/** Sorts the lines of each listing: the C server's order is that of its hash tables. */
function sortedListings(shown: readonly string[]): string[] {
  const sorted: string[] = [];
  const lines: string[] = [];
  for (const text of shown) {
    if (text === LISTING_END) sorted.push(...lines.splice(0).sort(), text);
    else if (text.startsWith('"')) lines.push(text);
    else sorted.push(...lines.splice(0), text);
  }
  return [...sorted, ...lines];
}

const LISTING_END = JSON.stringify(".\n");

/** A packet; the magic is shown if it is not that of a response. */
function shownPacket({ magic, type, body }: RawPacket): string {
  return `${magic === "\0RES" ? "" : JSON.stringify(magic)}${type} ${JSON.stringify(body)}`;
}

/** A line without process ids, versions and numbers of connections. */
function shownLine(line: string): string {
  return JSON.stringify(
    line
      .replace(/^OK \d+\n$/, "OK <pid>\n")
      .replace(/^OK \d+\.\d+\S*\n$/, "OK <version>\n")
      .replace(/^\d+ (127\.0\.0\.1 )/, "<number> $1"),
  );
}
