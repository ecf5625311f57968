import type { ServeSettings } from "./serve_settings.ts";

/** Headings of the help text, in order; the last group is not in it. */
export const OPTION_GROUPS = [
  "Listening",
  "Jobs and workers",
  "Limits",
  "Process",
  "Log",
  "Information",
  "Accepted, without effect",
  "Not supported",
] as const;

/** Heading under which an option is explained. */
export type OptionGroup = typeof OPTION_GROUPS[number];

/** One option, which fills in the setting `key`. */
export interface OptionFor<Key extends keyof ServeSettings> {
  readonly key: Key;
  /** Its long name, without dashes; in a configuration file, its name. */
  readonly name: string;
  /** Other names; those of one letter follow a single dash. */
  readonly aliases?: readonly string[];
  readonly group: OptionGroup;
  /** What its value is called; an option without is a flag. */
  readonly value?: string;
  /** May the value be left out? */
  readonly valueIsOptional?: true;
  /** May it be given more than once? */
  readonly repeatable?: true;
  /** Is it refused in a configuration file? */
  readonly onlyArgument?: true;
  /** What holds without it, in words. */
  readonly default?: string;
  readonly help: string;
  /** @throws {OptionError} when the text is no value of this option. */
  readonly parse: (text: string) => NonNullable<ServeSettings[Key]>;
}

/** An option of `geartrain serve`. */
export type ServeOption = { [Key in keyof ServeSettings]-?: OptionFor<Key> }[keyof ServeSettings];
