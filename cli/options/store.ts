import { OptionError } from "./option_error.ts";

const SQLITE = "sqlite:";

/** The file of a store such as `sqlite:/var/lib/geartrain/queue.db`. */
export function sqlitePath(text: string): string {
  const path = text.slice(SQLITE.length);
  if (text.startsWith(SQLITE) && path !== "") return path;
  throw new OptionError(`${JSON.stringify(text)} is no store such as ${SQLITE}/path/to/queue.db`);
}
