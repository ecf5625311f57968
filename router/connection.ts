import {
  decodeName,
  encodeName,
  errorLine,
  type FaultName,
  FAULTS,
  OutputBuffer,
  PacketDecoder,
  PacketType,
  type PacketView,
  type ProtocolError,
} from "../protocol/mod.ts";
import type { Ability } from "./ability.ts";
import type { FunctionQueue } from "./function_queue.ts";
import type { HalfClose } from "./half_close.ts";
import type { IdSet } from "./id_set.ts";
import type { Job } from "./job.ts";
import type { Link, LinkHandler, PeerAddress } from "./link.ts";
import type { Listener } from "./listener.ts";
import { dispatchPacket } from "./packets/table.ts";
import type { Router } from "./router.ts";
import { type Rows, writePortion } from "./text/rows.ts";
import { dispatchLine, mustWait } from "./text/table.ts";

/** What is wrong with text is answered with text. */
const TEXT_FAULTS: readonly FaultName[] = ["lineTooLong", "http"];
const NO_CLIENT_ID = encodeName("-");
/** Output in bytes above which the rest of a chunk waits: it may ask thousands of times. */
const HOLD_AT = 1024 * 1024;
/** A client with so many jobs under way has enough of them for its next results to be gathered. */
const MANY_LISTENERS = 8;
/** Most jobs whose exception is remembered, for a worker that never sends WORK_FAIL after one. */
const MAX_REMEMBERED_EXCEPTIONS = 64;

/**
 * One peer: a client, a worker, or both at once. Holds what the router knows of it; the link under
 * it knows the socket.
 *
 * The router alone changes its fields; a program that embeds it reads `id`, `peer`, `clientIdText`.
 *
 * @example
 * ```ts
 * import { Server } from "@geartrain/server";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = new Server();
 * using _conn = server.toInprocessServer();
 * const [connection] = server.clients();
 * assertEquals(connection.peer.hostname, "[inprocess]");
 * assertEquals(connection.clientIdText, "-");
 * assertEquals(connection.abilityNames, []);
 * ```
 */
export class Connection implements LinkHandler {
  /** Number of the connection, never used again in the life of the router. */
  readonly id: number;
  /** The router it belongs to. */
  readonly router: Router;
  /** The transport under it. */
  readonly link: Link;
  /** What is to be sent to it. */
  readonly out: OutputBuffer;
  /** Is it gone? */
  isClosed = false;
  /** See {@linkcode LinkHandler}. */
  isTurnOver = false;
  /** @internal Does the peer no longer read, although it may still send? It gets no jobs then. */
  isLeaving = false;
  /** @internal Set when the peer will send no more. */
  halfClose: HalfClose | null = null;

  /** From SET_CLIENT_ID. */
  clientId: Uint8Array = NO_CLIENT_ID;
  /** @internal Has it submitted a job? */
  hasSubmitted = false;
  /** @internal Does it want WORK_EXCEPTION? */
  wantsExceptions: boolean;

  /** @internal The jobs it is attached to as a client. */
  firstListener: Listener | null = null;
  /** @internal How many those are. */
  listeners = 0;
  /** @internal The jobs it runs as a worker. */
  firstJob: Job | null = null;
  /** @internal How many those are. */
  jobs = 0;

  /** @internal What it can do, in the order it said so. */
  readonly abilities: Ability[] = [];
  /** @internal The same by function, from the first ability on. */
  abilityOf: Map<FunctionQueue, Ability> | null = null;
  /** @internal The same as function ids, kept for workers with many abilities only. */
  abilityIds: IdSet | null = null;
  /** @internal Where the next grab begins to look, so that abilities take turns; -1 if none was served. */
  nextAbility = -1;

  /** Has it said PRE_SLEEP, and nothing woken it since? */
  isSleeping = false;
  /** @internal The function it was sent a NOOP for and has not looked for a job since. */
  wokenFor: FunctionQueue | null = null;
  /** @internal In which round of that function it was. */
  wokenInRound = 0;
  /** @internal Has it finished a job since it last slept? */
  hasWorked = false;
  /** @internal Abilities that are in no list of sleepers, though the worker has slept. */
  unlisted: Ability[] = [];

  readonly #decoder: PacketDecoder;
  /** A text line that waits until all stored jobs are back. */
  #heldLine: Uint8Array | null = null;
  /** Does a text line still wait for its answer? */
  #isAnswering = false;
  /** The rows of an answer that are still to be made, when those before them have left. */
  #rows: Rows | null = null;
  #peerHasEnded = false;
  readonly #exceptions: number[] = [];

  /** @internal Made by {@linkcode Router.connect}. */
  constructor(router: Router, id: number, link: Link) {
    this.router = router;
    this.id = id;
    this.link = link;
    this.wantsExceptions = router.options.exceptions;
    const { limits, view, buffers } = router;
    this.out = new OutputBuffer(buffers);
    this.#decoder = new PacketDecoder(this, limits, view, buffers);
  }

  /** The other end. */
  get peer(): PeerAddress {
    return this.link.peer;
  }

  /** Its client id as a string, `"-"` without one. */
  get clientIdText(): string {
    return decodeName(this.clientId);
  }

  /** Names of the functions it can do, in the order it said so. */
  get abilityNames(): string[] {
    return this.abilities.map((ability) => decodeName(ability.func.name));
  }

  /** See {@linkcode LinkHandler}. */
  receive(bytes: Uint8Array, start: number, end: number, stable: boolean): void {
    if (this.isClosed) return;
    this.#beginTurn();
    this.#decoder.push(bytes, start, end, stable);
    this.#keepRest();
  }

  /** What waits for its turn only stays in the chunk; anything else may take long. */
  #keepRest(): void {
    if (!this.isTurnOver) this.#decoder.keep();
  }

  /** See {@linkcode LinkHandler}. */
  lend(): Uint8Array | null {
    return this.#decoder.lend();
  }

  /** See {@linkcode LinkHandler}. */
  filled(count: number): void {
    if (this.isClosed) return;
    this.#beginTurn();
    this.#decoder.filled(count);
  }

  /** @internal There may be room for the packet that waits: the link asks it to resume. */
  mayResume(): void {
    this.link.flush();
  }

  /** See {@linkcode LinkHandler}. Not if it works: a worker idles until it has its job. */
  get mayWait(): boolean {
    return this.listeners >= MANY_LISTENERS && this.abilities.length === 0;
  }

  /** See {@linkcode LinkHandler}. */
  get isHolding(): boolean {
    return this.#heldLine !== null || this.isAnswering || this.#decoder.isHolding;
  }

  /** @internal Is more of the answer to a text line still to come? */
  protected get isAnswering(): boolean {
    return this.#isAnswering || this.#rows !== null;
  }

  #beginTurn(): void {
    this.isTurnOver = false;
    this.router.turn.begin();
  }

  /** @internal Should what came in wait? The decoder asks before each packet and line. */
  mustHold(isPacket: boolean): boolean {
    if (this.router.turn.isOver(isPacket)) return this.isTurnOver = true;
    // Output is to leave before there is more of it.
    if (this.out.size > HOLD_AT || this.isAnswering) return true;
    // What stands behind a line that waits is answered after it.
    return this.router.isLoading && (isPacket || this.#heldLine !== null);
  }

  /** See {@linkcode LinkHandler}. */
  resume(): void {
    if (this.isClosed) return;
    this.#beginTurn();
    if (this.#rows !== null) this.#sendPortion();
    if (this.isAnswering) return;
    const line = this.#heldLine;
    if (line !== null && !this.router.isLoading) {
      this.#heldLine = null;
      this.line(line, 0, line.length);
    }
    this.#decoder.resume();
    this.#keepRest();
    if (this.#peerHasEnded && !this.isHolding) this.peerEnded();
  }

  /** See {@linkcode LinkHandler}. */
  peerEnded(): void {
    // What it sent before it ended comes first.
    this.#peerHasEnded = true;
    if (!this.isClosed && !this.isHolding) this.router.peerEnded(this);
  }

  /** See {@linkcode LinkHandler}. Results that it sent count; a job would only be lost by it. */
  peerGone(): void {
    if (this.isClosed) return;
    this.isLeaving = true;
    this.isSleeping = false;
    this.#rows = null;
    this.router.removeAllAbilities(this);
  }

  /** See {@linkcode LinkHandler}. */
  closed(reason?: string, isCutOff?: boolean): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#rows = null;
    this.#decoder.stop();
    this.router.disconnected(this, reason, isCutOff);
    this.out.clear();
  }

  /** @internal A packet came in. */
  packet(view: PacketView): void {
    dispatchPacket(this, view);
  }

  /** @internal A text line came in. */
  line(bytes: Uint8Array, start: number, end: number): void {
    if (this.router.isLoading && mustWait(bytes, start, end)) {
      this.#heldLine = bytes.slice(start, end);
    } else dispatchLine(this, bytes, start, end);
  }

  /** @internal What came in makes no sense: says what was wrong and closes. */
  fault(name: FaultName): void {
    const { code, text } = FAULTS[name];
    this.router.log.fault(this, text);
    this.#decoder.stop();
    if (TEXT_FAULTS.includes(name)) this.sendText(errorLine(code, text));
    else this.sendError(FAULTS[name]);
    this.router.abandonPeer(this, text);
    this.link.end();
  }

  /** @internal Sends a packet without a body. */
  sendEmpty(type: number): void {
    this.out.packet(type, 0);
    this.link.flush();
  }

  /** @internal Sends an ERROR packet for a request that goes unfulfilled, and logs it. */
  refuse(error: ProtocolError): void {
    this.router.log.requestRefused(this, this.router.view.type, error.text);
    this.sendError(error);
  }

  /** @internal Sends an ERROR packet. */
  sendError(error: ProtocolError): void {
    const code = encodeName(error.code);
    const text = encodeName(error.text);
    this.out.packet(PacketType.ERROR, code.length + 1 + text.length);
    this.out.bytes(code);
    this.out.byte(0);
    this.out.bytes(text);
    this.link.flush();
  }

  /** @internal Sends a byte string of the text protocol, line ends included. */
  sendText(text: string): void {
    this.out.latin1(text);
    this.link.flush();
  }

  /** @internal Sends rows of the text protocol, portion by portion, as they are read. */
  sendRows(rows: Rows): void {
    if (this.isLeaving) return;
    this.#rows = rows;
    this.#sendPortion();
  }

  #sendPortion(): void {
    if (writePortion(this.#rows!, this.out)) this.#rows = null;
    this.link.flush();
  }

  /**
   * @internal Returns a function that sends the answer to the current text line later; whatever else is
   * sent to this peer waits until then.
   */
  answerLater(): (text: string) => void {
    this.#isAnswering = true;
    return (text) => {
      this.#isAnswering = false;
      if (this.isClosed) return;
      this.sendText(text);
      if (this.#peerHasEnded && !this.isHolding) this.peerEnded();
    };
  }

  /** @internal Notes that a job it ran ended by WORK_EXCEPTION: a WORK_FAIL for it may follow. */
  rememberException(job: Job): void {
    if (this.#exceptions.length === MAX_REMEMBERED_EXCEPTIONS) this.#exceptions.shift();
    this.#exceptions.push(job.sequence);
  }

  /** @internal Is this the WORK_FAIL that may follow a WORK_EXCEPTION? True once for each. */
  forgetException(sequence: number): boolean {
    const index = this.#exceptions.indexOf(sequence);
    if (index >= 0) this.#exceptions.splice(index, 1);
    return index >= 0;
  }
}
