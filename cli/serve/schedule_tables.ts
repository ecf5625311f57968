import { OptionError } from "../../options/kinds.ts";
import { scheduleInTable, ScheduleTableError } from "../../router/schedule_request.ts";

const HEADER = /^\s*\[\[\s*["']?schedule["']?\s*\]\]/;

/**
 * The tables `[[schedule]]` of a configuration file, as texts of a command line.
 *
 * @param text the file.
 * @param schedules the value of its key `schedule`.
 * @throws {OptionError} for the first thing that is wrong; names its line and key.
 */
export function scheduleTables(text: string, schedules: unknown): string[] {
  if (!Array.isArray(schedules) || !schedules.every(isTable)) {
    throw new OptionError("schedule: must be tables [[schedule]]");
  }
  return schedules.map((table, index) => {
    try {
      scheduleInTable(table);
    } catch (error) {
      if (!(error instanceof ScheduleTableError)) throw error;
      const line = lineOf(text, index, error.key);
      throw new OptionError(`${line === null ? "" : `line ${line}: `}schedule: ${error.message}`);
    }
    return JSON.stringify(table);
  });
}

/** The line of a key in one of the tables, or of the table; null if it is not written so. */
function lineOf(text: string, index: number, key: string): number | null {
  const lines = text.split("\n");
  const headers = lines.flatMap((line, number) => HEADER.test(line) ? [number] : []);
  const header = headers[index];
  if (header === undefined) return null;
  const next = lines.findIndex((line, number) => number > header && /^\s*\[/.test(line));
  const table = lines.slice(header, next < 0 ? undefined : next);
  const isKey = (line: string) => /^\s*["']?([^"'\s=]+)/.exec(line)?.[1] === key;
  return header + 1 + Math.max(0, key === "" ? 0 : table.findIndex(isKey));
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}
