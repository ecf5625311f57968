/**
 * A handler for the links under test, and clients that use none of our code.
 *
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import {
  encodeRequest,
  OutputBuffer,
  PacketDecoder,
  PacketType,
  type PacketView,
} from "../../protocol/mod.ts";
import type { Link, LinkHandler } from "../../router/mod.ts";
import { transport } from "../../transport/choose.ts";
import { nodeTransport } from "../../transport/node.ts";
import { turns } from "../../transport/turns.ts";
import type {
  LinkSettings,
  ListenAddress,
  Listener,
  ListenOptions,
  Transport,
} from "../../transport/transport.ts";

/** How long a wait may last, in milliseconds, before it fails the test. */
const DEADLINE = 20_000;
const MEBIBYTE = 1024 * 1024;

/** The runtime's own sockets, and `node:net`, which every runtime has. */
export const transports: readonly Transport[] = transport === nodeTransport
  ? [nodeTransport]
  : [transport, nodeTransport];

/** Settings whose reports are collected. */
export interface TestSettings extends LinkSettings {
  readonly reports: string[];
}

/** Bounds that no test reaches by accident. */
export function settings(bounds: Partial<LinkSettings> = {}): TestSettings {
  const reports: string[] = [];
  return {
    pauseReadingAt: 4 * MEBIBYTE,
    maxUnsent: 128 * MEBIBYTE,
    report: (message) => reports.push(message),
    reports,
    ...bounds,
  };
}

/** Something that changes, until which tests wait. */
abstract class Changing {
  #retry: (() => void)[] = [];

  /** Resolves once something is the case. */
  until(what: string, isSo: () => boolean): Promise<void> {
    return within(
      what,
      new Promise((resolve) => {
        const look = () => {
          if (isSo()) resolve();
          else this.#retry.push(look);
        };
        look();
      }),
    );
  }

  /** Looks again whether what is waited for is the case. */
  protected changed(): void {
    const retry = this.#retry;
    this.#retry = [];
    for (const look of retry) look();
  }
}

/**
 * Answers ECHO_REQ with ECHO_RES, and text lines by what the test gave it. Ends its link when the peer
 * has ended. Remembers all that happens.
 */
export class TestHandler extends Changing implements LinkHandler {
  readonly out: OutputBuffer = new OutputBuffer();
  readonly mayWait: boolean = false;
  readonly link: Link;
  readonly packets: number[] = [];
  readonly lines: string[] = [];
  /** Why the link was closed, each time that it said so. */
  readonly closings: (string | undefined)[] = [];
  peerHasEnded = false;
  /** How often it was told that its peer is gone. */
  goneCount = 0;
  onLine: (line: string) => void = () => {};
  onPacket: (view: PacketView) => void = (view) => this.#echo(view);
  onPeerEnded: () => void = () => this.link.end();
  readonly #decoder: PacketDecoder;

  constructor(link: Link) {
    super();
    this.link = link;
    this.#decoder = new PacketDecoder({
      packet: (view) => {
        this.packets.push(view.type);
        this.onPacket(view);
      },
      line: (bytes, start, end) => {
        const line = new TextDecoder().decode(bytes.subarray(start, end));
        this.lines.push(line);
        this.onLine(line);
      },
      // What comes after is dropped by the decoder.
      fault: () => {},
    });
  }

  get isHolding(): boolean {
    return this.#decoder.isHolding;
  }

  resume(): void {
    this.#decoder.resume();
    this.changed();
  }

  receive(bytes: Uint8Array, start: number, end: number, stable: boolean): void {
    this.#decoder.push(bytes, start, end, stable);
    this.changed();
  }

  peerEnded(): void {
    this.peerHasEnded = true;
    this.onPeerEnded();
    this.changed();
  }

  peerGone(): void {
    this.goneCount++;
  }

  closed(reason?: string): void {
    this.closings.push(reason);
    this.changed();
  }

  /** Sends text. */
  send(text: string): void {
    this.out.string(text);
    this.link.flush();
  }

  /** Sends `length` bytes: segments of the buffer, as many small replies leave them. */
  sendBytes(length: number): void {
    for (let rest = length; rest > 0; rest -= 1000) {
      this.out.bytes(pattern.subarray(0, Math.min(rest, 1000)));
    }
    this.link.flush();
  }

  /** Resolves with the reason once the link is closed. */
  async gone(): Promise<string | undefined> {
    await this.until("the link to be closed", () => this.closings.length > 0);
    return this.closings[0];
  }

  #echo(view: PacketView): void {
    this.out.packet(PacketType.ECHO_RES, view.end - view.start);
    this.out.bytes(view.bytes, view.start, view.end, view.stable);
    this.link.flush();
  }
}

const pattern = Uint8Array.from({ length: 1000 }, (_, index) => index * 7);

/** A listener whose connections are served by test handlers. */
export class TestListener implements AsyncDisposable {
  readonly listener: Listener;
  readonly handlers: TestHandler[] = [];
  #waiting: (() => void)[] = [];

  private constructor(
    transport: Transport,
    options: ListenOptions,
    given: LinkSettings,
    prepare: (handler: TestHandler) => void,
  ) {
    this.listener = transport.listen(options, given, (link) => {
      const handler = new TestHandler(link);
      prepare(handler);
      this.handlers.push(handler);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const look of waiting) look();
      return handler;
    });
  }

  /** Listens, on a free port of 127.0.0.1 unless told otherwise. */
  static async open(
    transport: Transport,
    prepare: (handler: TestHandler) => void = () => {},
    given: LinkSettings = settings(),
    options: ListenOptions = { hostname: "127.0.0.1", port: 0 },
  ): Promise<TestListener> {
    const opened = new TestListener(transport, options, given, prepare);
    await opened.listener.ready;
    return opened;
  }

  get addr(): ListenAddress {
    return this.listener.addr;
  }

  /** The handler of the n-th connection, once there is one. */
  handler(index = 0): Promise<TestHandler> {
    return within(
      `connection ${index}`,
      new Promise((resolve) => {
        const look = () => {
          if (this.handlers.length > index) resolve(this.handlers[index]);
          else this.#waiting.push(look);
        };
        look();
      }),
    );
  }

  /** Closes it and its connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const handler of this.handlers) handler.link.destroy();
    await this.listener.close();
  }
}

/** Resolves when those that wait for their turn by now have had it. */
export function turnsTaken(): Promise<void> {
  return new Promise((resolve) => {
    const takeTurn = () => {
      resolve();
      return false;
    };
    turns.add({ isInTurns: false, takeTurn });
  });
}

/** Nothing takes any time: on a busy machine whatever is done may take a millisecond. */
export function stoppedClock(): Disposable {
  const { now } = performance;
  Object.assign(performance, { now: () => 0 });
  return { [Symbol.dispose]: () => void Object.assign(performance, { now }) };
}

/** A promise that fails instead of never settling. */
export function within<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited too long for ${what}`)), DEADLINE);
  });
  return Promise.race([promise, deadline]).finally(() => clearTimeout(timer));
}

/** A client that counts what it reads. */
export class TestClient extends Changing implements Disposable {
  readonly socket: Socket;
  /** How many bytes have come. */
  length = 0;
  /** The first kilobytes of what has come. */
  text = "";
  hasEnded = false;
  error: string | null = null;
  isClosed = false;
  readonly #hash = createHash("sha1");

  private constructor(socket: Socket) {
    super();
    this.socket = socket;
    socket.on("data", (chunk: Uint8Array) => this.#read(chunk));
    const note = (act: () => void) => () => {
      act();
      this.changed();
    };
    socket.on("end", note(() => this.hasEnded = true));
    socket.on("close", note(() => this.isClosed = true));
    socket.on("error", (error: Error & { code?: string }) => {
      this.error = error.code ?? error.message;
      this.changed();
    });
  }

  /** Connects; with `reads: false` it reads nothing until {@linkcode TestClient.resume}. */
  static connect(addr: ListenAddress, { reads = true } = {}): Promise<TestClient> {
    const { hostname, port, path } = addr;
    const socket = path === undefined
      ? connect({ host: hostname === "::" ? "127.0.0.1" : hostname, port, allowHalfOpen: true })
      : connect({ path, allowHalfOpen: true });
    return within(
      "the connection",
      new Promise((resolve, reject) => {
        socket.once("error", reject);
        socket.once("connect", () => {
          socket.off("error", reject);
          const client = new TestClient(socket);
          if (!reads) socket.pause();
          resolve(client);
        });
      }),
    );
  }

  /** Sends, and resolves when the kernel has it. */
  send(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  resume(): void {
    this.socket.resume();
  }

  /** Resolves once so many bytes have come. */
  untilLength(length: number): Promise<void> {
    return this.until(`${length} bytes`, () => this.length >= length);
  }

  /** Resolves once the server has ended or broken the connection. */
  untilEnd(): Promise<void> {
    return this.until(
      "the end of the server",
      () => this.hasEnded || this.error !== null || this.isClosed,
    );
  }

  /** Hash of all that has come; may be asked for once. */
  digest(): string {
    return this.#hash.digest("hex");
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #read(chunk: Uint8Array): void {
    if (this.length < 4096) this.text += new TextDecoder("latin1").decode(chunk.subarray(0, 4096));
    this.#hash.update(chunk);
    this.length += chunk.length;
    this.changed();
  }
}

/** Hash of some bytes. */
export function digestOf(...parts: Uint8Array[]): string {
  const hash = createHash("sha1");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** An ECHO_REQ packet. */
export function echoRequest(body: Uint8Array | string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encodeRequest(PacketType.ECHO_REQ, body));
}

/** The ECHO_RES packet that answers it. */
export function echoReply(body: Uint8Array | string): Uint8Array<ArrayBuffer> {
  const packet = echoRequest(body);
  packet[3] = "S".charCodeAt(0);
  packet[7] = PacketType.ECHO_RES;
  return packet;
}

/** Bytes without a pattern. */
export function noise(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(length));
}

/**
 * Goes round the loops of client and server often enough that what could happen would have: echoes
 * travel over another connection.
 */
export async function someRounds(addr: ListenAddress): Promise<void> {
  using client = await TestClient.connect(addr);
  const length = echoReply("round").length;
  for (let round = 1; round <= 20; round++) {
    await client.send(echoRequest("round"));
    await client.untilLength(round * length);
  }
}
