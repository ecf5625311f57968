import {
  byteString,
  DEFAULT_LIMITS,
  OutputBuffer,
  PacketDecoder,
  type PacketName,
  PacketType,
  type Segment,
  writeRequest,
} from "../protocol/mod.ts";
import type { Clock, Link, LinkHandler } from "../router/mod.ts";
import { adopt } from "../transport/adopt.ts";
import { dial } from "../transport/dial.ts";
import { systemClock } from "../transport/event_loop.ts";
import { ConnectionLostError, NotGearmanError, ServerError } from "./errors.ts";
import { type ReceivedPacket, receivedPacket } from "./replies.ts";
import type { ServerPlace } from "./server_address.ts";
import { whenImpatient } from "./waiting.ts";

export interface ConnectionOwner {
  /** Takes a packet. Packets come in the order in which the server sent them. */
  packet(packet: ReceivedPacket): void;
  /** Called once when the connection is gone, but never by {@linkcode ServerConnection.open}. */
  closed(error: Error): void;
}

interface OpenOptions {
  /** Milliseconds until the server must have answered, name look-up included. */
  readonly timeout: number;
  /** Largest packet to take, in bytes. */
  readonly maxPacketSize?: number;
  /** The option that raises this, for messages. */
  readonly maxPacketOption?: string;
  /** Tells the time; the machine's unless given. */
  readonly clock?: Clock;
  /** Ends the attempt, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The code of a server that does not know the option `exceptions`: Perl's is in lower case. */
const UNKNOWN_OPTION = /^unknown_option$/i;
/** How many bytes of an answer that is not Gearman's are shown. */
const SHOWN = 80;

/**
 * A connection to a Gearman server, for clients and workers. It is open when the server has answered
 * a first request (OPTION_REQ `exceptions`), which proves that it is one.
 *
 * Reading never waits for writing, so two ends that both have much to send cannot block each other;
 * whoever sends much looks at {@linkcode ServerConnection.unsent} or awaits
 * {@linkcode ServerConnection.roomToSend}.
 */
export class ServerConnection implements LinkHandler {
  readonly out: RequestOutput = new RequestOutput();
  readonly mayWait = false;
  readonly isHolding = false;
  /** The server, as messages show it. */
  readonly name: string;
  readonly #owner: ConnectionOwner;
  readonly #decoder: PacketDecoder;
  readonly #greeted = Promise.withResolvers<void>();
  readonly #waiting: { readonly limit: number; readonly resolve: () => void }[] = [];
  #link: Link | null = null;
  #isOpen = false;
  #isClosed = false;
  /** What went wrong before the link closed. */
  #error: Error | null = null;
  /** A defect of this program, as the link reports it. */
  #defect: string | null = null;

  private constructor(
    name: string,
    owner: ConnectionOwner,
    { maxPacketSize = DEFAULT_LIMITS.maxPacketSize, maxPacketOption = "maxResult" }: OpenOptions,
  ) {
    this.name = name;
    this.#owner = owner;
    this.#greeted.promise.catch(() => {});
    this.out.onSent = () => this.#sent();
    this.#decoder = new PacketDecoder({
      packet: (view) => {
        const packet = view.response ? receivedPacket(view) : null;
        if (packet === null) this.#fail(this.#notGearman("a malformed packet"));
        else this.#take(packet);
      },
      line: (bytes, start, end) => {
        const text = byteString(bytes, start, Math.min(end, start + SHOWN));
        this.#fail(this.#notGearman(JSON.stringify(text)));
      },
      fault: (fault) =>
        this.#fail(
          fault === "packetTooLarge"
            ? this.#lost(
              `${name} sent a packet of more than ${maxPacketSize} bytes (${maxPacketOption})`,
            )
            : this.#notGearman("something else"),
        ),
    }, { ...DEFAULT_LIMITS, maxPacketSize });
  }

  /**
   * Connects.
   *
   * @throws {ConnectError} when nobody answers there.
   * @throws {NotGearmanError} when the answer is not that of a Gearman server.
   * @throws {ServerError} when the server refuses, because it has too many connections, say.
   * @throws {ConnectionLostError} when it closes without an answer, or does not answer in time.
   */
  static async open(
    { name, target }: ServerPlace,
    owner: ConnectionOwner,
    options: OpenOptions,
  ): Promise<ServerConnection> {
    const { timeout, signal, clock = systemClock } = options;
    signal?.throwIfAborted();
    const connection = new ServerConnection(name, owner, options);
    const settings = {
      pauseReadingAt: Infinity,
      maxUnsent: Infinity,
      report: (message: string) => void (connection.#defect = `internal error, ${message}`),
    };
    const late = (): Error => connection.#lost(`${name} does not answer for ${timeout} ms`);
    const accept = (link: Link) => connection.#greet(link);
    const callOff = whenImpatient(options, clock, late, (reason) => connection.#fail(reason));
    try {
      if ("toInprocessServer" in target) adopt(target.toInprocessServer(), settings, accept);
      else await dial({ ...target, keepAlive: true }, settings, { timeout, signal }, accept);
      await connection.#greeted.promise;
      return connection;
    } finally {
      callOff();
    }
  }

  // --- sending ---------------------------------------------------------------------------------

  /**
   * Sends a request at the end of this event-loop round. After the end of the connection it does
   * nothing: the owner has been told.
   */
  send(
    name: PacketName,
    args: readonly (string | Uint8Array)[] = [],
    data: Uint8Array | null = null,
    isStable = false,
  ): void {
    if (this.#isClosed) return;
    this.out.request(name, args, data, isStable);
    this.#link!.flush();
  }

  /** Bytes that the server has not taken yet. */
  get unsent(): number {
    return this.out.unsent;
  }

  /** Resolves when no more than `limit` bytes are unsent, or the connection is closed. */
  roomToSend(limit: number): Promise<void> {
    if (this.#isClosed || this.unsent <= limit) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ limit, resolve }));
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Closes now and tells the owner this error. */
  close(error: Error = new ConnectionLostError("The connection was closed here")): void {
    this.#fail(error);
  }

  // --- LinkHandler -----------------------------------------------------------------------------

  receive(bytes: Uint8Array, start: number, end: number, stable: boolean): void {
    this.#decoder.push(bytes, start, end, stable);
  }

  resume(): void {}

  peerEnded(): void {
    this.#fail(this.#lost(`${this.name} has closed the connection`));
  }

  closed(reason?: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#decoder.stop();
    const why = this.#defect ?? reason ?? "it was closed";
    const error = this.#error ?? this.#lost(`The connection to ${this.name} is lost: ${why}`);
    for (const { resolve } of this.#waiting.splice(0)) resolve();
    if (this.#isOpen) this.#owner.closed(error);
    else this.#greeted.reject(error);
  }

  // --- within ----------------------------------------------------------------------------------

  #greet(link: Link): this {
    this.#link = link;
    // The attempt may have been given up just before.
    if (this.#error !== null) link.destroy();
    else this.send("OPTION_REQ", ["exceptions"]);
    return this;
  }

  #take(packet: ReceivedPacket): void {
    if (this.#isOpen) return this.#owner.packet(packet);
    const { name, args: [code, text] } = packet;
    // Other packets do not answer the only request so far.
    if (name !== "OPTION_RES" && name !== "ERROR") return;
    if (name === "ERROR" && !UNKNOWN_OPTION.test(code)) {
      return this.#fail(new ServerError(code, text, { server: this.name }));
    }
    this.#isOpen = true;
    this.#greeted.resolve();
  }

  /** Ends the connection for a reason that is known here. */
  #fail(error: Error): void {
    if (this.#isClosed) return;
    this.#error ??= error;
    if (this.#link !== null) return this.#link.destroy();
    this.#greeted.reject(error);
  }

  #lost(message: string): ConnectionLostError {
    return new ConnectionLostError(message, { server: this.name });
  }

  #notGearman(what: string): NotGearmanError {
    const { name } = this;
    return new NotGearmanError(`${name} is not a Gearman server: it sent ${what}`, {
      server: name,
    });
  }

  #sent(): void {
    if (this.#waiting.length === 0) return;
    const { unsent } = this;
    const stillWaiting = this.#waiting.splice(0).filter(({ limit, resolve }) => {
      if (unsent <= limit) resolve();
      return unsent > limit;
    });
    this.#waiting.push(...stillWaiting);
  }
}

const PIECE = 1024 * 1024;

/** The output of a connection to a server: requests, and how much of them has not left yet. */
class RequestOutput extends OutputBuffer {
  /** Called when some of it has left. */
  onSent: () => void = () => {};
  /** Bytes that the socket has taken. */
  sent = 0;
  #inFlight = 0;

  /** Bytes that the socket has not taken yet. */
  get unsent(): number {
    return this.size + this.#inFlight;
  }

  /**
   * Appends a request.
   *
   * @param args the NUL-terminated arguments.
   * @param data what follows them, if the type has such.
   * @param isStable nobody will change the data any more: a large one is not copied.
   */
  request(
    name: PacketName,
    args: readonly (string | Uint8Array)[],
    data: Uint8Array | null = null,
    isStable = false,
  ): void {
    writeRequest(this, PacketType[name], args, data?.length ?? null);
    if (data !== null) this.#data(data, isStable);
  }

  /** Appends data in pieces: how many have left shows whether the server still takes anything. */
  #data(data: Uint8Array, isStable: boolean): void {
    const kept = isStable || data.length <= PIECE ? data : data.slice();
    for (let start = 0; start < data.length; start += PIECE) {
      this.bytes(kept, start, Math.min(start + PIECE, data.length), isStable || kept !== data);
    }
  }

  override take(): Segment | undefined {
    const segment = super.take();
    if (segment !== undefined) this.#inFlight += segment.end - segment.start;
    return segment;
  }

  override recycle(segment: Segment): void {
    this.#inFlight -= segment.end - segment.start;
    this.sent += segment.end - segment.start;
    super.recycle(segment);
    this.onSent();
  }
}
