/**
 * What pages of the documentation show of a terminal.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./runtimes.ts";

/** A command line, with what the page says that it prints. */
export interface ShownCommand {
  readonly line: string;
  readonly output: string;
}

/** The commands of a page, by its path from the top folder. */
export function shownCommands(path: string): ShownCommand[] {
  const page = readFileSync(join(ROOT, path), "utf8");
  const blocks = [...page.matchAll(/```console\n([^]*?)```/g)].map(([, block]) => block);
  return blocks.flatMap((block) => block.split(/^\$ /m).slice(1)).map((text) => {
    const end = text.indexOf("\n");
    return { line: text.slice(0, end), output: text.slice(end + 1) };
  });
}
