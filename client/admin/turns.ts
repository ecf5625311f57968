import { ConnectionLostError } from "../errors.ts";
import type { ServerPlace } from "../server_address.ts";
import { TextConnection } from "./text_connection.ts";

/** The connection to a server, which is asked one question after the other. */
export class Turns {
  readonly #place: ServerPlace;
  /** Milliseconds in which each question must be answered. */
  readonly #timeout: number;
  #server: TextConnection | null = null;
  /** Settles when the last question is answered. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** Nothing is connected yet. */
  constructor(place: ServerPlace, timeout: number) {
    this.#place = place;
    this.#timeout = timeout;
  }

  /** Asks when all that was asked before is answered; connects if it must. */
  ask<Answer>(question: (server: TextConnection) => Promise<Answer>): Promise<Answer> {
    const answer = this.#last.then(() => this.#ask(question));
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #ask<Answer>(question: (server: TextConnection) => Promise<Answer>): Promise<Answer> {
    const { name } = this.#place;
    const closed = () => new ConnectionLostError("The admin is closed", { server: name });
    if (this.#isClosed) throw closed();
    if (this.#server === null || this.#server.isOver) {
      this.#server = await TextConnection.open(this.#place.target, this.#timeout);
    } else this.#server.renewTime();
    if (this.#isClosed) {
      this.#server[Symbol.dispose]();
      throw closed();
    }
    return await question(this.#server);
  }

  /** Hangs up. What is not answered rejects. */
  close(): void {
    this.#isClosed = true;
    this.#server?.[Symbol.dispose]();
  }
}
