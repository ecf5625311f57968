/**
 * A peer that speaks Gearman byte by byte and trusts nothing of ours: no code of protocol/ is used,
 * so that a mistake there cannot hide itself.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";

/** Names of the packet types; the index is the number. */
export const PACKET_NAMES: readonly string[] = [
  ..."ZERO CAN_DO CANT_DO RESET_ABILITIES PRE_SLEEP UNUSED NOOP SUBMIT_JOB JOB_CREATED".split(" "),
  ..."GRAB_JOB NO_JOB JOB_ASSIGN WORK_STATUS WORK_COMPLETE WORK_FAIL GET_STATUS".split(" "),
  ..."ECHO_REQ ECHO_RES SUBMIT_JOB_BG ERROR STATUS_RES SUBMIT_JOB_HIGH SET_CLIENT_ID".split(" "),
  ..."CAN_DO_TIMEOUT ALL_YOURS WORK_EXCEPTION OPTION_REQ OPTION_RES WORK_DATA".split(" "),
  ..."WORK_WARNING GRAB_JOB_UNIQ JOB_ASSIGN_UNIQ SUBMIT_JOB_HIGH_BG SUBMIT_JOB_LOW".split(" "),
  ..."SUBMIT_JOB_LOW_BG SUBMIT_JOB_SCHED SUBMIT_JOB_EPOCH SUBMIT_REDUCE_JOB".split(" "),
  ..."SUBMIT_REDUCE_JOB_BACKGROUND GRAB_JOB_ALL JOB_ASSIGN_ALL GET_STATUS_UNIQUE".split(" "),
  "STATUS_RES_UNIQUE",
];

/** A packet as it arrived; strings have one character a byte. */
export interface RawPacket {
  /** `\0REQ` or `\0RES`. */
  readonly magic: string;
  /** Name of the type, or its number if it is none of the protocol's. */
  readonly type: string;
  readonly body: string;
  /** The first `count - 1` NUL-terminated arguments and all the rest as the last. */
  args(count: number): string[];
}

/** How long a wait may last, in milliseconds, before it fails the test. */
export const DEADLINE = 10_000;
const HEADER = 12;

/** The bytes of a request packet; arguments are joined with NULs. */
export function requestBytes(type: string | number, ...args: string[]): Buffer {
  const number = typeof type === "number" ? type : PACKET_NAMES.indexOf(type);
  if (number < 0) throw new Error(`There is no packet ${type}`);
  const body = Buffer.from(args.join("\0"), "latin1");
  const header = Buffer.from("\0REQ\0\0\0\0\0\0\0\0", "latin1");
  header.writeUInt32BE(number, 4);
  header.writeUInt32BE(body.length, 8);
  return Buffer.concat([header, body]);
}

/** Takes something from the front of what arrived, or null if it is not all there yet. */
type Attempt<T> = (arrived: Buffer) => { value: T; used: number } | null;

/** One connection to a server under test. Every wait fails after {@linkcode DEADLINE}. */
export class RawPeer implements Disposable {
  readonly #socket: Socket;
  #arrived: Buffer = Buffer.alloc(0);
  /** Tries the pending wait again. */
  #retry: (() => void) | null = null;
  #end: string | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.#arrived = Buffer.concat([this.#arrived, bytes]);
      this.#retry?.();
    });
    socket.on("end", () => this.#ended("the server closed"));
    socket.on("error", (error) => this.#ended(error.message));
    socket.on("close", () => this.#ended("closed"));
  }

  /** Connects to a port of 127.0.0.1, or to a unix socket. */
  static connect(where: number | { readonly path: string }): Promise<RawPeer> {
    const socket = typeof where === "number"
      ? connect({ port: where, host: "127.0.0.1", allowHalfOpen: true })
      : connect({ path: where.path, allowHalfOpen: true });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        socket.setNoDelay(true);
        resolve(new RawPeer(socket));
      });
    });
  }

  /** Has the server closed? */
  get closed(): boolean {
    return this.#end !== null;
  }

  /** Sends bytes as they are; of a string, each character is one byte. */
  send(bytes: Uint8Array | string): this {
    this.#socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    return this;
  }

  /** Sends a request packet. */
  packet(type: string | number, ...args: string[]): this {
    return this.send(requestBytes(type, ...args));
  }

  /** The next packet. */
  nextPacket(): Promise<RawPacket> {
    return this.#wait("a packet", (arrived) => {
      const used = packetLength(arrived);
      if (used === 0 || arrived.length < used) return null;
      return { value: parsePacket(arrived.subarray(0, used)), used };
    });
  }

  /** The next packet, which must be of this type; its arguments, the last with all that is left. */
  async expect(type: string, count = 1): Promise<string[]> {
    const packet = await this.nextPacket();
    if (packet.type === type) return packet.args(count);
    throw new Error(`Expected ${type}, got ${packet.type} ${JSON.stringify(packet.body)}`);
  }

  /** The next line, without its end. */
  async nextLine(): Promise<string> {
    return (await this.nextRawLine()).replace(/\r?\n$/, "");
  }

  /** The next line, with its end. */
  nextRawLine(): Promise<string> {
    return this.#wait("a line", (arrived) => {
      const used = arrived.indexOf("\n") + 1;
      return used === 0 ? null : { value: arrived.toString("latin1", 0, used), used };
    });
  }

  /** The lines up to one that is only a dot, without it. */
  async textReply(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.nextLine();
      if (line === ".") return lines;
      lines.push(line);
    }
  }

  /**
   * The next packet or text line, whichever comes; null when the server has closed and nothing is
   * left. Bytes that are neither when it closes come as they are.
   */
  next(): Promise<RawPacket | string | null> {
    return this.#wait("a packet or a line", (arrived): ReturnType<Attempt<RawPacket | string>> => {
      const isPacket = arrived[0] === 0;
      const length = isPacket ? packetLength(arrived) : arrived.indexOf("\n") + 1;
      if (length > 0 && arrived.length >= length) {
        const bytes = arrived.subarray(0, length);
        return {
          value: isPacket ? parsePacket(bytes) : bytes.toString("latin1"),
          used: length,
        };
      }
      if (!this.closed) return null;
      return { value: arrived.toString("latin1"), used: arrived.length };
    }).then((item) => item === "" ? null : item);
  }

  /** All that still comes until the server closes. */
  allUntilClose(): Promise<string> {
    return this.#wait("the end", (arrived) => {
      if (!this.closed) return null;
      return { value: arrived.toString("latin1"), used: arrived.length };
    });
  }

  /** Says that nothing more will be sent; replies still arrive. */
  halfClose(): void {
    this.#socket.end();
  }

  /** Hangs up. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Hangs up. */
  [Symbol.dispose](): void {
    this.destroy();
  }

  #ended(reason: string): void {
    this.#end ??= reason;
    this.#retry?.();
  }

  #wait<T>(what: string, attempt: Attempt<T>): Promise<T> {
    if (this.#retry !== null) throw new Error("This peer waits for something already");
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.#retry = null;
        act();
      };
      const fail = (why: string) =>
        settle(() => reject(new Error(`Waited for ${what}: ${why}; arrived: ${this.#shown()}`)));
      const timer = setTimeout(() => fail(`nothing for ${DEADLINE} ms`), DEADLINE);
      this.#retry = () => {
        const found = attempt(this.#arrived);
        if (found !== null) {
          this.#arrived = this.#arrived.subarray(found.used);
          settle(() => resolve(found.value));
        } else if (this.#end !== null) fail(this.#end);
      };
      this.#retry();
    });
  }

  #shown(): string {
    const text = JSON.stringify(this.#arrived.toString("latin1", 0, 500));
    return this.#arrived.length > 500 ? `${text}... (${this.#arrived.length} bytes)` : text;
  }
}

/** Length of the packet at the front, or 0 while its header is not all there. */
function packetLength(arrived: Buffer): number {
  return arrived.length < HEADER ? 0 : HEADER + arrived.readUInt32BE(8);
}

function parsePacket(bytes: Buffer): RawPacket {
  const number = bytes.readUInt32BE(4);
  const body = bytes.toString("latin1", HEADER);
  return {
    magic: bytes.toString("latin1", 0, 4),
    type: PACKET_NAMES[number] ?? String(number),
    body,
    args: (count) => {
      const parts = body.split("\0");
      return [...parts.slice(0, count - 1), parts.slice(count - 1).join("\0")];
    },
  };
}
