/**
 * Kinds of values that options have: their type, range and unit in a program, and how a text says them
 * on a command line, in a configuration file and in the environment. There is one parser of sizes and
 * one of durations.
 *
 * @module
 */

/** An option is wrong: the program says so in one line and ends with status 1. */
export class OptionError extends Error {
  override readonly name: string = "OptionError";
}

/**
 * What `read` returns.
 *
 * @param about what the message of an error begins with.
 * @throws {OptionError} with the message of what `read` throws.
 */
export function orOptionError<T>(read: () => T, about = ""): T {
  try {
    return read();
  } catch (error) {
    throw new OptionError(about + (error as Error).message);
  }
}

/** What a value may be. */
export interface Kind<T> {
  /** The types that it may have in a program, as `typeof` names them; without this, any. */
  readonly types?: readonly string[];
  /** What a program must give, in words, such as `an integer >= 1`. */
  readonly wanted?: string;
  /** Is a value of the right type in the range? */
  accepts?(value: T): boolean;
  /** What the help calls it, with its unit, such as `SECONDS`. A flag has no such name. */
  readonly label?: string;
  /** All words that it can be. */
  readonly words?: readonly string[];
  /** @throws {OptionError} when the text is not such a value; quotes the text. */
  parse(text: string): T;
  /** How the help writes a value, if not as JavaScript does. */
  show?(value: T): string;
}

const NUMBER = ["number"];
const SAFE = Number.MAX_SAFE_INTEGER;
/** The longest time of a timer of a runtime, in milliseconds. */
export const LONGEST_TIMER: number = 2 ** 31 - 1;
const BYTES: Record<string, number> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
const MILLISECONDS: Record<string, number> = { ms: 1, s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 };

/** What to throw for a text that is not what is wanted. */
export function wrong(text: string, wanted: string): OptionError {
  return new OptionError(`must be ${wanted}, not ${JSON.stringify(text)}`);
}

/** `true` or `false`; a flag that is only named is `true`. */
export const flag: Kind<boolean> = {
  types: ["boolean"],
  wanted: "true or false",
  parse(text) {
    if (text !== "true" && text !== "false") throw wrong(text, "true or false");
    return text === "true";
  },
};

/** A text that is not empty. */
export function text(label: string): Kind<string> {
  return {
    label,
    types: ["string"],
    wanted: "a text that is not empty",
    accepts: (value) => value !== "",
    parse(text) {
      if (text === "") throw new OptionError("must not be empty");
      return text;
    },
  };
}

/** An integer in a range. */
export function integer(least: number, most: number = SAFE, label = "N"): Kind<number> {
  const bounded = `an integer from ${least} to ${most}`;
  const wanted = most < SAFE ? bounded : `an integer >= ${least}`;
  return {
    label,
    types: NUMBER,
    wanted,
    accepts: (value) => Number.isInteger(value) && value >= least && value <= most,
    parse(text) {
      const value = Number(text);
      if (/^[+-]?\d+$/.test(text) && value >= least && value <= most) return value;
      // Only whoever has given a number above the largest one is told that there is a largest one.
      throw wrong(text, value > most ? bounded : wanted);
    },
  };
}

/** Bytes: a number that may end in K, M or G (powers of 1024), also written KB or KiB. */
export function bytes(most: number = SAFE): Kind<number> {
  return {
    ...integer(1, most, "BYTES"),
    parse(text) {
      const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(text) ?? [];
      if (digits === undefined) throw wrong(text, "a number of bytes such as 65536, 64K or 16MiB");
      const value = Math.floor(Number(digits) * BYTES[unit.toUpperCase()]);
      if (value >= 1 && value <= most) return value;
      throw wrong(text, `from 1 byte to ${most < SAFE ? `${most} bytes` : "8 PiB"}`);
    },
    show(value) {
      const [unit, size] = Object.entries(BYTES).findLast(([, size]) => value % size === 0)!;
      return `${value / size}${unit}`;
    },
  };
}

/** The same, or no limit at all in a program, which a number that nothing can reach is as well. */
export function orInfinity(kind: Kind<number>): Kind<number> {
  return {
    ...kind,
    wanted: `${kind.wanted}, or Infinity`,
    accepts: (value) => value > SAFE || kind.accepts!(value),
  };
}

/**
 * A time such as `500ms`, `5s`, `2m`, `1h` or `1d`; a number alone is in `unit`.
 *
 * @returns the time in `unit`, or NaN when the text is not a time.
 */
export function duration(text: string, unit: "ms" | "s"): number {
  const [, digits, given = unit] = /^\+?(\d+\.?\d*|\.\d+)\s*(ms|[smhd])?$/i.exec(text) ?? [];
  const factor = MILLISECONDS[given.toLowerCase()] / MILLISECONDS[unit];
  // It is rounded, so that 1.1 s are 1100 ms and not a little more.
  return factor === 1 ? Number(digits) : Number((Number(digits) * factor).toFixed(6));
}

/** Seconds, with a fraction if wanted: more than 0, and no more than a timer can take. */
export const seconds: Kind<number> = {
  label: "SECONDS",
  types: NUMBER,
  wanted: `a number of seconds > 0 and <= ${Math.floor(LONGEST_TIMER / 1000)}`,
  accepts: (value) => value > 0 && value * 1000 <= LONGEST_TIMER,
  parse(text) {
    const value = duration(text, "s");
    if (!(value > 0)) throw wrong(text, "a number of seconds > 0, or a time such as 500ms or 5m");
    if (value * 1000 <= LONGEST_TIMER) return value;
    throw wrong(text, `at most ${Math.floor(LONGEST_TIMER / 1000)} seconds`);
  },
};

/** Seconds, with a fraction if wanted; -1 stands for never. */
export const secondsOrNever: Kind<number> = {
  label: "SECONDS",
  types: NUMBER,
  wanted: "-1 or a number of seconds >= 0",
  accepts: (value) => value === -1 || (value >= 0 && value < Infinity),
  parse(text) {
    const value = text === "-1" ? -1 : duration(text, "s");
    if (Number.isFinite(value)) return value;
    throw wrong(text, "-1 or a number of seconds >= 0, or a time such as 500ms");
  },
};

/** Integers of a unit of time; a time such as `2m` is one if it comes out even. */
function whole(kind: Kind<number>, unit: "ms" | "s"): Kind<number> {
  return {
    ...kind,
    parse(text) {
      const value = duration(text, unit);
      return kind.accepts!(value) ? value : kind.parse(text);
    },
  };
}

/** Integers of seconds; -1 leaves it to the system. */
export function wholeSeconds(most: number): Kind<number> {
  return whole(integer(-1, most, "SECONDS"), "s");
}

/** Integers of milliseconds, from 1 to what a timer can take. */
export const milliseconds: Kind<number> = whole(integer(1, LONGEST_TIMER, "MILLISECONDS"), "ms");

/** One of a few words, in upper or lower case. */
export function oneOf<T extends string>(label: string, words: readonly T[]): Kind<T> {
  return {
    label,
    words,
    types: ["string"],
    wanted: `one of ${words.join(", ")}`,
    accepts: (value) => words.includes(value),
    parse(text) {
      const found = words.find((word) => word.toLowerCase() === text.toLowerCase());
      if (found === undefined) throw wrong(text, `one of ${words.join(", ")}`);
      return found;
    },
  };
}

/** What only a program can give: no text stands for it. */
export function inProgram<T>(
  types: readonly string[] | undefined,
  wanted: string,
  accepts?: (value: T) => boolean,
): Kind<T> {
  return {
    types,
    wanted,
    accepts,
    parse() {
      throw new OptionError("only a program can set this");
    },
  };
}
