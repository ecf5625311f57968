import { setTimeout as pause } from "node:timers/promises";
import { Admin, ConnectError } from "../../../../mod.ts";
import type { RandomNumbers } from "../../../support/random_numbers.ts";
import type { History } from "../history.ts";
import { FUNCTIONS } from "./clients.ts";

/** How long a server may owe an answer, in milliseconds: a pause waits for all servers that live. */
const TIMEOUT = 15_000;
/** How long a function is paused at most, and how long it is not, in milliseconds. */
const LONGEST = { paused: 4000, between: 500 };

/** An order that is not answered in time is carried out within this time, or never, in milliseconds. */
const LATEST = 20_000;

interface Place {
  readonly name: string;
  readonly port: number;
}

/** Pauses functions at one server, and resumes them at another. */
export class Operator {
  readonly #servers: readonly Place[];
  readonly #history: History;
  readonly #random: RandomNumbers;
  #isStopped = false;
  /** Until then a server may carry out an order that it has not answered. */
  #certainFrom = 0;

  constructor(servers: readonly Place[], history: History, random: RandomNumbers) {
    this.#servers = servers;
    this.#history = history;
    this.#random = random;
  }

  async run(): Promise<void> {
    while (!this.#isStopped) {
      await pause(this.#random(LONGEST.between));
      const functionName = FUNCTIONS[this.#random(FUNCTIONS.length)];
      const server = await this.#order((admin) => admin.pause(functionName));
      const from = Date.now();
      await pause(this.#random(LONGEST.paused));
      const until = Date.now();
      const isCertain = this.#certainFrom <= from;
      if (isCertain) this.#history.pauses.push({ functionName, server, from, until });
      await this.#resume(functionName);
    }
    await pause(Math.max(0, this.#certainFrom - Date.now()));
    for (const functionName of FUNCTIONS) await this.#resume(functionName);
  }

  async #resume(functionName: string): Promise<void> {
    await this.#order((admin) => admin.resume(functionName).then(() => {}));
  }

  /** What is paused is resumed when {@linkcode run} has come to its end. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Any server is told, until one has done it; its name. */
  async #order(give: (admin: Admin) => Promise<void>): Promise<string> {
    for (;;) {
      const { name, port } = this.#servers[this.#random(this.#servers.length)];
      await using admin = new Admin(`127.0.0.1:${port}`, { timeout: TIMEOUT });
      try {
        await give(admin);
        return name;
      } catch (error) {
        // One that is frozen or cut off may carry it out when it is back.
        if (!(error instanceof ConnectError)) this.#certainFrom = Date.now() + LATEST;
        await pause(100);
      }
    }
  }
}
