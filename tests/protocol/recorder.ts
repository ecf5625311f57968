import {
  byteString,
  type DecoderLimits,
  type DecoderSink,
  DEFAULT_LIMITS,
  type FaultName,
  PacketDecoder,
  type PacketView,
} from "../../protocol/mod.ts";

/** What a decoder found: `packet REQ 7 <body>`, `line <text>`, `fault <name>`. */
export type Event = string;

/** A decoder that writes down what it finds, bytes as byte strings. */
export class Recorder implements DecoderSink {
  readonly events: Event[] = [];
  readonly decoder: PacketDecoder;
  /** Called after each event. */
  onEvent: (event: Event) => void = () => {};

  constructor(limits: DecoderLimits = DEFAULT_LIMITS) {
    this.decoder = new PacketDecoder(this, limits);
  }

  packet(view: PacketView): void {
    const body = byteString(view.bytes, view.start, view.end);
    this.#add(packetEvent(view.type, body, view.response ? "RES" : "REQ"));
  }

  line(bytes: Uint8Array, start: number, end: number): void {
    this.#add(`line ${byteString(bytes, start, end)}`);
  }

  fault(name: FaultName): void {
    this.#add(`fault ${name}`);
  }

  /** Pushes each chunk in a buffer of its own that is spoilt afterwards, as a read buffer is. */
  push(...chunks: Uint8Array[]): this {
    for (const chunk of chunks) {
      const readBuffer = new Uint8Array(chunk.length + 7).fill(0x0a);
      readBuffer.set(chunk, 3);
      this.decoder.push(readBuffer, 3, 3 + chunk.length);
      readBuffer.fill(0x55);
    }
    return this;
  }

  #add(event: Event): void {
    this.events.push(event);
    this.onEvent(event);
  }
}

/** The event of a packet. */
export function packetEvent(type: number, body: string, magic: "REQ" | "RES" = "REQ"): Event {
  return `packet ${magic} ${type} ${body}`;
}

/** The runs of bytes joined to one. */
export function joined(runs: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(runs.reduce((sum, run) => sum + run.length, 0));
  let position = 0;
  for (const run of runs) {
    whole.set(run, position);
    position += run.length;
  }
  return whole;
}

/** `bytes` in pieces of `size`. */
export function inChunks(bytes: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    chunks.push(bytes.subarray(start, start + size));
  }
  return chunks;
}
