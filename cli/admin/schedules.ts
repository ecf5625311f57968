import { OptionError, orOptionError } from "../../options/kinds.ts";
import { scheduleInTable } from "../../router/schedule_request.ts";
import * as schedules from "../../client/admin/schedules.ts";
import type { ScheduleFact } from "../../client/admin/records.ts";
import { onlyOf } from "../options/arguments.ts";
import type { Column } from "../table.ts";
import { type AdminWord, bareWord, okay, oneWord, type Question, tableOf } from "./word.ts";

const COLUMNS: readonly Column<ScheduleFact>[] = [
  { title: "SCHEDULE", cell: ({ schedule }) => schedule },
  { title: "NEXT RUN", cell: ({ next, paused }) => paused ? "paused" : timeText(next) },
  { title: "LAST RUN", cell: ({ last }) => timeText(last) },
  { title: "OUTCOME", cell: ({ outcome, handle }) => outcome ?? (handle === null ? null : "live") },
  { title: "FUNCTION", cell: (schedule) => schedule.function },
  { title: "TIMES", cell: ({ times }) => times },
  { title: "TIME ZONE", cell: ({ timezone }) => timezone },
  { title: "MADE BY", cell: ({ origin }) => origin },
];

/** In UTC, to the second. */
function timeText(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString().replace(/\.\d+/, "");
}

const VERBS = ["run", "pause", "resume", "drop", "set"] as const;

/** The words about schedules. */
export const SCHEDULE_WORDS: readonly AdminWord[] = [
  bareWord(
    "schedules",
    "Schedules: when each runs, and how its last job ended.",
    tableOf(COLUMNS, schedules.scheduleFacts),
  ),
  {
    name: "schedule",
    usage: "run|pause|resume|drop NAME, set JSON",
    help: "Run a schedule now, pause it, resume or forget it; set makes or changes one, from a " +
      "table such as in a configuration file.",
    changes: () => true,
    question: ([verb, ...args]) => {
      const known = VERBS.find((one) => one === verb);
      if (known === undefined) throw new OptionError(`schedule: takes ${VERBS.join(", ")}`);
      return known === "set" ? setting(args) : order(known, args);
    },
  },
];

function order(verb: Exclude<typeof VERBS[number], "set">, args: readonly string[]): Question {
  const name = oneWord("schedule", onlyOf(args, `schedule ${verb}`, "the name of a schedule"));
  if (verb !== "run") {
    return async (server) => okay(await schedules.orderSchedule(server, verb, name));
  }
  return async (server) => {
    const handle = await schedules.runSchedule(server, name);
    return { lines: [handle], json: { ok: true, handle } };
  };
}

function setting(args: readonly string[]): Question {
  const text = onlyOf(args, "schedule set", "a table in JSON");
  const table = orOptionError(() => JSON.parse(text), "schedule set: ");
  orOptionError(() => scheduleInTable(table), "schedule set: ");
  return async (server) => okay(await schedules.setSchedule(server, table));
}
