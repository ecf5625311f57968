import type { LogFields } from "./log.ts";
import { logEvent, type LogEventName } from "./events.ts";

/**
 * What must not reach a terminal or a file of lines: control characters, line ends of
 * Unicode, and what changes the direction of the text.
 */
// deno-lint-ignore no-control-regex
export const UNSAFE_IN_A_LINE = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** A message on one line: nobody who chooses a name may begin a line of his own. */
export function plainText(message: string): string {
  return message.replace(UNSAFE_IN_A_LINE, (control) => {
    if (control === "\n") return "\\n";
    const code = control.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`;
  });
}

/**
 * A value as JSON that may be shown as {@linkcode plainText} may: `JSON.stringify` leaves some of it as
 * it is.
 *
 * @param indent spaces; 0 for all on one line.
 */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(UNSAFE_IN_A_LINE, (control) => {
    // Within strings it is escaped already.
    if (control === "\n") return control;
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** What a line says without its fields; all of it where gearmand has a form of its own for it. */
export function wordsOf(fields: LogFields): string {
  const { words } = logEvent(fields.event as LogEventName);
  return typeof words === "function" ? plainText(words(fields)) : words;
}

/** The message of a line: its words, then `name=value` for each field. */
export function lineOf(fields: LogFields): string {
  const words = wordsOf(fields);
  if (typeof logEvent(fields.event as LogEventName).words === "function") return words;
  const { event: _, ...others } = fields;
  const texts = Object.entries(others).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${valueText(value)}`]
  );
  return texts.length === 0 ? words : plainText(`${words}: ${texts.join(" ")}`);
}

/** A value with a space in it, say, would look like several fields: it is quoted. */
function valueText(value: string | number): string {
  const text = String(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
