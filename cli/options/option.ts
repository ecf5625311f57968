import { OptionError } from "../../options/kinds.ts";
import type { Row, Rows } from "../../options/rows.ts";

/** A row of a table of options with all that follows from it. */
export interface AnyOption extends Omit<Row<unknown>, "default" | "kind"> {
  readonly key: string;
  readonly name: string;
  readonly group: string;
  readonly help: string;
  /** What its value is called; an option without this is a flag. */
  readonly value?: string;
  /** The words that its value can be, for shells that complete them. */
  readonly words?: readonly string[];
  /** What holds when the option is not given, in words. */
  readonly default?: string;
  /** @throws {OptionError} when the text is not a value of this option. */
  readonly parse: (text: string) => unknown;
}

/** The options of a table in its order, without those that only programs can set. */
export function optionsOf(rows: Rows): readonly AnyOption[] {
  return Object.entries(rows).flatMap(([key, row]) => {
    const { kind, default: value, help, group = "Options", sets = key, name = dashed(key) } = row;
    if (help === undefined) return [];
    return {
      ...row,
      ...{ key: sets, name, group, help, value: kind.label, words: kind.words },
      default: row.defaultText ??
        (value === undefined ? undefined : kind.show?.(value) ?? String(value)),
      parse: (text: string) => kind.parse(text),
    };
  });
}

function dashed(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

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

export class UnknownOption extends OptionError {
  override readonly name = "UnknownOption";
  /** As it was given, with its dashes. */
  readonly arg: string;
  readonly table: readonly AnyOption[];

  constructor(arg: string, table: readonly AnyOption[]) {
    super(`unknown option ${arg}`);
    this.arg = arg;
    this.table = table;
  }
}
