import type { HttpContext } from "../access/env.ts";
import { bytesOfBase64, bytesOfText } from "./json.ts";
import { BadRequest, quoted } from "./query.ts";

/** A JSON object of a client: its fields are looked at one by one, and none of them is a prototype's. */
export class Fields {
  readonly #values: ReadonlyMap<string, unknown>;

  /**
   * @param known the fields that it may have.
   * @throws {BadRequest} for anything but an object, and for another field.
   */
  constructor(value: unknown, known: readonly string[]) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new BadRequest("A JSON object is expected");
    }
    this.#values = new Map(Object.entries(value));
    for (const name of this.#values.keys()) {
      if (!known.includes(name)) throw new BadRequest(`There is no field ${quoted(name)} here`);
    }
  }

  /** A text; undefined if it is missing or null. */
  text(name: string): string | undefined {
    return this.#value(name, "a text", (value) => typeof value === "string");
  }

  /** True or false. */
  flag(name: string): boolean | undefined {
    return this.#value(name, "true or false", (value) => typeof value === "boolean");
  }

  /** A number that is not negative. */
  number(name: string): number | undefined {
    return this.#value(
      name,
      "a number, at least 0",
      (value) => typeof value === "number" && value >= 0,
    );
  }

  /** One of some words. */
  word<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    return this.#value(
      name,
      `one of ${words.join(", ")}`,
      (value) => (words as readonly unknown[]).includes(value),
    );
  }

  /** Bytes: a text, or base64 in the field with that word behind its name. */
  bytes(name: string): Uint8Array | undefined {
    const text = this.text(name);
    const base64 = this.text(`${name}Base64`);
    if (base64 === undefined) return text === undefined ? undefined : bytesOfText(text);
    if (text !== undefined) throw new BadRequest(`${name} is there twice, once as base64`);
    const bytes = bytesOfBase64(base64);
    if (bytes === null) throw new BadRequest(`${name}Base64 is no base64`);
    return bytes;
  }

  #value<Value>(
    name: string,
    expected: string,
    isRight: (value: unknown) => boolean,
  ): Value | undefined {
    const value = this.#values.get(name) ?? undefined;
    if (value === undefined || isRight(value)) return value as Value | undefined;
    throw new BadRequest(`${name} must be ${expected}`);
  }
}

/**
 * The JSON in the body of a request.
 *
 * @throws {BadRequest} if it is none.
 */
export async function jsonBody(c: HttpContext): Promise<unknown> {
  return jsonIn(await c.req.text());
}

/** The JSON in a text. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadRequest("The body is no JSON");
  }
}
