import { plainWord } from "./names.ts";
import { namedRows } from "./listings.ts";
import type { ScheduleFact } from "./records.ts";
import type { ScheduleRequest } from "../../router/schedule_request.ts";
import type { TextConnection } from "./text_connection.ts";

/** The schedules of a server, by name. */
export async function scheduleFacts(server: TextConnection): Promise<ScheduleFact[]> {
  return (await namedRows(server, "list schedules", "schedule")).map((row) => ({
    schedule: row.text("schedule"),
    paused: row.text("state") === "paused",
    next: row.countOrNull("next"),
    last: row.countOrNull("last"),
    outcome: row.textOrNull("outcome"),
    handle: row.textOrNull("handle"),
    function: row.text("function"),
    times: row.text("times"),
    timezone: row.text("timezone"),
    origin: row.text("origin"),
  }));
}

/** Orders that have the name of a schedule and are answered by `OK`. */
export type ScheduleOrder = "pause" | "resume" | "drop";

export async function orderSchedule(
  server: TextConnection,
  order: ScheduleOrder,
  name: string,
): Promise<string> {
  return await server.ask(`${order} schedule ${plainWord("schedule", name)}`);
}

/** Runs a schedule now; returns the handle of the job. */
export async function runSchedule(server: TextConnection, name: string): Promise<string> {
  const answer = await server.ask(`run schedule ${plainWord("schedule", name)}`);
  return answer.replace(/^OK /, "");
}

/** Makes a schedule, or changes the one with its name. */
export async function setSchedule(server: TextConnection, table: object): Promise<string> {
  // Spaces in a row, control characters and what is no ASCII would not all come through a line.
  const json = JSON.stringify(table).replace(
    /[^\x21-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return await server.ask(`set schedule ${json}`);
}

/** What a program says of a schedule, as a table of a configuration file has it: `catch-up`. */
export function tableOf(schedule: ScheduleRequest): object {
  const dashed = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return Object.fromEntries(
    Object.entries(schedule).map(([name, value]) => [dashed(name), value]),
  );
}
