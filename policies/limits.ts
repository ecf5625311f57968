import type { RateRule } from "../router/model/function_rule.ts";
import { integerFrom, type RuleKey, type RuleKind, time, wrongValue } from "./values.ts";

const MOST = 1_000_000;

/** The key `max-running` of a rule: how many jobs of a function may run at once; 0 stands for any number. */
export const maxRunning: RuleKey<number> = {
  kind: integerFrom(1, MOST),
  default: 0,
  defaultText: "as many jobs run as workers take",
  tell: (value) => `${value} ${value === 1 ? "job runs" : "jobs run"} at most at once`,
};

const RATE = 'a text such as "30/1m": how many jobs may start in which time';

const rateKind: RuleKind<RateRule | null> = {
  wanted: RATE,
  read(given, key) {
    const parts = typeof given === "string" ? /^([1-9][0-9]{0,6})\/(.+)$/.exec(given) : null;
    if (parts === null) throw wrongValue(key, RATE, given);
    // `30/m` is 30 in one minute.
    const period = /^[0-9]/.test(parts[2]) ? parts[2] : `1${parts[2]}`;
    try {
      return { count: Number(parts[1]), period: time.read(period, key) };
    } catch {
      throw wrongValue(key, RATE, given);
    }
  },
};

/** The key `rate`: how many jobs of a function may start in a time. */
export const rate: RuleKey<RateRule | null> = {
  kind: rateKind,
  default: null,
  defaultText: "jobs start as soon as workers take them",
  tell: (value) =>
    value === null ? "" : `${value.count} jobs start in ${value.period / 1000} seconds`,
};

/** The key `burst`: how many may start at once after a pause; 0 stands for as many as in the time of `rate`. */
export const burst: RuleKey<number> = {
  kind: integerFrom(1, MOST),
  default: 0,
  defaultText: "as many as rate allows in its time",
  tell: (value) => `${value} of them may start at once after a pause`,
};

/** A key of a rule that has one value, which is a word, or none. */
function oneWord<Word extends string>(
  word: Word,
  defaultText: string,
  words: string,
): RuleKey<Word | null> {
  const wanted = JSON.stringify(word);
  return {
    kind: {
      wanted,
      read(given, key) {
        if (given === word) return word;
        throw wrongValue(key, wanted, given);
      },
    },
    default: null,
    defaultText,
    tell: (value) => value === null ? defaultText : words,
  };
}

/** The key `key`: what the limits are for. */
export const key: RuleKey<"unique:prefix" | null> = oneWord(
  "unique:prefix",
  "limits are for all jobs of a function together",
  "limits are for the jobs of each value of the unique up to the first colon",
);

/** The key `fair`: who takes turns. */
export const fair: RuleKey<"client" | null> = oneWord(
  "client",
  "jobs of one priority start in their order",
  "clients take turns inside a priority",
);
