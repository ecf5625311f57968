import { OptionError } from "../options/option_error.ts";
import type { Option, OptionTable } from "../options/option.ts";
import * as values from "../options/values.ts";
import type { JobSelection } from "../text_protocol/facts.ts";
import { DEFAULT_LIMIT } from "./jobs.ts";
import type { AdminWord } from "./word.ts";

const GROUP = "Which jobs";
/** The states of live jobs, as geartrain calls them. */
const JOB_STATES = ["waiting", "scheduled", "running", "storing", "kept"] as const;

/** The options that say which jobs are meant. */
export const SELECTION_OPTIONS: OptionTable<JobSelection> = [
  selecting("function", "FUNC", "Jobs of this function."),
  selecting("unique", "UNIQUE", "Jobs with this unique."),
  {
    key: "state",
    name: "state",
    group: GROUP,
    value: "STATE",
    words: JOB_STATES,
    help: `Jobs in this state: ${JOB_STATES.join(", ")}.`,
    parse: values.oneOf(...JOB_STATES),
  },
  selecting("submitter", "PEER", "Jobs that this client submitted: by connection, address or id."),
  selecting("worker", "PEER", "Jobs that this worker runs: by connection, address or client id."),
  {
    key: "limit",
    name: "limit",
    group: GROUP,
    value: "N",
    default: `${DEFAULT_LIMIT}`,
    help: "List so many at most.",
    parse: values.integer(1),
  },
];

/**
 * What the options select.
 *
 * @throws {OptionError} for an option that does not go with the word.
 */
export function selectionFor(
  { name, selects = [] }: AdminWord,
  settings: JobSelection,
): JobSelection {
  const given = SELECTION_OPTIONS.map(({ key }) => key as keyof JobSelection)
    .filter((key) => settings[key] !== undefined);
  const wrong = given.find((key) => !selects.includes(key));
  if (wrong !== undefined) throw new OptionError(`--${wrong}: cannot be used with admin ${name}`);
  return Object.fromEntries(given.map((key) => [key, settings[key]]));
}

function selecting(
  key: "function" | "unique" | "submitter" | "worker",
  value: string,
  help: string,
): Option<JobSelection> {
  return { key, name: key, group: GROUP, value, help, parse: values.text } as Option<JobSelection>;
}
