import type { PeerAddress } from "../../router/mod.ts";
import { peerAddress, type PeerFacts } from "../../router/model/peer.ts";
import type { PeerAnswer } from "./types.ts";

const encoder = new TextEncoder();
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes as text: their UTF-8, or else `\xNN` for each byte beyond ASCII. */
export function textOf(bytes: Uint8Array): string {
  return strictText(bytes) ??
    Array.from(bytes, (byte) => byte < 0x80 ? String.fromCharCode(byte) : escaped(byte)).join("");
}

/**
 * The text of a name among those of a list, by which no other name stands: `\xNN` may also be what a
 * name says. A half of a pair of characters is in no UTF-8.
 */
export function textInList(bytes: Uint8Array): string {
  return strictText(bytes) ?? `${textOf(bytes)}\ud800${base64Of(bytes)}`;
}

function escaped(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

function strictText(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/** Fields of an answer for some bytes: the text, and the bytes in base64 if the text does not tell them. */
export type TextFields<Name extends string> =
  & { readonly [Key in Name]: string }
  & { readonly [Key in `${Name}Base64`]?: string };

/** The fields for some bytes, under a name of the API's own. */
export function textFields<Name extends string>(name: Name, bytes: Uint8Array): TextFields<Name> {
  const isText = strictText(bytes) !== null;
  const fields = { [name]: textOf(bytes), ...(!isText && { [`${name}Base64`]: base64Of(bytes) }) };
  return fields as TextFields<Name>;
}

/** Base64 of some bytes. */
export function base64Of(bytes: Uint8Array): string {
  const PART = 0x8000;
  let binary = "";
  for (let start = 0; start < bytes.length; start += PART) {
    binary += String.fromCharCode(...bytes.subarray(start, start + PART));
  }
  return btoa(binary);
}

/** The bytes of base64; null if it is none. */
export function bytesOfBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

/** The bytes of a text. */
export function bytesOfText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The bytes of a part of a URL: `%NN` is a byte, anything else is UTF-8. */
export function bytesOfUrl(part: string): Uint8Array {
  const bytes = encoder.encode(part);
  const decoded = new Uint8Array(bytes.length);
  let length = 0;
  for (let index = 0; index < bytes.length; index++) {
    const [, digits] = bytes[index] === PERCENT
      ? /^%([0-9a-f]{2})/i.exec(String.fromCharCode(...bytes.subarray(index, index + 3))) ?? []
      : [];
    decoded[length++] = digits === undefined ? bytes[index] : parseInt(digits, 16);
    if (digits !== undefined) index += 2;
  }
  return decoded.subarray(0, length);
}
const PERCENT = 0x25;

/** A time in milliseconds since the Unix epoch as ISO 8601; one beyond all dates is the last date. */
export function timeText(milliseconds: number): string {
  return new Date(Math.min(milliseconds, LAST_DATE)).toISOString();
}
const LAST_DATE = 8.64e15;

/** The same, of a time that may be missing. */
export function timeTextOrNull(milliseconds: number | null): string | null {
  return milliseconds === null ? null : timeText(milliseconds);
}

/** A duration in seconds; null for an unknown one. */
export function secondsOrNull(milliseconds: number | null): number | null {
  return milliseconds === null ? null : milliseconds / 1000;
}

/** A client or worker. */
export function peerAnswer({ id, clientId, address }: PeerFacts): PeerAnswer {
  return { id, ...textFields("clientId", clientId), address: addressText(address) };
}

function addressText(address: PeerAddress | null): string | null {
  return address === null ? null : peerAddress(address);
}

/** The same, of one that may be unknown. */
export function peerAnswerOrNull(peer: PeerFacts | null): PeerAnswer | null {
  return peer === null ? null : peerAnswer(peer);
}
