/**
 * Stands in for `jsr:@std/cli/unicode-width` where only npm is reachable: the width comes from npm's
 * `fast-string-width`.
 *
 * @module
 */
import stringWidth from "fast-string-width";

/** How many columns of a terminal a text takes. */
export function unicodeWidth(text: string): number {
  return stringWidth(text);
}
