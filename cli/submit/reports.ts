import type { JobUpdate } from "../../client/pending_job.ts";
import { explanation, type Outcome, type Tally, wentWell } from "./outcome.ts";
import type { Report, SubmittedJob } from "./run.ts";
import { ProgressBar, type ProgressBarFormatter } from "@std/cli/unstable-progress-bar";
import { Buffer } from "node:buffer";
import { GearmanError, JobExceptionError } from "../../client/errors.ts";
import { jsonText, plainText } from "../../router/log/text.ts";
import { messageLine, type Output, textForTerminal } from "../output.ts";
import process from "node:process";

interface TextStyle {
  /** What every line begins with. */
  readonly prefix: string;
  /** Does each result end with a newline, whatever the worker sent? */
  readonly endsLines: boolean;
  /** Is each chunk written as it comes? Else all of a job is written when it is done. */
  readonly isLive: boolean;
  /** The most that is kept of a job until it is done, in bytes. */
  readonly maxResult: number;
  /** Is the progress of jobs printed? */
  readonly showsProgress: boolean;
  /** What messages call a job; null if there is only one. */
  readonly noun: string | null;
}

const NEWLINE = 0x0a;
const encoder = new TextEncoder();

/** Prints what workers send, byte for byte, and to standard error what went wrong. */
export class TextReport implements Report {
  readonly #output: Output;
  readonly #complaints: Complaints;
  readonly #style: TextStyle;
  readonly #texts = new WeakMap<SubmittedJob, JobText>();

  constructor(output: Output, complaints: Complaints, style: TextStyle) {
    this.#output = output;
    this.#complaints = complaints;
    this.#style = style;
  }

  async update(job: SubmittedJob, update: JobUpdate): Promise<void> {
    if (update.type === "status") {
      const { numerator, denominator } = update;
      if (!this.#style.showsProgress) return;
      this.#complaints.say(this.#about(job, `${numerator} of ${denominator}`));
    } else if (update.type === "warning") this.#complaints.raw(update.data);
    else await this.#textOf(job).add(update.data);
  }

  end(job: SubmittedJob, outcome: Outcome): Promise<void> {
    const text = this.#textOf(job);
    if (outcome.status === "done") return text.end(outcome.result);
    if (wentWell(outcome)) return text.end(encoder.encode(`${plainText(`${job.handle}`)}\n`));
    const written = text.end(null);
    // Without a server none of the jobs can be done, which is said once, at the end.
    if (outcome.status === "no-server") return written;
    const complaint = this.#about(job, explanation(outcome));
    // On a terminal the message stands where the result would.
    return this.#output.write(() => this.#complaints.say(complaint));
  }

  #about(job: SubmittedJob, what: string): string {
    const { noun } = this.#style;
    return noun === null ? what : `${noun} ${job.number}: ${what}`;
  }

  #textOf(job: SubmittedJob): JobText {
    let text = this.#texts.get(job);
    if (text === undefined) {
      text = new JobText(this.#output, this.#style);
      this.#texts.set(job, text);
    }
    return text;
  }
}

class JobText {
  readonly #output: Output;
  readonly #style: TextStyle;
  readonly #prefix: Uint8Array;
  #chunks: Uint8Array[] = [];
  #isAtLineStart = true;
  #hasBytes = false;
  /** How many bytes of data wait for the end of the job. */
  #kept = 0;

  constructor(output: Output, style: TextStyle) {
    this.#output = output;
    this.#style = style;
    this.#prefix = encoder.encode(style.prefix);
  }

  /**
   * Writes data, or keeps it until the job ends.
   *
   * @throws {GearmanError} when too much would be kept.
   */
  async add(bytes: Uint8Array): Promise<void> {
    const { isLive, maxResult } = this.#style;
    this.#addLines(bytes);
    if (isLive) return await this.#flush();
    this.#kept += bytes.length;
    if (this.#kept <= maxResult) return;
    this.#chunks = [];
    throw new GearmanError(`More than ${maxResult} bytes of data came before the job was done`);
  }

  /** Writes the rest; the result is null after a failure. */
  end(result: Uint8Array | null): Promise<void> {
    if (result !== null) {
      this.#addLines(result);
      const isEnded = this.#hasBytes && this.#isAtLineStart;
      if (this.#style.endsLines && !isEnded) this.#addLines(LINE_END);
    }
    return this.#flush();
  }

  #addLines(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#hasBytes = true;
    if (this.#prefix.length === 0) this.#chunks.push(bytes);
    else this.#addPrefixed(bytes);
    this.#isAtLineStart = bytes[bytes.length - 1] === NEWLINE;
  }

  #addPrefixed(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length;) {
      const newline = bytes.indexOf(NEWLINE, start);
      const end = newline < 0 ? bytes.length : newline + 1;
      if (start > 0 || this.#isAtLineStart) this.#chunks.push(this.#prefix);
      this.#chunks.push(bytes.subarray(start, end));
      start = end;
    }
  }

  #flush(): Promise<void> {
    const chunks = this.#chunks.splice(0);
    if (chunks.length === 0) return Promise.resolve();
    return this.#output.write(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  }
}

const LINE_END = new Uint8Array([NEWLINE]);

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Prints one JSON object a line for each thing that comes of a job. */
export class JsonReport implements Report {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  update(job: SubmittedJob, update: JobUpdate): Promise<void> {
    if (update.type !== "status") {
      return this.#print(job, update.type, bytesAs("data", update.data));
    }
    const { numerator, denominator } = update;
    return this.#print(job, "progress", { numerator, denominator });
  }

  end(job: SubmittedJob, outcome: Outcome): Promise<void> {
    const { status } = outcome;
    if (status === "done") {
      return this.#print(job, "end", { status, ...bytesAs("data", outcome.result) });
    }
    if (wentWell(outcome)) return this.#print(job, "end", { status });
    const { error } = outcome;
    return this.#print(job, "end", {
      status,
      error: explanation(outcome),
      ...(error instanceof JobExceptionError ? bytesAs("exception", error.payload) : {}),
    });
  }

  #print(job: SubmittedJob, event: string, fields: Record<string, unknown>): Promise<void> {
    const { number, functionName, handle, unique } = job;
    const object = { event, job: number, function: functionName, handle, unique, ...fields };
    return this.#output.write(encoder.encode(`${jsonText(object)}\n`));
  }
}

/** The bytes as text; in a field of another name, as base64, if they are not UTF-8. */
function bytesAs(name: string, bytes: Uint8Array): Record<string, string> {
  try {
    return { [name]: strictDecoder.decode(bytes) };
  } catch {
    return { [`${name}Base64`]: Buffer.from(bytes).toString("base64") };
  }
}

/** Moves to the beginning of the line and clears it. */
const CLEAR_LINE = "\r\x1b[K";

const decoder = new TextDecoder();

/** Writes to standard error, beside a progress bar that may be there. */
export class Complaints {
  isBelowBar = false;

  /** Writes a message of this program in one line. */
  say(text: string): void {
    const message = `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
    this.#write(messageLine(message));
  }

  /** Writes what a worker sent as it is, but for what would do something to a terminal. */
  raw(bytes: Uint8Array): void {
    this.#write(process.stderr.isTTY ? textForTerminal(decoder.decode(bytes)) : bytes);
  }

  #write(text: string | Uint8Array): void {
    if (this.isBelowBar) process.stderr.write(CLEAR_LINE);
    process.stderr.write(text);
  }
}

const BAR_LENGTH = 30;

/** A line on standard error that tells how far a run of many jobs is. */
export class Progress {
  readonly #tally: Tally;
  readonly #complaints: Complaints;
  readonly #bar: ProgressBar;
  readonly #hasSize: boolean;

  /** @param size of the whole input in bytes; without it there is no bar, but numbers. */
  constructor(tally: Tally, complaints: Complaints, size: number | null) {
    this.#tally = tally;
    this.#complaints = complaints;
    this.#hasSize = size !== null;
    complaints.isBelowBar = true;
    this.#bar = new ProgressBar({
      writable: new WritableStream<Uint8Array>({
        write: (bytes) => void process.stderr.write(bytes),
      }),
      max: size || 1,
      barLength: BAR_LENGTH,
      formatter: (formatter) => this.#line(formatter),
    });
  }

  update(): void {
    this.#bar.value = this.#tally.bytes;
  }

  /** Leaves the bar as it is. */
  async stop(): Promise<void> {
    await this.#bar.stop();
    this.#complaints.isBelowBar = false;
  }

  #line({ styledTime, progressBar }: ProgressBarFormatter): string {
    const bar = this.#hasSize ? ` [${progressBar}]` : "";
    return `[${styledTime}]${bar} ${this.#tally}`;
  }
}
