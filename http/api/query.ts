import { bytesOfUrl, textOf } from "./json.ts";

/** What a client asked for is wrong: it gets 400 with the message. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
}

const DEFAULT_LIMIT = 100;
const MOST_ITEMS = 1000;

/** The query of a URL by bytes: what a name was before it was percent-encoded, even if that is no UTF-8. */
export class Query {
  readonly #values = new Map<string, Uint8Array>();

  /**
   * @param known what may be asked for.
   * @throws {BadRequest} for another name, or one that is there twice.
   */
  constructor(url: string, known: readonly string[]) {
    const start = url.indexOf("?");
    const query = start < 0 ? "" : url.slice(start + 1).split("#")[0];
    for (const part of query.split("&")) {
      if (part === "") continue;
      const [, encodedName, value] = /^([^=]*)=?([^]*)$/.exec(part.replaceAll("+", "%20"))!;
      const name = textOf(bytesOfUrl(encodedName));
      if (!known.includes(name)) throw new BadRequest(`There is no parameter ${quoted(name)} here`);
      if (this.#values.has(name)) throw new BadRequest(`${name} is there twice`);
      this.#values.set(name, bytesOfUrl(value));
    }
  }

  /** The bytes of a value; undefined without one, and for an empty one. */
  bytes(name: string): Uint8Array | undefined {
    const bytes = this.#values.get(name);
    return bytes === undefined || bytes.length === 0 ? undefined : bytes;
  }

  /** The same as text. */
  text(name: string): string | undefined {
    const bytes = this.bytes(name);
    return bytes === undefined ? undefined : textOf(bytes);
  }

  /**
   * A number that is not negative.
   *
   * @throws {BadRequest} for anything else.
   */
  number(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^\d+(\.\d+)?$/.test(text)) throw new BadRequest(`${name} must be a number, at least 0`);
    return Number(text);
  }

  /**
   * Words with commas between them.
   *
   * @throws {BadRequest} for a word that is not known.
   */
  words<Word extends string>(name: string, known: readonly Word[]): Word[] | undefined {
    const words = this.text(name)?.split(",");
    const unknown = words?.find((word) => !(known as readonly string[]).includes(word));
    if (unknown === undefined) return words as Word[] | undefined;
    throw new BadRequest(`${name} has ${quoted(unknown)}; there are ${known.join(", ")}`);
  }

  /**
   * How many items a page is to have.
   *
   * @throws {BadRequest} if it is no number from 1 on.
   */
  limit(): number {
    const limit = this.number("limit") ?? DEFAULT_LIMIT;
    if (limit >= 1 && Number.isInteger(limit)) return Math.min(limit, MOST_ITEMS);
    throw new BadRequest(`limit must be an integer from 1 to ${MOST_ITEMS}`);
  }
}

/** A text of somebody in a message. */
export function quoted(text: string): string {
  const MOST = 100;
  return JSON.stringify(text.length > MOST ? `${text.slice(0, MOST)}...` : text);
}
