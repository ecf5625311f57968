import type { OutputBuffer } from "./output_buffer.ts";
import { encodeName } from "./text.ts";
import { equalBytes } from "./buffer_pool.ts";

/** Longest handle in bytes: libgearman keeps them in 64 bytes with a NUL. */
export const MAX_HANDLE_LENGTH = 63;

/** Decimal digits of the boot id. */
export const BOOT_ID_LENGTH = 12;

/** How many decimal digits the number of a job has: enough for thirty years at 100,000 jobs a second. */
const DIGITS = 14;

/** Longest prefix in bytes that leaves room for a colon, boot id and number. */
export const MAX_HANDLE_PREFIX_LENGTH: number = MAX_HANDLE_LENGTH - 1 - BOOT_ID_LENGTH - DIGITS;

/** How what stands behind the last colon of a handle is written: a boot id, then a number. */
export interface HandleForm {
  /** What a boot id is. */
  readonly bootId: RegExp;
  /** Length of a boot id. */
  readonly bootIdLength: number;
  /** What a number is written in. */
  readonly radix: 10 | 16;
  /** With how many digits each number is written. */
  readonly digits: number;
  /** How many of the last digits usually change from job to job; those before them seldom do. */
  readonly lowDigits: number;
}

/** The form of the C server: nothing but decimal digits stands behind the last colon. */
const DECIMAL: HandleForm = {
  bootId: /^[0-9]+$/,
  bootIdLength: BOOT_ID_LENGTH,
  radix: 10,
  digits: DIGITS,
  lowDigits: 8,
};
/** The form of the first version. A store that has such jobs keeps it, so that their handles stay valid. */
const HEXADECIMAL: HandleForm = {
  bootId: /^[0-9A-Za-z]+$/,
  bootIdLength: 9,
  radix: 16,
  digits: 13,
  lowDigits: 7,
};

/** Both forms. What stands behind the last colon is longer in the first: that tells them apart. */
export const HANDLE_FORMS: readonly HandleForm[] = [DECIMAL, HEXADECIMAL];

/**
 * The form of handles that begin with a prefix, a colon and a boot id; null if there are none.
 *
 * @param base what they begin with, up to the number.
 */
export function handleFormOf(base: string): HandleForm | null {
  // deno-lint-ignore no-control-regex
  const [, prefix, bootId] = /^([^\x00-\x20\x7f]+):([^:]*)$/.exec(base) ?? [];
  if (prefix === undefined) return null;
  const form = HANDLE_FORMS.find(({ bootIdLength }) => bootIdLength === bootId.length);
  if (form === undefined || !form.bootId.test(bootId)) return null;
  return encodeName(base).length + form.digits > MAX_HANDLE_LENGTH ? null : form;
}

/** The handle with a number as a string. */
export function handleText(base: string, { radix, digits }: HandleForm, number: number): string {
  return base + number.toString(radix).padStart(digits, "0");
}

/** Does a base make handles of the form that stores had at first? */
export function isOldHandleBase(base: string): boolean {
  return handleFormOf(base) === HEXADECIMAL;
}

/**
 * The handles of the jobs of one router or store: `<prefix>:<boot id><number>`. The boot id differs
 * from start to start, or from store to store, so no handle ever comes back; and the number has a fixed
 * width, so none is a prefix of another (libgearman 2.0.0 compares only as many bytes as the shorter
 * one has).
 *
 * They are written to and read from packets digit by digit; no string is made. What differs least is
 * compared and copied in one piece: the base, and the first digits of the numbers in use.
 */
export class JobHandles {
  /** What all of them begin with, up to the number. */
  readonly base: string;
  /** Length of each in bytes. */
  readonly length: number;
  readonly #form: HandleForm;
  readonly #baseLength: number;
  /** How many numbers have the same first digits. */
  readonly #lowCount: number;
  /** How many bytes are the base and the first digits. */
  readonly #headLength: number;
  /** The handle that was written last. */
  readonly #last: Uint8Array;
  /** The number in it. */
  #lastNumber = 0;
  /** The least number with the same first digits. */
  #headNumber = 0;

  /**
   * Handles that begin with a base.
   *
   * @throws {RangeError} when there are none.
   */
  constructor(base: string) {
    const form = handleFormOf(base);
    if (form === null) {
      throw new RangeError(`No handles can begin with ${JSON.stringify(base)}`);
    }
    this.base = base;
    this.#form = form;
    this.#lowCount = form.radix ** form.lowDigits;
    this.#last = encodeName(this.text(0));
    this.length = this.#last.length;
    this.#baseLength = this.length - form.digits;
    this.#headLength = this.length - form.lowDigits;
  }

  /** The number in the handle `bytes[start..end)`, or -1 if it is none of these. */
  read(bytes: Uint8Array, start: number, end: number): number {
    if (end - start !== this.length) return -1;
    const isSame = equalBytes(bytes, start, this.#last, 0, this.#headLength);
    const headNumber = isSame ? this.#headNumber : this.#readHead(bytes, start);
    const low = this.#readDigits(bytes, start + this.#headLength, end);
    return headNumber < 0 || low < 0 ? -1 : headNumber + low;
  }

  /** The least number with the first digits of a handle that has other ones than the last written. */
  #readHead(bytes: Uint8Array, start: number): number {
    if (!equalBytes(bytes, start, this.#last, 0, this.#baseLength)) return -1;
    const high = this.#readDigits(bytes, start + this.#baseLength, start + this.#headLength);
    return high < 0 ? -1 : high * this.#lowCount;
  }

  #readDigits(bytes: Uint8Array, start: number, end: number): number {
    return this.#form === DECIMAL
      ? readDecimal(bytes, start, end)
      : readHexadecimal(bytes, start, end);
  }

  /** Appends the handle with a number to a packet. */
  write(number: number, out: OutputBuffer): void {
    if (number !== this.#lastNumber) this.#move(number);
    out.bytes(this.#last, 0, this.length);
  }

  /** Turns the last handle into that with a number. */
  #move(number: number): void {
    const bytes = this.#last;
    const end = this.length - 1;
    const before = this.#lastNumber;
    this.#lastNumber = number;
    // Mostly it is the next one. From 0 to 8 its last digit grows by one in both forms.
    if (number === before + 1 && bytes[end] < NINE) bytes[end]++;
    else if (number < this.#headNumber || number >= this.#headNumber + this.#lowCount) {
      this.#headNumber = number - number % this.#lowCount;
      bytes.set(encodeName(this.text(number)));
    } else this.#writeLow(number - this.#headNumber, before - this.#headNumber);
  }

  /** Writes the last digits, up to where they are those of the number before. */
  #writeLow(low: number, lowBefore: number): void {
    const { radix } = this.#form;
    for (let index = this.length - 1; low !== lowBefore; index--) {
      const digit = low % radix;
      this.#last[index] = digit < 10 ? ZERO + digit : LETTER_A + digit - 10;
      // A quotient that is no integer would take memory where code is interpreted.
      low = (low - digit) / radix;
      lowBefore = (lowBefore - lowBefore % radix) / radix;
    }
  }

  /** The handle with a number as a string. */
  text(number: number): string {
    return handleText(this.base, this.#form, number);
  }
}

const ZERO = 0x30;
const NINE = 0x39;
const LETTER_A = 0x61;

function readDecimal(bytes: Uint8Array, start: number, end: number): number {
  let number = 0;
  for (let position = start; position < end; position++) {
    const digit = bytes[position] - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function readHexadecimal(bytes: Uint8Array, start: number, end: number): number {
  let number = 0;
  for (let position = start; position < end; position++) {
    const digit = hexDigit(bytes[position]);
    if (digit < 0) return -1;
    number = number * 16 + digit;
  }
  return number;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
}
