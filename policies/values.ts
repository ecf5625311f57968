import { duration } from "../options/kinds.ts";

/** A time: seconds, or a text such as `"500ms"`, `"5s"`, `"10m"`, `"1h"` or `"1d"`. */
export type RuleTime = number | string;

/** Something in a rule is wrong. */
export class RuleError extends RangeError {
  override readonly name: string = "RuleError";
  /** Where in the rule it is, such as `retry.max`; empty if it is the rule itself. */
  readonly key: string;
  /** What must be there, or what is wrong. */
  readonly wanted: string;

  /** @param pattern of the rule, if there may be several. */
  constructor(key: string, wanted: string, pattern?: string) {
    super(
      [pattern === undefined ? [] : `${JSON.stringify(pattern)}:`, key, wanted].flat()
        .filter((part) => part !== "").join(" "),
    );
    this.key = key;
    this.wanted = wanted;
  }
}

/** How a value of a rule is read. */
export interface RuleKind<T> {
  /** What it may be, in words. */
  readonly wanted: string;
  /**
   * @param key where it is, for the message.
   * @throws {RuleError} when it is something else.
   */
  read(given: unknown, key: string): T;
}

/** What there is to say of a key. */
export interface RuleKey<T> {
  readonly kind: RuleKind<T>;
  /** What holds without it. */
  readonly default: T;
  /** The same in words. */
  readonly defaultText: string;
  /** What a value comes to, in words. */
  tell(value: T): string;
}

/** What to throw for a value that is not what is wanted. */
export function wrongValue(key: string, wanted: string, given: unknown): RuleError {
  return new RuleError(key, `must be ${wanted}, not ${JSON.stringify(given) ?? String(given)}`);
}

/** A number in a range. */
export function numberFrom(least: number, most: number): RuleKind<number> {
  const wanted = most === Infinity ? `a number >= ${least}` : `a number from ${least} to ${most}`;
  return {
    wanted,
    read(given, key) {
      if (typeof given === "number" && given >= least && given <= most && given < Infinity) {
        return given;
      }
      throw wrongValue(key, wanted, given);
    },
  };
}

/** An integer in a range. */
export function integerFrom(least: number, most: number): RuleKind<number> {
  const wanted = `an integer from ${least} to ${most}`;
  return {
    wanted,
    read(given, key) {
      if (Number.isInteger(given) && (given as number) >= least && (given as number) <= most) {
        return given as number;
      }
      throw wrongValue(key, wanted, given);
    },
  };
}

/** The longest time in a rule: 10 years, in milliseconds. */
const LONGEST = 3650 * 24 * 3600 * 1000;

/** A {@linkcode RuleTime}, read as whole milliseconds: from 1 ms to 10 years. */
export const time: RuleKind<number> = {
  wanted:
    'a time such as "500ms", "5s", "10m", "1h", or a number of seconds, from 1 ms to 10 years',
  read(given, key) {
    const value = typeof given === "string"
      ? duration(given, "s") * 1000
      : typeof given === "number"
      ? given * 1000
      : NaN;
    const milliseconds = Math.round(value);
    if (milliseconds >= 1 && milliseconds <= LONGEST) return milliseconds;
    throw wrongValue(key, time.wanted, given);
  },
};

/** A key whose value is a time in milliseconds; 0 stands for none. */
export function timeKey(defaultText: string, words: string): RuleKey<number> {
  return {
    kind: time,
    default: 0,
    defaultText,
    tell: (value) => `${value / 1000} seconds ${words}`,
  };
}

/** `true` or `false`. */
export const yesOrNo: RuleKind<boolean> = {
  wanted: "true or false",
  read(given, key) {
    if (typeof given === "boolean") return given;
    throw wrongValue(key, "true or false", given);
  },
};

/** The values of a table with these keys; those that are not given are undefined. */
export function readTable<T extends Record<string, RuleKind<unknown>>>(
  kinds: T,
  given: object,
  key: string,
): { [Key in keyof T]?: ReturnType<T[Key]["read"]> } {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(kinds, name)) {
      throw new RuleError(
        `${key}.${name}`,
        `does not exist; there are ${wordList(Object.keys(kinds))}`,
      );
    }
    if (value !== undefined) found[name] = kinds[name].read(value, `${key}.${name}`);
  }
  return found as { [Key in keyof T]?: ReturnType<T[Key]["read"]> };
}

/** Words as a sentence has them. */
export function wordList(words: readonly string[]): string {
  return words.length === 1 ? words[0] : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** Is it an object with keys of its own? */
export function isTable(given: unknown): given is Record<string, unknown> {
  return typeof given === "object" && given !== null && !Array.isArray(given) &&
    !(given instanceof Date);
}
