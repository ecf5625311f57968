import type { DedupeMode, DedupeRule } from "../router/model/function_rule.ts";
import {
  isTable,
  readTable,
  RuleError,
  type RuleKey,
  type RuleKind,
  type RuleTime,
  time,
  wrongValue,
} from "./values.ts";

/** What becomes of a submit whose unique another job holds. */
export interface DedupeOptions {
  /**
   * `join`: it waits for the result of that job, as in gearmand. `drop`: the same, and for the time of
   * `window` after that job is completed its handle is the answer, and nothing runs. `replace`: if that job
   * waits, it gets the new payload, and waits anew for as long as the submit says; if it runs, a further job
   * waits behind it, which later submits replace. `keep-last`: the same, but what waits is as soon as it was.
   */
  readonly mode: DedupeMode;
  /**
   * For how long after a job is completed no other one with its unique runs: with `drop` submits are
   * forgotten, with `replace` and `keep-last` they wait.
   * @default nothing
   */
  readonly window?: RuleTime;
}

/** What becomes of submits whose unique another job holds: {@linkcode DedupeOptions}, or only their mode. */
export type DedupeSetting = DedupeMode | DedupeOptions;

const MODES: readonly DedupeMode[] = ["join", "drop", "replace", "keep-last"];
const WANTED =
  'a table such as { mode = "drop", window = "10m" }, "join", "drop", "replace" or "keep-last"';

const mode: RuleKind<DedupeMode> = {
  wanted: '"join", "drop", "replace" or "keep-last"',
  read(given, key) {
    if (isMode(given)) return given;
    throw wrongValue(key, mode.wanted, given);
  },
};

function isMode(given: unknown): given is DedupeMode {
  return MODES.some((known) => known === given);
}

const KEYS = { mode, window: time };

const dedupeKind: RuleKind<DedupeRule | null> = {
  wanted: WANTED,
  read(given, key) {
    if (isMode(given)) return { mode: given, window: 0 };
    if (!isTable(given)) throw wrongValue(key, WANTED, given);
    const { mode, window = 0 } = readTable(KEYS, given, key);
    if (mode === undefined) throw new RuleError(`${key}.mode`, "is missing");
    if (mode === "join" && window > 0) {
      throw new RuleError(
        `${key}.window`,
        'needs another mode than "join": nobody can join a job that has ended',
      );
    }
    return { mode, window };
  },
};

const WORDS: Readonly<Record<DedupeMode, string>> = {
  join: "a submit joins the job that has its unique",
  drop: "a submit joins the job that has its unique",
  replace: "a job that waits gets the payload of the last submit, and waits anew",
  "keep-last": "a job that waits gets the payload of the last submit",
};

/** The key `dedupe` of a rule. */
export const dedupe: RuleKey<DedupeRule | null> = {
  kind: dedupeKind,
  default: null,
  defaultText: "a submit joins the job that has its unique",
  tell: (value) => value === null ? dedupe.defaultText : tellDedupe(value),
};

function tellDedupe({ mode, window }: DedupeRule): string {
  if (window === 0) return WORDS[mode];
  const after = mode === "drop"
    ? "is forgotten for so long after that is completed"
    : "waits for so long after the last one is completed";
  return `${WORDS[mode]}; one ${after}: ${window / 1000} seconds`;
}
