import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { Program } from "../../../support/program.ts";
import { freePort } from "../../../support/gearmand.ts";
import type { History } from "../history.ts";
import { Link } from "./link.ts";

/** How long a start may take, also on a machine that is busy, in milliseconds. */
const START_TIME = 120_000;
/** How long a graceful stop may take, in milliseconds. */
const STOP_TIME = 30_000;

/** One of the servers of the cluster, from start to start on the same port. */
export class ClusterServer implements AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly link: Link;
  /** What all of its processes have written to their logs. */
  readonly log: string[] = [];
  readonly #database: string;
  #program: Program | null = null;
  #started = 0;

  private constructor(name: string, port: number, link: Link, database: string) {
    this.name = name;
    this.port = port;
    this.link = link;
    this.#database = database;
  }

  /** One that reaches a database through a link of its own; it does not run yet. */
  static async create(
    name: string,
    postgresPort: number,
    database: string,
  ): Promise<ClusterServer> {
    const [port, link] = [await freePort(), await Link.to(postgresPort)];
    return new ClusterServer(name, port, link, database);
  }

  /** Starts it and waits until it listens. */
  async start(): Promise<void> {
    const program = new Program([
      ...["serve", "--listen", "127.0.0.1", "--port", `${this.port}`, "--server-name", this.name],
      ...["--store", `postgres://postgres@127.0.0.1:${this.link.port}/${this.#database}`],
      ...["--store-timeout", "10s"],
    ]);
    this.#program = program;
    this.#started = Date.now();
    let hasEnded = false;
    program.end.then(({ stderr }) => {
      hasEnded = true;
      this.log.push(...stderr, "(ended)");
    });
    for (const until = Date.now() + START_TIME; !await isListening(this.port); await pause(50)) {
      if (hasEnded || Date.now() > until) {
        throw new Error(`server ${this.name} does not start:\n${this.log.join("\n")}`);
      }
    }
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.#program?.[Symbol.asyncDispose]();
    this.#program = null;
  }

  /** It stops for a while, and knows nothing of it. */
  freeze(): void {
    this.#program?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#program?.kill("SIGCONT");
  }

  /** Tells it to stop when its jobs are done, and notes that it has ended by itself. */
  async stop({ gracefulStops }: History): Promise<void> {
    const program = this.#program;
    if (program === null) return;
    this.#program = null;
    const deadline = setTimeout(() => program.kill("SIGKILL"), STOP_TIME);
    program.kill("SIGTERM");
    const { status } = await program.end;
    clearTimeout(deadline);
    if (status !== 0) return;
    gracefulStops.push({ server: this.name, started: this.#started, at: Date.now() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.link[Symbol.asyncDispose]();
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
