import { decodeName, OutputBuffer } from "../../protocol/mod.ts";
import type { Link, LinkHandler } from "../../router/mod.ts";
import { adopt } from "../../transport/adopt.ts";
import { dial } from "../../transport/dial.ts";
import type { ConnectOptions } from "../../transport/transport.ts";
import { joined } from "../payload.ts";
import type { InprocessServer } from "../server_address.ts";
import {
  binaryAnswer,
  ClosedEarlyError,
  CommandRefusedError,
  NoAnswerError,
  noGearmanServer,
} from "./errors.ts";

const KiB = 1024;
const MiB = 1024 * KiB;
/** The largest answers of one line, and of many, in bytes. */
const LARGEST_LINE = 64 * KiB;
const LARGEST_LISTING = 64 * MiB;
/** What a line takes in memory beside its text, in bytes. */
const COST_OF_LINE = 32;
const LF = 0x0a;
const NUL = 0;
const LIMITS = { pauseReadingAt: Infinity, maxUnsent: Infinity, report: () => {} };

/** Who waits for lines; they are taken one by one until it has enough. */
interface Waiting {
  /** @returns false when this was the last one. */
  readonly take: (line: string) => boolean;
  readonly reject: (error: Error) => void;
}

/** One connection to any Gearman server, which is asked by its text commands, one after the other. */
export class TextConnection implements LinkHandler, Disposable {
  readonly out: OutputBuffer = new OutputBuffer();
  readonly mayWait = false;
  readonly isHolding = false;
  readonly #link: Link;
  readonly #timeout: number;
  #waiting: Waiting | null = null;
  #ended: Error | null = null;
  /** The parts that have come of a line whose end has not. */
  #unfinished: Uint8Array[] = [];
  /** How many bytes of an answer have come, and how many may. */
  #size = 0;
  #limit = LARGEST_LINE;
  /** When the time of the server ends, by `performance.now()`. */
  #endOfTime: number;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  private constructor(link: Link, timeout: number, endOfTime: number) {
    this.#link = link;
    this.#timeout = timeout;
    this.#endOfTime = endOfTime;
  }

  /**
   * Connects.
   *
   * @param timeout for the connection and all answers, in milliseconds; see
   * {@linkcode TextConnection.renewTime}.
   * @throws {ConnectError}
   */
  static async open(
    target: ConnectOptions | InprocessServer,
    timeout: number,
  ): Promise<TextConnection> {
    let connection: TextConnection;
    const endOfTime = performance.now() + timeout;
    const accept = (link: Link) => connection = new TextConnection(link, timeout, endOfTime);
    if ("toInprocessServer" in target) adopt(target.toInprocessServer(), LIMITS, accept);
    else await dial(target, LIMITS, { timeout }, accept);
    return connection!;
  }

  /** Has the connection ended? */
  get isOver(): boolean {
    return this.#ended !== null;
  }

  /** Gives the server all its time again, for what it is asked from now on. */
  renewTime(): void {
    this.#endOfTime = performance.now() + this.#timeout;
  }

  /**
   * Asks what is answered in one line.
   *
   * @returns the line, without its end.
   * @throws {CommandRefusedError} for a line that begins with `ERR`.
   * @throws {NoAnswerError} when it does not come in time, is too large, or is not a Gearman server's.
   */
  async ask(command: string): Promise<string> {
    const line = withoutReturn(await this.rawLine(command));
    if (line.startsWith("ERR")) throw new CommandRefusedError(line, command);
    // All servers answer with OK, but for Perl's server to `version`.
    if (/^OK\b|^v\d/.test(line)) return line;
    throw noGearmanServer(line);
  }

  /**
   * Asks what is answered in lines, the last of which is a dot.
   *
   * @returns the others, without their ends.
   * @throws {CommandRefusedError} when there is one line instead, which begins with `ERR`.
   * @throws {NoAnswerError} when it does not come in time, is too large, or is not a Gearman server's.
   */
  async list(command: string): Promise<string[]> {
    const lines = (await this.rawList(command)).map(withoutReturn);
    if (lines.length === 1 && isError(lines[0])) throw new CommandRefusedError(lines[0], command);
    return lines.slice(0, -1);
  }

  /** The line that answers, whatever it is, with its carriage return. */
  async rawLine(command: string): Promise<string> {
    const [line] = await this.#lines(command, LARGEST_LINE, () => true);
    return line;
  }

  /** The lines that answer, with the dot, or only one that begins with `ERR`. */
  rawList(command: string): Promise<string[]> {
    return this.#lines(
      command,
      LARGEST_LISTING,
      (line, index) => withoutReturn(line) === "." || index === 0 && isError(line),
    );
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#fail(new NoAnswerError("the connection is closed"));
  }

  // --- LinkHandler ---

  receive(bytes: Uint8Array, start: number, end: number): void {
    if (this.#ended !== null || !this.#hasRoomFor(end - start)) return;
    let position = start;
    for (let at = start; at < end; at++) {
      if (bytes[at] !== LF) continue;
      this.#unfinished.push(bytes.subarray(position, at));
      position = at + 1;
      this.#line(joined(this.#unfinished));
      this.#unfinished = [];
      if (!this.#hasRoomFor(COST_OF_LINE)) return;
    }
    if (position === end) return;
    // The link uses the buffer again, so the rest is copied.
    this.#unfinished.push(bytes.slice(position, end));
    if (this.#unfinished[0][0] === NUL) {
      this.#fail(binaryAnswer(decodeName(joined(this.#unfinished))));
    }
  }

  /** Counts bytes that have come; too many end the connection. */
  #hasRoomFor(bytes: number): boolean {
    this.#size += bytes;
    if (this.#ended !== null) return false;
    if (this.#size <= this.#limit) return true;
    const most = this.#limit < MiB ? `${this.#limit / KiB} KiB` : `${this.#limit / MiB} MiB`;
    this.#fail(new NoAnswerError(`the answer is too large: more than ${most}`));
    return false;
  }

  resume(): void {}

  peerEnded(): void {
    this.closed();
  }

  closed(): void {
    this.#fail(new ClosedEarlyError("the server has closed the connection without an answer"));
  }

  // --- waiting ---

  #lines(
    command: string,
    limit: number,
    isLast: (line: string, index: number) => boolean,
  ): Promise<string[]> {
    if (this.#waiting !== null) return Promise.reject(new Error("One question at a time"));
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const lines: string[] = [];
    this.#size = 0;
    this.#limit = limit;
    return new Promise((resolve, reject) => {
      const take = (line: string) => {
        lines.push(line);
        if (lines.length === 1 && line.startsWith("HTTP/")) {
          this.#fail(noGearmanServer(withoutReturn(line)));
          return false;
        }
        if (!isLast(line, lines.length - 1)) return true;
        resolve(lines);
        return false;
      };
      this.#waiting = { take, reject };
      const left = Math.max(0, this.#endOfTime - performance.now());
      this.#deadline = setTimeout(() => this.#late(), left);
      // Some versions of gearmand take the last letter of a name for the carriage return.
      this.out.string(`${command}\r\n`);
      this.#link.flush();
    });
  }

  #line(bytes: Uint8Array): void {
    const line = decodeName(bytes);
    // Other servers may greet; a Gearman server waits until it is asked.
    if (this.#waiting === null) return this.#fail(noGearmanServer(withoutReturn(line)));
    if (this.#waiting.take(line)) return;
    clearTimeout(this.#deadline);
    this.#waiting = null;
  }

  #late(): void {
    const isBegun = this.#size > 0;
    const seconds = this.#timeout / 1000;
    this.#fail(
      new NoAnswerError(
        `the server does not answer${isBegun ? ` in full within ${seconds} s` : ""}`,
      ),
    );
  }

  /** After this nothing is asked any more: the answers would be those to earlier questions. */
  #fail(error: Error): void {
    clearTimeout(this.#deadline);
    if (this.#ended !== null) return;
    this.#ended = error;
    this.#unfinished = [];
    this.#waiting?.reject(error);
    this.#waiting = null;
    // Nothing more is read.
    this.#link.destroy();
  }
}

function isError(line: string): boolean {
  // A function may be called ERR, but behind its name there are tabs.
  return line.startsWith("ERR ") && !line.includes("\t");
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
