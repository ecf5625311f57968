/**
 * Names and texts of others as something to look at: what would not be seen, or would turn the
 * reading direction, is written as an escape.
 *
 * @module
 */

/** Control characters, direction overrides, and characters that take no room. */
const UNSEEN =
  // deno-lint-ignore no-control-regex
  /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\udb40[\udc00-\udfff]/g;

/** A part of a text: as it is, or an escape. */
export interface TextPart {
  readonly text: string;
  readonly isEscape: boolean;
}

function escaped(unseen: string): string {
  const code = unseen.codePointAt(0)!;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\u{${code.toString(16)}}`;
}

/** The parts of a text; line ends and tabs stay in one of several lines. */
export function partsOf(text: string, severalLines = false): TextPart[] {
  const parts: TextPart[] = [];
  let start = 0;
  for (const match of text.matchAll(UNSEEN)) {
    if (severalLines && (match[0] === "\n" || match[0] === "\t")) continue;
    if (match.index > start) {
      parts.push({ text: text.slice(start, match.index), isEscape: false });
    }
    parts.push({ text: escaped(match[0]), isEscape: true });
    start = match.index + match[0].length;
  }
  if (start < text.length) parts.push({ text: text.slice(start), isEscape: false });
  return parts;
}

/** The text in one line, for titles and labels. */
export function visible(text: string): string {
  return text.replace(UNSEEN, escaped);
}

/** The bytes behind base64. */
export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** A name as a part of a URL, byte by byte if it is no UTF-8. */
export function encodedName(name: string, base64?: string): string {
  if (base64 === undefined) return encodeURIComponent(name.toWellFormed());
  let encoded = "";
  for (const byte of bytesOf(base64)) {
    const character = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9_.!~*'()-]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** What a part of a URL says, to look at until the server has told the name: escapes stay if they are no UTF-8. */
export function decodedName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
