import { type Script, script, send } from "./script.ts";

/** Types of submits with a payload and no more arguments. */
const SUBMITS = [
  "SUBMIT_JOB",
  "SUBMIT_JOB_BG",
  "SUBMIT_JOB_HIGH",
  "SUBMIT_JOB_HIGH_BG",
  "SUBMIT_JOB_LOW",
  "SUBMIT_JOB_LOW_BG",
];

/** How jobs are taken in, and when two submits make one job. */
export const SUBMIT_SCRIPTS: readonly Script[] = [
  ...SUBMITS.map((type) =>
    script(
      `${type} is created, listed, assigned and completed`,
      send("worker", ["CAN_DO", "f"]),
      send("client", [type, "f", "u1", "a\0b"]),
      send("client", "status\nprioritystatus\nshow jobs\nshow unique jobs\n"),
      send("client", ["GET_STATUS", "<1>"], ["GET_STATUS_UNIQUE", "u1"]),
      send("worker", ["GRAB_JOB_UNIQ"]),
      send("client", "status\nprioritystatus\nshow jobs\n"),
      send("client", ["GET_STATUS", "<1>"], ["GET_STATUS_UNIQUE", "u1"]),
      send("worker", ["WORK_COMPLETE", "<1>", "x\0y"]),
      send("client", ["GET_STATUS", "<1>"], "status\nshow jobs\n"),
    )
  ),
];
