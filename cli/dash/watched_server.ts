import { Admin } from "../../client/admin/admin.ts";
import { CommandRefusedError, UnsupportedError } from "../../client/admin/errors.ts";
import type { TextConnection } from "../../client/admin/text_connection.ts";
import type { ServerAddress } from "../../client/server_address.ts";
import type { Clock } from "../../router/mod.ts";
import { messageOf } from "../../router/log/log.ts";
import { ConnectError } from "../../transport/socket_errors.ts";

/** How long an answer serves all who ask, in milliseconds: a little less than from one look to the next. */
const FRESH = 900;
/** It serves so many times as long as it took: who has very many jobs is not kept busy with telling them. */
const REST = 9;
/** The time until the first further attempt, and the longest, in milliseconds; each is twice the one before. */
const FIRST_RETRY = 1000;
const LONGEST_RETRY = 10_000;
/** So many different questions are remembered. */
const MOST_KEPT = 100;

/** The server does not answer; the message says why, and when it is asked again. */
export class ServerGone extends Error {
  override readonly name = "ServerGone";
}

interface Kept {
  readonly answer: Promise<unknown>;
  /** By the clock, in milliseconds. */
  until: number;
}

/**
 * A server of any kind that many look at: however many they are, it is asked the same thing about once
 * a second at most. One that does not answer is left alone for a while, then for longer.
 */
export class WatchedServer {
  /** Its address as it was given. */
  readonly address: string;
  readonly #admin: Admin;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();
  #failures = 0;
  #retryAt = -Infinity;
  #trouble = "";

  /**
   * Nothing is connected before the first question.
   *
   * @param timeout milliseconds in which it must have answered.
   */
  constructor(server: ServerAddress, address: string, clock: Clock, timeout: number) {
    this.address = address;
    this.#admin = new Admin(server, { timeout });
    this.#clock = clock;
  }

  /**
   * Asks, or gives what was answered a moment ago.
   *
   * @param key the same for the same question.
   * @throws {ServerGone} when the server does not answer.
   * @throws {CommandRefusedError | UnsupportedError} when it cannot tell.
   */
  async ask<Answer>(
    key: string,
    question: (server: TextConnection) => Promise<Answer>,
  ): Promise<Answer> {
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.#clock.now() < kept.until) return kept.answer as Answer;
    if (this.#clock.now() < this.#retryAt) throw this.#gone();
    const next: Kept = { answer: this.#ask(question), until: Infinity };
    this.#keep(key, next);
    const begin = this.#clock.now();
    try {
      return await next.answer as Answer;
    } finally {
      const now = this.#clock.now();
      next.until = now + Math.max(FRESH, (now - begin) * REST);
    }
  }

  /** Closes the connection. */
  close(): Promise<void> {
    return this.#admin.close();
  }

  async #ask<Answer>(question: (server: TextConnection) => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await this.#admin.ask(question);
      this.#failures = 0;
      return answer;
    } catch (error) {
      if (error instanceof CommandRefusedError || error instanceof UnsupportedError) throw error;
      this.#fail(error);
      throw this.#gone();
    }
  }

  #fail(error: unknown): void {
    // Of several questions that fail together the first counts.
    if (this.#clock.now() < this.#retryAt) return;
    this.#trouble = error instanceof ConnectError
      ? error.message
      : `No answer from ${this.address}: ${messageOf(error)}`;
    const wait = Math.min(FIRST_RETRY * 2 ** this.#failures++, LONGEST_RETRY);
    this.#retryAt = this.#clock.now() + wait;
    this.#kept.clear();
  }

  #gone(): ServerGone {
    const seconds = Math.max(1, Math.ceil((this.#retryAt - this.#clock.now()) / 1000));
    return new ServerGone(`${this.#trouble}. It is asked again in ${seconds} s.`);
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) break;
      this.#kept.delete(oldest);
    }
  }
}
