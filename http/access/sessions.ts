import type { Clock } from "../../router/mod.ts";
import { digestOf, type KnownToken, type Tokens } from "./tokens.ts";

/** How long a login lasts, in seconds. */
export const SESSION_SECONDS = 12 * 60 * 60;
/** More than there are people at a server; beyond that the oldest ones end. */
const MOST_SESSIONS = 1000;
const ID_BYTES = 32;

interface Session {
  /** That of the token by which somebody logged in. */
  readonly digest: Uint8Array;
  /** By the clock of the server, in milliseconds. */
  readonly ends: number;
}

/** Who is logged in, in memory: a restart ends all sessions, and so does the end of their token. */
export class Sessions {
  readonly #tokens: Tokens;
  readonly #clock: Clock;
  /** By digests of their ids, oldest first: what somebody guesses is not compared with an id. */
  readonly #open = new Map<string, Session>();

  /** Begins without sessions. */
  constructor(tokens: Tokens, clock: Clock) {
    this.#tokens = tokens;
    this.#clock = clock;
  }

  /** Begins one; returns its id, which nobody can guess. */
  async begin({ digest }: KnownToken): Promise<string> {
    const id = hex(crypto.getRandomValues(new Uint8Array(ID_BYTES)));
    const ends = this.#clock.now() + SESSION_SECONDS * 1000;
    this.#open.set(await keyOf(id), { digest, ends });
    for (const key of this.#open.keys()) {
      if (this.#open.size <= MOST_SESSIONS) break;
      this.#open.delete(key);
    }
    return id;
  }

  /** The token of a session that has not ended; null if there is none. */
  async find(id: string): Promise<KnownToken | null> {
    const key = await keyOf(id);
    const session = this.#open.get(key);
    if (session === undefined) return null;
    const token = session.ends <= this.#clock.now()
      ? null
      : await this.#tokens.withDigest(session.digest);
    if (token === null) this.#open.delete(key);
    return token;
  }

  /** Ends a session, if there is one with this id. */
  async end(id: string): Promise<void> {
    this.#open.delete(await keyOf(id));
  }
}

async function keyOf(id: string): Promise<string> {
  return hex(await digestOf(id));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
