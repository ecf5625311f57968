import { OptionError } from "../../options/kinds.ts";
import { isTable } from "../../policies/values.ts";
import { scheduleInTable, ScheduleTableError } from "../../router/schedule_request.ts";
import { lineOf } from "./toml_lines.ts";

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
      const line = lineOf(text, ["schedule", index, ...error.key === "" ? [] : [error.key]]);
      throw new OptionError(`${line === null ? "" : `line ${line}: `}schedule: ${error.message}`);
    }
    return JSON.stringify(table);
  });
}
