import { OptionError } from "./option_error.ts";

/** The file of a store such as `sqlite:/var/lib/geartrain/queue.db`. */
export function sqlitePath(text: string): string {
  const [, kind, path] = /^([a-z0-9]+):(.*)$/s.exec(text) ?? [];
  if (kind === undefined || path === "") {
    throw new OptionError(`must be a store such as sqlite:FILE, not ${JSON.stringify(text)}`);
  }
  if (kind !== "sqlite") {
    throw new OptionError(`there is no kind of store ${JSON.stringify(kind)}, only "sqlite"`);
  }
  return path;
}
