import type { Pause } from "../../router/model/pause.ts";
import { timeText, timeTextOrNull } from "./json.ts";
import type { PauseAnswer } from "./pause_types.ts";

/** Why a function is paused. */
export function pauseAnswer({ since, until, by, reason }: Pause): PauseAnswer {
  return { since: timeText(since), until: timeTextOrNull(until), by, reason };
}
