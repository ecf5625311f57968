import type { RetryRule } from "../router/model/function_rule.ts";
import type { FailureCause } from "../router/model/job_state.ts";
import {
  integerFrom,
  isTable,
  numberFrom,
  readTable,
  RuleError,
  type RuleKind,
  type RuleTime,
  time,
  wrongValue,
} from "./values.ts";

/** The name of a curve that other job systems have. */
export type RetryCurve = "sidekiq" | "river";

/**
 * How failed jobs run again. The n-th further run comes after `base * factor ** (n - 1)`, at most `cap`,
 * less a random part of it, at most `jitter`.
 */
export interface RetryOptions {
  /**
   * After so many further runs it is over, from 0 to 10,000.
   * @default {5} With a curve, 25.
   */
  readonly max?: number;
  /**
   * What a job runs again after: its worker said WORK_FAIL (`fail`) or WORK_EXCEPTION (`exception`),
   * took too long (`timeout`), or is gone (`lost`).
   * @default all of them
   */
  readonly on?: readonly FailureCause[];
  /**
   * How long the first further run is waited for.
   * @default {"5s"}
   */
  readonly base?: RuleTime;
  /**
   * How many times as long each further one, from 1 to 100.
   * @default {2}
   */
  readonly factor?: number;
  /**
   * How long any is waited for at most.
   * @default {"1h"}
   */
  readonly cap?: RuleTime;
  /**
   * Which part of the time is left to chance, from 0 to 1.
   * @default {0.2} With `backoff`, 0.
   */
  readonly jitter?: number;
  /**
   * The times themselves, in the place of `base`, `factor` and `cap`; the last one repeats. Or the curve
   * of another job system: `sidekiq` (and Faktory), `n ** 4 + 15 + random(0..29) * (n + 1)` seconds with
   * n = 0 for the first further run, or `river`, `n ** 4` seconds with n = 1, more or less 10 %.
   */
  readonly backoff?: readonly RuleTime[] | RetryCurve;
}

/** How failed jobs run again: {@linkcode RetryOptions}, or only their `max` or `backoff`. */
export type RetrySetting = number | RetryCurve | readonly RuleTime[] | RetryOptions;

const CAUSES: readonly FailureCause[] = ["fail", "exception", "timeout", "lost"];
const MOST_RUNS = 10_000;
const MOST_TIMES = 100;

const SECOND = 1000;
/** How long each waits, in milliseconds; `retry` is 1 for the first further run. */
const CURVES: Readonly<Record<RetryCurve, RetryRule["delay"]>> = {
  sidekiq(retry, random) {
    const count = retry - 1;
    return (count ** 4 + 15 + Math.floor(random() * 30) * (count + 1)) * SECOND;
  },
  river: (retry, random) => retry ** 4 * SECOND * (0.9 + 0.2 * random()),
};
const MAX_OF_CURVE = 25;

const WANTED = 'a table such as { max = 5, base = "5s" }, a number of further runs, ' +
  'a list of times, "sidekiq" or "river"';

/** The key `retry` of a rule. */
export const retry: RuleKind<RetryRule> = {
  wanted: WANTED,
  read(given, key) {
    if (typeof given === "number") return ruleOf({ max: given }, key);
    if (isTable(given)) return ruleOf(given, key);
    if (Array.isArray(given) || isCurve(given)) return ruleOf({ backoff: given }, key);
    throw wrongValue(key, WANTED, given);
  },
};

const backoff: RuleKind<readonly number[] | RetryCurve> = {
  wanted: `1 to ${MOST_TIMES} times, "sidekiq" or "river"`,
  read(given, key) {
    if (isCurve(given)) return given;
    const isList = Array.isArray(given) && given.length > 0 && given.length <= MOST_TIMES;
    if (!isList) throw wrongValue(key, backoff.wanted, given);
    return given.map((one) => time.read(one, key));
  },
};

const causes: RuleKind<ReadonlySet<FailureCause>> = {
  wanted: `a list with some of ${CAUSES.join(", ")}`,
  read(given, key) {
    if (Array.isArray(given) && given.length > 0 && given.every((one) => CAUSES.includes(one))) {
      return new Set(given);
    }
    throw wrongValue(key, causes.wanted, given);
  },
};

const KEYS = {
  max: integerFrom(0, MOST_RUNS),
  on: causes,
  base: time,
  factor: numberFrom(1, 100),
  cap: time,
  jitter: numberFrom(0, 1),
  backoff,
};

function ruleOf(given: object, key: string): RetryRule {
  const read = readTable(KEYS, given, key);
  const { max = isCurve(read.backoff) ? MAX_OF_CURVE : 5, on = new Set(CAUSES) } = read;
  const delay = delayOf(read, key);
  return { max, on, longest: longestOf(read, delay, max), delay };
}

function delayOf(
  read: { [Key in keyof typeof KEYS]?: ReturnType<typeof KEYS[Key]["read"]> },
  key: string,
): RetryRule["delay"] {
  const { base = 5 * SECOND, factor = 2, cap = 3600 * SECOND, backoff } = read;
  if (backoff === undefined) {
    const { jitter = 0.2 } = read;
    return (retry, random) =>
      lessJitter(Math.min(cap, base * factor ** (retry - 1)), jitter, random);
  }
  const others = isCurve(backoff)
    ? ["base", "factor", "cap", "jitter"] as const
    : ["base", "factor", "cap"] as const;
  const other = others.find((name) => read[name] !== undefined);
  if (other !== undefined) throw new RuleError(`${key}.${other}`, "and backoff exclude each other");
  if (isCurve(backoff)) return CURVES[backoff];
  const { jitter = 0 } = read;
  return (retry, random) =>
    lessJitter(backoff[Math.min(retry, backoff.length) - 1], jitter, random);
}

/** The cap, or the last time of a list; a curve has no end, so it is that of its last run. */
function longestOf(
  { base = 5 * SECOND, factor = 2, cap = 3600 * SECOND, backoff }: Parameters<typeof delayOf>[0],
  delay: RetryRule["delay"],
  max: number,
): number {
  if (isCurve(backoff)) return Math.ceil(delay(Math.max(1, max), () => 0));
  if (backoff !== undefined) return backoff[backoff.length - 1];
  return factor > 1 ? cap : Math.min(base, cap);
}

/** What holds where a client wants further runs and no rule says how. */
export const USUAL_RETRY: RetryRule = ruleOf({}, "retry");

function lessJitter(delay: number, jitter: number, random: () => number): number {
  return delay - delay * jitter * random();
}

function isCurve(given: unknown): given is RetryCurve {
  return given === "sidekiq" || given === "river";
}

/** So many times are told. */
const MOST_TOLD = 6;

/** What a rule comes to, in words. */
export function tellRetry({ max, on, delay }: RetryRule): string {
  const causes = [...on].join(", ");
  if (max === 0) return `no further run after ${causes}`;
  const times = Array.from({ length: Math.min(max, MOST_TOLD) }, (_, index) => {
    const ends = [delay(index + 1, () => 0), delay(index + 1, () => 1 - Number.EPSILON)].sort((
      a,
      b,
    ) => a - b);
    const [least, most] = ends.map((delay) => Number((delay / SECOND).toPrecision(4)));
    return least === most ? `${most}` : `${least} to ${most}`;
  });
  const more = max > MOST_TOLD ? ", ..." : "";
  const runs = max === 1 ? "1 further run" : `up to ${max} further runs`;
  return `${runs} after ${causes}, after ${times.join(", ")}${more} seconds`;
}
