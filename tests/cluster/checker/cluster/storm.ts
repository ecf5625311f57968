import { setTimeout as pause } from "node:timers/promises";
import type { Fault } from "../history.ts";
import type { ClusterServer } from "./cluster_server.ts";
import { ENGINE_FAULTS, LONG_FAULTS, type Scene, SERVER_FAULTS } from "./faults.ts";

/** One fault of so many happens to the database, and one is long. */
const ENGINE_SHARE = 7;
const LONG_SHARE = 14;
/** Between two faults, at most, in milliseconds. */
const BREAK = 700;

/** Faults by chance, several at a time. At least one server, at all times, has none of its own. */
export class Storm {
  readonly #scene: Scene;
  readonly #going = new Set<Promise<void>>();
  readonly #afflicted = new Set<ClusterServer | "database">();
  #isLongGoing = false;
  /** What went wrong with a fault itself. */
  #failure: Error | null = null;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Goes on until there were so many faults, and all are over. */
  async rage(rounds: number): Promise<void> {
    const { random } = this.#scene;
    for (let round = 0; round < rounds && this.#failure === null;) {
      await pause(random(BREAK));
      const hasBegun = random(ENGINE_SHARE) === 0 ? this.#strikeEngine() : this.#strikeServer();
      if (hasBegun) round++;
    }
    await Promise.all(this.#going);
    if (this.#failure !== null) throw this.#failure;
  }

  #strikeEngine(): boolean {
    if (this.#afflicted.has("database")) return false;
    const [name, { happen }] = this.#chosen(ENGINE_FAULTS);
    this.#begin("database", name, happen(this.#scene));
    return true;
  }

  #strikeServer(): boolean {
    const { random, servers } = this.#scene;
    const free = servers.filter((server) => !this.#afflicted.has(server));
    if (free.length < 2) return false;
    const server = free[random(free.length)];
    const isLong = !this.#isLongGoing && random(LONG_SHARE) === 0;
    const [name, { happen }] = this.#chosen(isLong ? LONG_FAULTS : SERVER_FAULTS);
    this.#isLongGoing ||= isLong;
    const fault = happen(server, this.#scene).finally(() => {
      if (isLong) this.#isLongGoing = false;
    });
    this.#begin(server, name, fault);
    return true;
  }

  #begin(whom: ClusterServer | "database", what: string, happening: Promise<void>): void {
    const server = whom === "database" ? null : whom.name;
    const fault: Fault = { server, what, at: Date.now(), until: null };
    this.#scene.history.faults.push(fault);
    this.#afflicted.add(whom);
    const going = happening.catch((error) => this.#failure ??= failureOf(error)).then(() => {
      fault.until = Date.now();
      this.#afflicted.delete(whom);
      this.#going.delete(going);
    });
    this.#going.add(going);
  }

  /** One of them by chance and weight. */
  #chosen<T extends { readonly weight: number }>(faults: Readonly<Record<string, T>>): [string, T] {
    const all = Object.entries(faults).flatMap((fault) => Array(fault[1].weight).fill(fault));
    return all[this.#scene.random(all.length)];
  }
}

/** Statements of faults fail when the database has another fault: that is none of the checker. */
function failureOf(error: Error): Error | null {
  return /connection|server closed|shutting down|starting up/i.test(error.message) ? null : error;
}
