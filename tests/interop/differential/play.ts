import { setTimeout as pause } from "node:timers/promises";
import { RawPeer } from "../../support/raw_peer.ts";
import type { Script, Step } from "./script.ts";
import { type Item, Transcript } from "./transcript.ts";

const DEADLINE = 10_000;
/** How long to wait between two looks at the connections, in milliseconds. */
const RETRY = 5;

/** Plays a script to the server on a port of 127.0.0.1. */
export async function play(script: Script, port: number): Promise<Transcript> {
  const stage = new Stage(port);
  try {
    for (const step of script.steps) await stage.perform(step);
    return stage.transcript;
  } catch (error) {
    throw new Error(`${(error as Error).message}\nso far:\n${stage.transcript}`);
  } finally {
    stage.clear();
  }
}

class Stage {
  readonly transcript = new Transcript();
  readonly #port: number;
  readonly #peers = new Map<string, RawPeer>();
  /** Those that have sent a part of something. */
  readonly #unfinished = new Set<string>();
  #echoes = 0;

  constructor(port: number) {
    this.#port = port;
  }

  async perform(step: Step): Promise<void> {
    this.transcript.begin(step);
    const [name, action, ...args] = step;
    const peer = await this.#peer(name);
    if (action === "part") this.#unfinished.add(name);
    else this.#unfinished.delete(name);
    await this.#act(name, peer, action, args.map((arg) => this.transcript.fill(arg)));
    await this.#settle(name);
  }

  clear(): void {
    for (const peer of this.#peers.values()) peer.destroy();
  }

  async #act(name: string, peer: RawPeer, action: string, args: string[]): Promise<void> {
    switch (action) {
      case "text":
        peer.send(`${args[0]}\n`);
        break;
      case "part":
      case "bytes":
        peer.send(args[0]);
        break;
      case "bytes one by one":
        for (const byte of args[0]) {
          peer.send(byte);
          await new Promise(setImmediate);
        }
        break;
      case "hangs up":
        await this.#hangUp(name, peer);
        break;
      case "sends no more":
        peer.halfClose();
        await this.#collect(name, peer, null);
        break;
      case "waits":
        this.transcript.add(name, [await peer.next()]);
        break;
      default:
        peer.packet(action, ...args);
    }
  }

  async #peer(name: string): Promise<RawPeer> {
    let peer = this.#peers.get(name);
    if (peer === undefined) {
      peer = await RawPeer.connect(this.#port);
      this.#peers.set(name, peer);
      // So that connections get their numbers in the order of the script.
      await this.#settle(name);
    }
    return peer;
  }

  /** Hangs up and waits until the server has noticed. */
  async #hangUp(name: string, peer: RawPeer): Promise<void> {
    using witness = await RawPeer.connect(this.#port);
    const before = (await witness.send("workers\n").textReply()).length;
    peer.destroy();
    this.#peers.delete(name);
    for (const until = Date.now() + DEADLINE; Date.now() < until; await pause(RETRY)) {
      const now = (await witness.send("workers\n").textReply()).length;
      if (now < before) return;
    }
    throw new Error(`The server does not notice that ${name} is gone`);
  }

  /** Reads everything that the server has sent, first to the connection that acted. */
  async #settle(actor: string): Promise<void> {
    const others = [...this.#peers.keys()].filter((name) => name !== actor);
    for (const name of [actor, ...others]) {
      const peer = this.#peers.get(name);
      if (peer === undefined || this.#unfinished.has(name)) continue;
      const token = `echo ${++this.#echoes}`;
      peer.packet("ECHO_REQ", token);
      await this.#collect(name, peer, token);
    }
  }

  /** Reads up to the echo of the token, or to the end of the connection. */
  async #collect(name: string, peer: RawPeer, token: string | null): Promise<void> {
    const items: Item[] = [];
    for (;;) {
      const item = await peer.next();
      if (item !== null && typeof item === "object" && item.body === token) break;
      items.push(item);
      if (item !== null) continue;
      peer.destroy();
      this.#peers.delete(name);
      break;
    }
    this.transcript.add(name, items);
  }
}
