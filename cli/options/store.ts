import { OptionError } from "./option_error.ts";

/** The file of a store such as `sqlite:/var/lib/geartrain/queue.db`. */
export function sqlitePath(text: string): string {
  const [, kind, path] = /^([a-z0-9]+):(.*)$/s.exec(text) ?? [];
  if (kind === undefined || path === "") {
    throw new OptionError(`${JSON.stringify(text)} is no store such as sqlite:FILE`);
  }
  if (kind !== "sqlite") {
    throw new OptionError(`the kind of store ${JSON.stringify(kind)} is not known, only "sqlite"`);
  }
  return path;
}
