/** @jsxImportSource preact */
/**
 * What a person may do with schedules; each asks before.
 *
 * @module
 */
import type {
  ScheduleAnswer,
  ScheduleRequest,
  ScheduleRunAnswer,
} from "../../api/schedule_types.ts";
import type { ToldSchedule } from "../../api/told.ts";
import { send } from "./api.ts";
import { confirm } from "./parts/confirm.tsx";
import { Name } from "./parts/text.tsx";
import { visible } from "./text.ts";

const pathOf = (name: string) => `/schedules/${encodeURIComponent(name)}`;

/** Submits its job now. */
export function runSchedule({ name, function: func }: ToldSchedule, then: () => void): void {
  confirm({
    title: "Run this schedule now?",
    body: (
      <p>
        <Name of={name} /> submits a job of <Name of={func} /> at once. Its next run stays as it is.
      </p>
    ),
    action: "Run it now",
    run: async () => {
      const { handle } = await send<ScheduleRunAnswer>("POST", `${pathOf(name)}/run`);
      then();
      return `${visible(handle ?? "")} is its job.`;
    },
  });
}

/** Pauses it, or lets it run again. */
export function pauseSchedule({ name, paused }: ToldSchedule, then: () => void): void {
  confirm({
    title: paused ? "Let this schedule run again?" : "Pause this schedule?",
    body: (
      <p>
        {paused
          ? "What would have run since it was paused is left out."
          : "It does not run until somebody resumes it; what would run meanwhile is left out. "}
        {!paused && "Jobs of it that are there go on."}
      </p>
    ),
    action: paused ? "Resume it" : "Pause it",
    run: async () => {
      await send(paused ? "DELETE" : "PUT", `${pathOf(name)}/pause`);
      then();
      return `${visible(name)} ${paused ? "runs again" : "is paused"}.`;
    },
  });
}

/** Forgets it. */
export function dropSchedule({ name }: ScheduleAnswer, then: () => void): void {
  confirm({
    title: "Drop this schedule?",
    body: (
      <p>
        <Name of={name} />{" "}
        does not run any more, and its last runs are forgotten. Jobs of it that are there go on.
      </p>
    ),
    action: "Drop the schedule",
    isHarmful: true,
    run: async () => {
      await send("DELETE", pathOf(name));
      then();
      return `${visible(name)} is dropped.`;
    },
  });
}

/** Makes it, or changes it. */
export function setSchedule(name: string, request: ScheduleRequest, then: () => void): void {
  const when = request.cron ?? `every ${request.everySeconds} seconds`;
  confirm({
    title: "Set this schedule?",
    body: (
      <p>
        <Name of={name} /> submits a job of <Name of={request.function ?? ""} /> at{" "}
        <Name of={when} />, by the clock of <Name of={request.timezone ?? ""} />.
      </p>
    ),
    action: "Set the schedule",
    run: async () => {
      await send("PUT", pathOf(name), request);
      then();
      return `${visible(name)} is set.`;
    },
  });
}
