import { GearmanError } from "./errors.ts";

/**
 * What a worker tells about a job before it is done: a part of the result or other data, a warning,
 * or how far it is.
 */
export type JobUpdate =
  | { readonly type: "data" | "warning"; readonly data: Uint8Array }
  | { readonly type: "status"; readonly numerator: number; readonly denominator: number };

/** What an update costs besides its data, roughly. */
const OVERHEAD = 64;

/** The updates of a job that nobody has read yet. They are kept for one reader. */
export class JobUpdates {
  readonly #limit: number;
  #unread: JobUpdate[] = [];
  #next = 0;
  #size = 0;
  #isOver = false;
  #error: Error | null = null;
  #isDropped = false;
  #wake: (() => void) | null = null;

  /** @param limit bytes that may wait. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds one. If too much waits now, all of it is dropped, and the reader gets an error. */
  add(update: JobUpdate): void {
    if (this.#isDropped || this.#isOver) return;
    this.#size += sizeOf(update);
    if (this.#size > this.#limit) {
      this.#error = new GearmanError(
        `More than ${this.#limit} bytes of what the worker sent were not read (maxUnread)`,
      );
      this.#drop();
    } else {
      this.#unread.push(update);
    }
    this.#wake?.();
  }

  /** The job is done, or failed. */
  end(error: Error | null): void {
    this.#isOver = true;
    this.#error ??= error;
    this.#wake?.();
  }

  /** Reads them as they come. Whoever stops reading lets go of the rest. */
  async *read(): AsyncGenerator<JobUpdate, void, undefined> {
    try {
      for (;;) {
        const update = this.#take();
        if (update !== undefined) yield update;
        else if (this.#error !== null) throw this.#error;
        else if (this.#isOver || this.#isDropped) return;
        else await new Promise<void>((resolve) => this.#wake = resolve);
      }
    } finally {
      this.#drop();
    }
  }

  #take(): JobUpdate | undefined {
    const update = this.#unread[this.#next];
    if (update === undefined) return undefined;
    this.#size -= sizeOf(update);
    if (++this.#next === this.#unread.length) {
      this.#unread = [];
      this.#next = 0;
    }
    return update;
  }

  #drop(): void {
    this.#isDropped = true;
    this.#unread = [];
    this.#next = 0;
    this.#size = 0;
  }
}

function sizeOf(update: JobUpdate): number {
  return update.type === "status" ? OVERHEAD : OVERHEAD + update.data.length;
}
