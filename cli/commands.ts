import { ADMIN } from "./admin/admin.ts";
import type { Command } from "./command.ts";
import { completionsCommand } from "./completions/command.ts";
import { HEALTH, PING } from "./health.ts";
import { manCommand } from "./man.ts";
import { TOP } from "./top/top.ts";
import { SERVE } from "./serve/serve.ts";
import { WORK } from "./work/work.ts";

/** Every subcommand, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  SERVE,
  HEALTH,
  PING,
  ADMIN,
  TOP,
  WORK,
  completionsCommand(() => COMMANDS),
  manCommand(() => COMMANDS),
];
