/**
 * The text protocol's lines: words of a command, escaping of names, error lines.
 *
 * @module
 */

const SPACE = 0x20;
const DELETE = 0x7f;
const PERCENT = 0x25;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * The words of a text line. As in the C server they are separated by runs of spaces, and a line
 * that begins with a space has an empty first word, which is no command.
 *
 * @example
 * ```ts
 * import { words } from "@geartrain/server/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const line = new TextEncoder().encode("maxqueue  resize 10");
 * assertEquals(words(line, 0, line.length), ["maxqueue", "resize", "10"]);
 * ```
 */
export function words(bytes: Uint8Array, start: number, end: number): string[] {
  const text = decodeName(bytes.subarray(start, end));
  const found = text.split(/ +/);
  if (found.length > 1 && found[found.length - 1] === "") found.pop();
  return found;
}

/**
 * A name as text output shows it: control characters and spaces are percent-escaped, so that no
 * client forges lines or columns; so is a percent sign that would read as such an escape.
 *
 * @example
 * ```ts
 * import { escapeName } from "@geartrain/server/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(escapeName(new TextEncoder().encode("a\nb c")), "a%0Ab%20c");
 * assertEquals(escapeName(new TextEncoder().encode("100%")), "100%");
 * ```
 */
export function escapeName(name: Uint8Array): string {
  let escaped = "";
  let plainFrom = 0;
  for (let index = 0; index < name.length; index++) {
    const byte = name[index];
    if (byte > SPACE && byte !== DELETE && (byte !== PERCENT || !readsAsEscape(name, index))) {
      continue;
    }
    escaped += decoder.decode(name.subarray(plainFrom, index));
    escaped += "%" + byte.toString(16).toUpperCase().padStart(2, "0");
    plainFrom = index + 1;
  }
  return escaped + decoder.decode(name.subarray(plainFrom));
}

function readsAsEscape(name: Uint8Array, percent: number): boolean {
  return isHexDigit(name[percent + 1]) && isHexDigit(name[percent + 2]);
}

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) ||
    (byte >= 0x61 && byte <= 0x66);
}

/**
 * A name as a JavaScript string: UTF-8, with U+FFFD for what is none.
 *
 * Everything the server compares, it compares as bytes; this is for people and for text commands.
 */
export function decodeName(name: Uint8Array): string {
  return decoder.decode(name);
}

/** The bytes of a name given as a string. */
export function encodeName(name: string): Uint8Array {
  return encoder.encode(name);
}

/**
 * An error line of the text protocol: code, then the text with `+` for spaces.
 *
 * @example
 * ```ts
 * import { errorLine } from "@geartrain/server/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(errorLine("UNKNOWN_JOB"), "ERR UNKNOWN_JOB\r\n");
 * assertEquals(
 *   errorLine("UNKNOWN_COMMAND", "Unknown server command"),
 *   "ERR UNKNOWN_COMMAND Unknown+server+command\r\n",
 * );
 * ```
 */
export function errorLine(code: string, text = ""): string {
  return text === "" ? `ERR ${code}\r\n` : `ERR ${code} ${text.replaceAll(" ", "+")}\r\n`;
}
