import { OptionError } from "./option_error.ts";
import { SERVE_OPTIONS } from "./serve_options.ts";
import type { ServeOption } from "./serve_option.ts";
import type { ServeSettings } from "./serve_settings.ts";

/** What an option says, as text, and where it was said. */
export interface GivenOption {
  readonly option: ServeOption;
  readonly text: string;
  /** Put in front of what is wrong with it. */
  readonly label: string;
}

/** The option with this name or other name, without dashes. */
export function optionNamed(name: string): ServeOption | undefined {
  return SERVE_OPTIONS.find((option) =>
    option.name === name || option.aliases?.includes(name) === true
  );
}

/** All spellings of an option, such as `-P/--pid-file/--pidfile`. */
export function spellings(option: ServeOption): string {
  const names = [option.name, ...(option.aliases ?? [])];
  const letters = names.filter((name) => name.length === 1).map((name) => `-${name}`);
  const words = names.filter((name) => name.length > 1).map((name) => `--${name}`);
  return [...letters, ...words].join("/");
}

/**
 * Puts together what was said in one place.
 *
 * @throws {OptionError} for a value that cannot be, and for an option that was given twice.
 */
export function settingsOf(given: Iterable<GivenOption>): ServeSettings {
  const settings: Record<string, unknown> = {};
  const first = new Map<string, string>();
  for (const { option, text, label } of given) {
    const value = parsed(option, text, label);
    const { key } = option;
    const earlier = first.get(key);
    if (Array.isArray(value)) {
      settings[key] = [...(settings[key] as unknown[] ?? []), ...value];
      continue;
    }
    if (earlier !== undefined) {
      const same = earlier === label;
      throw new OptionError(`${label}: given ${same ? "twice" : `together with ${earlier}`}`);
    }
    first.set(key, label);
    settings[key] = value;
  }
  return settings;
}

function parsed(option: ServeOption, text: string, label: string): unknown {
  try {
    return option.parse(text);
  } catch (error) {
    if (error instanceof OptionError) throw new OptionError(`${label}: ${error.message}`);
    throw error;
  }
}

/** Settings where what is said in the first has precedence over what is said in the second. */
export function merged(first: ServeSettings, second: ServeSettings): ServeSettings {
  const withoutEffect = new Set([...first.withoutEffect ?? [], ...second.withoutEffect ?? []]);
  return { ...second, ...first, withoutEffect: [...withoutEffect] };
}
