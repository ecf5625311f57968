import { setTimeout as pause } from "node:timers/promises";
import { RawPeer } from "../../support/raw_peer.ts";
import type { Script, Step } from "./script.ts";

const DEADLINE = 10_000;
/** How long to wait between two looks at the connections, in milliseconds. */
const RETRY = 5;

/**
 * Plays a script and returns what was sent (`>`) and received (`<`), line by line. What differs from
 * start to start is masked: handles are `<1>`, `<2>` in the order of creation.
 */
export async function play(script: Script, port: number): Promise<string[]> {
  const stage = new Stage(port);
  try {
    for (const step of script.steps) await stage.perform(step);
    return stage.transcript;
  } finally {
    stage.clear();
  }
}

class Stage {
  readonly transcript: string[] = [];
  readonly #port: number;
  readonly #peers = new Map<string, RawPeer>();
  readonly #handles: string[] = [];
  #barriers = 0;

  constructor(port: number) {
    this.#port = port;
  }

  async perform(step: Step): Promise<void> {
    const [name, action, ...args] = step;
    this.transcript.push(`> ${name} ${action}${args.map((arg) => ` ${shown(arg)}`).join("")}`);
    const peer = await this.#peer(name);
    const filled = args.map((arg) => this.#fill(arg));
    switch (action) {
      case "part":
        peer.send(filled[0]);
        return;
      case "hangs up":
        await this.#hangUp(name, peer);
        break;
      case "sends no more":
        peer.halfClose();
        await this.#collect(name, peer, null);
        break;
      case "waits":
        this.#note(name, [await peer.next()]);
        break;
      case "text":
        peer.send(`${filled[0]}\n`);
        break;
      case "bytes":
        peer.send(filled[0]);
        break;
      default:
        peer.packet(action, ...filled);
    }
    await this.#settle(name);
  }

  clear(): void {
    for (const peer of this.#peers.values()) peer.destroy();
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

  /** Reads everything that the server has sent: first to the connection that acted. */
  async #settle(actor: string): Promise<void> {
    const names = [...this.#peers.keys()].filter((name) => name !== actor);
    for (const name of [actor, ...names]) {
      const peer = this.#peers.get(name);
      if (peer === undefined) continue;
      const token = `barrier ${++this.#barriers}`;
      peer.packet("ECHO_REQ", token);
      await this.#collect(name, peer, token);
    }
  }

  /** Reads up to the echo of the token, or to the end of the connection. */
  async #collect(name: string, peer: RawPeer, token: string | null): Promise<void> {
    const items: Awaited<ReturnType<RawPeer["next"]>>[] = [];
    for (;;) {
      const item = await peer.next();
      if (item !== null && typeof item === "object" && item.body === token) break;
      items.push(item);
      if (item !== null) continue;
      this.#peers.delete(name);
      break;
    }
    this.#note(name, items);
  }

  #note(name: string, items: Awaited<ReturnType<RawPeer["next"]>>[]): void {
    const lines: string[] = [];
    for (const item of items) {
      if (item === null) lines.push("closed");
      else if (typeof item === "string") lines.push(this.#mask(item));
      else {
        if (item.type === "JOB_CREATED") this.#learn(item.body);
        const magic = item.magic === "\0RES" ? "" : `${shown(item.magic)} `;
        lines.push(`${magic}${item.type} ${shown(this.#maskHandles(item.body))}`);
      }
    }
    this.transcript.push(...sortListings(lines).map((line) => `< ${name} ${line}`));
  }

  #learn(handle: string): void {
    if (!this.#handles.includes(handle)) this.#handles.push(handle);
  }

  #fill(text: string): string {
    return text.replace(/<(\d+)>/g, (_, number) => {
      const handle = this.#handles[number - 1];
      if (handle === undefined) throw new Error(`There is no handle ${number}`);
      return handle;
    });
  }

  /** The longest first, as one may be the beginning of another. */
  #maskHandles(text: string): string {
    const numbered = this.#handles.map((handle, index) => ({ handle, mask: `<${index + 1}>` }));
    numbered.sort((a, b) => b.handle.length - a.handle.length);
    return numbered.reduce((masked, { handle, mask }) => masked.replaceAll(handle, mask), text);
  }

  /** A text line without what is particular to a server, a start or a connection. */
  #mask(line: string): string {
    return shown(
      this.#maskHandles(line)
        .replace(/^\d+ (127\.0\.0\.1) /, "<id> $1 ")
        .replace(/^OK \d+\n$/, "OK <pid>\n")
        .replace(/^OK \d+\.\d+\.\d+\S*\n$/, "OK <version>\n"),
    );
  }
}

/** Sorts the lines of listings, which the C server prints in the order of its hash table. */
function sortListings(lines: string[]): string[] {
  const sorted: string[] = [];
  let listing: string[] = [];
  for (const line of lines) {
    const isListed = line.startsWith('"') && !/^"(OK|ERR)\b/.test(line);
    if (isListed && line !== '".\\n"') {
      listing.push(line);
      continue;
    }
    sorted.push(...listing.sort(), line);
    listing = [];
  }
  return [...sorted, ...listing];
}

function shown(text: string): string {
  const readable = JSON.stringify(text).replaceAll("\\u0000", "\\0");
  return readable.length <= 300 ? readable : `${readable.slice(0, 100)}... ${text.length} bytes`;
}
