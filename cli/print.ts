import { Buffer } from "node:buffer";
import { writeSync } from "node:fs";

const STDOUT = 1;

/**
 * Writes to the standard output, all of it before the process may end.
 *
 * @returns false when nobody reads any more: a reader such as `head` has had enough.
 */
export function print(text: string): boolean {
  let bytes = Buffer.from(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(writeSync(STDOUT, bytes));
    return true;
  } catch {
    return false;
  }
}
