/**
 * The real C job server, for tests that compare ours with it.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { RawPeer } from "./raw_peer.ts";

const DEADLINE = 10_000;
/** How long to wait between two attempts to connect, in milliseconds. */
const RETRY = 10;

/** Below what systems give to those who do not choose: nobody gets one of these by chance. */
const LOWEST_PORT = 10_000;
const PORTS = 20_000;

/** A port of 127.0.0.1 that nobody listens on, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(PORTS * Math.random());
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch {
      continue;
    }
    server.close();
    await once(server, "close");
    return port;
  }
}

/** Resolves when a connection to the port succeeds; `stillThere` ends the waiting. */
export async function untilAccepting(port: number, stillThere: () => boolean): Promise<void> {
  for (const until = Date.now() + DEADLINE; Date.now() < until && stillThere();) {
    if (await accepts(port)) return;
    await pause(RETRY);
  }
  throw new Error(`Nothing accepts connections on port ${port}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** A running `gearmand`. */
export class Gearmand implements AsyncDisposable {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #directory: string;

  private constructor(port: number, process: ChildProcess, directory: string) {
    this.port = port;
    this.#process = process;
    this.#directory = directory;
  }

  /** Starts it on 127.0.0.1, on a free port or a given one, and waits until it accepts connections. */
  static async start(
    program: string,
    { port: wanted = 0, options = [] }: { port?: number; options?: readonly string[] } = {},
  ): Promise<Gearmand> {
    if (wanted !== 0) return await Gearmand.#startOn(wanted, program, options);
    for (;;) {
      const server = await Gearmand.#startOn(await freePort(), program, options);
      // Another test may have started one on the same port at the same time.
      if (await server.#isOurs()) return server;
      await server.stop();
    }
  }

  static async #startOn(
    port: number,
    program: string,
    options: readonly string[],
  ): Promise<Gearmand> {
    const directory = mkdtempSync(join(tmpdir(), "gearmand-"));
    const process = spawn(program, [
      ...["--listen=127.0.0.1", `--port=${port}`, "--log-file=none"],
      ...[`--pid-file=${join(directory, "pid")}`, ...options],
    ], { stdio: "ignore" });
    const server = new Gearmand(port, process, directory);
    try {
      await untilAccepting(port, () => process.exitCode === null);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  async #isOurs(): Promise<boolean> {
    using peer = await RawPeer.connect(this.port);
    peer.send("getpid\n");
    return await peer.nextLine() === `OK ${this.#process.pid}`;
  }

  /** Ends it as a crash would; disposing of it waits until it is gone. */
  kill(): void {
    this.#process.kill("SIGKILL");
  }

  /** Ends it and waits for that; by SIGKILL, as one in a few hundred stops of the C server never ends. */
  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, "exit");
      this.kill();
      await exited;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Stops it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
