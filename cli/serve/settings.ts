import type { SettingsOf } from "../../options/rows.ts";
import type { ServerOptions } from "../../server/options.ts";
import type { SERVE_ROWS } from "./options.ts";

/** What only a program gives, or the command line gives in another form. */
type OwnOfPrograms = "port" | "keepAlive" | "store" | "log" | "onShutdown";

/** What the options of `geartrain serve` say; what is not said is undefined. Units are in the tables. */
export type ServeSettings =
  & Omit<ServerOptions, OwnOfPrograms>
  & SettingsOf<typeof SERVE_ROWS>
  & {
    /** Options that were understood but change nothing. */
    withoutEffect?: readonly string[];
  };

/** Settings where what is said in the first has precedence over what is said in the second. */
export function merged(first: ServeSettings, second: ServeSettings): ServeSettings {
  const withoutEffect = new Set([...first.withoutEffect ?? [], ...second.withoutEffect ?? []]);
  return { ...second, ...first, withoutEffect: [...withoutEffect] };
}
