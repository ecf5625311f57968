import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { program } from "./programs.ts";

const DEADLINE = 30_000;
/** How long to wait between two looks, in milliseconds. */
const RETRY = 20;

/** What shows a screen to a program. */
export const tmux = program("tmux", "tmux");

/** A program on a terminal of its own, 80 characters wide and 24 lines high. */
export class Terminal implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), "geartrain-terminal-"));

  /** Starts the program; when it has ended, the terminal says `ended with 0`. */
  constructor(words: readonly string[]) {
    const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    const inner = `echo $$ > "${this.#pidFile}"; exec ${quoted}`;
    const outer = `echo before; sh -c "$INNER"; echo ended with $?; exec cat`;
    this.#tmux(
      ...["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-e", `INNER=${inner}`],
      ...["sh", "-c", outer],
    );
  }

  /** The lines that it shows. */
  lines(): string[] {
    return this.#tmux("capture-pane", "-p").split("\n").slice(0, -1);
  }

  /** Waits until it shows what matches; then all its lines. */
  async until(pattern: RegExp): Promise<string[]> {
    let lines: string[] = [];
    for (const until = Date.now() + DEADLINE; Date.now() < until;) {
      lines = this.lines();
      if (pattern.test(lines.join("\n"))) return lines;
      await pause(RETRY);
    }
    throw new Error(`The terminal does not show ${pattern}:\n${lines.join("\n")}`);
  }

  /** Presses keys: letters, or names such as `Enter` and `C-c`. */
  press(...keys: string[]): void {
    this.#tmux("send-keys", ...keys);
  }

  /** Gives it another size. */
  resize(columns: number, rows: number): void {
    this.#tmux("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** Sends the program a signal. */
  kill(signal: NodeJS.Signals): void {
    process.kill(Number(readFileSync(this.#pidFile, "utf8")), signal);
  }

  /** Does it show its other screen, and its cursor? */
  get state(): { isAlternate: boolean; hasCursor: boolean } {
    const [alternate, cursor] = this.#tmux("display", "-p", "#{alternate_on} #{cursor_flag}")
      .trim().split(" ");
    return { isAlternate: alternate === "1", hasCursor: cursor === "1" };
  }

  /** Ends it and the program. */
  [Symbol.dispose](): void {
    this.#tmux("kill-server");
    rmSync(this.#directory, { recursive: true, force: true });
  }

  get #pidFile(): string {
    return join(this.#directory, "pid");
  }

  #tmux(...words: string[]): string {
    const socket = join(this.#directory, "socket");
    const { status, stdout, stderr } = spawnSync(tmux.program, ["-u", "-S", socket, ...words], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`tmux ${words[0]}: ${stderr}`);
    return stdout;
  }
}
