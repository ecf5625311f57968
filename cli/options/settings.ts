import { OptionError } from "../../options/kinds.ts";
import type { AnyOption } from "./option.ts";

/** What an option says, as text, and where it was said. */
export interface GivenOption {
  readonly option: AnyOption;
  readonly text: string;
  /** Put in front of what is wrong with it. */
  readonly label: string;
}

/**
 * Puts together what was said in one place, with the options of a table of those settings.
 *
 * @throws {OptionError} for a value that cannot be, and for an option that was given twice.
 */
export function settingsOf<Settings>(given: Iterable<GivenOption>): Settings {
  const settings: Record<string, unknown> = {};
  const first = new Map<string, string>();
  for (const { option, text, label } of given) {
    const value = parsed(option, text, label);
    const { key } = option;
    const earlier = first.get(key);
    const before = settings[key];
    if (Array.isArray(value)) {
      settings[key] = [...(before as unknown[] ?? []), ...value];
      continue;
    }
    if (option.repeatable) {
      settings[key] = { ...before as object, ...value as object };
      continue;
    }
    if (earlier !== undefined) {
      const same = earlier === label;
      throw new OptionError(`${label}: given ${same ? "twice" : `together with ${earlier}`}`);
    }
    first.set(key, label);
    settings[key] = value;
  }
  return settings as Settings;
}

function parsed(option: AnyOption, text: string, label: string): unknown {
  try {
    return option.parse(text);
  } catch (error) {
    if (error instanceof OptionError) throw new OptionError(`${label}: ${error.message}`);
    throw error;
  }
}
