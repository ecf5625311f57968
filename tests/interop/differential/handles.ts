import { Buffer } from "node:buffer";
import { PACKET_NAMES, type RawPacket, requestBytes } from "../../support/raw_peer.ts";
import type { Part } from "./script.ts";

/** Packets whose first argument is the handle of a job. */
const WITH_HANDLE = ["JOB_CREATED", "JOB_ASSIGN", "JOB_ASSIGN_UNIQ", "JOB_ASSIGN_ALL"];

/** Gives the handles of one server the names `<1>`, `<2>`, ... in the order of their appearance. */
export class Handles {
  readonly #known: string[] = [];

  /** Bytes to send, with the handles in the place of their names. */
  bytes(parts: readonly Part[]): Buffer {
    return Buffer.concat(parts.map((part) => {
      if (typeof part === "string") return Buffer.from(this.#filledIn(part), "latin1");
      const [type, ...args] = part;
      return requestBytes(type, ...args.map((arg) => this.#filledIn(arg)));
    }));
  }

  /** Learns the handle that a packet hands out. */
  learn(packet: RawPacket): void {
    if (!WITH_HANDLE.includes(packet.type)) return;
    const [handle] = packet.args(2);
    if (!this.#known.includes(handle)) this.#known.push(handle);
  }

  /** Text with the names in the place of the handles. */
  masked(text: string): string {
    // From the last: in the C server the first handle is a prefix of the tenth.
    for (let index = this.#known.length - 1; index >= 0; index--) {
      text = text.replaceAll(this.#known[index], `<${index + 1}>`);
    }
    return text;
  }

  #filledIn(text: string): string {
    return text.replace(/<(\d+)>/g, (name, number) => this.#known[Number(number) - 1] ?? name);
  }
}

/** A part as a transcript shows it. */
export function shownPart(part: Part): string {
  if (typeof part === "string") return JSON.stringify(part);
  const [type, ...args] = part;
  const name = typeof type === "number" ? PACKET_NAMES[type] ?? `type ${type}` : type;
  return [name, ...args.map((arg) => JSON.stringify(arg))].join(" ");
}
