import { setTimeout as pause } from "node:timers/promises";
import { Client, NoServerError, ServerError } from "../../../../mod.ts";
import type { RandomNumbers } from "../../../support/random_numbers.ts";
import type { History, Submit } from "../history.ts";

/** The functions that all workers can do. */
export const FUNCTIONS = ["f", "g"];
const PRIORITIES = ["high", "normal", "low"] as const;
/** Uniques that are submitted again and again. */
const UNIQUES = 12;
/** How long a server may owe an answer, in milliseconds: longer than it waits for the database. */
const REPLY_TIME = 30_000;

/** A client of one server, which submits jobs until it is told to stop. */
export class LoadClient {
  readonly #name: string;
  readonly #server: string;
  readonly #history: History;
  readonly #random: RandomNumbers;
  readonly #client: Client;
  /** Asked for jobs that this client has submitted. */
  readonly #others: () => LoadClient;
  readonly #pending = new Set<Promise<void>>();
  #isStopped = false;
  /** Could its server not be reached? */
  #isAlone = false;
  #count = 0;

  constructor(
    name: string,
    server: { readonly name: string; readonly port: number },
    history: History,
    random: RandomNumbers,
    others: () => LoadClient,
  ) {
    this.#name = name;
    this.#server = server.name;
    this.#history = history;
    this.#random = random;
    this.#others = others;
    this.#client = new Client({
      servers: [`127.0.0.1:${server.port}`],
      replyTimeout: REPLY_TIME,
      backoff: { first: 50, longest: 200 },
    });
  }

  /** Submits some jobs at once, waits a little, and so on. */
  async run(): Promise<void> {
    while (!this.#isStopped) {
      const burst = 1 + this.#random(6);
      for (let index = 0; index < burst; index++) this.#submit();
      await pause(this.#isAlone ? 500 : 20 + this.#random(150));
      this.#isAlone = false;
    }
    await Promise.all(this.#pending);
  }

  #submit(): void {
    const random = this.#random;
    const isLater = random(25) === 0;
    const priority = isLater ? 1 : random(3) as 0 | 1 | 2;
    const submit: Submit = {
      payload: `${this.#name} ${++this.#count}`,
      client: this.#name,
      server: this.#server,
      functionName: FUNCTIONS[random(FUNCTIONS.length)],
      unique: random(3) === 0 ? `u${random(UNIQUES)}` : "",
      priority,
      due: isLater ? Date.now() + 1000 + random(2000) : 0,
      at: Date.now(),
      answer: null,
    };
    this.#history.submits.push(submit);
    const work = this.#send(submit).finally(() => this.#pending.delete(work));
    this.#pending.add(work);
  }

  async #send(submit: Submit): Promise<void> {
    const { functionName, payload, unique, priority, due } = submit;
    try {
      const handle = await this.#client.submit(
        functionName,
        payload,
        due > 0
          ? { unique, at: due }
          : { unique, priority: PRIORITIES[priority], background: true },
      );
      submit.answer = { handle, at: Date.now() };
      if (this.#random(10) === 0) await this.#others().ask(handle);
    } catch (error) {
      const { message } = error as Error;
      const at = Date.now();
      if (error instanceof NoServerError) this.#isAlone = true;
      submit.answer = error instanceof ServerError
        ? { refused: message, at }
        : { broken: message, at };
    }
  }

  /** Asks its server for a job. */
  async ask(handle: string): Promise<void> {
    const asked = Date.now();
    try {
      const { known } = await this.#client.status(handle);
      const answered = Date.now();
      this.#history.questions.push({
        handle,
        server: this.#server,
        asked,
        answered,
        isKnown: known,
      });
    } catch {
      // Its server is gone: there is no answer.
    }
  }

  /** Submits nothing any more. */
  stop(): void {
    this.#isStopped = true;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}
