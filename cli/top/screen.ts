import process from "node:process";
import type { Line, Size } from "./view.ts";

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

/** The terminal, while a program has all of it: its other screen, keys as they are pressed. */
export class Screen {
  readonly #colours: boolean;
  readonly #resized: () => void;
  readonly #pressed: (input: string) => void;

  /** With colours, or without: bold letters are there anyway. */
  constructor(colours: boolean, resized: () => void, pressed: (input: string) => void) {
    this.#colours = colours;
    this.#resized = resized;
    this.#pressed = pressed;
  }

  get size(): Size {
    const [columns, rows] = process.stdout.getWindowSize?.() ?? [];
    // Some terminals do not know.
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

  /** Gives the terminal back as it was. */
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
