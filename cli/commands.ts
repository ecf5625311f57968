import { ADMIN } from "./admin/admin.ts";
import { BENCH } from "./bench/bench.ts";
import type { Command } from "./command.ts";
import { completionsCommand } from "./completions/completions.ts";
import { DASH } from "./dash/dash.ts";
import { HEALTH, PING } from "./health.ts";
import { helpCommand } from "./help.ts";
import { IMPORT } from "./import/import.ts";
import { manCommand } from "./man.ts";
import { POLICY } from "./policy/policy.ts";
import { RESULT } from "./result/result.ts";
import { TOP } from "./top/top.ts";
import { SERVE } from "./serve/serve.ts";
import { STORE } from "./store/store.ts";
import { SUBMIT } from "./submit/submit.ts";
import { WHY } from "./why/why.ts";
import { WORK } from "./work/work.ts";

/** Every subcommand, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  SERVE,
  SUBMIT,
  RESULT,
  WORK,
  HEALTH,
  PING,
  ADMIN,
  WHY,
  TOP,
  DASH,
  BENCH,
  STORE,
  IMPORT,
  POLICY,
  completionsCommand(() => COMMANDS),
  manCommand(() => COMMANDS),
  helpCommand(() => COMMANDS),
];
