import { patternOf } from "../options/pattern.ts";
import type { FunctionRule } from "../router/model/function_rule.ts";
import { advice } from "./advice.ts";
import { forgetAfter } from "./forget.ts";
import { dead, deadFunction, type DeadSetting, tellDead } from "./dead.ts";
import { dedupe, type DedupeSetting } from "./dedupe.ts";
import { keepResult } from "./keep_result.ts";
import { lease, runTimeout } from "./lease.ts";
import { burst, fair, key, maxRunning, rate } from "./limits.ts";
import { optionsInName } from "./name_options.ts";
import { retry, type RetrySetting, tellRetry } from "./retry.ts";
import { ttl } from "./ttl.ts";
import { isTable, RuleError, type RuleKey, type RuleTime, wordList } from "./values.ts";

/** What holds for the jobs of some functions. What is left out is as in gearmand. */
export interface PolicyRule {
  /** How failed jobs run again. */
  readonly retry?: RetrySetting;
  /** How long nothing may come from the worker of a job; then the job is lost by it. */
  readonly lease?: RuleTime;
  /** How long a run may take, if its worker allows for no shorter time; then it has failed. */
  readonly runTimeout?: RuleTime;
  /** How long a job may wait, since it was submitted, or due; then it ends as `expired`. */
  readonly ttl?: RuleTime;
  /** How long the result of a background job is kept for whoever asks. */
  readonly keepResult?: RuleTime;
  /**
   * Is a WORK_WARNING that begins with `geartrain: ` for the server? It says `retry-after=30s`, `dead`,
   * `no-retry` or `touch`.
   */
  readonly advice?: boolean;
  /**
   * May clients submit to `resize?delay=60s&ttl=10m&attempts=5&priority=low&unique-window=1h`? What is behind
   * the question mark are options of the job then.
   */
  readonly optionsInName?: boolean;
  /**
   * A function that has had neither jobs nor workers for so long is forgotten, with its counts; its limit
   * and its pause stay.
   */
  readonly forgetAfter?: RuleTime;
  /** How many jobs may run at once. */
  readonly maxRunning?: number;
  /** How many jobs may start in a time, for example `"30/1m"`. */
  readonly rate?: string;
  /** How many of them may start at once after a pause; as many as in the time of `rate` without. */
  readonly burst?: number;
  /** Do these limits hold for the jobs of each value of the unique up to the first colon, and not together? */
  readonly key?: "unique:prefix";
  /** Do clients take turns inside a priority, by client id, or address? */
  readonly fair?: "client";
  /** Are jobs that have failed for good kept, as dead ones? */
  readonly dead?: DeadSetting;
  /** Do workers of `<function>.dead` get the dead jobs of a function? */
  readonly deadFunction?: boolean;
  /** What becomes of submits whose unique another job holds, or has held. */
  readonly dedupe?: DedupeSetting;
}

/**
 * Rules by the names of functions, where `*` stands for any characters and `?` for one. The first one
 * that fits counts, in the order of the keys; but JavaScript has keys that are only digits before all
 * others.
 */
export type Policies = Readonly<Record<string, PolicyRule>>;

/** Every key of a rule. */
export const RULE_KEYS: {
  readonly [Key in Exclude<keyof FunctionRule, "pattern">]: RuleKey<FunctionRule[Key]>;
} = {
  retry: {
    kind: retry,
    default: null,
    defaultText: "failed jobs end; those that workers lost wait again",
    tell: (value) => value === null ? "" : tellRetry(value),
  },
  lease,
  runTimeout,
  ttl,
  keepResult,
  advice,
  optionsInName,
  forgetAfter,
  maxRunning,
  rate,
  burst,
  key,
  fair,
  dead: {
    kind: dead,
    default: null,
    defaultText: "jobs that have failed for good end",
    tell: (value) => value === null ? "" : tellDead(value),
  },
  deadFunction,
  dedupe,
};

/**
 * Reads rules.
 *
 * @throws {RuleError} for the first thing that is wrong.
 */
export function readPolicies(policies: unknown): FunctionRule[] {
  if (!isTable(policies)) throw new RuleError("", 'must be an object such as { "mail-*": {} }');
  return Object.entries(policies).map(([pattern, given]) => {
    try {
      return readRule(pattern, given);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      throw new RuleError(error.key, error.wanted, pattern);
    }
  });
}

/**
 * Reads one rule.
 *
 * @param spelling how its keys are written: as in a program, or with dashes, as in a configuration file.
 * @throws {RuleError} for the first thing that is wrong.
 */
export function readRule(
  pattern: string,
  given: unknown,
  spelling: (key: string) => string = (key) => key,
): FunctionRule {
  if (pattern === "") throw new RuleError("", "a pattern of names must not be empty");
  if (!isTable(given)) throw new RuleError("", "must be a table");
  const keys = Object.entries(RULE_KEYS).map(([key, row]) => ({
    key,
    name: spelling(key),
    ...row,
  }));
  const rule: Record<string, unknown> = { pattern };
  for (const row of keys) rule[row.key] = row.default;
  for (const [name, value] of Object.entries(given)) {
    const row = keys.find((known) => known.name === name);
    if (row === undefined) {
      throw new RuleError(
        name,
        `does not exist; there are ${wordList(keys.map(({ name }) => name))}`,
      );
    }
    if (value !== undefined) rule[row.key] = row.kind.read(value, name);
  }
  const read = rule as unknown as FunctionRule;
  if (read.key !== null && read.maxRunning === 0 && read.rate === null) {
    throw new RuleError("key", `needs ${spelling("maxRunning")} or rate beside it`);
  }
  if (read.key !== null && read.fair !== null) throw new RuleError("fair", "cannot be beside key");
  if (read.burst > 0 && read.rate === null) throw new RuleError("burst", "needs rate beside it");
  return read;
}

/** A key of a rule as a configuration file has it: with a dash before each capital letter. */
export function dashed(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Finds the rule of a function: the first one whose pattern is that of its name. */
export class RuleBook {
  readonly #patterns: readonly (readonly [RegExp, FunctionRule])[];

  /** @param rules in the order in which they are tried. */
  constructor(rules: readonly FunctionRule[]) {
    this.#patterns = rules.map((rule) => [patternOf(rule.pattern), rule]);
  }

  /** Is there none at all? */
  get isEmpty(): boolean {
    return this.#patterns.length === 0;
  }

  /** Does any say that names of functions may have options in them? */
  get readsNames(): boolean {
    return this.#patterns.some(([, rule]) => rule.optionsInName !== null);
  }

  /** The rule of the function with this name, if there is one. */
  of(name: string): FunctionRule | null {
    return this.#patterns.find(([pattern]) => pattern.test(name))?.[1] ?? null;
  }
}
