import type { Sender } from "../../router/mod.ts";
import type { WriteCounts } from "../write_counts.ts";
import type { Shared } from "./shared.ts";
import { SharedRecords } from "./records.ts";
import { Submits, type SubmitsParts } from "./submits.ts";
import { WrittenBehind } from "./written_behind.ts";

/** All that is written to the queue, and the output that must not leave before. */
export class Writer {
  /** Jobs that come in. */
  readonly submits: Submits;
  /** What becomes of jobs. */
  readonly behind: WrittenBehind;
  /** What is no job. */
  readonly records: SharedRecords;
  readonly #shared: Shared;
  readonly #senders = new Set<Sender>();
  /** Called when nothing is being written. */
  #onIdle: (() => void) | null = null;

  constructor(shared: Shared, parts: Omit<SubmitsParts, "cancelled">) {
    this.#shared = shared;
    const written = () => this.#written();
    this.behind = new WrittenBehind(shared, written);
    this.records = new SharedRecords(shared, written);
    const cancelled = (number: number) => this.behind.cancel(number);
    this.submits = new Submits(shared, { ...parts, cancelled }, written);
  }

  /** What has been written of submitted jobs. */
  get counts(): WriteCounts {
    return this.submits.counts;
  }

  /** Is something being written, or to be written? */
  get isWriting(): boolean {
    return this.submits.isWriting || this.behind.isWriting || this.records.isWriting;
  }

  /** Output of a link must not leave before all is written that has happened. */
  follow(link: object): void {
    this.submits.follow(link);
    this.behind.follow(link);
    this.records.follow(link);
  }

  /** May output leave? If not, the sender is told when it may. */
  mayLeave(sender: Sender): boolean {
    if (!this.mustWait(sender)) return true;
    this.#senders.add(sender);
    return false;
  }

  /** Does the output of a link promise what is not written yet? */
  mustWait(link: object): boolean {
    return this.submits.mustWait(link) || this.behind.mustWait(link) || this.records.mustWait(link);
  }

  #written(): void {
    for (const sender of this.#senders) {
      if (this.mustWait(sender)) continue;
      this.#senders.delete(sender);
      sender.send();
    }
    if (!this.isWriting) this.#onIdle?.();
    this.#shared.router.stop?.check();
  }

  /** Resolves when nothing is being written, or after so many milliseconds. */
  idle(timeout: number): Promise<void> {
    if (!this.isWriting) return Promise.resolve();
    return new Promise((resolve) => {
      const callOff = this.#shared.router.clock.after(timeout, resolve);
      this.#onIdle = () => {
        callOff();
        resolve();
      };
    });
  }
}
