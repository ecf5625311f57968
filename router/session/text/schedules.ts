import { bytesOf, decodeName, errorLine, escapeName } from "../../../protocol/mod.ts";
import type { Refusal } from "../../policy.ts";
import { scheduleInTable, scheduleOf } from "../../schedule_request.ts";
import { type ScheduleFacts, type Schedules, withSchedules } from "../../schedules.ts";
import type { Connection } from "../connection.ts";
import { type Column, END, headOf, invalid, NOTHING, rowOf, textCell } from "./answers.ts";
import { atOnceOrLater, type TextAnswer } from "./rows.ts";
import type { TextHandler } from "./tables.ts";

const OK = "OK\n";
const UNKNOWN: Refusal = { code: "UNKNOWN_SCHEDULE", text: "There is no such schedule" };

/** The columns of a listing, and their cells. Times are in milliseconds since the Unix epoch. */
const COLUMNS: readonly Column<ScheduleFacts>[] = [
  ["schedule", ({ name }) => textCell(name)],
  ["state", ({ isPaused }) => isPaused ? "paused" : "active"],
  ["next", ({ next }) => next ?? NOTHING],
  ["last", ({ runs: [last] }) => last?.time ?? NOTHING],
  ["outcome", ({ runs: [last] }) => last?.outcome ?? NOTHING],
  ["handle", ({ runs: [last] }) => last?.handle ?? NOTHING],
  ["function", ({ job }) => escapeName(job.function)],
  ["times", ({ cron, every }) => textCell(cron ?? `every ${every! / 1000}s`)],
  ["timezone", ({ timezone }) => textCell(timezone)],
  ["origin", ({ origin }) => origin],
];

/** `list schedules` (an addition of ours), with the names of the columns above. */
export function listSchedules(connection: Connection): TextAnswer {
  return listing(connection, headOf(COLUMNS));
}

/** `show schedules`: the same without that. */
export function showSchedules(connection: Connection): TextAnswer {
  return listing(connection, "");
}

function listing({ router }: Connection, head: string): TextAnswer {
  return atOnceOrLater((tell) =>
    withSchedules(router.schedules, (schedules) => {
      const rows = (schedules?.all() ?? []).map((schedule) => `${rowOf(COLUMNS, schedule)}\n`);
      tell(head + rows.join("") + END);
    })
  );
}

/** Is a command about a schedule: `drop schedule NAME`? No name of one begins as a duration does. */
export function isAboutSchedule([, what = "", name, ...others]: string[]): boolean {
  return what.toLowerCase() === "schedule" && /^[A-Za-z]/.test(name ?? "") && others.length === 0;
}

/** A command that may be about a schedule, or about something else. */
export function forSchedules(ofSchedule: TextHandler, other: TextHandler): TextHandler {
  return (connection, words) => (isAboutSchedule(words) ? ofSchedule : other)(connection, words);
}

/** `run schedule NAME` (ours): answers with the handle of the job. */
export function runSchedule(connection: Connection, words: string[]): TextAnswer {
  return onSchedule(connection, words, (schedules, name) => {
    const done = schedules.run(name, connection);
    return "code" in done ? done : `OK ${textCell(done.handle!)}\n`;
  });
}

/** `drop schedule NAME` (ours). */
export function dropSchedule(connection: Connection, words: string[]): TextAnswer {
  return onSchedule(connection, words, (schedules, name) => schedules.drop(name, connection) ?? OK);
}

/** `cancel job HANDLE` of a schedule that a client has made: it is dropped. */
export function cancelSchedule(connection: Connection, handle: string): TextAnswer {
  return atOnceOrLater((tell) =>
    withSchedules(connection.router.schedules, (schedules) => {
      const refusal = schedules === null ? UNKNOWN : schedules.drop(handle, connection);
      tell(refusal === null ? "OK\r\n" : errorLine("UNKNOWN_JOB"));
    })
  );
}

/** `pause schedule NAME`, `resume schedule NAME` (ours). */
export function pauseSchedule(connection: Connection, words: string[]): TextAnswer {
  const isPaused = words[0].toLowerCase() === "pause";
  return onSchedule(
    connection,
    words,
    (schedules, name) => schedules.pause(name, isPaused, connection) ?? OK,
  );
}

function onSchedule(
  connection: Connection,
  words: string[],
  order: (schedules: Schedules, name: string) => Refusal | string,
): TextAnswer {
  return atOnceOrLater((tell) =>
    withSchedules(connection.router.schedules, (schedules) => {
      const name = decodeName(bytesOf(words[2]));
      const done = schedules === null ? UNKNOWN : order(schedules, name);
      tell(typeof done === "string" ? done : refused(connection, words, done));
    })
  );
}

/** `set schedule JSON` (ours): makes a schedule, or changes the one with its name. */
export function set(connection: Connection, words: string[]): TextAnswer {
  const { router } = connection;
  if (words.length < 3 || words[1].toLowerCase() !== "schedule") {
    return invalid("set schedule takes a table in JSON");
  }
  const definition = definitionIn(words.slice(2).join(" "), router.schedules?.timezone ?? "UTC");
  if ("code" in definition) return refused(connection, words, definition);
  const { schedules } = router;
  if (schedules === null) return errorLine("NO_SCHEDULES", "Server keeps no schedules");
  return atOnceOrLater((tell) =>
    schedules.load((loaded) => {
      const made = "code" in loaded ? loaded : loaded.set(definition, connection);
      tell("code" in made ? refused(connection, words, made) : OK);
    })
  );
}

/** @param text a byte string. */
function definitionIn(text: string, timezone: string) {
  try {
    const table = JSON.parse(decodeName(bytesOf(text)));
    return scheduleOf(scheduleInTable(table), timezone);
  } catch (error) {
    return { code: "INVALID_ARGUMENTS", text: (error as Error).message };
  }
}

function refused(connection: Connection, words: string[], { code, text }: Refusal): string {
  const { log, counts } = connection.router;
  log.requestRefused(connection, words.slice(0, 3).join(" "), text);
  counts.refuse({ code, text });
  // It may quote what the peer wrote.
  return errorLine(code, textCell(text));
}
