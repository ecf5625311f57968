import type { LogLevel } from "../../router/mod.ts";

/** How log lines can look: gearmand's text, or one JSON object a line. */
export const LOG_FORMATS = ["text", "json"] as const;

/** One of them. */
export type LogFormat = typeof LOG_FORMATS[number];

/** Longest name of a level: the names are aligned to the right. */
const LEVEL_WIDTH = 7;
/** What gearmand calls the thread that has no number. */
const THREAD = "[  main ]";

/**
 * One line of the log, without its end.
 *
 * As text it is gearmand's, local time included, without the place in the source: other programs
 * read it. As JSON it has `time` (ISO 8601, UTC), `level` and `message`.
 */
export function logLine(format: LogFormat, level: LogLevel, message: string, time: Date): string {
  if (format === "json") return JSON.stringify({ time: time.toISOString(), level, message });
  return `${level.padStart(LEVEL_WIDTH)} ${localTime(time)} ${THREAD} ${escaped(message)}`;
}

/** `YYYY-MM-DD HH:MM:SS.uuuuuu`; the clock has milliseconds. */
function localTime(time: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
  return `${date} ${clock}.${String(time.getMilliseconds()).padStart(3, "0")}000`;
}

/** Nobody who chooses a name may begin a line of his own. */
function escaped(message: string): string {
  // deno-lint-ignore no-control-regex
  return message.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, (control) => {
    return control === "\n" ? "\\n" : `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
