import type { OutputBuffer } from "../../../protocol/mod.ts";
import type { Wait } from "../../everywhere.ts";

/**
 * The whole answer as a byte string, line ends included; its rows, if it may be long; null for "unknown
 * command"; or a function that goes on with the work, to be called with one that takes the answer when
 * there is one.
 */
export type TextAnswer = string | Rows | null | ((tell: (answer: string) => void) => void);

/** The answer of a work that may call back at once, or later. */
export function atOnceOrLater(work: (tell: (answer: string) => void) => void): TextAnswer {
  let text: string | null = null;
  let tellLater: ((answer: string) => void) | null = null;
  work((answer) => {
    text = answer;
    tellLater?.(answer);
  });
  return text ?? ((tell) => void (tellLater = tell));
}

/**
 * A long answer as byte strings: rows, or parts of rows, with their line ends; `""` stands for an item
 * that was looked at and is not in it, a {@linkcode Wait} that the next ones are not there yet. What comes
 * out when it is asked for is the state at that moment.
 */
export type Rows = Iterator<string | Wait, unknown>;

/** A portion ends when it has this number of bytes. */
const PORTION_BYTES = 32 * 1024;
/** A portion ends when this number of rows was asked for: a row may cost a microsecond or ten. */
const PORTION_ROWS = 256;

/**
 * Appends the next portion. A listing of a hundred thousand functions would stop all else for a second
 * in one piece, and would stay in memory for as long as it is not read.
 *
 * @returns whether that was all, or what is to be waited for before the next portion.
 */
export function writePortion(rows: Rows, out: OutputBuffer): boolean | Wait {
  const end = out.position + PORTION_BYTES;
  for (let count = 0; count < PORTION_ROWS && out.position < end; count++) {
    const { value, done } = rows.next();
    if (done) return true;
    if (typeof value === "function") return value;
    out.latin1(value);
  }
  return false;
}
