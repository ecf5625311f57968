import { bytesOf, displayName } from "../protocol/mod.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { Job } from "./job.ts";
import type { Log } from "./log.ts";

/** Shortest time between two lines about nonsense, in milliseconds. */
const FAULT_INTERVAL = 1000;

/** The lines that the router logs, at the levels at which gearmand logs the same. */
export class RouterLog {
  /** Are accepted jobs logged? Asked once, as it would cost at every submit. */
  readonly hasJobs: boolean;
  readonly #log: Log;
  readonly #clock: Clock;
  #lastFault = -Infinity;
  #unloggedFaults = 0;
  #lastLimitRefused = -Infinity;

  /** Writes to `log`. */
  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
    this.hasJobs = log.enabled("NOTICE");
  }

  /** INFO: somebody connected. */
  accepted(connection: Connection): void {
    if (!this.#log.enabled("INFO")) return;
    this.#log.write("INFO", `Accepted connection from ${address(connection)}`);
  }

  /** INFO: somebody is gone. */
  disconnected(connection: Connection, reason?: string): void {
    if (!this.#log.enabled("INFO")) return;
    const why = reason === undefined ? "" : ` (${reason})`;
    this.#log.write("INFO", `Disconnected ${address(connection)}${why}`);
  }

  /** ERROR: somebody sent nonsense. A scanner may do so all day: once a second is enough. */
  fault(connection: Connection, text: string): void {
    if (!this.#log.enabled("ERROR")) return;
    const now = this.#clock.now();
    if (now - this.#lastFault < FAULT_INTERVAL) {
      this.#unloggedFaults++;
      return;
    }
    const unlogged = this.#unloggedFaults;
    const others = unlogged === 0
      ? ""
      : `; ${unlogged} others were closed since the last such line`;
    this.#log.write("ERROR", `Closing connection ${address(connection)}: ${text}${others}`);
    this.#lastFault = now;
    this.#unloggedFaults = 0;
  }

  /** INFO: the limit of a function was set. */
  limited(connection: Connection, func: Uint8Array, limits: readonly number[]): void {
    if (!this.#log.enabled("INFO")) return;
    const name = displayName(func);
    this.#log.write("INFO", `maxqueue of ${name}: ${limits.join(" ")}, by ${address(connection)}`);
  }

  /** WARNING, once a second: there are limits of too many functions that do not exist. */
  limitRefused(connection: Connection): void {
    const now = this.#clock.now();
    if (now - this.#lastLimitRefused < FAULT_INTERVAL || !this.#log.enabled("WARNING")) return;
    this.#lastLimitRefused = now;
    const text = "there are too many limits of functions that do not exist";
    this.#log.write("WARNING", `maxqueue of ${address(connection)} refused: ${text}`);
  }

  /** NOTICE: a peer ordered the end of some jobs. */
  ended(connection: Connection, count: number, order: string): void {
    if (!this.#log.enabled("NOTICE")) return;
    const jobs = count === 1 ? "1 job" : `${count} jobs`;
    const name = displayName(bytesOf(order));
    this.#log.write("NOTICE", `${jobs} ended by ${address(connection)}: ${name}`);
  }

  /** NOTICE: a job was accepted, in gearmand's own format; `due` in milliseconds, 0 if it is ready. */
  submitted(job: Job, due: number): void {
    const unique = displayName(job.body, job.uniqueStart, job.uniqueEnd);
    const epoch = Math.floor(due / 1000);
    this.#log.write("NOTICE", `accepted,${displayName(job.func.name)},${unique},${epoch}`);
  }
}

function address({ peer }: Connection): string {
  return `${peer.hostname}:${peer.port}`;
}
