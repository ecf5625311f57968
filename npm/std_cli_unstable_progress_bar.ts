/**
 * Stands in for `jsr:@std/cli/unstable-progress-bar` where only npm is reachable: npm's
 * `cli-progress` makes the bar and draws it once a second. The default format, `styledData` and the
 * default of `writable` are left out, as this project does not use them.
 *
 * @module
 */
// @ts-types="npm:@types/cli-progress@^3.11.6"
import cliProgress from "cli-progress";

/** What a formatter is given. */
export interface ProgressBarFormatter {
  /** For how long the bar has been there, as `mm:ss`. */
  styledTime: string;
  /** The bar itself, such as `###-------`. */
  progressBar: string;
  /** For how long the bar has been there, in milliseconds. */
  time: number;
  /** The time before. */
  previousTime: number;
  /** How far it is. */
  value: number;
  /** How far it was before. */
  previousValue: number;
  /** Where it ends. */
  max: number;
}

/** How a bar looks, and where. */
export interface ProgressBarOptions {
  /** Where it is drawn. */
  writable: WritableStream<Uint8Array>;
  /** Where it begins; 0 without. */
  value?: number;
  /** Where it ends. */
  max: number;
  /** Its length in characters; 50 without. */
  barLength?: number;
  /** What fills it; `#` without. */
  fillChar?: string;
  /** What it is filled with at first; `-` without. */
  emptyChar?: string;
  /** Is it removed in the end? */
  clear?: boolean;
  /** Makes the line. */
  formatter: (formatter: ProgressBarFormatter) => string;
  /** Is the writable left open in the end? True without. */
  keepOpen?: boolean;
}

const INTERVAL = 1000;
const DEFAULT_LENGTH = 50;
const CLEAR_TO_THE_RIGHT = "\x1b[K";

/** A bar that is drawn once a second, from its construction until it is stopped. */
export class ProgressBar {
  /** How far it is. */
  value: number;
  /** Where it ends. */
  max: number;
  readonly #options: ProgressBarOptions;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #bar: cliProgress.SingleBar;
  readonly #start = Date.now();
  #previousTime = 0;
  #previousValue: number;

  constructor(options: ProgressBarOptions) {
    const { writable, value = 0, max, clear = false } = options;
    this.value = value;
    this.max = max;
    this.#options = options;
    this.#previousValue = value;
    this.#writer = writable.getWriter();
    const settings = {
      format: (bar: cliProgress.Options) => this.#line(bar),
      barsize: options.barLength ?? DEFAULT_LENGTH,
      barCompleteChar: options.fillChar ?? "#",
      barIncompleteChar: options.emptyChar ?? "-",
      clearOnComplete: clear,
      fps: 1000 / INTERVAL,
      forceRedraw: true,
      synchronousUpdate: false,
      terminal: this.#terminal(),
    };
    this.#bar = new cliProgress.SingleBar(settings);
    this.#bar.start(1, 0);
  }

  /** Draws it for the last time, or removes it. */
  async stop(): Promise<void> {
    this.#bar.stop();
    try {
      await (this.#options.keepOpen === false ? this.#writer.close() : this.#writer.ready);
    } catch {
      // Nobody looks any more.
    }
    this.#writer.releaseLock();
  }

  #line(bar: cliProgress.Options): string {
    const time = Date.now() - this.#start;
    const { value, max } = this;
    const length = bar.barsize!;
    const ratio = Math.min(Math.max(value / max, 0), 1);
    const line = this.#options.formatter({
      styledTime: [time / 60_000, time / 1000 % 60].map((part) =>
        `${Math.trunc(part)}`.padStart(2, "0")
      ).join(":"),
      // The bar is full when all is done, and not before.
      progressBar: cliProgress.Format.BarFormat(Math.trunc(ratio * length) / length, bar),
      time,
      previousTime: this.#previousTime,
      value,
      previousValue: this.#previousValue,
      max,
    });
    this.#previousTime = time;
    this.#previousValue = value;
    return line;
  }

  /** What the package needs of a terminal. */
  #terminal() {
    const nothing = () => {};
    const write = (text: string) => {
      this.#writer.write(new TextEncoder().encode(text)).catch(nothing);
    };
    return {
      cursorSave: nothing,
      cursorRestore: nothing,
      cursor: nothing,
      lineWrapping: nothing,
      cursorTo: () => write("\r"),
      clearRight: () => write(CLEAR_TO_THE_RIGHT),
      clearLine: () => write(CLEAR_TO_THE_RIGHT),
      newline: () => write("\n"),
      write,
      isTTY: () => true,
      getWidth: () => Infinity,
    };
  }
}
