import { coalescing } from "./coalescing.ts";
import { grabs } from "./grabs.ts";
import { peers } from "./peers.ts";
import { results } from "./results.ts";
import type { Script } from "./script.ts";
import { submits } from "./submits.ts";
import { textCommands } from "./text_commands.ts";

/** All scripts, each with a name of its own. */
export const SCRIPTS: readonly Script[] = [
  ...submits,
  ...coalescing,
  ...grabs,
  ...results,
  ...peers,
  ...textCommands,
];
