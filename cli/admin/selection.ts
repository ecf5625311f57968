import { integer, oneOf, OptionError, text } from "../../options/kinds.ts";
import { inGroup } from "../../options/rows.ts";
import type { JobSelection } from "../../client/admin/facts.ts";
import { DEFAULT_LIMIT } from "./listings.ts";
import type { AdminWord } from "./word.ts";

/** The states of live jobs, as geartrain calls them. */
const JOB_STATES = ["waiting", "scheduled", "running", "storing", "kept"] as const;

/** The options that say which jobs are meant. */
export const SELECTION_ROWS = inGroup("Which jobs", {
  function: { kind: text("FUNC"), help: "Jobs of this function." },
  unique: { kind: text("UNIQUE"), help: "Jobs with this unique." },
  state: {
    kind: oneOf("STATE", JOB_STATES),
    help: `Jobs in this state: ${JOB_STATES.join(", ")}.`,
  },
  submitter: {
    kind: text("PEER"),
    help: "Jobs that this client submitted: by connection, address or id.",
  },
  worker: {
    kind: text("PEER"),
    help: "Jobs that this worker runs: by connection, address or client id.",
  },
  limit: { kind: integer(1), default: DEFAULT_LIMIT, help: "List so many at most." },
});

/**
 * What the options select.
 *
 * @throws {OptionError} for an option that does not go with the word.
 */
export function selectionFor(
  { name, selects = [] }: AdminWord,
  settings: JobSelection,
): JobSelection {
  const given = (Object.keys(SELECTION_ROWS) as (keyof JobSelection)[])
    .filter((key) => settings[key] !== undefined);
  const wrong = given.find((key) => !selects.includes(key));
  if (wrong !== undefined) throw new OptionError(`--${wrong}: cannot be used with admin ${name}`);
  return Object.fromEntries(given.map((key) => [key, settings[key]]));
}
