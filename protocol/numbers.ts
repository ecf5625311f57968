/**
 * Numbers as they stand in packets: decimal text, read the way C reads it.
 *
 * @module
 */

import { byteString } from "./text.ts";

const ZERO = 0x30;
const PLUS = 0x2b;
const MINUS = 0x2d;

/** So many digits always fit a number exactly, */
const EXACT_DIGITS = 15;
/** and more than this never fit 64 bits. */
const INT64_DIGITS = 19;
/** The ends of signed 64-bit numbers. */
const LARGEST_INT64 = 2n ** 63n - 1n;
const SMALLEST_INT64 = -(2n ** 63n);

/**
 * The integer that `bytes[start..end)` begins with, as `strtoll` reads it: leading white space and
 * a sign are allowed, and reading ends at the first byte that is not a digit.
 *
 * @returns `NaN` when there is no digit, an infinite number for one that does not fit 64 bits. Beyond
 * 2^53 the value is approximate.
 */
export function readInteger(bytes: Uint8Array, start: number, end: number): number {
  let position = start;
  while (position < end && isSpace(bytes[position])) position++;
  const sign = bytes[position];
  if (position < end && (sign === MINUS || sign === PLUS)) position++;
  if (position === end || !isDigit(bytes[position])) return NaN;
  while (position < end - 1 && bytes[position] === ZERO) position++;
  const digits = position;
  let value = 0;
  while (position < end && isDigit(bytes[position])) {
    value = value * 10 + (bytes[position++] - ZERO);
  }
  const isNegative = sign === MINUS;
  // Beyond what a number holds exactly, step by step would round at every step.
  if (position - digits > EXACT_DIGITS) return longInteger(bytes, digits, position, isNegative);
  return isNegative ? -value : value;
}

function longInteger(
  bytes: Uint8Array,
  start: number,
  end: number,
  isNegative: boolean,
): number {
  if (end - start > INT64_DIGITS) return isNegative ? -Infinity : Infinity;
  const magnitude = BigInt(byteString(bytes, start, end));
  const value = isNegative ? -magnitude : magnitude;
  if (value > LARGEST_INT64) return Infinity;
  return value < SMALLEST_INT64 ? -Infinity : Number(value);
}

/** Does a number read by {@linkcode readInteger} fit into 64 bits? */
export function isInt64(value: number): boolean {
  return Number.isFinite(value);
}

/**
 * A WORK_STATUS number as the C server stores it: `atoi` into 32 unsigned bits, so `-1` is
 * 4294967295, `abc` is 0 and `1.5` is 1.
 */
export function readStatusNumber(bytes: Uint8Array, start: number, end: number): number {
  const value = readInteger(bytes, start, end);
  if (Number.isNaN(value)) return 0;
  // strtol saturates at the ends of 64 bits, whose low 32 bits are all ones and all zeros.
  if (Math.abs(value) >= 2 ** 63) return value > 0 ? 0xffffffff : 0;
  return value >>> 0;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
