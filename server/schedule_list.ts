import { inProgram, type Kind, orOptionError, wrong } from "../options/kinds.ts";
import { scheduleInTable, type ScheduleRequest } from "../router/schedule_request.ts";

/** `{...}`: a schedule as a table of a configuration file has it, in JSON. */
export const scheduleList: Kind<readonly ScheduleRequest[]> = {
  ...inProgram(["array"], "an array of schedules"),
  label: "JSON",
  parse(text) {
    let table: unknown;
    try {
      table = JSON.parse(text);
    } catch {
      throw wrong(text, 'a table in JSON such as \'{"name":"nightly",...}\'');
    }
    return [orOptionError(() => scheduleInTable(table as Record<string, unknown>))];
  },
};
