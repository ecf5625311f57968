import { encodeRequest, PacketType } from "../../protocol/mod.ts";
import {
  connect,
  type Connection,
  type Link,
  type PeerAddress,
  type Router,
} from "../../router/mod.ts";

/** A packet as a fake peer received it. */
export interface ReceivedPacket {
  readonly type: string;
  readonly args: string[];
}

const TYPE_NAMES = new Map<number, string>(
  Object.entries(PacketType).map(([name, number]) => [number, name]),
);

const latin1 = (bytes: Uint8Array) => Array.from(bytes, (b) => String.fromCharCode(b)).join("");

/** The bytes of a string of which each character is one byte. */
export function binary(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A request packet; arguments are joined with NULs, each character is one byte. */
export function request(type: number, ...args: (string | Uint8Array)[]): Uint8Array {
  return encodeRequest(type, ...args.map((a) => typeof a === "string" ? binary(a) : a));
}

/** A client or worker without a socket, on a router without a server. */
export class FakePeer implements Link {
  readonly peer: PeerAddress;
  readonly connection: Connection;
  /** Was the connection closed by the server's side? */
  isClosed = false;
  /** Called before output is taken, as a link asks whether it may leave. */
  beforeReading: () => void = () => {};
  /** Does the test itself say when others have had their turn? */
  hasTurns = false;
  #unread = "";
  #hasFlushed = false;

  constructor(router: Router, peer: PeerAddress = { hostname: "127.0.0.1", port: 40000 }) {
    this.peer = peer;
    this.connection = connect(router, this);
  }

  // --- Link ---

  flush(): void {
    this.#hasFlushed = true;
  }

  end(): void {
    this.#collect();
    this.destroy();
  }

  destroy(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#collect();
    this.connection.closed();
  }

  // --- what a peer does ---

  /** Sends a packet, or raw bytes of a string. */
  send(type: keyof typeof PacketType, ...args: (string | Uint8Array)[]): this {
    return this.raw(request(PacketType[type], ...args));
  }

  /** Sends bytes as they are. */
  raw(bytes: Uint8Array | string): this {
    const chunk = typeof bytes === "string" ? binary(bytes) : bytes;
    this.connection.receive(chunk, 0, chunk.length, false);
    if (!this.hasTurns) this.#takeTurns();
    return this;
  }

  /** As many turns as it takes. */
  #takeTurns(): void {
    while (this.connection.isHolding && this.connection.isTurnOver) this.connection.resume();
  }

  /** Sends a text line and returns the answer. */
  text(line: string): string {
    this.raw(`${line}\n`);
    return this.bytes();
  }

  /** Says which functions it can do. */
  canDo(...functions: string[]): this {
    for (const name of functions) this.send("CAN_DO", name);
    return this;
  }

  /** Submits and returns the handle. */
  submit(type: keyof typeof PacketType, ...args: (string | Uint8Array)[]): string {
    this.send(type, ...args);
    const packets = this.packets();
    const created = packets.find((packet) => packet.type === "JOB_CREATED");
    if (created === undefined) throw new Error(`no JOB_CREATED: ${JSON.stringify(packets)}`);
    return created.args[0];
  }

  /** Grabs and returns the arguments of the assignment, or null for NO_JOB. */
  grab(
    type: "GRAB_JOB" | "GRAB_JOB_UNIQ" | "GRAB_JOB_ALL" = "GRAB_JOB",
  ): string[] | null {
    this.send(type);
    const packets = this.packets();
    const answer = packets.find((packet) => /^JOB_ASSIGN|^NO_JOB$/.test(packet.type));
    if (answer === undefined) throw new Error(`no answer: ${JSON.stringify(packets)}`);
    return answer.type === "NO_JOB" ? null : answer.args;
  }

  /** The peer vanishes. */
  vanish(): void {
    this.destroy();
  }

  /** Everything received since the last look, as a string of bytes. */
  bytes(): string {
    this.#collect();
    const unread = this.#unread;
    this.#unread = "";
    return unread;
  }

  /** The packets received since the last look. */
  packets(): ReceivedPacket[] {
    const bytes = binary(this.bytes());
    const view = new DataView(bytes.buffer);
    const packets: ReceivedPacket[] = [];
    for (let position = 0; position < bytes.length;) {
      const type = view.getUint32(position + 4);
      const end = position + 12 + view.getUint32(position + 8);
      const body = latin1(bytes.subarray(position + 12, end));
      const name = TYPE_NAMES.get(type) ?? String(type);
      packets.push({ type: name, args: body === "" ? [] : splitBody(name, body) });
      position = end;
    }
    return packets;
  }

  /** Names of the packets received since the last look. */
  types(): string[] {
    return this.packets().map((packet) => packet.type);
  }

  #collect(): void {
    this.beforeReading();
    // While it is being made there is no connection yet.
    if (this.connection === undefined) return;
    const { out } = this.connection;
    for (;;) {
      const segment = out.take();
      if (segment !== undefined) {
        this.#unread += latin1(segment.bytes.subarray(segment.start, segment.end));
        out.recycle(segment);
      } else if (this.connection.isHolding) {
        this.#hasFlushed = false;
        this.connection.resume();
        // It waits for something else.
        if (this.connection.isHolding && out.size === 0 && !this.#hasFlushed) return;
      } else {
        return;
      }
    }
  }
}

/** Splits at the NULs that separate arguments; data keeps its own. */
function splitBody(type: string, body: string): string[] {
  const counts: Record<string, number> = {
    JOB_ASSIGN: 3,
    JOB_ASSIGN_UNIQ: 4,
    JOB_ASSIGN_ALL: 5,
    ECHO_RES: 1,
    WORK_COMPLETE: 2,
    WORK_DATA: 2,
    WORK_WARNING: 2,
    WORK_EXCEPTION: 2,
  };
  const parts = body.split("\0");
  const count = counts[type] ?? parts.length;
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join("\0")];
}
