import { inProgram, type Kind, OptionError, seconds, wrong } from "../options/kinds.ts";
import { checkOptions } from "../options/rows.ts";
import type { Target } from "../router/options.ts";

/** `FUNC=wait:SECONDS`, `FUNC=run:SECONDS`, or both with a comma between. An equals sign may be in FUNC. */
export const targetList: Kind<readonly Target[]> = {
  ...inProgram(["array"], 'a list of targets such as { function: "mail-*", wait: 5 }'),
  label: "FUNC=TARGET",
  parse(text) {
    const [, name, targets = ""] = /^(.+)=([^=]*)$/s.exec(text) ?? [];
    const times = targets.split(",").map((target) => /^(wait|run):(.+)$/.exec(target));
    const words = times.map((found) => found?.[1]);
    if (name === undefined || words.includes(undefined) || new Set(words).size < words.length) {
      throw wrong(text, "a target such as FUNC=wait:5s,run:30s");
    }
    const found = times.map((found) => [found![1], timeOf(found![2], text)]);
    return [{ function: name, ...Object.fromEntries(found) }];
  },
};

function timeOf(text: string, whole: string): number {
  try {
    return seconds.parse(text);
  } catch (error) {
    throw new OptionError(`${(error as Error).message} in ${JSON.stringify(whole)}`);
  }
}

const TARGET = {
  function: {
    kind: inProgram<string>(["string"], "a name, or a pattern of names", (text) => text !== ""),
  },
  wait: { kind: seconds },
  run: { kind: seconds },
};

/**
 * Checks targets that a program gives.
 *
 * @throws {TypeError} for something that is no target, an unknown name, or a value of another type.
 * @throws {RangeError} for a value out of range.
 */
export function checkTargets(targets: readonly Target[] = []): void {
  for (const target of targets) {
    checkOptions(TARGET, target, WANTED, "targets.");
    if (target.function === undefined) throw new TypeError(WANTED);
    if (target.wait === undefined && target.run === undefined) throw new TypeError(WANTED);
  }
}

const WANTED = 'Option targets must have objects such as { function: "mail-*", wait: 5, run: 30 }';
