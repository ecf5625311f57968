/**
 * What geartrain tells by its text commands of dead jobs and schedules, in the shapes of the API.
 *
 * @module
 */
import type { DeadJobFact, ScheduleFact } from "../../client/admin/records.ts";
import type { DeadJobAnswer, DeadRunAnswer } from "../../http/api/dead_types.ts";
import { timeText, timeTextOrNull } from "../../http/api/json.ts";
import type { ScheduleAnswer, ScheduleRunAnswer } from "../../http/api/schedule_types.ts";
import type { ToldSchedule } from "../../http/api/told.ts";

/** A dead job with its last run, which is when it died. */
export function deadAnswer(
  { died, bytes, cause, worker, text, ...job }: DeadJobFact,
): DeadJobAnswer {
  const ended = timeText(died);
  const run = {
    started: null,
    ended,
    worker: worker ?? "",
    cause: cause as DeadRunAnswer["cause"],
    text: text ?? "",
    afterDeath: false,
  };
  return { ...job, died: ended, payloadBytes: bytes, runs: cause === null ? [] : [run] };
}

/** A schedule with its last run. */
export function scheduleAnswer(fact: ScheduleFact): ToldSchedule {
  const { schedule: name, function: func, timezone, paused, times, last, handle } = fact;
  const [, seconds] = /^every ([\d.]+)s$/.exec(times) ?? [];
  const outcome = fact.outcome as ScheduleRunAnswer["outcome"];
  return {
    name,
    function: func,
    timezone,
    paused,
    cron: seconds === undefined ? times : null,
    everySeconds: seconds === undefined ? null : Number(seconds),
    origin: fact.origin as ScheduleAnswer["origin"],
    next: timeTextOrNull(fact.next),
    runs: last === null ? [] : [{ time: timeText(last), handle, outcome }],
  };
}
