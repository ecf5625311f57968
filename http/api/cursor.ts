import { base64Of, bytesOfBase64, bytesOfText, textOf } from "./json.ts";
import { BadRequest } from "./query.ts";

/**
 * Where the next part of a list begins: behind the last item of the part before, whatever came and went
 * meanwhile. For clients it is a word that only this server understands.
 */
export type Cursor = readonly (number | string)[];

/** A cursor as clients get it. */
export function cursorText(cursor: Cursor): string {
  return base64Of(bytesOfText(JSON.stringify(cursor)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * The cursor that a client has sent back.
 *
 * @param kinds of its parts.
 * @throws {BadRequest} if it is none of this list.
 */
export function cursorOf(
  text: string | undefined,
  kinds: readonly ("number" | "string")[],
): Cursor | null {
  if (text === undefined) return null;
  const bytes = bytesOfBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
  try {
    const cursor = JSON.parse(bytes === null ? "" : textOf(bytes));
    const fits = Array.isArray(cursor) && cursor.length === kinds.length &&
      kinds.every((kind, index) => typeof cursor[index] === kind);
    if (fits) return cursor;
  } catch {
    // What follows is said of whatever is no cursor.
  }
  throw new BadRequest("cursor must be the next of the page before");
}
