import { type Kind, OptionError, wrong } from "../../options/kinds.ts";

/** The file of a store such as `sqlite:/var/lib/geartrain/queue.db`. */
export const sqliteFile: Kind<string> = {
  label: "sqlite:FILE",
  parse(text) {
    const [, kind, path] = /^([a-z0-9]+):(.*)$/s.exec(text) ?? [];
    if (kind === undefined || path === "") throw wrong(text, "a store such as sqlite:FILE");
    if (kind === "sqlite") return path;
    throw new OptionError(`there is no kind of store ${JSON.stringify(kind)}, only "sqlite"`);
  },
};
