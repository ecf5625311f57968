import { bytes as bytesOption } from "../options/kinds.ts";
import { USUAL_DEAD_RULE } from "../router/model/function_rule.ts";
import type { DeadRule } from "../router/model/function_rule.ts";
import {
  integerFrom,
  isTable,
  readTable,
  type RuleKey,
  type RuleKind,
  type RuleTime,
  time,
  wrongValue,
  yesOrNo,
} from "./values.ts";

/** How many dead jobs of a function are kept, and what becomes of more. */
export interface DeadOptions {
  /**
   * So many at most, from 1 to 10 million.
   * @default {10000}
   */
  readonly count?: number;
  /**
   * So many bytes at most, as a number or a text such as `"64M"`: each job counts for its payload, what
   * is known of its runs, and 512.
   * @default {"64M"}
   */
  readonly bytes?: number | string;
  /**
   * For so long.
   * @default {"180d"}
   */
  readonly age?: RuleTime;
  /**
   * What becomes of one too many: the `oldest` goes, or with `block` the job does not die and goes on to
   * be tried, in the longest time that it is waited for.
   * @default {"oldest"}
   */
  readonly full?: "oldest" | "block";
  /**
   * Are jobs that expire by `ttl` kept as well?
   * @default {false}
   */
  readonly expired?: boolean;
}

/** What becomes of jobs that have failed for good: `true` keeps them, as {@linkcode DeadOptions} do. */
export type DeadSetting = boolean | DeadOptions;

const WANTED = 'true, false or a table such as { count = 1000, age = "30d" }';
const MOST_JOBS = 10_000_000;

const byteCount: RuleKind<number> = {
  wanted: 'a number of bytes such as 65536, "64K" or "16MiB"',
  read(given, key) {
    try {
      return bytesOption().parse!(String(given));
    } catch {
      throw wrongValue(key, byteCount.wanted, given);
    }
  },
};

const full: RuleKind<DeadRule["full"]> = {
  wanted: '"oldest" or "block"',
  read(given, key) {
    if (given === "oldest" || given === "block") return given;
    throw wrongValue(key, full.wanted, given);
  },
};

const KEYS = {
  count: integerFrom(1, MOST_JOBS),
  bytes: byteCount,
  age: time,
  full,
  expired: yesOrNo,
};

/** The key `dead` of a rule. */
export const dead: RuleKind<DeadRule | null> = {
  wanted: WANTED,
  read(given, key) {
    if (given === false) return null;
    if (given === true) return USUAL_DEAD_RULE;
    if (!isTable(given)) throw wrongValue(key, WANTED, given);
    return { ...USUAL_DEAD_RULE, ...readTable(KEYS, given, key) };
  },
};

/** The key `deadFunction` of a rule: do workers of `<function>.dead` get the dead jobs of a function? */
export const deadFunction: RuleKey<boolean> = {
  kind: yesOrNo,
  default: false,
  defaultText: "no worker gets dead jobs",
  tell: (value) => value ? "workers of <function>.dead get them" : deadFunction.defaultText,
};

/** What a rule comes to, in words. */
export function tellDead({ count, bytes, age, full, expired }: DeadRule): string {
  const days = Number((age / (24 * 3600 * 1000)).toPrecision(4));
  const more = full === "oldest" ? "the oldest goes if there are more" : "with so many no more die";
  const those = expired ? ", those that expire too" : "";
  return `up to ${count} jobs and ${bytes} bytes are kept for ${days} days${those}; ${more}`;
}
