import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { signalsHere } from "../interrupts.ts";
import type { TextConnection } from "../../client/admin/text_connection.ts";
import { type ServerVersion, serverVersion } from "../../client/admin/names.ts";
import { keysOf, pressed, type Snapshot, takeSnapshot, type ViewState } from "./state.ts";
import { extentOf, type Line, type Size, view } from "./view.ts";

/** The signals that end the view. */
const SIGNALS = signalsHere("SIGINT", "SIGTERM", "SIGHUP");

interface LiveSettings {
  /** Opens a connection; called again when one has broken. */
  readonly connect: () => Promise<TextConnection>;
  /** What the first line calls the server, once it has told its version. */
  readonly title: (version: ServerVersion) => string;
  readonly interval: number;
  readonly state: ViewState;
}

/** The server on a screen that is kept up to date, until somebody has seen enough. */
export class LiveView {
  readonly #settings: LiveSettings;
  readonly #screen: Screen;
  readonly #over = new AbortController();
  #state: ViewState;
  #server: TextConnection | null = null;
  #title = "";
  #snapshot: Snapshot | null = null;
  #trouble: string | null = null;

  constructor(settings: LiveSettings) {
    this.#settings = settings;
    this.#state = settings.state;
    const colours = process.env.NO_COLOR === undefined || process.env.NO_COLOR === "";
    this.#screen = new Screen(colours, () => this.#paint(), (input) => this.#keys(input));
  }

  /**
   * Resolves when it is over, and the terminal is as it was.
   *
   * @throws {Error} when the server cannot be asked the first time; nothing is shown then.
   */
  async run(): Promise<void> {
    const stop = () => this.#over.abort();
    await this.#look();
    for (const signal of SIGNALS) process.on(signal, stop);
    this.#screen.enter();
    try {
      await Promise.race([this.#keepLooking(), aborted(this.#over.signal)]);
    } finally {
      stop();
      await this.#screen.leave();
      for (const signal of SIGNALS) process.off(signal, stop);
      this.#server?.[Symbol.dispose]();
    }
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      this.#paint();
      await pause(this.#settings.interval, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#look();
        this.#trouble = null;
      } catch (error) {
        this.#trouble = (error as Error).message;
        this.#server?.[Symbol.dispose]();
        this.#server = null;
      }
    }
  }

  async #look(): Promise<void> {
    if (this.#server === null) {
      this.#server = await this.#settings.connect();
      this.#title = this.#settings.title(await serverVersion(this.#server));
    } else this.#server.renewTime();
    this.#snapshot = await takeSnapshot(this.#server, this.#snapshot, () => performance.now());
  }

  #keys(input: string): void {
    for (const key of keysOf(input)) {
      const extent = extentOf(this.#snapshot!, this.#screen.size, this.#state);
      const state = pressed(this.#state, key, extent);
      if (state === null) return this.#over.abort();
      this.#state = state;
    }
    this.#paint();
  }

  #paint(): void {
    if (this.#over.signal.aborted) return;
    const what = {
      server: this.#title,
      time: new Date().toTimeString().slice(0, 8),
      snapshot: this.#snapshot!,
      trouble: this.#trouble,
    };
    this.#screen.paint(view(what, this.#screen.size, this.#state));
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const REST_OF_LINE = "\x1b[K";
const REST_OF_SCREEN = "\x1b[J";
const RESET = "\x1b[0m";
const STYLES: Readonly<Record<Line["style"], string>> = {
  plain: "",
  bold: "\x1b[1m",
  heading: "\x1b[7m",
  warning: "\x1b[1;31m",
};

/** The terminal while this program has all of it: its other screen, and keys as they are pressed. */
class Screen {
  readonly #colours: boolean;
  readonly #resized: () => void;
  readonly #pressed: (input: string) => void;

  constructor(colours: boolean, resized: () => void, pressed: (input: string) => void) {
    this.#colours = colours;
    this.#resized = resized;
    this.#pressed = pressed;
  }

  get size(): Size {
    const [columns, rows] = process.stdout.getWindowSize?.() ?? [];
    // Some terminals do not tell their size.
    return { columns: columns || 80, rows: rows || 24 };
  }

  enter(): void {
    process.stdout.write(ENTER);
    process.on("SIGWINCH", this.#resized);
    if (!process.stdin.isTTY) return;
    process.stdin.setRawMode(true);
    process.stdin.setEncoding("utf8").on("data", this.#pressed).resume();
  }

  paint(lines: readonly Line[]): void {
    const text = lines.map((line) => this.#styled(line)).join("\r\n");
    process.stdout.write(HOME + text + REST_OF_SCREEN);
  }

  async leave(): Promise<void> {
    process.off("SIGWINCH", this.#resized);
    if (process.stdin.isTTY) {
      process.stdin.off("data", this.#pressed).pause();
      process.stdin.setRawMode(false);
    }
    await new Promise<void>((resolve) => process.stdout.write(LEAVE, () => resolve()));
  }

  #styled({ text, style }: Line): string {
    const code = this.#colours ? STYLES[style] : STYLES[style].replace(";31", "");
    return code === "" ? text + REST_OF_LINE : code + text + RESET + REST_OF_LINE;
  }
}
