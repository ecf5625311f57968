import { Buffer } from "node:buffer";
import { writeSync } from "node:fs";

const STDOUT = 1;

/** Writes to the standard output, all of it before the process may end. */
export function print(text: string): void {
  let bytes = Buffer.from(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(writeSync(STDOUT, bytes));
  } catch {
    // A reader such as `head` has had enough.
  }
}
