import type { HttpToken } from "../parts.ts";

/** A token, and what it is compared by. */
export interface KnownToken extends HttpToken {
  readonly digest: Uint8Array;
}

const encoder = new TextEncoder();

/**
 * The tokens of a server. What somebody shows is compared with all of them by digests and to their last
 * byte, so that the time it takes tells nothing.
 */
export class Tokens {
  #known: Promise<readonly KnownToken[]>;
  #isEmpty: boolean;

  /** Those that hold at first. */
  constructor(tokens: readonly HttpToken[]) {
    this.#isEmpty = tokens.length === 0;
    this.#known = withDigests(tokens);
  }

  /** Are there none, so that everybody is let in? */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Others hold from now on. */
  replace(tokens: readonly HttpToken[]): void {
    this.#isEmpty = tokens.length === 0;
    this.#known = withDigests(tokens);
  }

  /** The token that somebody shows; null if it is none. */
  async find(shown: string): Promise<KnownToken | null> {
    return this.withDigest(await digestOf(shown));
  }

  /** The token with a digest, if it still holds. */
  async withDigest(digest: Uint8Array): Promise<KnownToken | null> {
    let found: KnownToken | null = null;
    for (const token of await this.#known) if (isEqual(token.digest, digest)) found = token;
    return found;
  }
}

function withDigests(tokens: readonly HttpToken[]): Promise<readonly KnownToken[]> {
  return Promise.all(
    tokens.map(async (token) => ({ ...token, digest: await digestOf(token.token) })),
  );
}

/** SHA-256 of a text. */
export async function digestOf(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

/** Compares all bytes, wherever the first difference is. */
function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  for (let index = 0; index < one.length; index++) difference |= one[index] ^ other[index];
  return difference === 0;
}
