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
/** How many arguments a call gets at most: with more the stack may overflow. */
const MOST_ARGUMENTS = 4096;

// A byte order mark is part of a name like any other bytes.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
/** Stands for bytes that are not UTF-8. */
const REPLACEMENT = "\ufffd";
const REPLACEMENT_BYTES = "\xef\xbf\xbd";

/** Longest unique and reducer in bytes, as in the C server. */
export const MAX_UNIQUE_LENGTH = 64;
/** Longest function name in bytes, as in libgearman. */
export const MAX_FUNCTION_LENGTH = 512;

/** `bytes[start..end)` as a byte string. */
export function byteString(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let text = "";
  // In one piece: a string that grows by a character takes 32 bytes for each of them.
  for (let position = start; position < end; position += MOST_ARGUMENTS) {
    const piece = bytes.subarray(position, Math.min(end, position + MOST_ARGUMENTS));
    text += String.fromCharCode.apply(null, piece as unknown as number[]);
  }
  return text;
}

/**
 * The words of a text line, as byte strings. As in the C server they are separated by runs of
 * spaces, and a line that begins with a space has an empty first word, which is not a command.
 */
export function words(bytes: Uint8Array, start: number, end: number): string[] {
  const found = byteString(bytes, start, end).split(/ +/);
  if (found.length > 1 && found[found.length - 1] === "") found.pop();
  return found;
}

/** The bytes of a byte string: {@linkcode byteString} reversed. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * A name as text output shows it, as a byte string: as it is, but for control characters, which are
 * percent-escaped, so that no client forges lines or columns. {@linkcode unescapeName} reverses it
 * for names without percent signs of their own.
 */
export function escapeName(
  name: Uint8Array,
  start = 0,
  end: number = name.length,
): string {
  let index = start;
  while (index < end && !isControl(name[index])) index++;
  // Nearly every name is as it is shown.
  let escaped = byteString(name, start, index);
  for (; index < end; index++) {
    const byte = name[index];
    escaped += isControl(byte) ? escapedByte(byte) : String.fromCharCode(byte);
  }
  return escaped;
}

function isControl(byte: number): boolean {
  return byte < SPACE || byte === DELETE;
}

function escapedByte(byte: number): string {
  return "%" + byte.toString(16).toUpperCase().padStart(2, "0");
}

/**
 * The bytes of a name that a text command gives as a word, escapes undone. What a word means is the
 * literal name first: see {@linkcode bytesOf}.
 */
export function unescapeName(word: string): Uint8Array {
  return bytesOf(word.replace(
    /%([0-9A-Fa-f]{2})/g,
    (_, hex: string) => String.fromCharCode(parseInt(hex, 16)),
  ));
}

/**
 * A name for a log: a string as {@linkcode decodeName} makes it, with control characters escaped as
 * by {@linkcode escapeName}.
 */
export function displayName(name: Uint8Array, start = 0, end: number = name.length): string {
  return decodeName(bytesOf(escapeName(name, start, end)));
}

/**
 * A name as a JavaScript string: its UTF-8, and bytes that are none as `%` with two hexadecimal
 * digits. So a binary unique stays what it is, and a text command understands it.
 *
 * Everything the server compares, it compares as bytes; this is for people and programs.
 */
export function decodeName(name: Uint8Array): string {
  const text = decoder.decode(name);
  return text.includes(REPLACEMENT) ? decodeBinary(name) : text;
}

/** The same character by character: a name may hold the replacement character itself. */
function decodeBinary(name: Uint8Array): string {
  let text = "";
  for (let position = 0; position < name.length;) {
    const length = utf8Length(name[position]);
    const bytes = name.subarray(position, position + length);
    const character = decoder.decode(bytes);
    if (character.includes(REPLACEMENT) && byteString(bytes) !== REPLACEMENT_BYTES) {
      text += escapedByte(name[position++]);
    } else {
      text += character;
      position += length;
    }
  }
  return text;
}

/** How many bytes a character has that begins with this one. */
function utf8Length(first: number): number {
  return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** The bytes of a name given as a string. */
export function encodeName(name: string): Uint8Array {
  return encoder.encode(name);
}

/** Host and port as everything shows them: an IPv6 address stands in brackets. */
export function hostAndPort(hostname: string, port: number): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** An error line of the text protocol: code, then the text with `+` for spaces. */
export function errorLine(code: string, text = ""): string {
  return text === "" ? `ERR ${code}\r\n` : `ERR ${code} ${text.replaceAll(" ", "+")}\r\n`;
}
