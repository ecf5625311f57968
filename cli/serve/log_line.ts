import { jsonText, plainText, wordsOf } from "../../router/log/text.ts";
import type { LogFields, LogLevel } from "../../router/mod.ts";

/** How log lines can look: gearmand's text, or one JSON object a line. */
export const LOG_FORMATS = ["text", "json"] as const;

export type LogFormat = typeof LOG_FORMATS[number];

/** Length of the longest name of a level: the names are aligned to the right. */
const LEVEL_WIDTH = 7;
/** What gearmand calls the thread that has no number. */
const THREAD = "[  main ]";

export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: LogFields;
}

/** The entry about lines that found no room, for when the log can be written again. */
export function droppedEntry(count: number): LogEntry {
  return {
    level: "WARNING",
    message: `Lines of the log were dropped, as nobody took them: ${count}`,
  };
}

/**
 * One line of the log, without its end.
 *
 * As text it is gearmand's, local time included, without the place in the source: other programs
 * read it. As JSON it has `time` (ISO 8601, UTC), `level`, `message` and the fields, which the message
 * then does not repeat.
 */
export function logLine(format: LogFormat, entry: LogEntry, time: Date): string {
  const { level, message, fields } = entry;
  if (format === "json") {
    const text = fields === undefined ? message : wordsOf(fields);
    const line = { time: time.toISOString(), level, message: text, ...fields };
    return jsonText(line);
  }
  return `${level.padStart(LEVEL_WIDTH)} ${localTime(time)} ${THREAD} ${plainText(message)}`;
}

/** `YYYY-MM-DD HH:MM:SS.uuuuuu`; the clock has milliseconds. */
function localTime(time: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
  return `${date} ${clock}.${String(time.getMilliseconds()).padStart(3, "0")}000`;
}
