import {
  errorLine,
  type FaultName,
  FAULTS,
  OutputBuffer,
  PacketDecoder,
  PacketType,
  type PacketView,
  type ProtocolError,
  writeError,
} from "../../protocol/mod.ts";
import type { Job } from "../model/job.ts";
import type { Link, LinkHandler } from "../model/link.ts";
import { JobStorage } from "../model/job_state.ts";
import { Peer } from "../model/peer.ts";
import type { RelayedBody } from "../model/subscriber.ts";
import { Announcements } from "./announcements.ts";
import { HalfClose } from "./half_close.ts";
import type { Router } from "../router.ts";
import type { Wait } from "../everywhere.ts";
import { type Rows, writePortion } from "./text/rows.ts";

/** What is wrong with text is answered with text. */
const TEXT_FAULTS: readonly FaultName[] = ["lineTooLong", "http"];
/** Why a worker counts as gone that sends no more, though it may still read. */
const ENDED = "it closed the connection";
/** Output in bytes above which the rest of a chunk waits: it may ask thousands of times. */
const HOLD_AT = 1024 * 1024;
/** A client with so many jobs under way has enough of them for its next results to be gathered. */
const MANY_SUBSCRIPTIONS = 8;
/** Most jobs whose exception is remembered, for a worker that never sends WORK_FAIL after one. */
const MAX_REMEMBERED_EXCEPTIONS = 64;

/**
 * The connection of one peer: decodes what it sends, hands that to the handlers of packets and lines,
 * and writes what it is told.
 */
export abstract class Connection extends Peer implements LinkHandler {
  /** The router it belongs to. */
  readonly router: Router;
  /** What is to be sent to it. */
  readonly out: OutputBuffer;
  /** See {@linkcode LinkHandler}. */
  isTurnOver = false;

  readonly #decoder: PacketDecoder;
  /** A text line that waits until all stored jobs are back. */
  #heldLine: Uint8Array | null = null;
  /** Does a text line still wait for its answer? */
  #isAnswering = false;
  /** The rows of an answer that are still to be made, when those before them have left. */
  #rows: Rows | null = null;
  #peerHasEnded = false;
  /** Set when the peer sends no more and still waits for jobs. */
  #halfClose: HalfClose | null = null;
  /** Numbers of jobs whose worker sent an exception; null if it never did. */
  #exceptions: number[] | null = null;
  /** What it was told of jobs that are being written; null if it never was. */
  #announcements: Announcements | null = null;

  /** @internal Made by {@linkcode connect}. */
  constructor(router: Router, link: Link) {
    super(router.peers.nextId(), link);
    this.router = router;
    this.wantsExceptions = router.options.exceptions;
    const { limits, view, buffers } = router;
    this.out = new OutputBuffer(buffers);
    this.#decoder = new PacketDecoder(this, limits, view, buffers);
  }

  /** See {@linkcode LinkHandler}. */
  receive(bytes: Uint8Array, start: number, end: number, stable: boolean): void {
    if (this.isClosed) return;
    this.#came(end - start);
    this.#beginTurn();
    this.#decoder.push(bytes, start, end, stable);
    this.#endTurn();
  }

  /** What waits for its next turn only stays in the chunk; anything else may take long. */
  #endTurn(): void {
    this.router.turn.end();
    if (!this.isTurnOver) this.#decoder.keep();
  }

  /** See {@linkcode LinkHandler}. */
  lend(): Uint8Array | null {
    return this.#decoder.lend();
  }

  /** See {@linkcode LinkHandler}. */
  filled(count: number): void {
    if (this.isClosed) return;
    this.#came(count);
    this.#beginTurn();
    this.#decoder.filled(count);
    this.router.turn.end();
  }

  #came(bytes: number): void {
    const { counts, arrivals } = this.router;
    this.lastByte = counts.bytesIn += bytes;
    if (this.heardAt >= 0) this.heardAt = this.router.clock.now();
    arrivals.note(this.lastByte);
  }

  /** @internal There may be room for the packet that waits: the link asks it to resume. */
  mayResume(): void {
    this.link.flush();
  }

  /** See {@linkcode LinkHandler}. Not if it works: a worker idles until it has its job. */
  get mayWait(): boolean {
    return this.subscriptions >= MANY_SUBSCRIPTIONS && this.abilities.length === 0;
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
    const { turn } = this.router;
    if ((turn.count >= turn.nextLook || !isPacket) && turn.isOver()) {
      return this.isTurnOver = true;
    }
    turn.count++;
    // Output is to leave before there is more of it.
    if (this.out.size > HOLD_AT || this.isAnswering) return true;
    // What stands behind a line that waits is answered after it.
    return this.router.isLoading && (isPacket || this.#heldLine !== null);
  }

  /** See {@linkcode LinkHandler}. */
  resume(): void {
    if (this.isClosed) return;
    this.#beginTurn();
    if (this.#rows !== null && !this.#isAnswering) this.#sendPortion();
    if (this.isAnswering) return this.router.turn.end();
    const line = this.#heldLine;
    if (line !== null && !this.router.isLoading) {
      this.#heldLine = null;
      this.line(line, 0, line.length);
    }
    this.#decoder.resume();
    this.#endTurn();
    if (this.#peerHasEnded && !this.isHolding) this.#endHalf();
  }

  /** See {@linkcode LinkHandler}. */
  peerEnded(): void {
    // What it sent before it ended comes first.
    this.#peerHasEnded = true;
    if (!this.isClosed && !this.isHolding) this.#endHalf();
  }

  /** The peer will send no more: it still gets what it is owed, but it can do no work. */
  #endHalf(): void {
    const { peers, timers } = this.router;
    if (this.firstSubscriber === null) {
      peers.abandon(this, ENDED);
      return this.link.end();
    }
    peers.endWork(this, ENDED);
    // It may have waited for a job that it ran itself and that failed with its leaving.
    if (this.firstSubscriber === null) return this.link.end();
    this.#halfClose = new HalfClose(timers, this);
  }

  /** See {@linkcode LinkHandler}. Results that it sent count; a job would only be lost by it. */
  peerGone(): void {
    if (this.isClosed) return;
    this.isLeaving = true;
    this.isSleeping = false;
    this.#rows = null;
    this.router.abilities.removeAll(this);
  }

  /** See {@linkcode LinkHandler}. */
  closed(reason?: string, isCutOff?: boolean): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#rows = null;
    this.#decoder.stop();
    this.#halfClose?.stop();
    this.router.peers.remove(this, reason, isCutOff);
    this.out.clear();
  }

  // --- what it is told -------------------------------------------------------------------------

  /** @internal See {@linkcode Recipient}. */
  created(job: Job, background: boolean): void {
    const { jobs } = this.router;
    // A foreground job that is being asked for among those of other servers may become one of them.
    if (job.storage === JobStorage.WRITING && background === job.background) this.#announce(job);
    this.out.packet(PacketType.JOB_CREATED, jobs.handleLength);
    jobs.writeHandle(job, this.out);
    this.link.flush();
  }

  /** What it is told of the job may leave when that is written. */
  #announce(job: Job): void {
    const { durability, announcers, jobs } = this.router;
    this.#announcements ??= new Announcements(this.out, jobs);
    if (this.#announcements.add(job)) announcers.add(this.#announcements);
    durability!.announced(this);
  }

  /** @internal See {@linkcode Recipient}. */
  relay(type: number, body: RelayedBody, joins: number): void {
    const { bytes, start, end, stable, lacksNul } = body;
    // One that joined 100,000 times may be sent more than is kept for it.
    for (let join = 0; join < joins && !this.out.isDropped; join++) {
      this.out.packet(type, end - start + (lacksNul ? 1 : 0));
      this.out.bytes(bytes, start, end, stable);
      if (lacksNul) this.out.byte(0);
      this.link.flush(true);
    }
  }

  /** @internal See {@linkcode Recipient}. */
  failed(job: Job, joins: number): void {
    const { jobs } = this.router;
    for (let join = 0; join < joins && !this.out.isDropped; join++) {
      this.out.packet(PacketType.WORK_FAIL, jobs.handleLength);
      jobs.writeHandle(job, this.out);
      this.link.flush(true);
    }
  }

  /** @internal Does the peer send no more, and still waits for jobs? */
  get isHalfClosed(): boolean {
    return this.#halfClose !== null;
  }

  /** @internal See {@linkcode Recipient}. */
  released(): void {
    if (this.#halfClose !== null && this.firstSubscriber === null) this.link.end();
  }

  /** @internal See {@linkcode Recipient}. */
  get isDeaf(): boolean {
    return this.out.isDropped;
  }

  /** @internal See {@linkcode Peer}. */
  pause(): () => void {
    const goOn = this.answerLater();
    return () => goOn("");
  }

  /** @internal There is a job for it. */
  wake(): void {
    this.sendEmpty(PacketType.NOOP);
  }

  // --- what it sends ---------------------------------------------------------------------------

  /** @internal A packet came in. */
  abstract packet(view: PacketView): void;

  /** @internal A text line came in: `bytes[start..end)` without its end. */
  line(bytes: Uint8Array, start: number, end: number): void {
    if (this.router.isLoading && this.mustWait(bytes, start, end)) {
      this.#heldLine = bytes.slice(start, end);
    } else this.answerLine(bytes, start, end);
  }

  /** Must the command in a line wait while stored jobs are read? */
  protected abstract mustWait(bytes: Uint8Array, start: number, end: number): boolean;

  /** Answers a text line. */
  protected abstract answerLine(bytes: Uint8Array, start: number, end: number): void;

  /** @internal What came in makes no sense: says what was wrong and closes. */
  fault(name: FaultName): void {
    const { code, text } = FAULTS[name];
    this.router.log.fault(this, text);
    this.#decoder.stop();
    if (TEXT_FAULTS.includes(name)) {
      this.router.counts.refuse(FAULTS[name]);
      this.sendText(errorLine(code, text));
    } else this.sendError(FAULTS[name]);
    this.router.peers.abandon(this, text);
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
    this.router.counts.refuse(error);
    writeError(this.out, error);
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
    const isAll = writePortion(this.#rows!, this.out);
    if (typeof isAll === "function") return this.#goOnLater(isAll);
    if (isAll) this.#rows = null;
    this.link.flush();
  }

  /** The next rows are not there yet. */
  #goOnLater(wait: Wait): void {
    this.#isAnswering = true;
    wait(() => {
      this.#isAnswering = false;
      if (this.#rows !== null) this.#sendPortion();
    });
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
      if (this.#peerHasEnded && !this.isHolding) this.#endHalf();
    };
  }

  /** @internal Notes that a job it ran ended by WORK_EXCEPTION: a WORK_FAIL for it may follow. */
  rememberException(job: Job): void {
    const exceptions = this.#exceptions ??= [];
    if (exceptions.length === MAX_REMEMBERED_EXCEPTIONS) exceptions.shift();
    exceptions.push(job.number);
  }

  /** @internal Is this the WORK_FAIL that may follow a WORK_EXCEPTION? True once for each. */
  forgetException(number: number): boolean {
    const index = this.#exceptions?.indexOf(number) ?? -1;
    if (index >= 0) this.#exceptions!.splice(index, 1);
    return index >= 0;
  }
}
