import { bytesOf, byteString } from "../../protocol/mod.ts";
import type { ScheduleDefinition, ScheduleOrigin } from "../../router/schedules.ts";
import { type Progress, type Schedule, timesText } from "./schedule.ts";

/** What a schedule is, as it was written down. */
interface StoredDefinition extends Omit<ScheduleDefinition, "job"> {
  readonly origin: ScheduleOrigin;
  /** Bytes as byte strings. */
  readonly job: {
    readonly function: string;
    readonly unique: string;
    readonly payload: string;
    readonly priority: 0 | 1 | 2;
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The value of a record that says what a schedule is. */
export function definitionRecord({ definition, origin }: Schedule): Uint8Array {
  const { job } = definition;
  const stored: StoredDefinition = {
    ...definition,
    origin,
    job: {
      function: byteString(job.function),
      unique: byteString(job.unique),
      payload: byteString(job.payload),
      priority: job.priority,
    },
  };
  return encoder.encode(JSON.stringify(stored));
}

/** What was written so. */
export function definitionIn(
  value: Uint8Array,
): { definition: ScheduleDefinition; origin: ScheduleOrigin } {
  const { origin, job, ...others }: StoredDefinition = JSON.parse(decoder.decode(value));
  return {
    origin,
    definition: {
      ...others,
      job: {
        function: bytesOf(job.function),
        unique: bytesOf(job.unique),
        payload: bytesOf(job.payload),
        priority: job.priority,
      },
    },
  };
}

/** The value of a record that says how far it is. */
export function progressRecord({ definition, settled, isPaused, runs }: Schedule): Uint8Array {
  const progress: Progress = { settled, isPaused, times: timesText(definition), runs };
  return encoder.encode(JSON.stringify(progress));
}

/** What was written so. */
export function progressIn(value: Uint8Array): Progress {
  return JSON.parse(decoder.decode(value));
}
