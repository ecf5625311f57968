import { freePort, untilAccepting } from "./gearmand.ts";
import { type Requirement, RunningProgram } from "./programs.ts";

/** A running `gearmand` of Perl: the server of `Gearman::Server`. */
export class PerlServer implements AsyncDisposable {
  readonly port: number;
  readonly #program: RunningProgram;

  private constructor(port: number, program: RunningProgram) {
    this.port = port;
    this.#program = program;
  }

  /** Starts it on a free port of 127.0.0.1, and waits until it accepts connections. */
  static async start({ program }: Requirement): Promise<PerlServer> {
    const port = await freePort();
    const running = new RunningProgram(program, ["--listen=127.0.0.1", `--port=${port}`]);
    let isOver = false;
    running.ended.finally(() => isOver = true).catch(() => {});
    await untilAccepting(port, () => !isOver);
    return new PerlServer(port, running);
  }

  /** What it has written to its log until it ended; it is ended for that. */
  async log(): Promise<string> {
    this.#program.kill();
    return (await this.#program.ended).stderr;
  }

  /** Ends it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#program[Symbol.asyncDispose]();
  }
}
