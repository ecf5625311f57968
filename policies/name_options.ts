import { duration } from "../options/kinds.ts";
import type { JobOptions } from "../router/model/function_rule.ts";
import { PRIORITY_NAMES, type PriorityIndex } from "../router/model/job_state.ts";
import { type RuleKey, wordList, yesOrNo } from "./values.ts";

/** The longest time that a client may ask for, in milliseconds: 10 years. */
const LONGEST = 3650 * 24 * 3600 * 1000;
const MOST_ATTEMPTS = 10_000;

/** The key `options-in-name` of a rule: may clients submit to `resize?delay=60s`? */
export const optionsInName: RuleKey<((text: string) => JobOptions | string) | null> = {
  kind: {
    wanted: yesOrNo.wanted,
    read: (given, key) => yesOrNo.read(given, key) ? readOptions : null,
  },
  default: null,
  defaultText: "a question mark is a part of the name",
  tell: (value) =>
    value === null
      ? optionsInName.defaultText
      : "what is behind a question mark in the name are options of the job",
};

/** What each option is read as; null if its value is wrong. */
const READERS: Readonly<Record<string, (text: string) => JobOptions | null>> = {
  delay: (text) => timed(text, (delay) => ({ delay })),
  ttl: (text) => timed(text, (ttl) => ttl === 0 ? null : { ttl }),
  attempts(text) {
    const attempts = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    return attempts >= 1 && attempts <= MOST_ATTEMPTS ? { attempts } : null;
  },
  priority(text) {
    const priority = PRIORITY_NAMES.findIndex((name) => name === text);
    return priority < 0 ? null : { priority: priority as PriorityIndex };
  },
  "unique-window": (text) => timed(text, (time) => time === 0 ? null : { uniqueWindow: time }),
};

/** What an option must be. */
const WANTED: Readonly<Record<string, string>> = {
  delay: "a time such as 500ms, 60s, 10m or 1h",
  ttl: "a time such as 60s, 10m or 1h, more than 0",
  attempts: `an integer from 1 to ${MOST_ATTEMPTS}`,
  priority: "high, normal or low",
  "unique-window": "a time such as 60s, 10m or 1h, more than 0",
};

function timed(text: string, made: (time: number) => JobOptions | null): JobOptions | null {
  const time = Math.round(duration(text, "s") * 1000);
  return time >= 0 && time <= LONGEST ? made(time) : null;
}

/** The options in `delay=60s&priority=low`, or what is wrong with them. */
export function readOptions(text: string): JobOptions | string {
  const options: JobOptions = {};
  const given = new Set<string>();
  for (const part of text.split("&").filter((part) => part !== "")) {
    const [, name, value] = /^([^=]*)=?(.*)$/s.exec(part)!;
    if (!Object.hasOwn(READERS, name)) {
      const known = wordList(Object.keys(READERS));
      return `Option ${shown(name)} in the name does not exist; there are ${known}`;
    }
    if (given.has(name)) return `Option ${name} in the name is given twice`;
    given.add(name);
    const read = READERS[name](value);
    if (read === null) {
      return `Option ${name} in the name must be ${WANTED[name]}, not ${shown(value)}`;
    }
    Object.assign(options, read);
  }
  return options;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 64));
}
