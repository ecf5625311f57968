/**
 * The text protocol's lines: words of a command, escaping of names, error lines.
 *
 * Text is handled as byte strings, one character below U+0100 for each byte: names are whatever
 * bytes a peer chose, and come out as they went in.
 *
 * @module
 */

const SPACE = 0x20;
const DELETE = 0x7f;
const PERCENT = 0x25;

// A byte order mark is part of a name like any other bytes.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * `bytes[start..end)` as a byte string.
 *
 * @example
 * ```ts
 * import { byteString } from "@geartrain/server/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(byteString(new Uint8Array([0x6f, 0x6b, 0xff])), "ok\u00ff");
 * ```
 */
export function byteString(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let text = "";
  for (let position = start; position < end; position++) {
    text += String.fromCharCode(bytes[position]);
  }
  return text;
}

/**
 * The words of a text line, as byte strings. As in the C server they are separated by runs of
 * spaces, and a line that begins with a space has an empty first word, which is no command.
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
  const found = byteString(bytes, start, end).split(/ +/);
  if (found.length > 1 && found[found.length - 1] === "") found.pop();
  return found;
}

/**
 * A name as text output shows it, as a byte string: control characters and spaces are
 * percent-escaped, so that no client forges lines or columns; so is a percent sign that would read
 * as such an escape. {@linkcode unescapeName} reverses it.
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
export function escapeName(
  name: Uint8Array,
  start = 0,
  end: number = name.length,
): string {
  let escaped = "";
  for (let index = start; index < end; index++) {
    const byte = name[index];
    const plain = byte > SPACE && byte !== DELETE &&
      (byte !== PERCENT || !isHexDigit(name[index + 1]) || !isHexDigit(name[index + 2]));
    escaped += plain
      ? String.fromCharCode(byte)
      : "%" + byte.toString(16).toUpperCase().padStart(2, "0");
  }
  return escaped;
}

function isHexDigit(byte: number | undefined): boolean {
  return byte !== undefined &&
    ((byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) ||
      (byte >= 0x61 && byte <= 0x66));
}

/**
 * The bytes of a name that a text command gives as a word, escapes undone.
 *
 * @example
 * ```ts
 * import { encodeName, escapeName, unescapeName } from "@geartrain/server/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const name = encodeName("a b");
 * assertEquals(unescapeName("a%20b"), name);
 * assertEquals(unescapeName(escapeName(name)), name);
 * ```
 */
export function unescapeName(word: string): Uint8Array {
  const text = word.replace(
    /%([0-9A-Fa-f]{2})/g,
    (_, hex: string) => String.fromCharCode(parseInt(hex, 16)),
  );
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * A name for a log: UTF-8 with U+FFFD for what is none, escaped like {@linkcode escapeName}.
 *
 * @example
 * ```ts
 * import { displayName, encodeName } from "@geartrain/server/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(displayName(encodeName("größe\n")), "größe%0A");
 * assertEquals(displayName(new Uint8Array([0xff])), "\ufffd");
 * ```
 */
export function displayName(name: Uint8Array, start = 0, end: number = name.length): string {
  const escaped = escapeName(name, start, end);
  return decodeName(Uint8Array.from(escaped, (character) => character.charCodeAt(0)));
}

/**
 * A name as a JavaScript string: UTF-8, with U+FFFD for what is none.
 *
 * Everything the server compares, it compares as bytes; this is for people and programs.
 *
 * @example
 * ```ts
 * import { decodeName } from "@geartrain/server/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(decodeName(new Uint8Array([0xc3, 0xa4])), "ä");
 * assertEquals(decodeName(new Uint8Array([0xff])), "\ufffd");
 * ```
 */
export function decodeName(name: Uint8Array): string {
  return decoder.decode(name);
}

/**
 * The bytes of a name given as a string.
 *
 * @example
 * ```ts
 * import { encodeName } from "@geartrain/server/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...encodeName("ä")], [0xc3, 0xa4]);
 * ```
 */
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
