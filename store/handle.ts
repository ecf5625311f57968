import { encodeName } from "../protocol/mod.ts";
import { BOOT_ID_LENGTH, MAX_HANDLE_PREFIX_LENGTH } from "../router/job_table.ts";
import { type JobStore, StoreError } from "./store.ts";

/** Hexadecimal digits at the end of a handle. */
const DIGITS = 13;

/** How many numbers the digits have room for. */
export const MOST_NUMBERS = 16 ** DIGITS;
/** A store with larger ones is taken for damaged: a million jobs a second would get there in 140 years. */
const LARGEST_NEXT = MOST_NUMBERS - 2 ** 32;

/**
 * The lowest number that no job has had.
 *
 * @throws {StoreError} when no server can have come that far.
 */
export function checkedNextNumber(number: number): number {
  if (Number.isSafeInteger(number) && number >= 0 && number <= LARGEST_NEXT) return number;
  throw new StoreError(`there is no room for jobs behind number ${number}`);
}

/** The handle of a job in a store. */
export function handleIn(store: JobStore, number: number): string {
  return store.handleBase + number.toString(16).padStart(DIGITS, "0");
}

/** What handles like this one begin with, and the number at the end. */
export function partsOf(handle: string): { base: string; number: number } | null {
  const [, base, digits] = /^(.+)([0-9a-f]{13})$/s.exec(handle) ?? [];
  return base === undefined ? null : { base, number: Number.parseInt(digits, 16) };
}

/**
 * What handles begin with.
 *
 * @throws {StoreError} when a server can make no such handles.
 */
export function checkedHandleBase(base: string): string {
  // deno-lint-ignore no-control-regex
  const [, prefix] = /^([^\x00-\x20\x7f]*):([0-9A-Za-z]*)$/.exec(base) ?? [];
  const isOne = prefix !== undefined && base.length - prefix.length - 1 === BOOT_ID_LENGTH &&
    encodeName(prefix).length <= MAX_HANDLE_PREFIX_LENGTH;
  if (isOne) return base;
  throw new StoreError(`no handles can begin with ${JSON.stringify(base)}`);
}
