import { HANDLE_FORMS, handleFormOf, handleText } from "../protocol/handles.ts";
import { type LocalStore, StoreError } from "./store.ts";

/** How many numbers handles have room for: fourteen decimal digits. */
export const MOST_NUMBERS = 10 ** 14;
/** A store with larger ones is taken for damaged: 100,000 jobs a second would get there in 30 years. */
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
export function handleIn(store: Pick<LocalStore, "handleBase">, number: number): string {
  const { handleBase } = store;
  return handleText(handleBase, handleFormOf(handleBase)!, number);
}

/** What handles like this one begin with, and the number at the end; null if a server makes no such. */
export function partsOf(handle: string): { base: string; number: number } | null {
  const length = handle.length - handle.lastIndexOf(":") - 1;
  const form = HANDLE_FORMS.find(({ bootIdLength, digits }) => bootIdLength + digits === length);
  if (form === undefined) return null;
  const base = handle.slice(0, -form.digits);
  const number = Number.parseInt(handle.slice(-form.digits), form.radix);
  const isOne = handleFormOf(base) === form && handleText(base, form, number) === handle;
  return isOne ? { base, number } : null;
}

/**
 * What handles begin with.
 *
 * @throws {StoreError} when a server can make no such handles.
 */
export function checkedHandleBase(base: string): string {
  if (handleFormOf(base) !== null) return base;
  throw new StoreError(`no handles can begin with ${JSON.stringify(base)}`);
}
