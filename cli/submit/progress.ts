import process from "node:process";
import { ProgressBar, type ProgressBarFormatter } from "@std/cli/unstable-progress-bar";
import type { Complaints } from "./complaints.ts";
import type { Tally } from "./outcome.ts";

const BAR_LENGTH = 30;

/** A line on the standard error that tells how far a run of many jobs is. */
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

  /** Some more is done. */
  update(): void {
    this.#bar.value = this.#tally.bytes;
  }

  /** It stays as it is. */
  async stop(): Promise<void> {
    await this.#bar.stop();
    this.#complaints.isBelowBar = false;
  }

  #line({ styledTime, progressBar }: ProgressBarFormatter): string {
    const bar = this.#hasSize ? ` [${progressBar}]` : "";
    return `[${styledTime}]${bar} ${this.#tally}`;
  }
}
