/** What an option is, whatever it sets. */
export interface AnyOption {
  /** The setting that it fills in. */
  readonly key: string;
  /** Its long name, without dashes; in a configuration file, its name. */
  readonly name: string;
  /** Other names; those of one letter follow a single dash. */
  readonly aliases?: readonly string[];
  /** Heading under which the help explains it. */
  readonly group: string;
  /** What its value is called; an option without is a flag. */
  readonly value?: string;
  /** The words that its value can be, for shells that complete them. */
  readonly words?: readonly string[];
  /** May the value be left out? */
  readonly valueIsOptional?: true;
  /** May it be given more than once? */
  readonly repeatable?: true;
  /** Is it refused in a configuration file? */
  readonly onlyArgument?: true;
  /** Is it left out of the help? */
  readonly isHidden?: true;
  /** What holds without it, in words. */
  readonly default?: string;
  /** What it does, in a sentence or two. */
  readonly help: string;
  /** @throws {OptionError} when the text is no value of this option. */
  readonly parse: (text: string) => unknown;
}

/** An option that fills in the setting `Key`. */
export interface OptionFor<Settings, Key extends keyof Settings> extends AnyOption {
  readonly key: Key & string;
  readonly parse: (text: string) => NonNullable<Settings[Key]>;
}

/** An option that fills in one of these settings. */
export type Option<Settings> = {
  [Key in keyof Settings]-?: OptionFor<Settings, Key>;
}[keyof Settings];

/** The options of a command: all that says which there are. */
export type OptionTable<Settings> = readonly Option<Settings>[];

/** The option with this name or other name, without dashes. */
export function optionNamed<O extends AnyOption>(table: readonly O[], name: string): O | undefined {
  return table.find((option) => option.name === name || option.aliases?.includes(name) === true);
}

/** The headings of a table's options, in the order of the table. */
export function groupsOf(table: readonly AnyOption[]): string[] {
  return [...new Set(table.map(({ group }) => group))];
}

/** All spellings of an option, such as `-P/--pid-file/--pidfile`. */
export function spellings(option: AnyOption): string {
  return dashedNames(option).join("/");
}

/** The names of an option with their dashes, those of one letter first. */
export function dashedNames({ name, aliases = [] }: AnyOption): string[] {
  const names = [name, ...aliases];
  const letters = names.filter((name) => name.length === 1).map((name) => `-${name}`);
  const words = names.filter((name) => name.length > 1).map((name) => `--${name}`);
  return [...letters, ...words];
}
