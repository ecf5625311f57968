import type { ScheduleFacts, ScheduleOrigin } from "../../router/schedules.ts";
import type { Family } from "./family.ts";
import { label } from "./labels.ts";

const ORIGINS: readonly ScheduleOrigin[] = ["configuration", "operator", "client"];

/** What belongs to each schedule that has a name: those of clients have handles, new ones all the time. */
function ofNamed(
  write: (schedule: ScheduleFacts, sample: (value: number, labels?: string) => void) => void,
): NonNullable<Family["all"]> {
  return ({ router: { schedules } }, out) => {
    for (const schedule of schedules?.schedules?.all() ?? []) {
      if (schedule.origin === "client") continue;
      const name = label("schedule", schedule.name);
      write(schedule, (value, more = "") => out.sample(value, name + more));
    }
  };
}

/** What belongs to schedules; nothing if the server has none. */
export const OF_SCHEDULES: readonly Family[] = [
  {
    name: "gearman_schedules",
    type: "gauge",
    help: "Schedules, by who has made them.",
    labels: ["origin"],
    all: ({ router: { schedules } }, out) => {
      const all = schedules?.schedules?.all();
      for (const one of all === undefined ? [] : ORIGINS) {
        out.sample(all!.filter(({ origin }) => origin === one).length, label("origin", one));
      }
    },
  },
  {
    name: "gearman_schedule_runs_total",
    type: "counter",
    help:
      "Runs of a schedule that no client has made: started; skipped because of the job before; refused; missed, once for all whose time had passed unnoticed.",
    labels: ["schedule", "outcome"],
    all: ofNamed(({ counts }, sample) => {
      for (const [outcome, count] of Object.entries(counts)) {
        sample(count, `,${label("outcome", outcome)}`);
      }
    }),
  },
  {
    name: "gearman_schedule_last_run_timestamp_seconds",
    type: "gauge",
    help: "When the last run that submitted a job began.",
    labels: ["schedule"],
    all: ofNamed(({ runs }, sample) => {
      const last = runs.find(({ handle }) => handle !== null);
      if (last !== undefined) sample(last.started / 1000);
    }),
  },
  {
    name: "gearman_schedule_next_run_timestamp_seconds",
    type: "gauge",
    help: "When it runs next; nothing while it is paused.",
    labels: ["schedule"],
    all: ofNamed(({ next }, sample) => {
      if (next !== null) sample(next / 1000);
    }),
  },
];
